// Sums of products of a plane with itself moved along its rows: what covariance.cc has on every
// target.
#pragma once

#include <array>

#include "kernels/speed/speed.h"

namespace visq::speed {

struct Means {
  double fixed;         // of x
  double moved[kSide];  // of y, moved by 0..4 columns
};

constexpr double sum_of_lanes(const std::array<double, kLanes>& lanes) {
  return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) +
         ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

// out[c]: the sum over x of (x - its mean) * (y moved by c - its mean), column j in lane j %
// kLanes.
void row_sums_ref(PlaneView<const float> x, PlaneView<const float> y, const Means& means,
                  double* out);

}  // namespace visq::speed
