#include "metrics/map_files.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace visq {
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
  for (const char byte : bytes)
    crc = kTable[(crc ^ static_cast<unsigned char>(byte)) & 0xFF] ^ (crc >> 8);
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

Error file_error(const std::string& path) {
  return {errno, fmt::format("cannot write the map {}: {}", path, std::strerror(errno))};
}

}  // namespace

Status make_map_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    return fail(error.value(),
                fmt::format("cannot make the folder for maps {}: {}", folder, error.message()));
  std::string trial = (std::filesystem::path(folder) / ".visq-XXXXXX").string();
  const int file = mkstemp(trial.data());
  if (file < 0)
    return fail(errno, fmt::format("cannot write into the folder for maps {}: {}", folder,
                                   std::strerror(errno)));
  close(file);
  unlink(trial.c_str());
  return {};
}

Status write_map_at(int file, std::string_view bytes, off_t offset, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(file, bytes.data(), bytes.size(), offset);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return tl::unexpected<Error>(file_error(path));
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += written;
  }
  return {};
}

Result<int> create_map(const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return tl::unexpected<Error>(file_error(path));
  return file;
}

Status write_map(const std::string& path, std::string_view bytes) {
  VISQ_ASSIGN(const int file, create_map(path));
  Status written = write_map_at(file, bytes, 0, path);
  if (close(file) != 0 && written) written = tl::unexpected<Error>(file_error(path));
  return written;
}

std::string png_of(const std::vector<std::uint16_t>& samples, int width, int height) {
  std::string rows;
  for (int y = 0; y < height; ++y) {
    rows += '\0';  // no filter
    for (int x = 0; x < width; ++x) {
      const std::uint16_t sample =
          samples[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(x)];
      rows += static_cast<char>(sample >> 8);
      rows += static_cast<char>(sample & 0xFF);
    }
  }
  const std::string header = big_endian(static_cast<std::uint32_t>(width)) +
                             big_endian(static_cast<std::uint32_t>(height)) +
                             std::string("\x10\0\0\0\0", 5);
  return std::string("\x89PNG\r\n\x1a\n", 8) + chunk("IHDR", header) +
         chunk("IDAT", zlib_of(rows)) + chunk("IEND", "");
}

}  // namespace visq
