#include "io/still.h"

#include <cstdint>

namespace visq::io {
namespace {

using namespace std::string_view_literals;

// Numbers in a file; zeros behind its end.
class Bytes {
 public:
  Bytes(std::string_view bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}

  std::uint32_t number(std::size_t at, unsigned size) const {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < size; ++i) {
      const std::size_t place = at + (big_endian_ ? i : size - 1 - i);
      value = value << 8 | (place < bytes_.size() ? static_cast<unsigned char>(bytes_[place]) : 0u);
    }
    return value;
  }

 private:
  std::string_view bytes_;
  bool big_endian_;
};

constexpr std::string_view kJpeg = "\xff\xd8\xff"sv, kPng = "\x89PNG\r\n\x1a\n"sv,
                           kExif = "Exif\0\0"sv;

bool is_tiff(std::string_view file) {
  return file.starts_with("II*\0"sv) || file.starts_with("MM\0*"sv);
}

// The first directory of a TIFF file, which EXIF is, too.
unsigned orientation_number(std::string_view tiff) {
  constexpr std::uint32_t kOrientation = 0x0112, kShort = 3;
  constexpr std::size_t kEntry = 12;
  if (!is_tiff(tiff)) return 0;
  const Bytes bytes(tiff, tiff.front() == 'M');
  const std::size_t directory = bytes.number(4, 4), count = bytes.number(directory, 2);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t entry = directory + 2 + i * kEntry;
    if (bytes.number(entry, 2) == kOrientation && bytes.number(entry + 2, 2) == kShort)
      return bytes.number(entry + 8, 2);
  }
  return 0;
}

struct JpegHead {
  std::string_view exif;    // of the first segment APP1 that has it
  std::size_t samples = 0;  // where the first scan begins
};

JpegHead head_of_jpeg(std::string_view file) {
  constexpr unsigned kStartOfScan = 0xda, kApp1 = 0xe1;
  const Bytes bytes(file, true);
  JpegHead head{{}, 2};
  for (std::size_t& at = head.samples; at + 4 <= file.size();) {
    const unsigned marker = bytes.number(at, 2) & 0xff, size = bytes.number(at + 2, 2);
    if (bytes.number(at, 1) != 0xff || marker == kStartOfScan) break;
    const std::string_view segment = file.substr(at + 4, size < 2 ? 0 : size - 2);
    if (marker == kApp1 && head.exif.empty() && segment.starts_with(kExif))
      head.exif = segment.substr(kExif.size());
    at += marker == 0xff ? 1 : 2 + size;  // fill bytes may stand before a marker
  }
  return head;
}

struct ChunkLayout {
  std::size_t first, name, size, content, behind;  // offsets in a chunk, and of what follows it
  bool big_endian;
};
constexpr ChunkLayout kPngChunks{kPng.size(), 4, 0, 8, 4, true}, kRiffChunks{12, 0, 4, 8, 0, false};

std::string_view chunk_of(std::string_view file, std::string_view name, const ChunkLayout& layout) {
  const Bytes bytes(file, layout.big_endian);
  for (std::size_t at = layout.first; at + 8 <= file.size();) {
    const std::size_t size = bytes.number(at + layout.size, 4);
    if (file.substr(at + layout.name, 4) == name) return file.substr(at + layout.content, size);
    const std::size_t padded = layout.big_endian ? size : size + size % 2;
    at += layout.content + padded + layout.behind;
  }
  return {};
}

// Some programs put a JPEG's header before it.
std::string_view without_header(std::string_view exif) {
  return exif.starts_with(kExif) ? exif.substr(kExif.size()) : exif;
}

}  // namespace

Orientation orientation_of_still(std::string_view file) {
  std::string_view exif;
  if (file.starts_with(kJpeg)) exif = head_of_jpeg(file).exif;
  if (file.starts_with(kPng)) exif = chunk_of(file, "eXIf", kPngChunks);
  if (file.starts_with("RIFF"sv)) exif = without_header(chunk_of(file, "EXIF", kRiffChunks));
  return exif_orientation(orientation_number(is_tiff(file) ? file : exif));
}

// Samples have no such bytes.
bool is_cut_jpeg(std::string_view file) {
  return file.starts_with(kJpeg) &&
         file.find("\xff\xd9"sv, head_of_jpeg(file).samples) == file.npos;
}

}  // namespace visq::io
