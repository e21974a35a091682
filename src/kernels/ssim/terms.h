// What the kernel and its reference share: constants, and how sums become means.
#pragma once

#include <algorithm>
#include <cmath>

#include "kernels/conv/values.h"
#include "kernels/ssim/ssim.h"

namespace visq::ssim {

// Of a sample, in code values of 8 bits.
constexpr float unit(int bits) { return value_range(bits, 0).scale; }

// A variance is the difference of a mean of squares and a squared mean, which loses most of its
// digits where samples are large and alike. So samples are filtered as x - p, with a pivot p near
// those of a tile: kTileColumns x kTileRows positions of the window, and the samples that it
// touches from there. Tiles begin at the multiples of these numbers.
inline constexpr int kTileColumns = 64, kTileRows = 128;

inline constexpr double kTapSum = [] {
  double sum = static_cast<double>(kTaps[0]);
  for (std::size_t k = 1; k < kTaps.size(); ++k) sum += 2.0 * static_cast<double>(kTaps[k]);
  return sum * sum;
}();

// The taps' sum S differs from 1, so the pivot does not cancel: with m the filtered x - p, the mean
// is m + mean_offset, and the variance E - m (m + slope) - offset.
struct Pivot {
  float value, mean_offset, slope, offset;
};

inline Pivot pivot_at(float value) {
  const double p = static_cast<double>(value);
  return {value, static_cast<float>(p * kTapSum), static_cast<float>(2 * p * (kTapSum - 1)),
          static_cast<float>(p * p * kTapSum * (kTapSum - 1))};
}

// The mean of some samples of a tile of both planes, which starts at (x0, y0) and ends inside the
// plane, rounded to a whole number.
inline Pivot pivot_of_tile(const Samples& ref, const Samples& dist, int x0, int y0) {
  const int width = std::min(kTileColumns + kWindow - 1, ref.width - x0),
            height = std::min(kTileRows + kWindow - 1, ref.height - y0);
  constexpr int kGrid = 8;
  double sum = 0;
  for (int j = 0; j < kGrid; ++j)
    for (int i = 0; i < kGrid; ++i) {
      const int x = x0 + (2 * i + 1) * width / (2 * kGrid),
                y = y0 + (2 * j + 1) * height / (2 * kGrid);
      sum += static_cast<double>(value_at(ref, x, y, {})) +
             static_cast<double>(value_at(dist, x, y, {}));
    }
  const double mean = sum / (2 * kGrid * kGrid) * static_cast<double>(unit(ref.bits));
  return pivot_at(static_cast<float>(std::floor(mean + 0.5)));
}

inline constexpr float kC1 = (.01f * 255) * (.01f * 255);
inline constexpr float kC2 = (.03f * 255) * (.03f * 255);
inline constexpr float kTiny = 1e-30f;  // keeps 0 / 0 away where both variances are 0

// Sums of deficits: of each column from top to bottom, kSumRows rows of a tile at a time in single
// precision, then of the columns from left to right.
inline constexpr int kSumRows = 16;

struct Deficits {
  double product = 0, luminance = 0, contrast = 0, structure = 0;

  void operator+=(const Deficits& other) {
    product += other.product;
    luminance += other.luminance;
    contrast += other.contrast;
    structure += other.structure;
  }
};

inline Means means_of(const Deficits& sums, double positions) {
  return {1 - sums.product / positions, 1 - sums.luminance / positions,
          1 - sums.contrast / positions, 1 - sums.structure / positions};
}

}  // namespace visq::ssim
