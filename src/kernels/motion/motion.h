// How much a picture moved: the sum of absolute values of the blurred difference of two frames.
// Exact.
#pragma once

#include <cstdint>

#include "base/parallel.h"
#include "base/samples.h"
#include "base/scratch.h"

namespace visq::motion {

// The blur: five taps, separable, in units of 2^-16.
inline constexpr int kTaps[5] = {3571, 16004, 26386, 16004, 3571};
inline constexpr int kRadius = 2;

// `a` and `b` are of one format, at least 3x3. The vertical blur of a - b is rounded to 8
// fractional bits of an 8-bit sample whatever the depth, the horizontal one to the same unit: the
// result is 256 times the SAD of 8-bit pictures. Planes beyond their edge are mirrored
// (reflect101).
std::uint64_t sad(const Samples& a, const Samples& b, Parallel& parallel, Scratch& scratch);

// The same in plain C++: what the fast one is tested against.
std::uint64_t sad_ref(const Samples& a, const Samples& b);

}  // namespace visq::motion
