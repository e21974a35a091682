#include "kernels/sse/sse.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/testing.h"

namespace visq {
namespace {

template <typename T>
Samples samples(const test::Poisoned<T>& plane, int bits) {
  if constexpr (sizeof(T) == 1)
    return plane.view();
  else
    return {plane.view(), bits};
}

template <typename T>
void compare_all_sizes(int bits) {
  std::mt19937 random(7);
  const unsigned top = (1u << bits) - 1;
  for (const int width : {1, 2, 7, 8, 15, 16, 17, 31, 33, 63, 64, 65, 100, 128, 129, 257})
    for (const int height : {1, 2, 5}) {
      const auto a = test::noise<T>(width, height, top, random),
                 b = test::noise<T>(width, height, top, random);
      EXPECT_EQ(sum_squared_error(samples(a, bits), samples(b, bits)),
                sum_squared_error_ref(samples(a, bits), samples(b, bits)))
          << width << "x" << height << " " << bits;
    }
}

TEST(SumSquaredError, EveryTargetEqualsTheReference) {
  test::on_every_target([&] {
    compare_all_sizes<std::uint8_t>(8);
    for (const int bits : {9, 10, 12, 14, 16}) compare_all_sizes<std::uint16_t>(bits);
  });
}

TEST(SumSquaredError, DoesNotOverflowOnTheWidestRow) {
  constexpr int kWidth = (1 << 18) + 5;  // wider than any picture
  const std::vector<std::uint8_t> black(kWidth, 0), white(kWidth, 255);
  const std::vector<std::uint16_t> low(kWidth, 0), high(kWidth, 65535);
  test::on_every_target([&] {
    const PlaneView<const std::uint8_t> a{black.data(), 0, kWidth, 40},
        b{white.data(), 0, kWidth, 40};
    EXPECT_EQ(sum_squared_error(a, b), 40ull * kWidth * 255 * 255);
    EXPECT_EQ(sum_squared_error(b, a), 40ull * kWidth * 255 * 255);
    const PlaneView<const std::uint16_t> c{low.data(), 0, kWidth, 40},
        d{high.data(), 0, kWidth, 40};
    EXPECT_EQ(sum_squared_error({c, 16}, {d, 16}), 40ull * kWidth * 65535 * 65535);
  });
}

}  // namespace
}  // namespace visq
