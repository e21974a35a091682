#include "io/av_layout.h"

#include <cstring>

#include <fmt/format.h>

extern "C" {
#include <libavutil/intreadwrite.h>
}

namespace visq::io {
namespace {

constexpr std::array<int, 3> kGbr{1, 2, 0};  // libav numbers the components R, G, B

// The place in the source of each sample of a turned plane.
struct Turn {
  Orientation orientation;
  int width, height;  // of the plane that is shown

  std::pair<int, int> source(int x, int y) const {
    if (orientation.mirrored) x = width - 1 - x;
    if (orientation.upside_down) y = height - 1 - y;
    return orientation.transposed ? std::pair(y, x) : std::pair(x, y);
  }
};

unsigned component_sample(const AVFrame& frame, const AvLayout& layout, int component, int x,
                          int y) {
  const AVComponentDescriptor& c = layout.format->comp[component];
  const std::ptrdiff_t row = y, column = x;
  const std::uint8_t* p =
      frame.data[c.plane] + row * frame.linesize[c.plane] + column * c.step + c.offset;
  const bool big_endian = (layout.format->flags & AV_PIX_FMT_FLAG_BE) != 0;
  const unsigned word = c.depth + c.shift <= 8 ? *p : big_endian ? AV_RB16(p) : AV_RL16(p);
  return (word >> c.shift) & ((1u << c.depth) - 1);
}

unsigned palette_sample(const AVFrame& frame, int component, int x, int y) {
  const std::size_t index = frame.data[0][static_cast<std::ptrdiff_t>(y) * frame.linesize[0] + x];
  std::uint32_t argb;
  std::memcpy(&argb, frame.data[1] + 4 * index, sizeof argb);
  return argb >> (16 - 8 * component) & 0xFF;
}

template <typename T>
void copy_plane(const AVFrame& frame, const AvLayout& layout, int component, const Turn& turn,
                VmafPicture* picture, int plane) {
  for (unsigned y = 0; y < picture->h[plane]; ++y) {
    auto* row = reinterpret_cast<T*>(static_cast<char*>(picture->data[plane]) +
                                     static_cast<std::ptrdiff_t>(y) * picture->stride[plane]);
    for (unsigned x = 0; x < picture->w[plane]; ++x) {
      const auto [sx, sy] = turn.source(static_cast<int>(x), static_cast<int>(y));
      row[x] = static_cast<T>(layout.palette ? palette_sample(frame, component, sx, sy)
                                             : component_sample(frame, layout, component, sx, sy));
    }
  }
}

// Whole rows can be copied: same sample size and order, nothing in between.
bool rows_match(const AvLayout& layout, int component, const Orientation& orientation) {
  const AVComponentDescriptor& c = layout.format->comp[component];
  const bool big_endian = (layout.format->flags & AV_PIX_FMT_FLAG_BE) != 0;
  return orientation.upright() && !layout.palette && c.shift == 0 && c.offset == 0 &&
         c.step == (layout.bits > 8 ? 2 : 1) &&
         (layout.bits == 8 || big_endian == static_cast<bool>(AV_HAVE_BIGENDIAN));
}

void copy_rows(const AVFrame& frame, int source_plane, VmafPicture* picture, int plane) {
  const std::size_t bytes = std::size_t{picture->w[plane]} * (picture->bpc > 8 ? 2 : 1);
  for (unsigned y = 0; y < picture->h[plane]; ++y)
    std::memcpy(
        static_cast<char*>(picture->data[plane]) +
            static_cast<std::ptrdiff_t>(y) * picture->stride[plane],
        frame.data[source_plane] + static_cast<std::ptrdiff_t>(y) * frame.linesize[source_plane],
        bytes);
}

int planes_of(const AvLayout& layout) {
  return layout.pixel_format == VMAF_PIX_FMT_YUV400P ? 1 : 3;
}

Result<VmafPixelFormat> chroma_of(const AVPixFmtDescriptor& f) {
  if (f.nb_components < 3) return VMAF_PIX_FMT_YUV400P;
  if (f.log2_chroma_w == 0 && f.log2_chroma_h == 0) return VMAF_PIX_FMT_YUV444P;
  if (f.log2_chroma_w == 1 && f.log2_chroma_h == 0) return VMAF_PIX_FMT_YUV422P;
  if (f.log2_chroma_w == 1 && f.log2_chroma_h == 1) return VMAF_PIX_FMT_YUV420P;
  return fail(ENOTSUP, fmt::format("pixel format {} has a chroma subsampling that is not "
                                   "supported; convert the clip first (ffmpeg -pix_fmt yuv444p)",
                                   f.name));
}

}  // namespace

Result<AvLayout> layout_of(int av_pixel_format) {
  const AVPixFmtDescriptor* f = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(av_pixel_format));
  if (f == nullptr)
    return fail(ENOTSUP,
                "its pixel format is unknown; convert the clip first (ffmpeg -pix_fmt yuv420p)");
  constexpr std::uint64_t kRefused = AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL |
                                     AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_FLOAT;
  AvLayout layout;
  layout.format = f;
  layout.palette = (f->flags & AV_PIX_FMT_FLAG_PAL) != 0;
  layout.rgb = layout.palette || (f->flags & AV_PIX_FMT_FLAG_RGB) != 0;
  layout.bits = static_cast<unsigned>(f->comp[0].depth);
  if ((f->flags & kRefused) != 0 || layout.bits < 8 || layout.bits > 16)
    return fail(ENOTSUP,
                fmt::format("pixel format {} is not supported: YUV, gray or RGB of 8 to 16 bits is "
                            "expected; convert the clip first (ffmpeg -pix_fmt)",
                            f->name));
  if (layout.rgb) {
    layout.source = kGbr;
    layout.pixel_format = VMAF_PIX_FMT_YUV444P;
    return layout;
  }
  VISQ_ASSIGN(layout.pixel_format, chroma_of(*f));
  return layout;
}

