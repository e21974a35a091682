// The sums behind ANSNR: how strong a smoothed reference is, and how far the distorted picture,
// smoothed a little more, is from it. Deterministic.
#pragma once

#include <cstdint>

#include "base/plane.h"
#include "base/result.h"
#include "base/scratch.h"

namespace visq {

// The smoothing of the reference is the outer product of {1, 2, 1} / 4 with itself; that of the
// distorted picture is not separable. Its rows from the first to the middle one; the rest mirror.
inline constexpr float kAnsnrTaps[3][5] = {
    {2 / 571.f, 7 / 571.f, 12 / 571.f, 7 / 571.f, 2 / 571.f},
    {7 / 571.f, 31 / 571.f, 52 / 571.f, 31 / 571.f, 7 / 571.f},
    {12 / 571.f, 52 / 571.f, 127 / 571.f, 52 / 571.f, 12 / 571.f}};
inline constexpr int kAnsnrRadius = 2;

// Where the filters read beyond the edge: mirrored at the first sample, which is not repeated, and
// behind the last one, which is. `n` is at least 3.
constexpr int ansnr_mirror(int i, int n) { return i < 0 ? -i : i < n ? i : 2 * n - i - 1; }

// Sums over all pixels, in code values of 8 bits less 128.
struct AnsnrSums {
  double signal = 0;  // of the squared reference, smoothed
  double noise = 0;   // of the squared difference
};

// Planes of one size, at least 3x3, of samples of `bits`. -ENOMEM.
Result<AnsnrSums> ansnr_sums(PlaneView<const std::uint8_t> ref, PlaneView<const std::uint8_t> dist,
                             int bits, Scratch& scratch);
Result<AnsnrSums> ansnr_sums(PlaneView<const std::uint16_t> ref,
                             PlaneView<const std::uint16_t> dist, int bits, Scratch& scratch);

// The same in plain C++, in double precision: what the fast ones are tested against.
AnsnrSums ansnr_sums_ref(PlaneView<const std::uint8_t> ref, PlaneView<const std::uint8_t> dist,
                         int bits);
AnsnrSums ansnr_sums_ref(PlaneView<const std::uint16_t> ref, PlaneView<const std::uint16_t> dist,
                         int bits);

}  // namespace visq
