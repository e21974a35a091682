#include "io/planar.h"

#include <bit>

#include <fmt/format.h>

namespace visq::io {
namespace {

void to_native(std::uint16_t* samples, std::size_t count) {
  if constexpr (std::endian::native == std::endian::little) return;
  for (std::size_t i = 0; i < count; ++i)
    samples[i] = static_cast<std::uint16_t>(samples[i] >> 8 | samples[i] << 8);
}

const char* name_of(VmafPixelFormat format) {
  switch (format) {
    case VMAF_PIX_FMT_YUV420P:
      return "4:2:0";
    case VMAF_PIX_FMT_YUV422P:
      return "4:2:2";
    case VMAF_PIX_FMT_YUV444P:
      return "4:4:4";
    case VMAF_PIX_FMT_YUV400P:
      return "4:0:0";
    case VMAF_PIX_FMT_UNKNOWN:
      break;
  }
  return "of unknown format";
}

std::size_t sample_bytes(const StreamInfo& info) { return info.bits > 8 ? 2 : 1; }

unsigned width_of(const StreamInfo& info, int plane) {
  if (plane == 0 || info.pixel_format == VMAF_PIX_FMT_YUV444P) return info.width;
  return info.pixel_format == VMAF_PIX_FMT_YUV400P ? 0 : (info.width + 1) / 2;
}

std::uint64_t plane_samples(const StreamInfo& info, int plane) {
  const bool half = plane > 0 && info.pixel_format == VMAF_PIX_FMT_YUV420P;
  return std::uint64_t{width_of(info, plane)} * (half ? (info.height + 1) / 2 : info.height);
}

// Planes follow each other, and rows too, without a gap.
Status wrap(std::unique_ptr<MappedFrame> frame, const StreamInfo& info, VmafPicture* picture) {
  *picture = {};
  picture->pix_fmt = info.pixel_format;
  picture->bpc = info.bits;
  picture->w[0] = info.width;
  picture->h[0] = info.height;
  unsigned char* next = frame->data();
  for (int p = 0; p < 3; ++p) {
    picture->data[p] = next;
    picture->stride[p] = static_cast<std::ptrdiff_t>(width_of(info, p) * sample_bytes(info));
    next += plane_samples(info, p) * sample_bytes(info);
  }
  const auto release = [](void* held) { delete static_cast<MappedFrame*>(held); };
  int code = vmaf_picture_wrap(picture, release, frame.get());
  if (code == 0) {
    frame.release();
    code = vmaf_picture_set_color(picture, info.color);
  }
  if (code == 0) return {};
  vmaf_picture_unref(picture);
  return fail(-code, vmaf_last_error());
}

}  // namespace

std::string describe(const StreamInfo& info) {
  const char* rgb = info.color.matrix == 0 ? " RGB" : "";
  const char* hdr = info.color.transfer == 16   ? " PQ"
                    : info.color.transfer == 18 ? " HLG"
                                                : "";  // of H.273
  return fmt::format("{}x{} {}{} {}-bit{}", info.width, info.height, name_of(info.pixel_format),
                     rgb, info.bits, hdr);
}

std::uint64_t frame_bytes(const StreamInfo& info) {
  std::uint64_t samples = 0;
  for (int p = 0; p < 3; ++p) samples += plane_samples(info, p);
  return samples * sample_bytes(info);
}

Status PictureSource::allocate(const StreamInfo& info, VmafPicture* picture) {
  int code = 0;
  if (pool_ == nullptr) {
    VmafPicturePool* pool = nullptr;
    const auto open = whole(info) ? vmaf_picture_pool_open : vmaf_picture_pool_open_luma;
    code = open(&pool, info.pixel_format, info.bits, info.width, info.height);
    pool_.reset(pool);
  }
  if (code == 0) code = vmaf_picture_pool_fetch(pool_.get(), picture);
  if (code == 0) code = vmaf_picture_set_color(picture, info.color);
  if (code == 0) return {};
  return fail(-code, vmaf_last_error());
}

Status PictureSource::read(ByteSource& source, const StreamInfo& info, VmafPicture* picture,
                           const std::string& name, std::uint64_t frame) {
  VISQ_TRY(source.intact());
  VmafPicture nothing{};
  if (picture == nullptr) return read_planes(source, info, &nothing, name, frame);
  const std::uint64_t bytes = frame_bytes(info);
  const std::size_t sample = sample_bytes(info);
  if (sample == 1 || std::endian::native == std::endian::little) {
    const std::uint64_t needed = whole(info) ? bytes : plane_samples(info, 0) * sample;
    if (auto mapped = source.map({bytes, needed, sample, name, frame}))
      return wrap(std::move(mapped), info, picture);
  }
  // A header can promise any size: memory is for frames that the file can hold.
  if (source.size().value_or(bytes) >= bytes) VISQ_TRY(allocate(info, picture));
  Status status = read_planes(source, info, picture, name, frame);
  if (!status) vmaf_picture_unref(picture);
  return status;
}

void PictureSource::luma_only() {
  luma_only_ = true;
  pool_.reset();
}

Status read_planes(ByteSource& source, const StreamInfo& info, VmafPicture* picture,
                   const std::string& name, std::uint64_t frame) {
  const std::size_t sample = sample_bytes(info);
  const std::uint64_t whole = frame_bytes(info);
  std::uint64_t got = 0;
  const auto unreadable = [&] {
    return fail(EIO, fmt::format("{}: frame {} cannot be read", name, frame));
  };
  const auto truncated = [&] {
    return fail(EIO,
                fmt::format("{}: frame {} is truncated: {} of {} bytes", name, frame, got, whole));
  };
  for (int p = 0; p < 3; ++p) {
    // Rows that follow each other without a gap are read as one.
    const std::size_t row_bytes = picture->w[p] * sample;
    const bool gapless = static_cast<std::ptrdiff_t>(row_bytes) == picture->stride[p];
    const unsigned rows = gapless && picture->h[p] != 0 ? 1 : picture->h[p];
    const std::size_t bytes = gapless ? row_bytes * picture->h[p] : row_bytes;
    for (unsigned y = 0; y < rows; ++y) {
      auto* row = static_cast<unsigned char*>(picture->data[p]) +
                  static_cast<std::ptrdiff_t>(y) * picture->stride[p];
      const auto count = source.read(row, bytes);
      if (!count) return unreadable();
      got += *count;
      if (*count < bytes) return truncated();
      if (sample == 2) to_native(reinterpret_cast<std::uint16_t*>(row), bytes / 2);
    }
  }
  const auto passed = source.skip(whole - got);
  if (!passed) return unreadable();
  got += *passed;
  if (got < whole) return truncated();
  return {};
}

}  // namespace visq::io
