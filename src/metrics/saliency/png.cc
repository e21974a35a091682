#include "metrics/saliency/png.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>

#include <fmt/format.h>

namespace visq {
namespace {

constexpr std::size_t kMaxStored = 65535;  // bytes in one stored block of deflate

std::string big_endian(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
  return out;
}

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const char byte : bytes) {
    crc ^= static_cast<std::uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return ~crc;
}

std::uint32_t adler32(std::string_view bytes) {
  std::uint32_t a = 1, b = 0;
  for (const char byte : bytes) {
    a = (a + static_cast<std::uint8_t>(byte)) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

std::string chunk(const std::string& type, const std::string& data) {
  return big_endian(static_cast<std::uint32_t>(data.size())) + type + data + big_endian(crc32(type + data));
}

// A zlib stream of stored blocks.
std::string stored(const std::string& bytes) {
  std::string out("\x78\x01");
  for (std::size_t at = 0; at < bytes.size(); at += kMaxStored) {
    const std::size_t size = std::min(kMaxStored, bytes.size() - at);
    out += static_cast<char>(at + size == bytes.size());
    for (const std::size_t word : {size, ~size}) {
      out += static_cast<char>(word & 0xff);
      out += static_cast<char>(word >> 8 & 0xff);
    }
    out.append(bytes, at, size);
  }
  return out + big_endian(adler32(bytes));
}

}  // namespace

std::string gray_png(std::span<const std::uint8_t> samples, int width, int height) {
  const auto columns = static_cast<std::size_t>(width);
  std::string rows;
  for (std::size_t y = 0; y < static_cast<std::size_t>(height); ++y) {
    rows += '\0';  // no filter
    rows.append(reinterpret_cast<const char*>(samples.data()) + y * columns, columns);
  }
  const std::string header = big_endian(static_cast<std::uint32_t>(width)) + big_endian(static_cast<std::uint32_t>(height)) + std::string("\x08\0\0\0\0", 5);
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", header) + chunk("IDAT", stored(rows)) + chunk("IEND", "");
}

Status write_gray_png(const std::string& path, std::span<const std::uint8_t> samples, int width, int height) {
  errno = 0;
  std::ofstream file(path, std::ios::binary);
  const std::string bytes = gray_png(samples, width, height);
  if (file.write(bytes.data(), static_cast<std::streamsize>(bytes.size())) && file.flush()) return {};
  const int code = errno != 0 ? errno : EIO;
  return fail(code, fmt::format("cannot write the map {}: {}", path, std::strerror(code)));
}

}  // namespace visq
