#include <cmath>
#include <vector>

#include "base/reflect.h"
#include "kernels/float_motion/float_motion.h"

namespace visq {
namespace {

double tap(const BlurTaps& taps, int k) {
  return static_cast<double>(taps[static_cast<std::size_t>(kBlurRadius - std::abs(k))]);
}

template <typename T>
double vertical(PlaneView<const T> a, PlaneView<const T> b, int x, int y, const BlurTaps& taps) {
  double sum = 0;
  for (int k = -kBlurRadius; k <= kBlurRadius; ++k) {
    const int row = reflect101(y + k, a.height);
    sum += tap(taps, k) * (a.row(row)[x] - b.row(row)[x]);
  }
  return sum;
}

template <typename T>
double sad(PlaneView<const T> a, PlaneView<const T> b, const BlurredDifference& how) {
  double total = 0;
  std::vector<double> blurred(static_cast<std::size_t>(a.width));
  for (int y = 0; y < a.height; ++y) {
    for (int x = 0; x < a.width; ++x)
      blurred[static_cast<std::size_t>(x)] = vertical(a, b, x, y, how.taps);
    for (int x = 0; x < a.width; ++x) {
      double sum = 0;
      for (int k = -kBlurRadius; k <= kBlurRadius; ++k)
        sum += tap(how.taps, k) * blurred[static_cast<std::size_t>(reflect101(x + k, a.width))];
      total += std::abs(sum);
      if (how.plane.data != nullptr)
        how.plane.row(y)[x] = static_cast<float>(std::ldexp(sum, 8 - how.bits));
    }
  }
  return std::ldexp(total, 8 - how.bits);
}

}  // namespace

double float_motion_sad_ref(PlaneView<const std::uint8_t> a, PlaneView<const std::uint8_t> b,
                            const BlurredDifference& how) {
  return sad(a, b, how);
}
double float_motion_sad_ref(PlaneView<const std::uint16_t> a, PlaneView<const std::uint16_t> b,
                            const BlurredDifference& how) {
  return sad(a, b, how);
}

}  // namespace visq
