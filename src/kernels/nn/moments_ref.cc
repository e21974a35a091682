#include "kernels/nn/moments.h"

namespace visq::nn {
namespace {

// Pixels are added in four sums, by their number's last two bits: the vector code hides the latency
// of additions behind each other, and four short sums lose less than a long one.
constexpr int kSums = 4;

float total(const float (&sums)[kSums]) { return (sums[0] + sums[1]) + (sums[2] + sums[3]); }

float mean(const float* values, const MomentsShape& shape) {
  float sums[kSums] = {};
  for (int x = 0; x < shape.pixels; ++x) sums[x % kSums] += values[x * shape.step];
  return total(sums) / static_cast<float>(shape.pixels);
}

}  // namespace

void row_moments_ref(const float* a, const float* b, const MomentsShape& shape, float* out) {
  for (int c = 0; c < shape.channels; ++c) {
    const float mean_a = mean(a + c, shape), mean_b = mean(b + c, shape);
    float squares_a[kSums] = {}, squares_b[kSums] = {}, products[kSums] = {};
    for (int x = 0; x < shape.pixels; ++x) {
      const float da = a[x * shape.step + c] - mean_a, db = b[x * shape.step + c] - mean_b;
      squares_a[x % kSums] += da * da;
      squares_b[x % kSums] += db * db;
      products[x % kSums] += da * db;
    }
    out[kMeanA * shape.channels + c] = mean_a;
    out[kMeanB * shape.channels + c] = mean_b;
    out[kSquaresA * shape.channels + c] = total(squares_a);
    out[kSquaresB * shape.channels + c] = total(squares_b);
    out[kProducts * shape.channels + c] = total(products);
  }
}

}  // namespace visq::nn
