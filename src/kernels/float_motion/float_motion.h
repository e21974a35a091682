// How much a picture moved, in floating point: the blurred difference of two frames. Deterministic.
#pragma once

#include <array>
#include <cstdint>

#include "base/plane.h"
#include "base/result.h"
#include "base/scratch.h"

namespace visq {

inline constexpr int kBlurRadius = 2;
using BlurTaps = std::array<float, kBlurRadius + 1>;  // the outermost first; the rest mirror

inline constexpr BlurTaps kBlurFive{0.054488685f, 0.244201342f, 0.402619947f};
inline constexpr BlurTaps kBlurThree{0, 0.166378498f, 0.667243004f};
inline constexpr BlurTaps kBlurNone{0, 0, 1};

struct BlurredDifference {
  BlurTaps taps = kBlurFive;
  int bits = 8;                 // of the samples
  PlaneView<float> plane = {};  // filled with the blurred difference, unless its data is null
};

// The sum over all pixels of |blur(a) - blur(b)|, in code values of 8 bits; planes of one size. The
// blur is separable; beyond their edge planes are mirrored (reflect101). -ENOMEM.
Result<double> float_motion_sad(PlaneView<const std::uint8_t> a, PlaneView<const std::uint8_t> b,
                                const BlurredDifference& how, Scratch& scratch);
Result<double> float_motion_sad(PlaneView<const std::uint16_t> a, PlaneView<const std::uint16_t> b,
                                const BlurredDifference& how, Scratch& scratch);

// The same in plain C++, in double precision: what the fast ones are tested against.
double float_motion_sad_ref(PlaneView<const std::uint8_t> a, PlaneView<const std::uint8_t> b,
                            const BlurredDifference& how);
double float_motion_sad_ref(PlaneView<const std::uint16_t> a, PlaneView<const std::uint16_t> b,
                            const BlurredDifference& how);

// The sum of the absolute values of a plane.
double sum_of_magnitudes(PlaneView<const float> plane);

}  // namespace visq
