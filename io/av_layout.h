// How libav lays out the samples of a frame, and how to get at them exactly.
#pragma once

#include <array>
#include <string>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
}

#include "base/result.h"
#include "io/orientation.h"
#include "io/reader.h"

namespace visq::io {

// Where plane i of our picture comes from: component `source[i]` of the libav format.
struct AvLayout {
  const AVPixFmtDescriptor* format = nullptr;
  VmafPixelFormat pixel_format = VMAF_PIX_FMT_UNKNOWN;
  unsigned bits = 0;
  std::array<int, 3> source{0, 1, 2};
  bool rgb = false;      // planes are G, B, R
  bool palette = false;  // one byte a sample, looked up
};

// -ENOTSUP, naming the format, for those that are neither YUV, gray nor RGB of 8 to 16 bits.
Result<AvLayout> layout_of(int av_pixel_format);

// Whether an alpha plane says less than opaque somewhere.
bool is_transparent(const AVFrame& frame, const AvLayout& layout);

// Whether the frame's planes are those of a picture as they lie in memory: there is nothing to
// turn, to unpack or to swap.
bool lies_as_picture(const AVFrame& frame, const AvLayout& layout, const Orientation& orientation);

// A picture on the memory of such a frame, of which it holds a share until it is released.
// Its size in pixels, format and depth are set already.
Status lend_frame(const AVFrame& frame, const AvLayout& layout, VmafPicture* picture);

// Copies a frame, turned as it is to be shown, into a picture of the right size.
void copy_frame(const AVFrame& frame, const AvLayout& layout, const Orientation& orientation,
                VmafPicture* picture);

}  // namespace visq::io
