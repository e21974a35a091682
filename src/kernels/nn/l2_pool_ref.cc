#include <cmath>

#include "kernels/nn/l2_pool.h"

namespace visq::nn {

void l2_pool_row_ref(const float* const* rows, const L2PoolShape& shape, float* out) {
  for (int x = 0; x < shape.pixels; ++x)
    for (int c = 0; c < shape.channels; ++c) {
      float columns[3];
      for (int k = 0; k < 3; ++k) {
        const std::ptrdiff_t at = x * shape.in_step + k * shape.in_pixel + c;
        const float a = rows[0][at], b = rows[1][at], d = rows[2][at];
        columns[k] = (a * a + d * d) + 2 * (b * b);
      }
      const float sum = (columns[0] + columns[2]) + 2 * columns[1];
      out[x * shape.out_step + c] = std::sqrt(sum / 16 + shape.epsilon);
    }
}

}  // namespace visq::nn
