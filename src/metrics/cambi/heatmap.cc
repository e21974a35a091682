#include "metrics/cambi/heatmap.h"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace visq::cambi {
namespace {

std::uint32_t crc_of(std::string_view bytes) {
  static const std::array<std::uint32_t, 256> kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t n = 0; n < table.size(); ++n) {
      std::uint32_t c = n;
      for (int k = 0; k < 8; ++k) c = (c & 1) != 0 ? 0xEDB88320u ^ (c >> 1) : c >> 1;
      table[n] = c;
    }
    return table;
  }();
  std::uint32_t crc = 0xFFFFFFFFu;
  for (const char byte : bytes) crc = kTable[(crc ^ static_cast<unsigned char>(byte)) & 0xFF] ^ (crc >> 8);
  return ~crc;
}

std::uint32_t adler_of(std::string_view bytes) {
  std::uint32_t a = 1, b = 0;
  for (const char byte : bytes) {
    a = (a + static_cast<unsigned char>(byte)) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xFF);
  return bytes;
}

std::string chunk(std::string_view type, std::string_view data) {
  const std::string body = std::string(type) + std::string(data);
  return big_endian(static_cast<std::uint32_t>(data.size())) + body + big_endian(crc_of(body));
}

// RFC 1950 and 1951 with stored blocks only.
std::string zlib_of(std::string_view data) {
  constexpr std::size_t kBlock = 65535;
  std::string out("\x78\x01", 2);
  for (std::size_t at = 0; at < data.size(); at += kBlock) {
    const std::size_t size = std::min(kBlock, data.size() - at);
    out += at + size == data.size() ? '\1' : '\0';
    for (const std::size_t length : {size, ~size}) {
      out += static_cast<char>(length & 0xFF);
      out += static_cast<char>(length >> 8 & 0xFF);
    }
    out += data.substr(at, size);
  }
  return out + big_endian(adler_of(data));
}

Error file_error(const std::string& path) { return {errno, fmt::format("cannot write the heatmap {}: {}", path, std::strerror(errno))}; }

Status write_at(int file, std::string_view bytes, off_t offset, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(file, bytes.data(), bytes.size(), offset);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return tl::unexpected<Error>(file_error(path));
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += written;
  }
  return {};
}

Result<int> create(const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return tl::unexpected<Error>(file_error(path));
  return file;
}

}  // namespace

std::string png_of(const std::vector<std::uint16_t>& samples, int width, int height) {
  std::string rows;
  for (int y = 0; y < height; ++y) {
    rows += '\0';  // no filter
    for (int x = 0; x < width; ++x) {
      const std::uint16_t sample = samples[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)];
      rows += static_cast<char>(sample >> 8);
      rows += static_cast<char>(sample & 0xFF);
    }
  }
  const std::string header = big_endian(static_cast<std::uint32_t>(width)) + big_endian(static_cast<std::uint32_t>(height)) + std::string("\x10\0\0\0\0", 5);
  return std::string("\x89PNG\r\n\x1a\n", 8) + chunk("IHDR", header) + chunk("IDAT", zlib_of(rows)) + chunk("IEND", "");
}

Heatmaps::~Heatmaps() {
  for (const int file : files_)
    if (file >= 0) close(file);
}

Status Heatmaps::open(const std::array<HeatmapSize, kScales>& sizes) {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) return fail(error.value(), fmt::format("cannot make the folder for heatmaps {}: {}", folder_, error.message()));
  if (format_ == HeatmapFormat::png) return {};
  for (std::size_t scale = 0; scale < kScales; ++scale) {
    VISQ_ASSIGN(files_[scale], create(fmt::format("{}/cambi_heatmap_scale_{}_{}x{}_16b.gray", folder_, scale, sizes[scale].width, sizes[scale].height)));
  }
  return {};
}

std::vector<std::uint16_t> Heatmaps::samples_of(PlaneView<const float> contrasts) const {
  std::vector<std::uint16_t> samples;
  samples.reserve(static_cast<std::size_t>(contrasts.width) * static_cast<std::size_t>(contrasts.height));
  const double factor = 65535 / largest_;
  for (int y = 0; y < contrasts.height; ++y)
    for (int x = 0; x < contrasts.width; ++x) samples.push_back(static_cast<std::uint16_t>(std::min(factor * static_cast<double>(contrasts.row(y)[x]), 65535.0)));
  return samples;
}

Status Heatmaps::write(std::size_t scale, unsigned frame, PlaneView<const float> contrasts) const {
  const std::vector<std::uint16_t> samples = samples_of(contrasts);
  if (format_ == HeatmapFormat::gray) {
    const std::string_view bytes(reinterpret_cast<const char*>(samples.data()), samples.size() * sizeof(std::uint16_t));
    return write_at(files_[scale], bytes, static_cast<off_t>(bytes.size()) * frame, fmt::format("of scale {}", scale));
  }
  const std::string path = fmt::format("{}/cambi_heatmap_scale_{}_{}x{}_frame_{}.png", folder_, scale, contrasts.width, contrasts.height, frame);
  VISQ_ASSIGN(const int file, create(path));
  const Status written = write_at(file, png_of(samples, contrasts.width, contrasts.height), 0, path);
  close(file);
  return written;
}

}  // namespace visq::cambi
