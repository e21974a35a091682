#include "kernels/sse/sse.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/testing.h"

namespace visq {
namespace {

template <typename T>
void compare_all_sizes(unsigned top) {
  std::mt19937 random(7);
  for (const int width : {1, 2, 7, 8, 15, 16, 17, 31, 33, 64, 100, 257})
    for (const int height : {1, 2, 5}) {
      const auto a = test::noise<T>(width, height, top, random),
                 b = test::noise<T>(width, height, top, random);
      EXPECT_EQ(sum_squared_error(a.view(), b.view()), sum_squared_error_ref(a.view(), b.view()))
          << width << "x" << height;
    }
}

TEST(SumSquaredError, EveryTargetEqualsTheReference) {
  test::on_every_target([&] {
    compare_all_sizes<std::uint8_t>(255);
    compare_all_sizes<std::uint16_t>(1023);
    compare_all_sizes<std::uint16_t>(65535);
  });
}

TEST(SumSquaredError, DoesNotOverflowOnTheWidestRow) {
  const std::vector<std::uint8_t> black(32768, 0), white(32768, 255);
  const PlaneView<const std::uint8_t> a{black.data(), 0, 32768, 300},
      b{white.data(), 0, 32768, 300};
  EXPECT_EQ(sum_squared_error(a, b), 32768ull * 300 * 255 * 255);
  const std::vector<std::uint16_t> low(32768, 0), high(32768, 65535);
  const PlaneView<const std::uint16_t> c{low.data(), 0, 32768, 300}, d{high.data(), 0, 32768, 300};
  EXPECT_EQ(sum_squared_error(c, d), 32768ull * 300 * 65535 * 65535);
}

}  // namespace
}  // namespace visq
