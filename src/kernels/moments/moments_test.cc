#include "kernels/moments/moments.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/testing.h"

namespace visq::moments {
namespace {

template <typename T>
void compare(int width, int height, int bits) {
  std::mt19937 random(7);
  const auto plane = test::noise<T>(width, height, (1u << bits) - 1, random);
  EXPECT_EQ(sums(plane.samples(bits)), sums_ref(plane.samples(bits)))
      << width << "x" << height << " bits " << bits;
}

TEST(Moments, EveryTargetEqualsTheReference) {
  test::on_every_target([] {
    for (const int width : {1, 2, 7, 8, 15, 16, 17, 31, 33, 64, 100, 257})
      for (const int height : {1, 2, 5}) {
        compare<std::uint8_t>(width, height, 8);
        for (const int bits : {9, 10, 12, 16}) compare<std::uint16_t>(width, height, bits);
      }
  });
}

TEST(Moments, DoNotOverflowOnTheWidestRow) {
  test::on_every_target([] {
    const std::vector<std::uint8_t> white(32768, 255);
    EXPECT_EQ(sums(PlaneView<const std::uint8_t>{white.data(), 0, 32768, 300}),
              (Sums{32768ull * 300 * 255, 32768ull * 300 * 255 * 255}));
    const std::vector<std::uint16_t> high(32768, 65535);
    EXPECT_EQ(sums({PlaneView<const std::uint16_t>{high.data(), 0, 32768, 300}, 16}),
              (Sums{32768ull * 300 * 65535, 32768ull * 300 * 65535 * 65535}));
  });
}

}  // namespace
}  // namespace visq::moments
