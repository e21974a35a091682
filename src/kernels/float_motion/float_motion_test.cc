#include "kernels/float_motion/float_motion.h"

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/testing.h"

namespace visq::float_motion {
namespace {

void expect_near(PlaneView<const float> vector, PlaneView<const float> plain) {
  for (int y = 0; y < vector.height; ++y)
    for (int x = 0; x < vector.width; ++x)
      ASSERT_NEAR(vector.row(y)[x], plain.row(y)[x], 1e-4) << x << "," << y;
}

// Nothing but the plane is written.
void expect_poison_around(test::Poisoned<float>& written) {
  const test::Poisoned<float> untouched(written.plane.width, written.plane.height);
  for (int y = 0; y < written.plane.height; ++y)
    std::copy_n(untouched.plane.row(y), written.plane.width, written.plane.row(y));
  EXPECT_EQ(written.memory, untouched.memory);
}

void compare_taps(const Samples& a, const Samples& b, const Taps& taps, std::vector<double>& sums) {
  Scratch scratch;
  test::Poisoned<float> vector(a.width, a.height), plain(a.width, a.height);
  const double expected = sad_ref(a, b, {taps, plain.plane});
  const double with_plane = sad(a, b, {taps, vector.plane}, scratch, *serial()),
               without = sad(a, b, {taps, {}}, scratch, *serial()),
               of_plane = magnitudes(vector.view());
  EXPECT_NEAR(with_plane, expected, 1e-6 * expected + 1e-9);
  EXPECT_NEAR(without, expected, 1e-6 * expected + 1e-9);
  expect_near(vector.view(), plain.view());
  EXPECT_NEAR(of_plane, magnitudes_ref(vector.view()), 1e-6 * expected + 1e-9);
  sums.insert(sums.end(), {with_plane, without, of_plane});
  expect_poison_around(vector);
}

template <typename T>
void compare(int width, int height, int bits, std::vector<double>& sums) {
  std::mt19937 random(7);
  const auto a = test::noise<T>(width, height, (1u << bits) - 1, random),
             b = test::noise<T>(width, height, (1u << bits) - 1, random);
  for (const Taps& taps : {kFive, kThree, kNone}) {
    SCOPED_TRACE(testing::Message()
                 << width << "x" << height << " bits " << bits << " first tap " << taps[0]);
    compare_taps(a.samples(bits), b.samples(bits), taps, sums);
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
                                      {500, 4},
                                      {5, 515}}) {
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
  EXPECT_NEAR(sad(PlaneView<const std::uint8_t>{dark.data(), 11, 11, 9},
                  PlaneView<const std::uint8_t>{bright.data(), 11, 11, 9}, {}, scratch, *serial()),
              2 * 99, 1e-4);
}

}  // namespace
}  // namespace visq::float_motion
