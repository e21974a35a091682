#include "io/convert.h"

#include <utility>

#include <fmt/format.h>

namespace visq::io {
namespace {

struct Named {
  bool matrix, range;
};

// What describe() does not say of YCbCr; of RGB there is nothing more.
std::string meaning_of(const StreamInfo& info, const Named& named) {
  const SampleFormat format = format_of(info);
  std::string text;
  if (format.is_rgb()) return text;
  if (named.matrix && !format.is_gray()) text += " " + matrix_name(format.matrix);
  if (named.range) text += format.full_range ? " full range" : " limited range";
  return text;
}

class Declared final : public VideoReader {
 public:
  Declared(std::unique_ptr<VideoReader> reader, const VmafPictureColor& color)
      : reader_(std::move(reader)), info_(reader_->info()) {
    info_.color = color;
  }
  const StreamInfo& info() const override { return info_; }
  void read_luma_only() override { reader_->read_luma_only(); }
  bool damaged() const override { return reader_->damaged(); }
  Status intact() const override { return reader_->intact(); }
  Result<bool> skip() override { return reader_->skip(); }
  Result<std::uint64_t> seek(std::uint64_t count) override { return reader_->seek(count); }
  Result<bool> read(VmafPicture* picture) override {
    VISQ_ASSIGN(const bool more, reader_->read(picture));
    if (!more || vmaf_picture_set_color(picture, info_.color) == 0) return more;
    vmaf_picture_unref(picture);
    return fail(EINVAL, vmaf_last_error());
  }

 private:
  std::unique_ptr<VideoReader> reader_;
  StreamInfo info_;
};

}  // namespace

SampleFormat format_of(const StreamInfo& info) {
  return {info.pixel_format, info.bits, info.color.matrix,
          info.color.matrix == 0 || info.color.range == VMAF_COLOR_RANGE_FULL, info.siting};
}

std::string matrix_name(int matrix) {
  switch (matrix) {
    case 0:
      return "RGB";
    case 1:
      return "BT.709";
    case 2:
      return "BT.709 (assumed)";
    case 4:
      return "FCC";
    case 5:
    case 6:
      return "BT.601";
    case 7:
      return "SMPTE 240M";
    case 8:
      return "YCgCo";
    case 9:
      return "BT.2020";
    case 10:
      return "BT.2020 with constant luminance";
    case 14:
      return "ICtCp";
    default:
      return fmt::format("matrix {} of H.273", matrix);
  }
}

bool same_matrix(int a, int b) {
  const auto first = [](int matrix) { return matrix == 2 ? 1 : matrix == 6 ? 5 : matrix; };
  return first(a) == first(b);
}

bool is_convertible(int matrix) { return matrix >= 0 && matrix <= 9 && matrix != 3; }

std::string describe(const VmafPictureColor& color) {
  return fmt::format("{}, {} range, transfer {}",
                     color.matrix == 2 ? "of no matrix" : matrix_name(color.matrix),
                     color.range == VMAF_COLOR_RANGE_FULL      ? "full"
                     : color.range == VMAF_COLOR_RANGE_LIMITED ? "limited"
                                                               : "unspecified",
                     color.transfer);
}

void note_conversion(const StreamInfo& from, StreamInfo& to) {
  const SampleFormat before = format_of(from), after = format_of(to);
  const bool rgb = before.is_rgb() != after.is_rgb();
  const Named named{rgb || !same_matrix(before.matrix, after.matrix),
                    rgb || before.full_range != after.full_range};
  to.converted_from = (from.converted_from.empty() ? describe(from) : from.converted_from) +
                      meaning_of(from, named);
  to.converted_to = describe(to) + meaning_of(to, named);
}

std::unique_ptr<VideoReader> declare(std::unique_ptr<VideoReader> reader,
                                     const VmafPictureColor& color) {
  const VmafPictureColor& was = reader->info().color;
  if (was.matrix == color.matrix && was.transfer == color.transfer && was.range == color.range)
    return reader;
  return std::make_unique<Declared>(std::move(reader), color);
}

}  // namespace visq::io
