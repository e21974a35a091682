#include "kernels/speed/covariance.h"

namespace visq::speed {

void row_sums_ref(PlaneView<const float> x, PlaneView<const float> y, const Means& means,
                  double* out) {
  for (int c = 0; c < kSide; ++c) {
    std::array<double, kLanes> lanes{};
    for (int i = 0; i < x.height; ++i)
      for (int j = 0; j < x.width; ++j)
        lanes[static_cast<std::size_t>(j % kLanes)] +=
            (static_cast<double>(x.row(i)[j]) - means.fixed) *
            (static_cast<double>(y.row(i)[j + c]) - means.moved[c]);
    out[c] = sum_of_lanes(lanes);
  }
}

}  // namespace visq::speed
