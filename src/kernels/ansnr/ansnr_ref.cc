#include <cmath>

#include "kernels/ansnr/ansnr.h"

namespace visq {
namespace {

template <typename T>
double sample(PlaneView<const T> plane, int x, int y, int bits) {
  return plane.row(ansnr_mirror(y, plane.height))[ansnr_mirror(x, plane.width)] /
             std::ldexp(1.0, bits - 8) -
         128;
}

template <typename T>
double smooth_ref(PlaneView<const T> plane, int x, int y, int bits) {
  double sum = 0;
  for (int j = -1; j <= 1; ++j)
    for (int i = -1; i <= 1; ++i)
      sum += (i == 0 ? 2 : 1) * (j == 0 ? 2 : 1) / 16.0 * sample(plane, x + i, y + j, bits);
  return sum;
}

template <typename T>
double smooth_dist(PlaneView<const T> plane, int x, int y, int bits) {
  double sum = 0;
  for (int j = -kAnsnrRadius; j <= kAnsnrRadius; ++j)
    for (int i = -kAnsnrRadius; i <= kAnsnrRadius; ++i)
      sum += static_cast<double>(kAnsnrTaps[kAnsnrRadius - std::abs(j)][i + kAnsnrRadius]) *
             sample(plane, x + i, y + j, bits);
  return sum;
}

template <typename T>
AnsnrSums sums(PlaneView<const T> ref, PlaneView<const T> dist, int bits) {
  AnsnrSums sums;
  for (int y = 0; y < ref.height; ++y)
    for (int x = 0; x < ref.width; ++x) {
      const double r = smooth_ref(ref, x, y, bits), difference = r - smooth_dist(dist, x, y, bits);
      sums.signal += r * r;
      sums.noise += difference * difference;
    }
  return sums;
}

}  // namespace

AnsnrSums ansnr_sums_ref(PlaneView<const std::uint8_t> ref, PlaneView<const std::uint8_t> dist,
                         int bits) {
  return sums(ref, dist, bits);
}
AnsnrSums ansnr_sums_ref(PlaneView<const std::uint16_t> ref, PlaneView<const std::uint16_t> dist,
                         int bits) {
  return sums(ref, dist, bits);
}

}  // namespace visq
