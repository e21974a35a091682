// RGB pictures as YCbCr, for the metrics that are defined on luma and chroma.
#pragma once

#include "base/parallel.h"
#include "picture/picture.h"

namespace visq {

// The picture itself unless its planes are G, B, R (matrix `identity`): then a BT.709 limited
// range 4:4:4 picture of the same depth, made once and kept with the source picture.
PicturePtr as_ycbcr(const PicturePtr& picture, Parallel& parallel = *serial());

}  // namespace visq
