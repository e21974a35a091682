// The sums behind ANSNR: how strong a smoothed reference is, and how far the distorted picture,
// smoothed a little more, is from it. Deterministic.
#pragma once

#include "base/parallel.h"
#include "base/samples.h"
#include "base/scratch.h"

namespace visq::ansnr {

// The smoothing of the reference is the outer product of {1, 2, 1} / 4 with itself; that of the
// distorted picture is not separable. Its rows from the first to the middle one; the rest mirror.
inline constexpr float kTaps[3][5] = {
    {2 / 571.f, 7 / 571.f, 12 / 571.f, 7 / 571.f, 2 / 571.f},
    {7 / 571.f, 31 / 571.f, 52 / 571.f, 31 / 571.f, 7 / 571.f},
    {12 / 571.f, 52 / 571.f, 127 / 571.f, 52 / 571.f, 12 / 571.f}};
inline constexpr int kRadius = 2;

// Samples count in code values of 8 bits, less this.
inline constexpr float kCentre = 128;

// Where the filters read beyond the edge: mirrored at the first sample, which is not repeated, and
// behind the last one, which is. `n` is at least 3.
constexpr int mirror(int i, int n) { return i < 0 ? -i : i < n ? i : 2 * n - i - 1; }

// Sums over all pixels.
struct Sums {
  double signal = 0;  // of the squared reference, smoothed
  double noise = 0;   // of the squared difference
};

// Planes of one format, at least 3x3.
Sums sums(const Samples& ref, const Samples& dist, Scratch& scratch, Parallel& parallel);

// The same in plain C++, in double precision: what the vector code is tested against.
Sums sums_ref(const Samples& ref, const Samples& dist);

}  // namespace visq::ansnr
