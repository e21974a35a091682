#include "kernels/motion/motion.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/testing.h"

namespace visq::motion {
namespace {

template <typename T>
Samples samples(PlaneView<const T> plane, int bits) {
  if constexpr (sizeof(T) == 1)
    return plane;
  else
    return {plane, bits};
}

template <typename T>
void compare(int width, int height, int bits, unsigned top) {
  std::mt19937 random(7);
  Scratch scratch;
  test::Poisoned<T> a(width, height), b(width, height);
  // All values; values whose differences fit 16 bits or hardly do not; extremes.
  for (const auto value : {+[](std::mt19937& r, unsigned t) { return r() % (t + 1); },
                           +[](std::mt19937& r, unsigned t) { return r() % (t / 2); },
                           +[](std::mt19937& r, unsigned t) { return r() % 2 * (t / 2 + 1); },
                           +[](std::mt19937& r, unsigned t) { return r() % 2 * t; }}) {
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        a.plane.row(y)[x] = static_cast<T>(value(random, top));
        b.plane.row(y)[x] = static_cast<T>(value(random, top));
      }
    const Samples first = samples<T>(a.view(), bits), second = samples<T>(b.view(), bits);
    EXPECT_EQ(sad(first, second, *serial(), scratch), sad_ref(first, second))
        << width << "x" << height << " bits " << bits;
  }
}

template <typename T>
void compare_extremes(int bits) {
  constexpr int kWidth = 32768, kHeight = 3;
  const std::vector<T> black(kWidth, 0), white(kWidth, static_cast<T>((1 << bits) - 1));
  const Samples a = samples<T>({black.data(), 0, kWidth, kHeight}, bits),
                b = samples<T>({white.data(), 0, kWidth, kHeight}, bits);
  Scratch scratch;
  EXPECT_EQ(sad(a, b, *serial(), scratch), sad_ref(a, b));
  EXPECT_EQ(sad(b, a, *serial(), scratch), sad_ref(b, a));
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
                                        {40, 300},
                                        {500, 4}}) {
      compare<std::uint8_t>(width, height, 8, 255);
      for (const int bits : {9, 10, 12, 14, 15, 16})
        compare<std::uint16_t>(width, height, bits, (1u << bits) - 1);
    }
  });
}

TEST(MotionSad, RowsThatFitSixteenBitsAndRowsThatDoNotMayTakeTurns) {
  constexpr int kWidth = 70, kHeight = 200;
  std::mt19937 random(3);
  test::Poisoned<std::uint8_t> a(kWidth, kHeight), b(kWidth, kHeight);
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x) {
      const bool large = y % 50 == 20 || y % 90 > 70;
      a.plane.row(y)[x] = static_cast<std::uint8_t>(random() % 100);
      b.plane.row(y)[x] = static_cast<std::uint8_t>(large ? 255 : random() % 100);
    }
  test::on_every_target([&] {
    Scratch scratch;
    EXPECT_EQ(sad(a.view(), b.view(), *serial(), scratch), sad_ref(a.view(), b.view()));
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
  EXPECT_EQ(sad(samples<std::uint8_t>({dark.data(), 8, 8, 8}, 8),
                samples<std::uint8_t>({bright.data(), 8, 8, 8}, 8), *serial(), scratch),
            64u * 256);
}

}  // namespace
}  // namespace visq::motion