bool is_transparent(const AVFrame& frame, const AvLayout& layout) {
  if (layout.palette || (layout.format->flags & AV_PIX_FMT_FLAG_ALPHA) == 0) return false;
  const int alpha = layout.format->nb_components - 1;
  const unsigned opaque = (1u << layout.format->comp[alpha].depth) - 1;
  for (int y = 0; y < frame.height; ++y)
    for (int x = 0; x < frame.width; ++x)
      if (component_sample(frame, layout, alpha, x, y) != opaque) return true;
  return false;
}

bool lies_as_picture(const AVFrame& frame, const AvLayout& layout, const Orientation& orientation) {
  for (int plane = 0; plane < planes_of(layout); ++plane) {
    const int component = layout.source[static_cast<std::size_t>(plane)];
    const int from = layout.format->comp[component].plane;
    if (!rows_match(layout, component, orientation) || frame.linesize[from] <= 0) return false;
    if (layout.bits == 8) continue;
    if (frame.linesize[from] % 2 != 0 ||
        reinterpret_cast<std::uintptr_t>(frame.data[from]) % 2 != 0)
      return false;
  }
  return frame.buf[0] != nullptr;  // it can be shared
}

Status lend_frame(const AVFrame& frame, const AvLayout& layout, VmafPicture* picture) {
  for (int plane = 0; plane < planes_of(layout); ++plane) {
    const int component = layout.source[static_cast<std::size_t>(plane)];
    const int from = layout.format->comp[component].plane;
    picture->data[plane] = frame.data[from];
    picture->stride[plane] = frame.linesize[from];
  }
  AVFrame* share = av_frame_clone(&frame);
  if (share == nullptr) return fail(ENOMEM, "out of memory");
  const auto release = [](void* held) {
    auto* own = static_cast<AVFrame*>(held);
    av_frame_free(&own);
  };
  const int code = vmaf_picture_wrap(picture, release, share);
  if (code == 0) return {};
  release(share);
  return fail(-code, vmaf_last_error());
}

void copy_frame(const AVFrame& frame, const AvLayout& layout, const Orientation& orientation,
                VmafPicture* picture) {
  for (int plane = 0; plane < planes_of(layout); ++plane) {
    const int component = layout.source[static_cast<std::size_t>(plane)];
    if (rows_match(layout, component, orientation)) {
      copy_rows(frame, layout.format->comp[component].plane, picture, plane);
      continue;
    }
    const Turn turn{orientation, static_cast<int>(picture->w[plane]),
                    static_cast<int>(picture->h[plane])};
    if (layout.bits > 8)
      copy_plane<std::uint16_t>(frame, layout, component, turn, picture, plane);
    else
      copy_plane<std::uint8_t>(frame, layout, component, turn, picture, plane);
  }
}

}  // namespace visq::io
