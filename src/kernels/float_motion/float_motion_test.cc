#include "kernels/float_motion/float_motion.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/testing.h"

namespace visq {
namespace {

void expect_near(PlaneView<const float> fast, PlaneView<const float> plain) {
  for (int y = 0; y < fast.height; ++y)
    for (int x = 0; x < fast.width; ++x)
      ASSERT_NEAR(fast.row(y)[x], plain.row(y)[x], 1e-4) << x << "," << y;
}

template <typename T>
void compare(int width, int height, int bits, std::vector<double>& sums) {
  std::mt19937 random(7);
  Scratch scratch;
  const auto a = test::noise<T>(width, height, (1u << bits) - 1, random),
             b = test::noise<T>(width, height, (1u << bits) - 1, random);
  for (const BlurTaps& taps : {kBlurFive, kBlurThree, kBlurNone}) {
    SCOPED_TRACE(testing::Message()
                 << width << "x" << height << " bits " << bits << " first tap " << taps[0]);
    Plane<float> fast(width, height), plain(width, height);
    const auto sad = float_motion_sad(a.view(), b.view(), {taps, bits, fast.view()}, scratch);
    ASSERT_TRUE(sad) << sad.error().message;
    const double expected = float_motion_sad_ref(a.view(), b.view(), {taps, bits, plain.view()});
    EXPECT_NEAR(*sad, expected, 1e-6 * expected + 1e-9);
    const auto without_plane = float_motion_sad(a.view(), b.view(), {taps, bits, {}}, scratch);
    ASSERT_TRUE(without_plane) << without_plane.error().message;
    EXPECT_NEAR(*without_plane, expected, 1e-6 * expected + 1e-9);
    sums.push_back(*without_plane);
    expect_near(fast.view(), plain.view());
    EXPECT_NEAR(sum_of_magnitudes(fast.view()), expected, 1e-5 * expected + 1e-9);
    sums.push_back(*sad);
    sums.push_back(sum_of_magnitudes(fast.view()));
  }
}

std::vector<double> compare_all() {
  std::vector<double> sums;
  for (const auto& [width, height] : {std::pair{1, 1},
                                      {2, 1},
                                      {1, 5},
                                      {3, 3},
                                      {4, 7},
                                      {8, 3},
                                      {15, 4},
                                      {16, 5},
                                      {17, 6},
                                      {33, 3},
                                      {101, 8},
                                      {500, 4}}) {
    compare<std::uint8_t>(width, height, 8, sums);
    for (const int bits : {9, 10, 12, 15, 16}) compare<std::uint16_t>(width, height, bits, sums);
  }
  return sums;
}

TEST(FloatMotionSad, IsThatOfTheReferenceWithTheSameBitsOnEveryTarget) {
  const std::vector<double> best = compare_all();
  test::on_every_target([&] { EXPECT_EQ(compare_all(), best); });
}

// A picture that gets brighter by two code values moves by two.
TEST(FloatMotionSad, OfAConstantDifferenceIsThatDifference) {
  const std::vector<std::uint8_t> dark(99, 10), bright(99, 12);
  Scratch scratch;
  EXPECT_NEAR(*float_motion_sad(PlaneView<const std::uint8_t>{dark.data(), 11, 11, 9},
                                {bright.data(), 11, 11, 9}, {}, scratch),
              2 * 99, 1e-4);
}

}  // namespace
}  // namespace visq
