// A clip with more bits a sample than its file has.
#pragma once

#include "io/reader.h"

namespace visq::io {

// The same clip with `bits` a sample, which must not be fewer than it has: codes are shifted left.
std::unique_ptr<VideoReader> deepen(std::unique_ptr<VideoReader> reader, unsigned bits);

}  // namespace visq::io
