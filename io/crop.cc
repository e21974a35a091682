#include "io/crop.h"

#include <cstring>

#include <fmt/format.h>

#include "io/convert.h"
#include "io/planar.h"

namespace visq::io {
namespace {

struct Halves {
  bool x, y;  // chroma has every second sample
};

Halves halves_of(VmafPixelFormat format) {
  return {format == VMAF_PIX_FMT_YUV420P || format == VMAF_PIX_FMT_YUV422P,
          format == VMAF_PIX_FMT_YUV420P};
}

class CroppedReader final : public VideoReader {
 public:
  CroppedReader(std::unique_ptr<VideoReader> reader, const Crop& to)
      : reader_(std::move(reader)), info_(reader_->info()), to_(to) {
    info_.width = to.width;
    info_.height = to.height;
    note_conversion(reader_->info(), info_);
  }
  const StreamInfo& info() const override { return info_; }
  void read_luma_only() override {
    reader_->read_luma_only();
    pictures_.luma_only();
  }
  bool damaged() const override { return reader_->damaged(); }
  Status intact() const override { return reader_->intact(); }
  Result<bool> skip() override { return reader_->skip(); }
  Result<bool> read(VmafPicture* picture) override {
    VmafPicture whole{};
    VISQ_ASSIGN(const bool more, reader_->read(&whole));
    if (!more) return false;
    Status status = pictures_.allocate(info_, picture);
    for (int plane = 0; plane < 3 && status; ++plane) copy(whole, plane, *picture);
    vmaf_picture_unref(&whole);
    if (!status) return tl::unexpected<Error>(status.error());
    return true;
  }

 private:
  void copy(const VmafPicture& whole, int plane, const VmafPicture& part) const {
    const Halves halves = plane == 0 ? Halves{} : halves_of(info_.pixel_format);
    const std::size_t sample = info_.bits > 8 ? 2 : 1;
    const std::size_t x = halves.x ? to_.x / 2 : to_.x, y = halves.y ? to_.y / 2 : to_.y;
    const auto* from = static_cast<const char*>(whole.data[plane]) + x * sample;
    auto* to = static_cast<char*>(part.data[plane]);
    for (std::size_t row = 0; row < part.h[plane]; ++row)
      std::memcpy(to + static_cast<std::ptrdiff_t>(row) * part.stride[plane],
                  from + static_cast<std::ptrdiff_t>(y + row) * whole.stride[plane],
                  part.w[plane] * sample);
  }

  std::unique_ptr<VideoReader> reader_;
  StreamInfo info_;
  Crop to_;
  PictureSource pictures_;
};

}  // namespace

Result<std::unique_ptr<VideoReader>> crop(std::unique_ptr<VideoReader> reader, const Crop& to) {
  const StreamInfo& info = reader->info();
  if (std::uint64_t{to.x} + to.width > info.width || std::uint64_t{to.y} + to.height > info.height)
    return fail(EINVAL, fmt::format("{}x{} from {}, {} on do not lie in its {}x{}", to.width,
                                    to.height, to.x, to.y, info.width, info.height));
  const Halves halves = halves_of(info.pixel_format);
  const auto is_between = [](bool half, unsigned from, unsigned size, unsigned whole) {
    return half && (from % 2 != 0 || (size % 2 != 0 && from + size != whole));
  };
  if (is_between(halves.x, to.x, to.width, info.width) ||
      is_between(halves.y, to.y, to.height, info.height))
    return fail(EINVAL,
                fmt::format("its chroma has every second sample: {}x{} from {}, {} on begin "
                            "or end between two, and even numbers are needed",
                            to.width, to.height, to.x, to.y));
  return std::make_unique<CroppedReader>(std::move(reader), to);
}

}  // namespace visq::io
