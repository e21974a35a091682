#include <cstdlib>
#include <vector>

#include "base/reflect.h"
#include "kernels/motion/motion.h"

namespace visq::motion {
namespace {

template <typename T>
std::int64_t vertical(PlaneView<const T> a, PlaneView<const T> b, int x, int y, int bits) {
  std::int64_t sum = std::int64_t{1} << (bits - 1);
  for (int k = 0; k < 5; ++k) {
    const int row = reflect101(y - kRadius + k, a.height);
    sum += std::int64_t{kTaps[k]} * (a.row(row)[x] - b.row(row)[x]);
  }
  return sum >> bits;
}

std::uint64_t row_sad(const std::vector<std::int64_t>& blurred) {
  const int width = static_cast<int>(blurred.size());
  std::uint64_t total = 0;
  for (int x = 0; x < width; ++x) {
    std::int64_t sum = 1 << 15;
    for (int k = 0; k < 5; ++k)
      sum += kTaps[k] * blurred[static_cast<std::size_t>(reflect101(x - kRadius + k, width))];
    total += static_cast<std::uint64_t>(std::abs(sum >> 16));
  }
  return total;
}

template <typename T>
std::uint64_t sad_of(PlaneView<const T> a, PlaneView<const T> b, int bits) {
  std::vector<std::int64_t> blurred(static_cast<std::size_t>(a.width));
  std::uint64_t total = 0;
  for (int y = 0; y < a.height; ++y) {
    for (int x = 0; x < a.width; ++x)
      blurred[static_cast<std::size_t>(x)] = vertical(a, b, x, y, bits);
    total += row_sad(blurred);
  }
  return total;
}

}  // namespace

std::uint64_t sad_ref(const Samples& a, const Samples& b) {
  return with_sample_type(a.bits,
                          [&]<typename T>() { return sad_of(a.as<T>(), b.as<T>(), a.bits); });
}

}  // namespace visq::motion
