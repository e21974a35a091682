#include <cmath>
#include <vector>

#include "base/reflect.h"
#include "kernels/float_motion/float_motion.h"

namespace visq::float_motion {
namespace {

double tap(const Taps& taps, int k) {
  return static_cast<double>(taps[static_cast<std::size_t>(kRadius - std::abs(k))]);
}

template <typename T>
double vertical(PlaneView<const T> a, PlaneView<const T> b, int x, int y, const Taps& taps) {
  double sum = 0;
  for (int k = -kRadius; k <= kRadius; ++k) {
    const int row = reflect101(y + k, a.height);
    sum += tap(taps, k) * (a.row(row)[x] - b.row(row)[x]);
  }
  return sum;
}

}  // namespace

double sad_ref(const Samples& a, const Samples& b, const Blur& blur) {
  double total = 0;
  std::vector<double> blurred(static_cast<std::size_t>(a.width));
  for (int y = 0; y < a.height; ++y) {
    for (int x = 0; x < a.width; ++x)
      blurred[static_cast<std::size_t>(x)] = with_sample_type(
          a.bits, [&]<typename T>() { return vertical(a.as<T>(), b.as<T>(), x, y, blur.taps); });
    for (int x = 0; x < a.width; ++x) {
      double sum = 0;
      for (int k = -kRadius; k <= kRadius; ++k)
        sum += tap(blur.taps, k) * blurred[static_cast<std::size_t>(reflect101(x + k, a.width))];
      total += std::abs(sum);
      if (blur.plane.data != nullptr)
        blur.plane.row(y)[x] = static_cast<float>(std::ldexp(sum, 8 - a.bits));
    }
  }
  return std::ldexp(total, 8 - a.bits);
}

double magnitudes_ref(PlaneView<const float> plane) {
  double total = 0;
  for (int y = 0; y < plane.height; ++y)
    for (int x = 0; x < plane.width; ++x) total += std::abs(static_cast<double>(plane.row(y)[x]));
  return total;
}

}  // namespace visq::float_motion
