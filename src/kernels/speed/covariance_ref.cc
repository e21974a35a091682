#include "kernels/speed/covariance.h"

namespace visq::speed {
namespace {

double sum_of_products(const Moved& moved, const float* means, int x, int y) {
  const auto mean_x = static_cast<double>(means[x]), mean_y = static_cast<double>(means[y]);
  std::array<double, kLanes> lanes{};
  for (int i = 0; i < moved.height; ++i)
    for (int j = 0; j < moved.width; ++j)
      lanes[static_cast<std::size_t>(j % kLanes)] +=
          (static_cast<double>(moved.at(x, i)[j]) - mean_x) *
          (static_cast<double>(moved.at(y, i)[j]) - mean_y);
  return sum_of_lanes(lanes);
}

}  // namespace

void means_ref(const Moved& moved, float* means) {
  float sums[kElements] = {};
  for (int i = 0; i < moved.height; ++i)
    for (int j = 0; j < moved.width; ++j)
      for (int e = 0; e < kElements; ++e) sums[e] += moved.at(e, i)[j];
  for (int e = 0; e < kElements; ++e)
    means[e] = sums[e] / static_cast<float>(moved.width * moved.height);
}

void sum_products_ref(const Moved& moved, const float* means, Products& out) {
  for (int x = 0; x < kElements; ++x)
    for (int y = 0; y < (x / kSide + 1) * kSide; ++y)
      out[x][y] = sum_of_products(moved, means, x, y);
}

}  // namespace visq::speed
