#include "io/deepen.h"

#include <utility>

#include "io/planar.h"

namespace visq::io {
namespace {

template <typename T>
void shift_row(const void* from, void* to, unsigned width, int shift) {
  const T* const source = static_cast<const T*>(from);
  auto* const target = static_cast<std::uint16_t*>(to);
  for (unsigned x = 0; x < width; ++x) target[x] = static_cast<std::uint16_t>(source[x] << shift);
}

const void* row(const VmafPicture& p, int plane, unsigned y) {
  return static_cast<const std::byte*>(p.data[plane]) +
         static_cast<std::ptrdiff_t>(y) * p.stride[plane];
}

class Deepened final : public VideoReader {
 public:
  Deepened(std::unique_ptr<VideoReader> reader, unsigned bits)
      : reader_(std::move(reader)),
        info_(reader_->info()),
        shift_(static_cast<int>(bits - info_.bits)) {
    if (info_.converted_from.empty()) info_.converted_from = describe(info_);
    info_.bits = bits;
  }
  const StreamInfo& info() const override { return info_; }
  void read_luma_only() override {
    reader_->read_luma_only();
    pictures_.luma_only();
  }

  Result<bool> skip() override { return reader_->skip(); }
  Result<bool> read(VmafPicture* picture) override {
    VmafPicture shallow{};
    VISQ_ASSIGN(const bool more, reader_->read(&shallow));
    if (!more) return false;
    const Status status = pictures_.allocate(info_, picture);
    if (status) shift(shallow, *picture);
    vmaf_picture_unref(&shallow);
    VISQ_TRY(status);
    return true;
  }

 private:
  void shift(const VmafPicture& from, VmafPicture& to) const {
    for (int p = 0; p < 3; ++p)
      for (unsigned y = 0; y < from.h[p]; ++y) {
        void* const target = const_cast<void*>(row(to, p, y));
        if (from.bpc > 8)
          shift_row<std::uint16_t>(row(from, p, y), target, from.w[p], shift_);
        else
          shift_row<std::uint8_t>(row(from, p, y), target, from.w[p], shift_);
      }
  }

  std::unique_ptr<VideoReader> reader_;
  StreamInfo info_;
  int shift_;
  PictureSource pictures_;
};

}  // namespace

std::unique_ptr<VideoReader> deepen(std::unique_ptr<VideoReader> reader, unsigned bits) {
  if (reader->info().bits == bits) return reader;
  return std::make_unique<Deepened>(std::move(reader), bits);
}

}  // namespace visq::io
