// The L2 pooling of DISTS: the root of the mean square of 3x3 pixels by the weights
// [1 2 1] x [1 2 1] / 16, plus epsilon below the root.
#pragma once

#include <cstddef>

namespace visq::nn {

// `in_step`: from one output pixel's window to the next; `in_pixel`: from a pixel to the next.
struct L2PoolShape {
  int pixels = 0, channels = 0;
  float epsilon = 0;
  std::ptrdiff_t in_step = 0, in_pixel = 0, out_step = 0;
};

// `rows`: three, each at the first pixel of the first window. All windows must lie in memory.
void l2_pool_row(const float* const* rows, const L2PoolShape& shape, float* out);
void l2_pool_row_ref(const float* const* rows, const L2PoolShape& shape, float* out);

}  // namespace visq::nn
