// Frames: planes as numpy arrays on one side, pictures of the library on the other.
#pragma once

#include <string>
#include <vector>

#include <pybind11/numpy.h>

#include "visq/visq.hpp"

namespace visq::python {

using Picture = visq::picture;

struct FrameFormat {
  VmafPixelFormat pixel_format = VMAF_PIX_FMT_UNKNOWN;
  unsigned bits = 8;
  VmafPictureColor color{2, 2, VMAF_COLOR_RANGE_UNSPECIFIED};
};

// One frame as Python gives it: planes of uint8, uint16, float32 or float64, two-dimensional.
struct Frame {
  std::vector<pybind11::array> planes;
  FrameFormat format;
  std::string name;  // for messages: "frame 3 of the reference"
};

// Makes pictures of frames, from memory that is used again where it must copy.
class PictureMaker {
 public:
  // Borrows the planes when all of them lie as the library reads them and `copy` is false. Checks
  // that samples are in range. Called with the interpreter's lock, which it gives up while it reads
  // samples.
  Picture make(const Frame& frame, bool copy);

 private:
  VmafPicture fetch(const FrameFormat& format, unsigned width, unsigned height);

  owned<VmafPicturePool> pool_;
  FrameFormat pool_format_;
  unsigned pool_width_ = 0, pool_height_ = 0;
};

// The planes of a picture as arrays, without a copy; the arrays keep the picture.
pybind11::list planes_of(Picture picture);

}  // namespace visq::python
