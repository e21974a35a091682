#include "kernels/sse/sse.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>
#include <hwy/targets.h>

namespace visq {
namespace {

// A plane in the middle of poisoned memory, with an odd stride and a misaligned start.
template <typename T>
struct Poisoned {
  std::vector<T> memory;
  PlaneView<const T> view;
  Poisoned(int width, int height, std::mt19937& random, unsigned top) : memory(static_cast<std::size_t>((width + 13) * (height + 2) + 1), static_cast<T>(0xABCD)) {
    T* const start = memory.data() + 1 + width + 13;
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) start[y * (width + 13) + x] = static_cast<T>(random() % (top + 1));
    view = {start, width + 13, width, height};
  }
};

template <typename T>
void compare_all_sizes(unsigned top) {
  std::mt19937 random(7);
  for (const int width : {1, 2, 7, 8, 15, 16, 17, 31, 33, 64, 100, 257})
    for (const int height : {1, 2, 5}) {
      const Poisoned<T> a(width, height, random, top), b(width, height, random, top);
      EXPECT_EQ(sum_squared_error(a.view, b.view), sum_squared_error_ref(a.view, b.view)) << width << "x" << height;
    }
}

TEST(SumSquaredError, EveryTargetEqualsTheReference) {
  const std::int64_t supported = hwy::SupportedTargets();
  for (std::int64_t rest = supported; rest != 0; rest &= rest - 1) {
    hwy::SetSupportedTargetsForTest(rest & -rest);
    SCOPED_TRACE(hwy::TargetName(rest & -rest));
    compare_all_sizes<std::uint8_t>(255);
    compare_all_sizes<std::uint16_t>(1023);
    compare_all_sizes<std::uint16_t>(65535);
  }
  hwy::SetSupportedTargetsForTest(0);
}

TEST(SumSquaredError, DoesNotOverflowOnTheWidestRow) {
  const std::vector<std::uint8_t> black(32768, 0), white(32768, 255);
  const PlaneView<const std::uint8_t> a{black.data(), 0, 32768, 300}, b{white.data(), 0, 32768, 300};
  EXPECT_EQ(sum_squared_error(a, b), 32768ull * 300 * 255 * 255);
  const std::vector<std::uint16_t> low(32768, 0), high(32768, 65535);
  const PlaneView<const std::uint16_t> c{low.data(), 0, 32768, 300}, d{high.data(), 0, 32768, 300};
  EXPECT_EQ(sum_squared_error(c, d), 32768ull * 300 * 65535 * 65535);
}

}  // namespace
}  // namespace visq
