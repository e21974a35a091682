#include "io/png.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <zlib.h>

#include "io/planar.h"

namespace visq::io {
namespace {

constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n";
constexpr std::uint64_t kMaxFile = 1u << 28, kMaxRows = 1u << 30;
constexpr std::uint64_t kMostExpansion = 1100;  // by deflate, whose limit is 1032
constexpr unsigned kMaxSide = 32768;

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

uLong checksum(std::string_view bytes) {
  return crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
}

struct Chunk {
  std::string_view type, data;
};

// The next chunk, which is taken off; nothing where it is damaged.
std::optional<Chunk> next_chunk(std::string_view& rest) {
  if (rest.size() < 12) return std::nullopt;
  const std::size_t size = big_endian(rest);
  if (size > rest.size() - 12) return std::nullopt;
  const std::string_view checked = rest.substr(4, 4 + size);
  if (checksum(checked) != big_endian(rest.substr(8 + size))) return std::nullopt;
  rest.remove_prefix(12 + size);
  return Chunk{checked.substr(0, 4), checked.substr(4)};
}

// Chunks that change no sample, and nothing that a frame says of its colour.
bool says_nothing_of_samples(std::string_view type) {
  for (const std::string_view name : {"pHYs", "tEXt", "zTXt", "iTXt", "tIME"})
    if (type == name) return true;
  return false;
}

bool read_header(std::string_view data, PngImage& image) {
  if (data.size() != 13) return false;
  image.width = big_endian(data);
  image.height = big_endian(data.substr(4));
  image.bits = static_cast<unsigned char>(data[8]);
  const char colour = data[9];
  image.channels = colour == 2 ? 3 : 1;
  const bool plain = data.substr(10) == std::string_view("\0\0\0", 3);  // not interlaced
  return (colour == 0 || colour == 2) && (image.bits == 8 || image.bits == 16) && plain &&
         image.width >= 1 && image.width <= kMaxSide && image.height >= 1 &&
         image.height <= kMaxSide;
}

// All of a zlib stream, which has exactly as many bytes as `to`.
bool inflate_all(const std::vector<std::string_view>& parts, std::vector<unsigned char>& to) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return false;
  stream.next_out = to.data();
  stream.avail_out = static_cast<uInt>(to.size());
  int code = Z_OK;
  bool whole = true;
  for (const std::string_view part : parts) {
    whole = whole && (code == Z_OK || code == Z_BUF_ERROR);  // it ended before
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(part.data()));
    stream.avail_in = static_cast<uInt>(part.size());
    code = inflate(&stream, Z_NO_FLUSH);
    whole = whole && stream.avail_in == 0;
  }
  inflateEnd(&stream);
  return code == Z_STREAM_END && whole && stream.avail_out == 0;
}

int paeth(int left, int above, int corner) {
  const int by_left = std::abs(above - corner), by_above = std::abs(left - corner),
            by_corner = std::abs(left + above - 2 * corner);
  if (by_left <= by_above && by_left <= by_corner) return left;
  return by_above <= by_corner ? above : corner;
}

// What a filter predicts of the byte at i, from the bytes of the pixel before and the row above.
template <typename Predict>
void add(unsigned char* row, const unsigned char* above, std::size_t size, std::size_t pixel,
         const Predict& predict) {
  for (std::size_t i = 0; i < size; ++i) {
    const int left = i < pixel ? 0 : row[i - pixel], corner = i < pixel ? 0 : above[i - pixel];
    row[i] = static_cast<unsigned char>(row[i] + predict(left, int{above[i]}, corner));
  }
}

bool unfilter(int filter, unsigned char* row, const unsigned char* above, std::size_t size,
              std::size_t pixel) {
  switch (filter) {
    case 0:
      return true;
    case 1:
      add(row, above, size, pixel, [](int left, int, int) { return left; });
      return true;
    case 2:
      add(row, above, size, pixel, [](int, int up, int) { return up; });
      return true;
    case 3:
      add(row, above, size, pixel, [](int left, int up, int) { return (left + up) / 2; });
      return true;
    case 4:
      add(row, above, size, pixel, paeth);
      return true;
    default:
      return false;
  }
}

