// Pictures in another format, by zimg: range, matrix, depth, chroma and RGB in one step.
#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <zimg.h>

#include "base/aligned.h"
#include "io/av_convert.h"
#include "io/planar.h"

namespace visq::io {
namespace {

constexpr std::uintptr_t kZimgAlignment = 32;  // what zimg asks for below AVX-512

struct Close {
  void operator()(zimg_filter_graph* graph) const { zimg_filter_graph_free(graph); }
};
using Graph = std::unique_ptr<zimg_filter_graph, Close>;

tl::unexpected<Error> zimg_error(const char* what) {
  std::array<char, 256> text{};
  zimg_get_last_error(text.data(), text.size());
  return fail(EINVAL, fmt::format("zimg cannot {}: {}", what, text.data()));
}

int shift_x(VmafPixelFormat format) {
  return format == VMAF_PIX_FMT_YUV420P || format == VMAF_PIX_FMT_YUV422P ? 1 : 0;
}
int shift_y(VmafPixelFormat format) { return format == VMAF_PIX_FMT_YUV420P ? 1 : 0; }

// `matrix`: the format's own, or one that stands for both sides where it does not matter.
zimg_image_format image_format(const SampleFormat& format, const Size& size, int matrix) {
  zimg_image_format image;
  zimg_image_format_default(&image, ZIMG_API_VERSION);
  image.width = size.width;
  image.height = size.height;
  image.pixel_type = format.bits > 8 ? ZIMG_PIXEL_WORD : ZIMG_PIXEL_BYTE;
  image.depth = format.bits;
  image.color_family = format.is_rgb()    ? ZIMG_COLOR_RGB
                       : format.is_gray() ? ZIMG_COLOR_GREY
                                          : ZIMG_COLOR_YUV;
  image.subsample_w = static_cast<unsigned>(shift_x(format.pixel_format));
  image.subsample_h = static_cast<unsigned>(shift_y(format.pixel_format));
  image.matrix_coefficients = static_cast<zimg_matrix_coefficients_e>(matrix);
  image.pixel_range = format.full_range ? ZIMG_RANGE_FULL : ZIMG_RANGE_LIMITED;
  image.chroma_location = static_cast<zimg_chroma_location_e>(format.siting);
  return image;
}

// zimg numbers matrices as H.273 does. What the equations do not use is the same on both sides;
// gray is equal R, G and B by every matrix.
std::pair<int, int> matrices_of(const SampleFormat& from, const SampleFormat& to) {
  const auto number = [](int matrix) { return matrix == 2 ? 1 : matrix; };
  if (from.is_gray()) return {1, to.is_rgb() ? 0 : 1};
  if (!from.is_rgb() && same_matrix(from.matrix, to.matrix) && from.matrix != 8) return {1, 1};
  return {number(from.matrix), number(to.matrix)};
}

// A conversion of pictures of one format and size.
class Converter {
 public:
  static Result<Converter> between(const SampleFormat& from, const SampleFormat& to,
                                   const Size& size) {
    Converter made;
    // zimg wants whole chroma samples; files round chroma of odd sizes up.
    const auto even = [](unsigned side, int shift) { return (side + shift) >> shift << shift; };
    made.size_ = {
        even(size.width, std::max(shift_x(from.pixel_format), shift_x(to.pixel_format))),
        even(size.height, std::max(shift_y(from.pixel_format), shift_y(to.pixel_format)))};
    made.odd_ = !(made.size_ == size);
    const auto [matrix, target] = matrices_of(from, to);
    const zimg_image_format source = image_format(from, made.size_, matrix),
                            result = image_format(to, made.size_, target);
    zimg_graph_builder_params params;
    zimg_graph_builder_params_default(&params, ZIMG_API_VERSION);
    params.dither_type = ZIMG_DITHER_NONE;
    params.resample_filter = params.resample_filter_uv = ZIMG_RESIZE_BILINEAR;
    made.graph_.reset(zimg_filter_graph_build(&source, &result, &params));
    if (made.graph_ == nullptr) return zimg_error("make this conversion");
    std::size_t bytes = 0;
    if (zimg_filter_graph_get_tmp_size(made.graph_.get(), &bytes) != 0)
      return zimg_error("say how much memory it needs");
    made.memory_ = AlignedBuffer<std::byte>(std::max<std::size_t>(bytes, 1));
    made.from_ = made.padded_info(from);
    made.to_ = made.padded_info(to);
    made.rgb_ = {from.is_rgb(), to.is_rgb()};
    return made;
  }

  // Fills `to`, which may have luma alone.
  Status run(const VmafPicture& from, VmafPicture& to) {
    VmafPicture source{}, result{};
    const bool copies = odd_ || !is_aligned(from);
    if (copies) {
      VISQ_TRY(padded_.allocate(from_, &source));
      copy_padded(from, source);
    }
    Status status;
    if (odd_) status = results_.allocate(to_, &result);
    if (status) status = process(copies ? source : from, odd_ ? result : to);
    if (status && odd_) copy_padded(result, to);
    vmaf_picture_unref(&source);
    vmaf_picture_unref(&result);
    return status;
  }

 private:
  StreamInfo padded_info(const SampleFormat& format) const {
    StreamInfo info;
    info.pixel_format = format.pixel_format;
    info.bits = format.bits;
    info.width = size_.width;
    info.height = size_.height;
    return info;
  }

  static bool is_aligned(const VmafPicture& picture) {
    for (int p = 0; p < 3; ++p)
      if (reinterpret_cast<std::uintptr_t>(picture.data[p]) % kZimgAlignment != 0 ||
          static_cast<std::uintptr_t>(picture.stride[p]) % kZimgAlignment != 0)
        return false;
    return true;
  }

