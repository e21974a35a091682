// Planes of another size, with the weights and the rounding that libvmaf's metrics have. Scaling
// down does not widen the filters: what they do not meet is left out.
#pragma once

#include <cmath>

#include "base/parallel.h"
#include "base/samples.h"
#include "base/scratch.h"
#include "kernels/conv/values.h"

namespace visq {

enum class Resampling { nearest, bilinear, bicubic, lanczos4 };

// The side of a scaled plane.
inline int scaled_side(int side, double scale) {
  return static_cast<int>(std::floor(side * scale + 0.5));
}

// What becomes of a plane of values (`range` says which; floats are values already) at the size of
// `out`; both have at least one sample. Sample i of n stands at (i + 1/2) / n of the width or
// height, except that `nearest` takes the sample before the position i / n. Beyond the edge planes
// are mirrored (reflect101); there `bilinear` extrapolates from the mirrored sample. Equal sizes: a
// copy.
void resample(const Samples& in, const SampleRange& range, Resampling method, PlaneView<float> out,
              Scratch& scratch, Parallel& parallel);

}  // namespace visq
