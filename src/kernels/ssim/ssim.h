// Structural similarity under an 11x11 Gaussian window, and the two ways in which its metrics make
// pictures smaller. Deterministic: one order of single-precision operations on every CPU target.
//
// Sums are of deficits (1 - luminance and so on), which are small where pictures are alike: a sum
// of values near 1 would lose there what a score in dB shows.
#pragma once

#include <array>
#include <cstdint>

#include "base/plane.h"
#include "base/result.h"
#include "base/scratch.h"

namespace visq {

// Half of the window, from its centre. The sum of the whole is 1.000002, and scores depend on it.
inline constexpr std::array<float, 6> kSsimTaps{.266012f, .213006f, .109361f,
                                                .036001f, .007599f, .001028f};
inline constexpr int kSsimRadius = 5;
inline constexpr int kSsimWindow = 2 * kSsimRadius + 1;

// Which means are wanted: of luminance x contrast x structure only, which is the cheapest; of
// contrast and of structure; of all of them.
enum class SsimTerms { product, contrast_structure, all };

// Means over all positions of the window inside the plane. What was not asked for is 1.
struct SsimMeans {
  double product = 1, luminance = 1, contrast = 1, structure = 1;
};

// Planes of one size, at least 11x11. Samples of `bits` count in units of 8-bit code values;
// float samples are in those units already. -ENOMEM.
Result<SsimMeans> ssim_means(PlaneView<const std::uint8_t> ref, PlaneView<const std::uint8_t> dist,
                             int bits, SsimTerms terms, Scratch& scratch);
Result<SsimMeans> ssim_means(PlaneView<const std::uint16_t> ref,
                             PlaneView<const std::uint16_t> dist, int bits, SsimTerms terms,
                             Scratch& scratch);
Result<SsimMeans> ssim_means(PlaneView<const float> ref, PlaneView<const float> dist,
                             SsimTerms terms, Scratch& scratch);

// The same bits from plain C++: what the fast ones are tested against.
SsimMeans ssim_means_ref(PlaneView<const std::uint8_t> ref, PlaneView<const std::uint8_t> dist,
                         int bits, SsimTerms terms);
SsimMeans ssim_means_ref(PlaneView<const std::uint16_t> ref, PlaneView<const std::uint16_t> dist,
                         int bits, SsimTerms terms);
SsimMeans ssim_means_ref(PlaneView<const float> ref, PlaneView<const float> dist, SsimTerms terms);

}  // namespace visq
