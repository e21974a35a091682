// Means, variances and the covariance of two rows, channel by channel, without losing digits: sums
// of deviations from the row's own mean.
#pragma once

#include <cstddef>

namespace visq::nn {

// `step`: from a pixel to the next.
struct MomentsShape {
  int pixels = 0, channels = 0;
  std::ptrdiff_t step = 0;
};

// Five values a channel, `channels` apart.
enum Moment { kMeanA, kMeanB, kSquaresA, kSquaresB, kProducts, kMoments };

// `out`: kMoments * channels values; squares and products are sums over the row of deviations from
// the means.
void row_moments(const float* a, const float* b, const MomentsShape& shape, float* out);
void row_moments_ref(const float* a, const float* b, const MomentsShape& shape, float* out);

}  // namespace visq::nn