bool decode_rows(const std::vector<std::string_view>& parts, PngImage& image) {
  const std::size_t pixel = image.channels * image.bits / 8, size = image.width * pixel;
  std::uint64_t compressed = 0;
  for (const std::string_view part : parts) compressed += part.size();
  const std::uint64_t whole = std::uint64_t{image.height} * (size + 1);
  if (whole > kMaxRows || whole > compressed * kMostExpansion) return false;
  std::vector<unsigned char> filtered(whole);
  if (!inflate_all(parts, filtered)) return false;
  const std::vector<unsigned char> nothing(size);
  image.rows.resize(image.height * size);
  for (std::size_t y = 0; y < image.height; ++y) {
    const unsigned char* from = filtered.data() + y * (size + 1);
    unsigned char* row = image.rows.data() + y * size;
    std::memcpy(row, from + 1, size);
    if (!unfilter(from[0], row, y == 0 ? nothing.data() : row - size, size, pixel)) return false;
  }
  return true;
}

std::optional<std::string> content_of(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  // In the names of images libav takes these for a pattern of many names.
  if (path.find_first_of("%*?[]{}") != path.npos || !fs::is_regular_file(path, error)) return {};
  const std::uintmax_t size = fs::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  std::array<char, kSignature.size()> start{};
  if (error || size > kMaxFile || !file.read(start.data(), start.size()) ||
      std::string_view(start.data(), start.size()) != kSignature)
    return {};
  std::string content(size, '\0');
  file.seekg(0);
  if (!file.read(content.data(), static_cast<std::streamsize>(size))) return {};
  return content;
}

class PngReader final : public VideoReader {
 public:
  explicit PngReader(PngImage image) : image_(std::move(image)) {
    const bool rgb = image_.channels == 3;
    info_.pixel_format = rgb ? VMAF_PIX_FMT_YUV444P : VMAF_PIX_FMT_YUV400P;
    info_.bits = image_.bits;
    info_.width = image_.width;
    info_.height = image_.height;
    info_.color = {rgb ? 0 : 2, 2, VMAF_COLOR_RANGE_FULL};
    info_.rate = {25, 1};  // which libav gives to images
  }
  const StreamInfo& info() const override { return info_; }
  void read_luma_only() override { pictures_.luma_only(); }

  Result<bool> read(VmafPicture* picture) override {
    if (given_) return false;
    VISQ_TRY(pictures_.allocate(info_, picture));
    constexpr std::array<unsigned, 3> kGbr{1, 2, 0};
    for (unsigned plane = 0; plane < image_.channels; ++plane)
      fill(*picture, plane, image_.channels == 3 ? kGbr[plane] : 0);
    given_ = true;
    return true;
  }

 private:
  void fill(const VmafPicture& picture, unsigned plane, unsigned channel) const {
    const std::size_t sample = image_.bits / 8, pixel = image_.channels * sample;
    for (std::size_t y = 0; y < image_.height; ++y) {
      auto* to = static_cast<unsigned char*>(picture.data[plane]) +
                 static_cast<std::ptrdiff_t>(y) * picture.stride[plane];
      const unsigned char* from = image_.rows.data() + y * image_.width * pixel + channel * sample;
      for (std::size_t x = 0; x < image_.width; ++x, from += pixel)
        if (sample == 1)
          to[x] = *from;
        else
          reinterpret_cast<std::uint16_t*>(to)[x] =
              static_cast<std::uint16_t>(from[0] << 8 | from[1]);
    }
  }

  PngImage image_;
  StreamInfo info_;
  bool given_ = false;
  PictureSource pictures_;
};

}  // namespace

std::optional<PngImage> decode_png(std::string_view file) {
  if (file.substr(0, kSignature.size()) != kSignature) return std::nullopt;
  file.remove_prefix(kSignature.size());
  const auto header = next_chunk(file);
  PngImage image;
  if (!header || header->type != "IHDR" || !read_header(header->data, image)) return std::nullopt;
  std::vector<std::string_view> parts;
  for (auto chunk = next_chunk(file); chunk; chunk = next_chunk(file)) {
    if (chunk->type == "IEND") {
      if (!file.empty() || parts.empty() || !decode_rows(parts, image)) return std::nullopt;
      return image;
    }
    if (chunk->type == "IDAT")
      parts.push_back(chunk->data);
    else if (!says_nothing_of_samples(chunk->type))
      return std::nullopt;
  }
  return std::nullopt;
}

std::unique_ptr<VideoReader> open_png(const std::string& path) {
  const auto content = content_of(path);
  if (!content) return nullptr;
  auto image = decode_png(*content);
  return image ? std::make_unique<PngReader>(*std::move(image)) : nullptr;
}

}  // namespace visq::io
