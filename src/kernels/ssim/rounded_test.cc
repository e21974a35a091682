#include "kernels/ssim/rounded.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "kernels/ssim/rounded_taps.h"
#include "kernels/ssim/shrink.h"
#include "kernels/ssim/terms.h"
#include "kernels/testing.h"

namespace visq::ssim::rounded {
namespace {

// What halving makes of noise: no whole numbers, some of them below zero.
test::Poisoned<float> halved_noise(int width, int height, std::mt19937& random) {
  test::Poisoned<float> plane(width, height);
  halve_ref(test::noise<std::uint8_t>(2 * width, 2 * height, 255, random).samples(), plane.plane);
  return plane;
}

void expect_same_bits(const Means& a, const Means& b) {
  EXPECT_EQ(a.product, b.product);
  EXPECT_EQ(a.luminance, b.luminance);
  EXPECT_EQ(a.contrast, b.contrast);
  EXPECT_EQ(a.structure, b.structure);
}

// Runs `check` with a width and a height, on every target.
template <typename Check>
void at_sizes(std::initializer_list<std::pair<int, int>> sizes, const Check& check) {
  test::on_every_target([&] {
    for (const auto& [width, height] : sizes) {
      SCOPED_TRACE(testing::Message() << width << "x" << height);
      check(width, height);
    }
  });
}

TEST(SsimRounded, EveryTargetHasTheMeansOfTheReference) {
  std::mt19937 random(1);
  Scratch scratch;
  const auto check = [&](const Samples& a, const Samples& b) {
    for (const Terms terms : {Terms::product, Terms::contrast_structure, Terms::all})
      expect_same_bits(rounded::means(a, b, terms, scratch, *serial()),
                       rounded::means_ref(a, b, terms));
    scratch.reset();
  };
  at_sizes(
      {{11, 11}, {12, 40}, {26, 21}, {42, 22}, {43, 23}, {75, 14}, {139, 60}},
      [&](int width, int height) {
        check(test::noise<std::uint8_t>(width, height, 255, random).samples(),
              test::noise<std::uint8_t>(width, height, 200, random).samples());
        for (const int bits : {9, 12, 16})
          check(test::noise<std::uint16_t>(width, height, (1u << bits) - 1, random).samples(bits),
                test::noise<std::uint16_t>(width, height, 1u << (bits - 1), random).samples(bits));
        check(halved_noise(width, height, random).samples(),
              halved_noise(width, height, random).samples());
      });
}

TEST(SsimRounded, MeansAreNearThoseOfSsim) {
  std::mt19937 random(2);
  const auto a = test::noise<std::uint8_t>(90, 150, 255, random),
             b = test::noise<std::uint8_t>(90, 150, 255, random);
  Scratch scratch;
  const Means here = rounded::means(a.samples(), b.samples(), Terms::all, scratch, *serial()),
              there = ssim::means(a.samples(), b.samples(), Terms::all, scratch, *serial());
  EXPECT_NEAR(here.product, there.product, 1e-6);
  EXPECT_NEAR(here.luminance, there.luminance, 1e-6);
  EXPECT_NEAR(here.contrast, there.contrast, 1e-6);
  EXPECT_NEAR(here.structure, there.structure, 1e-6);
}

TEST(SsimRounded, OfEqualPlanesIsOne) {
  std::mt19937 random(3);
  const auto a = test::noise<std::uint8_t>(20, 20, 255, random), b = a;
  Scratch scratch;
  EXPECT_EQ(rounded::means(a.samples(), b.samples(), Terms::all, scratch, *serial()).product, 1);
}

TEST(SsimRounded, EveryTargetShrinksAndHalvesAsTheReference) {
  std::mt19937 random(4);
  Scratch scratch;
  const auto check = [&](const Samples& in) {
    for (const int factor : {2, 3, 4, 7}) {
      if (in.bits == kFloatBits) break;
      test::Poisoned<float> vector(shrunk_size(in.width, factor), shrunk_size(in.height, factor)),
          plain(vector);
      shrink_by_box(in, factor, vector.plane, scratch, *serial());
      shrink_by_box_ref(in, factor, plain.plane);
      EXPECT_EQ(vector.memory, plain.memory) << factor;
    }
    test::Poisoned<float> vector(shrunk_size(in.width, 2), shrunk_size(in.height, 2)),
        plain(vector);
    halve(in, vector.plane, scratch, *serial());
    halve_ref(in, plain.plane);
    EXPECT_EQ(vector.memory, plain.memory);
    scratch.reset();
  };
  at_sizes(
      {{1, 1}, {3, 2}, {16, 9}, {41, 30}, {127, 11}, {128, 8}, {129, 7}, {260, 5}},
      [&](int width, int height) {
        check(test::noise<std::uint8_t>(width, height, 255, random).samples());
        for (const int bits : {10, 16})
          check(test::noise<std::uint16_t>(width, height, (1u << bits) - 1, random).samples(bits));
        check(halved_noise(width, height, random).samples());
      });
}

// The 81 products one after the other, as libvmaf sums them: samples of 16 bits leave nothing to
// round.
TEST(SsimRounded, HalvingMaySumByRows) {
  std::mt19937 random(5);
  const auto noise = test::noise<std::uint16_t>(40, 30, 65535, random);
  const Samples in = noise.samples(16);
  test::Poisoned<float> out(20, 15);
  halve_ref(in, out.plane);
  for (int y = 0; y < 15; ++y)
    for (int x = 0; x < 20; ++x) {
      double sum = 0;
      for (int v = -kReach; v <= kReach; ++v)
        for (int u = -kReach; u <= kReach; ++u)
          sum += static_cast<double>(value_at(in, reflect_edge(2 * x + u, 40),
                                              reflect_edge(2 * y + v, 30), value_range(16, 0)) *
                                     kLowPass[std::abs(v)][std::abs(u)]);
      ASSERT_EQ(out.plane.row(y)[x], static_cast<float>(sum)) << x << " " << y;
    }
}

TEST(SsimRounded, SmallerPlanesAreNearThoseOfSsim) {
  std::mt19937 random(6);
  Scratch scratch;
  for (const auto& [width, height] : {std::pair{3, 2}, {16, 9}, {41, 30}}) {
    const auto in = test::noise<std::uint8_t>(width, height, 255, random);
    test::Poisoned<float> here(shrunk_size(width, 2), shrunk_size(height, 2)), there(here);
    halve(in.samples(), here.plane, scratch, *serial());
    ssim::halve_ref(in.samples(), there.plane);
    for (int y = 0; y < here.plane.height; ++y)
      for (int x = 0; x < here.plane.width; ++x)
        EXPECT_NEAR(here.view().row(y)[x], there.view().row(y)[x], 1e-3) << x << " " << y;
  }
}

}  // namespace
}  // namespace visq::ssim::rounded
