#include "io/raw_yuv.h"

#include <fmt/format.h>

#include "io/planar.h"

namespace visq::io {
namespace {

class RawReader final : public VideoReader {
 public:
  RawReader(std::string path, std::unique_ptr<ByteSource> source, const StreamInfo& info)
      : path_(std::move(path)), source_(std::move(source)), info_(info) {}

  const StreamInfo& info() const override { return info_; }
  void read_luma_only() override { pictures_.luma_only(); }
  Status intact() const override { return source_->intact(); }

  Result<bool> read(VmafPicture* picture) override { return next(picture); }
  Result<bool> skip() override { return next(nullptr); }

 private:
  Result<bool> next(VmafPicture* picture) {
    if (info_.frames ? frame_ == *info_.frames : source_->peek(1).empty()) return finish();
    VISQ_TRY(pictures_.read(*source_, info_, picture, path_, frame_));
    ++frame_;
    return true;
  }

  // A file whose size is no whole number of frames was cut, or has another format.
  Result<bool> finish() {
    const std::uint64_t rest = source_->size().value_or(0) % frame_bytes(info_);
    if (rest == 0) return false;
    return fail(EIO, fmt::format("{}: frame {} is truncated: {} of {} bytes of a {} frame", path_,
                                 frame_, rest, frame_bytes(info_), describe(info_)));
  }

  std::string path_;
  std::unique_ptr<ByteSource> source_;
  StreamInfo info_;
  std::uint64_t frame_ = 0;
  PictureSource pictures_;
};

}  // namespace

Result<std::unique_ptr<VideoReader>> open_raw_yuv(const std::string& path,
                                                  std::unique_ptr<ByteSource> source,
                                                  const RawFormat& format) {
  constexpr unsigned kMaxSide = 32768;
  if (format.width < 1 || format.height < 1 || format.width > kMaxSide || format.height > kMaxSide)
    return fail(EINVAL, fmt::format("{}: a raw picture of {}x{} is not possible: sides are 1 to {}",
                                    path, format.width, format.height, kMaxSide));
  if (format.bits < 8 || format.bits > 16)
    return fail(EINVAL,
                fmt::format("{}: raw samples have 8 to 16 bits, not {}", path, format.bits));
  StreamInfo info;
  info.pixel_format = format.pixel_format;
  info.bits = format.bits;
  info.width = format.width;
  info.height = format.height;
  info.rate = format.rate;
  if (const auto bytes = source->size()) info.frames = *bytes / frame_bytes(info);
  return std::make_unique<RawReader>(path, std::move(source), info);
}

}  // namespace visq::io
