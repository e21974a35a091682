// Sums of products of a plane with itself moved along its rows: what covariance.cc has on every
// target.
#pragma once

#include <array>

#include "kernels/speed/speed.h"

namespace visq::speed {

constexpr double sum_of_lanes(const std::array<double, kLanes>& lanes) {
  return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) +
         ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

// Of a plane that is `width` x `height` in each of its kElements places.
struct Moved {
  PlaneView<const float> plane;
  int width, height;
  const float* at(int e, int i) const { return plane.row(i + e / kSide) + e % kSide; }
};

// Of each element, in raster order: the rounding is that of the published program.
void means_ref(const Moved& moved, float* means);

// out[x][y], for y of the same row of elements as x or of one above: the sum of products of what x
// and y differ from their means by, column j in lane j % kLanes.
using Products = double[kElements][kElements];
void sum_products_ref(const Moved& moved, const float* means, Products& out);

}  // namespace visq::speed
