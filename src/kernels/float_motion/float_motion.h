// How much a picture moved, in floating point: the blurred difference of two frames. Deterministic.
#pragma once

#include <array>

#include "base/parallel.h"
#include "base/plane.h"
#include "base/samples.h"
#include "base/scratch.h"

namespace visq::float_motion {

inline constexpr int kRadius = 2;
using Taps = std::array<float, kRadius + 1>;  // the outermost first; the rest mirror

inline constexpr Taps kFive{0.054488685f, 0.244201342f, 0.402619947f};
inline constexpr Taps kThree{0, 0.166378498f, 0.667243004f};
inline constexpr Taps kNone{0, 0, 1};

struct Blur {
  Taps taps = kFive;
  PlaneView<float> plane = {};  // filled with the blurred difference, unless its data is null
};

// The sum over all pixels of |blur(a) - blur(b)|, in code values of 8 bits; planes of one format.
// The blur is separable; beyond their edge planes are mirrored (reflect101).
double sad(const Samples& a, const Samples& b, const Blur& blur, Scratch& scratch,
           Parallel& parallel);

// The sum of the absolute values of a plane.
double magnitudes(PlaneView<const float> plane);

// The same in plain C++, in double precision: what the vector code is tested against.
double sad_ref(const Samples& a, const Samples& b, const Blur& blur);
double magnitudes_ref(PlaneView<const float> plane);

}  // namespace visq::float_motion
