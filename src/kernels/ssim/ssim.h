// Structural similarity under an 11x11 Gaussian window, and the two ways in which its metrics make
// pictures smaller. Deterministic: one order of single-precision operations on every CPU target.
//
// Sums are of deficits (1 - luminance and so on), which are small where pictures are alike: a sum
// of values near 1 would lose there what a score in dB shows.
#pragma once

#include <array>

#include "base/parallel.h"
#include "base/samples.h"
#include "base/scratch.h"

namespace visq::ssim {

// Half of the window, from its centre. The sum of the whole is 1.000002, and scores depend on it.
inline constexpr std::array<float, 6> kTaps{.266012f, .213006f, .109361f,
                                            .036001f, .007599f, .001028f};
inline constexpr int kRadius = 5;
inline constexpr int kWindow = 2 * kRadius + 1;

// Which means are wanted: of luminance x contrast x structure only, which is the cheapest; of
// contrast and of structure; of all of them.
enum class Terms { product, contrast_structure, all };

// Means over all positions of the window inside the plane. What was not asked for is 1.
struct Means {
  double product = 1, luminance = 1, contrast = 1, structure = 1;
};

// Planes of one format, at least 11x11. Samples count in units of 8-bit code values; floats
// (kernels/conv/values.h) are in those units already.
Means means(const Samples& ref, const Samples& dist, Terms terms, Scratch& scratch,
            Parallel& parallel);

// The same bits from plain C++: what the vector code is tested against.
Means means_ref(const Samples& ref, const Samples& dist, Terms terms);

}  // namespace visq::ssim
