#include "kernels/hvs/hvs.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/testing.h"

namespace visq::hvs {
namespace {

Weights some_weights() {
  std::array<float, kCoefficients> sensitivity;
  for (std::size_t i = 0; i < sensitivity.size(); ++i)
    sensitivity[i] = 2.3f / static_cast<float>(1 + i % 9 + i / 11);
  return weights_of(sensitivity);
}

using Value = unsigned (*)(std::mt19937&, unsigned top, int x, int y);

unsigned noise(std::mt19937& random, unsigned top, int, int) { return random() % (top + 1); }
unsigned extremes(std::mt19937& random, unsigned top, int, int) { return random() % 2 * top; }
unsigned smooth(std::mt19937& random, unsigned top, int x, int y) {
  return std::min(
      top, static_cast<unsigned>(3 * x + y) % (top / 2) + static_cast<unsigned>(random() % 4));
}
unsigned flat(std::mt19937&, unsigned top, int, int) { return top / 3; }

template <typename T>
void compare(int width, int height, int bits, Value value) {
  std::mt19937 random(3);
  const unsigned top = (1u << bits) - 1;
  test::Poisoned<T> a(width, height), b(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      a.plane.row(y)[x] = static_cast<T>(value(random, top, x, y));
      b.plane.row(y)[x] = static_cast<T>(value(random, top, x, y));
    }
  Scratch scratch;
  EXPECT_EQ(error(a.samples(bits), b.samples(bits), some_weights(), scratch),
            error_ref(a.samples(bits), b.samples(bits), some_weights()))
      << width << "x" << height << " bits " << bits;
}

TEST(Hvs, EveryTargetHasTheBitsOfTheReference) {
  test::on_every_target([] {
    for (const auto& [width, height] :
         {std::pair{8, 8}, {14, 15}, {15, 9}, {50, 22}, {120, 30}, {127, 8}, {300, 200}})
      for (const Value value : {noise, extremes, smooth, flat}) {
        compare<std::uint8_t>(width, height, 8, value);
        for (const int bits : {9, 10, 11, 12, 13, 16})
          compare<std::uint16_t>(width, height, bits, value);
      }
  });
}

// Terms that are multiples of half of what the sum can hold: ties, which depend on the order.
TEST(Hvs, AddsHalvesInTheOrderOfBlocks) {
  std::array<float, kCoefficients> sensitivity;
  sensitivity.fill(1.0f);
  const Weights weights = weights_of(sensitivity);
  test::on_every_target([&] {
    std::mt19937 random(5);
    test::Poisoned<std::uint16_t> a(1500, 200), b(1500, 200);
    for (int y = 0; y < 200; ++y)
      for (int x = 0; x < 1500; ++x) {
        a.plane.row(y)[x] = static_cast<std::uint16_t>(2048 + x / 5);
        b.plane.row(y)[x] = static_cast<std::uint16_t>(
            2048 + x / 5 + static_cast<int>(random() % 3) * (y > 100 && x % 70 < 8 ? 1 : 0) +
            (y < 60 ? 1500 : 0));
      }
    Scratch scratch;
    EXPECT_EQ(error(a.samples(12), b.samples(12), weights, scratch),
              error_ref(a.samples(12), b.samples(12), weights));
  });
}

TEST(Hvs, TransformIsNearTheCosineTransform) {
  std::mt19937 random(9);
  std::array<std::int64_t, kCoefficients> block, samples;
  for (auto& v : block) v = random() % 256;
  samples = block;
  transform_ref(block);
  const auto basis = [](std::size_t k, std::size_t n) {
    return (k == 0 ? std::sqrt(0.5) : 1.0) / 2 *
           std::cos(static_cast<double>((2 * n + 1) * k) * std::numbers::pi / 16);
  };
  for (std::size_t v = 0; v < 8; ++v)
    for (std::size_t u = 0; u < 8; ++u) {
      double sum = 0;
      for (std::size_t y = 0; y < 8; ++y)
        for (std::size_t x = 0; x < 8; ++x)
          sum += basis(v, y) * basis(u, x) * static_cast<double>(samples[8 * y + x]);
      EXPECT_NEAR(static_cast<double>(block[8 * v + u]), sum, 5) << v << " " << u;
    }
}

// A flat step has no coefficient but the first: 8 d, weighted and squared, in each block.
TEST(Hvs, OfAFlatStepIsThatOfItsMean) {
  const Weights weights = some_weights();
  const std::vector<std::uint8_t> a(22 * 15, 100), b(22 * 15, 180);
  Scratch scratch;
  const float term = 8 * 80 * weights.sensitivity[0];
  const PlaneView<const std::uint8_t> va{a.data(), 22, 22, 15}, vb{b.data(), 22, 22, 15};
  const float step = error(va, vb, weights, scratch), whole = 6 * term * term;
  EXPECT_NEAR(step, whole, whole * 0.01f) << "the transform is one of integers";
  EXPECT_EQ(error(va, va, weights, scratch), 0);
}

TEST(Hvs, CountsWholeBlocksOnly) {
  EXPECT_EQ(blocks(7), 0);
  EXPECT_EQ(blocks(8), 1);
  EXPECT_EQ(blocks(14), 1);
  EXPECT_EQ(blocks(15), 2);
  EXPECT_EQ(blocks(1920), 274);
}

}  // namespace
}  // namespace visq::hvs
