#include <cmath>

#include "kernels/ansnr/ansnr.h"
#include "kernels/conv/values.h"

namespace visq::ansnr {
namespace {

double sample(const Samples& plane, int x, int y) {
  return static_cast<double>(value_at(plane, mirror(x, plane.width), mirror(y, plane.height),
                                      value_range(plane.bits, kCentre)));
}

double smooth_ref(const Samples& plane, int x, int y) {
  double sum = 0;
  for (int j = -1; j <= 1; ++j)
    for (int i = -1; i <= 1; ++i)
      sum += (i == 0 ? 2 : 1) * (j == 0 ? 2 : 1) / 16.0 * sample(plane, x + i, y + j);
  return sum;
}

double smooth_dist(const Samples& plane, int x, int y) {
  double sum = 0;
  for (int j = -kRadius; j <= kRadius; ++j)
    for (int i = -kRadius; i <= kRadius; ++i)
      sum += static_cast<double>(kTaps[kRadius - std::abs(j)][i + kRadius]) *
             sample(plane, x + i, y + j);
  return sum;
}

}  // namespace

Sums sums_ref(const Samples& ref, const Samples& dist) {
  Sums sums;
  for (int y = 0; y < ref.height; ++y)
    for (int x = 0; x < ref.width; ++x) {
      const double r = smooth_ref(ref, x, y), difference = r - smooth_dist(dist, x, y);
      sums.signal += r * r;
      sums.noise += difference * difference;
    }
  return sums;
}

}  // namespace visq::ansnr
