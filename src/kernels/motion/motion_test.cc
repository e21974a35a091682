#include "kernels/motion/motion.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/testing.h"

namespace visq {
namespace {

template <typename T>
void compare(int width, int height, int bits, unsigned top) {
  std::mt19937 random(7);
  Scratch scratch;
  test::Poisoned<T> a(width, height), b(width, height);
  for (const auto value : {+[](std::mt19937& r, unsigned t) { return r() % (t + 1); },
                           +[](std::mt19937& r, unsigned t) { return r() % 2 * t; }}) {
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        a.plane.row(y)[x] = static_cast<T>(value(random, top));
        b.plane.row(y)[x] = static_cast<T>(value(random, top));
      }
    const auto sad = motion_sad(a.view(), b.view(), bits, scratch);
    ASSERT_TRUE(sad) << sad.error().message;
    EXPECT_EQ(*sad, motion_sad_ref(a.view(), b.view(), bits))
        << width << "x" << height << " bits " << bits;
  }
}

template <typename T>
void compare_extremes(int bits) {
  constexpr int kWidth = 32768, kHeight = 3;
  const std::vector<T> black(kWidth, 0), white(kWidth, static_cast<T>((1 << bits) - 1));
  const PlaneView<const T> a{black.data(), 0, kWidth, kHeight}, b{white.data(), 0, kWidth, kHeight};
  Scratch scratch;
  EXPECT_EQ(*motion_sad(a, b, bits, scratch), motion_sad_ref(a, b, bits));
  EXPECT_EQ(*motion_sad(b, a, bits, scratch), motion_sad_ref(b, a, bits));
}

TEST(MotionSad, EveryTargetEqualsTheReference) {
  test::on_every_target([] {
    for (const auto& [width, height] : {std::pair{3, 3},
                                        {4, 7},
                                        {8, 3},
                                        {15, 4},
                                        {16, 5},
                                        {17, 6},
                                        {33, 3},
                                        {64, 9},
                                        {101, 8},
                                        {500, 4}}) {
      compare<std::uint8_t>(width, height, 8, 255);
      for (const int bits : {9, 10, 12, 14, 15, 16})
        compare<std::uint16_t>(width, height, bits, (1u << bits) - 1);
    }
  });
}

TEST(MotionSad, DoesNotOverflowOnTheWidestRow) {
  test::on_every_target([] {
    compare_extremes<std::uint8_t>(8);
    for (const int bits : {10, 14, 15, 16}) compare_extremes<std::uint16_t>(bits);
  });
}

// A picture that gets brighter by one code value moves by one.
TEST(MotionSad, OfAConstantDifferenceIsThatDifference) {
  const std::vector<std::uint8_t> dark(64, 10), bright(64, 11);
  Scratch scratch;
  EXPECT_EQ(*motion_sad(PlaneView<const std::uint8_t>{dark.data(), 8, 8, 8},
                        {bright.data(), 8, 8, 8}, 8, scratch),
            64u * 256);
}

}  // namespace
}  // namespace visq
