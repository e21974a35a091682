#include "io/png.h"

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <png.h>

#include "base/files.h"
#include "io/planar.h"

namespace visq::io {
namespace {

constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n";
constexpr std::uint64_t kMaxFile = 1u << 28, kMaxRows = 1u << 30;
constexpr std::uint64_t kMostExpansion = 1100;  // by deflate, whose limit is 1032
constexpr unsigned kMaxSide = 32768;

// A file in memory, as libpng reads it. What libpng has to say of a file ends the reading: libav
// says it to the user.
class Decoder {
 public:
  explicit Decoder(std::string_view file) : rest_(file) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, give_up, give_up);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
    if (info_ == nullptr) return;
    png_set_read_fn(png_, &rest_, take);
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_ALWAYS, nullptr, 0);
    png_set_user_limits(png_, kMaxSide, kMaxSide);
  }
  ~Decoder() { png_destroy_read_struct(&png_, &info_, nullptr); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  // Into the rows of `image`; false where the file is not plain, or damaged.
  bool decode(PngImage& image) {
    if (info_ == nullptr) return false;
    const std::size_t size = rest_.size();
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_read_info(png_, info_);
    if (!read_header(image)) return false;
    const std::size_t row = png_get_rowbytes(png_, info_);
    if (std::uint64_t{image.height} * row > std::min(kMaxRows, size * kMostExpansion)) return false;
    image.rows.resize(image.height * row);
    for (std::size_t y = 0; y < image.height; ++y)
      png_read_row(png_, image.rows.data() + y * row, nullptr);
    png_read_end(png_, info_);
    return says_nothing_of_samples() && rest_.empty();
  }

 private:
  [[noreturn]] static void give_up(png_structp png, png_const_charp) { png_longjmp(png, 1); }

  static void take(png_structp png, png_bytep to, std::size_t size) {
    auto& rest = *static_cast<std::string_view*>(png_get_io_ptr(png));
    if (size > rest.size()) png_longjmp(png, 1);
    std::memcpy(to, rest.data(), size);
    rest.remove_prefix(size);
  }

  bool read_header(PngImage& image) const {
    const int colour = png_get_color_type(png_, info_);
    image.width = png_get_image_width(png_, info_);
    image.height = png_get_image_height(png_, info_);
    image.bits = png_get_bit_depth(png_, info_);
    image.channels = png_get_channels(png_, info_);
    return (colour == PNG_COLOR_TYPE_GRAY || colour == PNG_COLOR_TYPE_RGB) &&
           (image.bits == 8 || image.bits == 16) &&
           png_get_interlace_type(png_, info_) == PNG_INTERLACE_NONE && says_nothing_of_samples();
  }

  // Only chunks that change no sample, and nothing that a frame says of its colour or orientation.
  bool says_nothing_of_samples() const {
    constexpr png_uint_32 kHarmless = PNG_INFO_IDAT | PNG_INFO_pHYs | PNG_INFO_tIME;
    png_unknown_chunkp unknown = nullptr;
    return (png_get_valid(png_, info_, ~png_uint_32{0}) & ~kHarmless) == 0 &&
           png_get_unknown_chunks(png_, info_, &unknown) == 0;
  }

  std::string_view rest_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

std::optional<std::string> content_of(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  // In the names of images libav takes these for a pattern of many names.
  if (path.find_first_of("%*?[]{}") != path.npos || !fs::is_regular_file(path, error)) return {};
  std::ifstream file(path, std::ios::binary);
  std::array<char, kSignature.size()> start{};
  if (!file.read(start.data(), start.size()) ||
      std::string_view(start.data(), start.size()) != kSignature)
    return {};
  auto content = read_file(path, kMaxFile);
  return content ? std::optional(*std::move(content)) : std::nullopt;
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
    info_.range_of_kind = true;
    info_.rate = {25, 1};  // which libav gives to images
    info_.image = true;
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
  PngImage image;
  return Decoder(file).decode(image) ? std::optional(std::move(image)) : std::nullopt;
}

std::unique_ptr<VideoReader> open_png(const std::string& path) {
  const auto content = content_of(path);
  if (!content) return nullptr;
  auto image = decode_png(*content);
  return image ? std::make_unique<PngReader>(*std::move(image)) : nullptr;
}

}  // namespace visq::io
