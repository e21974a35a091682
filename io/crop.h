// A part of every picture, as where black bars are cut off.
#pragma once

#include <memory>

#include "io/reader.h"

namespace visq::io {

struct Crop {
  unsigned width = 0, height = 0, x = 0, y = 0;  // in samples of luma
};

// -EINVAL where the part does not lie within the pictures, or begins or ends between two samples of
// chroma.
Result<std::unique_ptr<VideoReader>> crop(std::unique_ptr<VideoReader> reader, const Crop& to);

}  // namespace visq::io