  // What both have; where the copy is larger, the last row and column go on.
  static void copy_padded(const VmafPicture& from, VmafPicture& to) {
    const std::size_t sample = from.bpc > 8 ? 2 : 1;
    for (int p = 0; p < 3; ++p) {
      if (from.h[p] == 0) continue;
      for (unsigned y = 0; y < to.h[p]; ++y) {
        const auto* const in =
            static_cast<const std::byte*>(from.data[p]) +
            static_cast<std::ptrdiff_t>(std::min(y, from.h[p] - 1)) * from.stride[p];
        auto* const out =
            static_cast<std::byte*>(to.data[p]) + static_cast<std::ptrdiff_t>(y) * to.stride[p];
        std::memcpy(out, in, std::min(from.w[p], to.w[p]) * sample);
        for (unsigned x = from.w[p]; x < to.w[p]; ++x)
          std::memcpy(out + x * sample, in + (from.w[p] - 1) * sample, sample);
      }
    }
  }

  // Planes are Y, Cb, Cr on both sides, and R, G, B there where they are G, B, R here.
  template <typename Buffer>
  static void point_at(const VmafPicture& picture, bool rgb, Buffer& buffer) {
    constexpr std::array<std::size_t, 3> kAsTheyAre{0, 1, 2}, kOfGbr{1, 2, 0};
    for (std::size_t p = 0; p < 3; ++p) {
      auto& plane = buffer.plane[(rgb ? kOfGbr : kAsTheyAre)[p]];
      plane.data = picture.data[p];
      plane.stride = picture.stride[p];
      plane.mask = ZIMG_BUFFER_MAX;
    }
  }

  Status process(const VmafPicture& from, const VmafPicture& to) {
    zimg_image_buffer_const source{ZIMG_API_VERSION, {}};
    zimg_image_buffer result{ZIMG_API_VERSION, {}};
    point_at(from, rgb_.first, source);
    point_at(to, rgb_.second, result);
    if (zimg_filter_graph_process(graph_.get(), &source, &result, memory_.data(), nullptr, nullptr,
                                  nullptr, nullptr) == 0)
      return {};
    return zimg_error("convert a frame");
  }

  Size size_;  // even where chroma has half of it
  bool odd_ = false;
  std::pair<bool, bool> rgb_;
  StreamInfo from_, to_;
  Graph graph_;
  AlignedBuffer<std::byte> memory_;
  PictureSource padded_, results_;
};

class ConvertedReader final : public VideoReader {
 public:
  ConvertedReader(std::unique_ptr<VideoReader> reader, const SampleFormat& to, Originals originals)
      : reader_(std::move(reader)), info_(reader_->info()), originals_(originals) {
    info_.pixel_format = to.pixel_format;
    info_.bits = to.bits;
    info_.color.matrix = to.matrix;
    info_.color.range = to.full_range ? VMAF_COLOR_RANGE_FULL : VMAF_COLOR_RANGE_LIMITED;
    info_.siting = to.siting;
    note_conversion(reader_->info(), info_);
  }

  Status prepare() { return make_converter(format_of(reader_->info()), format_of(info_)); }

  const StreamInfo& info() const override { return info_; }

  // Luma of another matrix is made of all planes; else luma is made of luma.
  void read_luma_only() override {
    SampleFormat from = format_of(reader_->info()), to = format_of(info_);
    if (to.is_rgb()) return;
    if (same_matrix(from.matrix, to.matrix) || from.is_gray()) {
      reader_->read_luma_only();
      from.pixel_format = VMAF_PIX_FMT_YUV400P;
    }
    to.pixel_format = VMAF_PIX_FMT_YUV400P;
    broken_ = make_converter(from, to);
    pictures_.luma_only();
    originals_ = Originals::dropped;
  }

  bool damaged() const override { return reader_->damaged(); }
  Status intact() const override { return reader_->intact(); }
  Result<bool> skip() override { return reader_->skip(); }
  Result<std::uint64_t> seek(std::uint64_t count) override { return reader_->seek(count); }
  Result<bool> read(VmafPicture* picture) override {
    VISQ_TRY(broken_);
    VmafPicture original{};
    VISQ_ASSIGN(const bool more, reader_->read(&original));
    if (!more) return false;
    Status status = pictures_.allocate(info_, picture);
    if (status) status = converter_.run(original, *picture);
    if (status && originals_ == Originals::kept &&
        vmaf_picture_set_original(picture, &original) != 0)
      status = fail(EINVAL, vmaf_last_error());
    vmaf_picture_unref(&original);
    if (status) return true;
    vmaf_picture_unref(picture);
    return tl::unexpected<Error>(status.error());
  }

 private:
  Status make_converter(const SampleFormat& from, const SampleFormat& to) {
    VISQ_ASSIGN(converter_, Converter::between(from, to, {info_.width, info_.height}));
    return {};
  }

  std::unique_ptr<VideoReader> reader_;
  StreamInfo info_;
  Originals originals_;
  Converter converter_;
  Status broken_;  // no converter could be made for luma alone
  PictureSource pictures_;
};

Result<std::unique_ptr<VideoReader>> convert_with_zimg(std::unique_ptr<VideoReader> reader,
                                                       const SampleFormat& to,
                                                       Originals originals) {
  auto converted = std::make_unique<ConvertedReader>(std::move(reader), to, originals);
  VISQ_TRY(converted->prepare());
  return converted;
}

}  // namespace
}  // namespace visq::io

void visq_convert_with_zimg(std::unique_ptr<visq::io::VideoReader> reader,
                            const visq::io::SampleFormat& to, visq::io::Originals originals,
                            visq::Result<std::unique_ptr<visq::io::VideoReader>>& converted) {
  converted = visq::io::convert_with_zimg(std::move(reader), to, originals);
}
