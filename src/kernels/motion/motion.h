// How much a picture moved: the sum of absolute values of the blurred difference of two frames.
// Exact.
#pragma once

#include <cstdint>

#include "base/plane.h"
#include "base/result.h"
#include "base/scratch.h"

namespace visq {

// The blur: five taps, separable, in units of 2^-16.
inline constexpr int kMotionTaps[5] = {3571, 16004, 26386, 16004, 3571};
inline constexpr int kMotionRadius = 2;

// `a` and `b` are of one size, at least 3x3; `bits` (8..16) is the depth of their samples. The
// vertical blur of a - b is rounded to 8 fractional bits of an 8-bit sample whatever the depth,
// the horizontal one to the same unit: the result is 256 times the SAD of 8-bit pictures.
// Planes beyond their edge are mirrored (reflect101). -ENOMEM.
Result<std::uint64_t> motion_sad(PlaneView<const std::uint8_t> a, PlaneView<const std::uint8_t> b,
                                 int bits, Scratch& scratch);
Result<std::uint64_t> motion_sad(PlaneView<const std::uint16_t> a, PlaneView<const std::uint16_t> b,
                                 int bits, Scratch& scratch);

// The same in plain C++: what the fast ones are tested against.
std::uint64_t motion_sad_ref(PlaneView<const std::uint8_t> a, PlaneView<const std::uint8_t> b,
                             int bits);
std::uint64_t motion_sad_ref(PlaneView<const std::uint16_t> a, PlaneView<const std::uint16_t> b,
                             int bits);

}  // namespace visq
