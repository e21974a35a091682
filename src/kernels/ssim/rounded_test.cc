#include "kernels/ssim/rounded.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "kernels/ssim/rounded_taps.h"
#include "kernels/ssim/shrink.h"
#include "kernels/ssim/terms.h"
#include "kernels/testing.h"

namespace visq {
namespace {

template <typename T>
test::Poisoned<float> in_units(const test::Poisoned<T>& samples, int bits) {
  test::Poisoned<float> plane(samples.plane.width, samples.plane.height);
  for (int y = 0; y < samples.plane.height; ++y)
    for (int x = 0; x < samples.plane.width; ++x)
      plane.plane.row(y)[x] = static_cast<float>(samples.view().row(y)[x]) * ssim::unit(bits);
  return plane;
}

// What halving makes of noise: no whole numbers, some of them below zero.
test::Poisoned<float> halved_noise(int width, int height, std::mt19937& random) {
  test::Poisoned<float> plane(width, height);
  halve_rounded_ref(
      in_units(test::noise<std::uint8_t>(2 * width, 2 * height, 255, random), 8).view(),
      plane.plane);
  return plane;
}

void expect_same_bits(const Result<SsimMeans>& a, const SsimMeans& b) {
  ASSERT_TRUE(a) << a.error().message;
  EXPECT_EQ(a->product, b.product);
  EXPECT_EQ(a->luminance, b.luminance);
  EXPECT_EQ(a->contrast, b.contrast);
  EXPECT_EQ(a->structure, b.structure);
}

void expect_same_bits(PlaneView<const float> a, PlaneView<const float> b) {
  for (int y = 0; y < a.height; ++y)
    for (int x = 0; x < a.width; ++x) ASSERT_EQ(a.row(y)[x], b.row(y)[x]) << x << " " << y;
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
  at_sizes({{11, 11}, {12, 40}, {26, 21}, {42, 22}, {43, 23}, {75, 14}, {139, 60}},
           [&](int width, int height) {
             for (const SsimTerms terms :
                  {SsimTerms::product, SsimTerms::contrast_structure, SsimTerms::all}) {
               const auto a8 = test::noise<std::uint8_t>(width, height, 255, random),
                          b8 = test::noise<std::uint8_t>(width, height, 200, random);
               expect_same_bits(
                   ssim_means_rounded(a8.view(), b8.view(), 8, terms, scratch),
                   ssim_means_rounded_ref(in_units(a8, 8).view(), in_units(b8, 8).view(), terms));
               for (const int bits : {9, 12, 16}) {
                 const auto a = test::noise<std::uint16_t>(width, height, (1u << bits) - 1, random),
                            b = test::noise<std::uint16_t>(width, height, 1u << (bits - 1), random);
                 expect_same_bits(ssim_means_rounded(a.view(), b.view(), bits, terms, scratch),
                                  ssim_means_rounded_ref(in_units(a, bits).view(),
                                                         in_units(b, bits).view(), terms));
               }
               const auto a = halved_noise(width, height, random),
                          b = halved_noise(width, height, random);
               expect_same_bits(ssim_means_rounded(a.view(), b.view(), terms, scratch),
                                ssim_means_rounded_ref(a.view(), b.view(), terms));
               scratch.reset();
             }
           });
}

TEST(SsimRounded, MeansAreNearTheFastOnes) {
  std::mt19937 random(2);
  const auto a = test::noise<std::uint8_t>(90, 150, 255, random),
             b = test::noise<std::uint8_t>(90, 150, 255, random);
  Scratch scratch;
  const auto rounded = ssim_means_rounded(a.view(), b.view(), 8, SsimTerms::all, scratch),
             fast = ssim_means(a.view(), b.view(), 8, SsimTerms::all, scratch);
  EXPECT_NEAR(rounded->product, fast->product, 1e-6);
  EXPECT_NEAR(rounded->luminance, fast->luminance, 1e-6);
  EXPECT_NEAR(rounded->contrast, fast->contrast, 1e-6);
  EXPECT_NEAR(rounded->structure, fast->structure, 1e-6);
}

TEST(SsimRounded, OfEqualPlanesIsOne) {
  std::mt19937 random(3);
  const auto a = test::noise<std::uint8_t>(20, 20, 255, random), b = a;
  Scratch scratch;
  EXPECT_EQ(ssim_means_rounded(a.view(), b.view(), 8, SsimTerms::all, scratch)->product, 1);
}

TEST(SsimRounded, EveryTargetShrinksAndHalvesAsTheReference) {
  std::mt19937 random(4);
  Scratch scratch;
  const auto check = [&]<typename T>(const test::Poisoned<T>& in, int bits) {
    const test::Poisoned<float> floats = in_units(in, bits);
    for (const int factor : {2, 3, 4, 7}) {
      test::Poisoned<float> fast(shrunk_size(in.plane.width, factor),
                                 shrunk_size(in.plane.height, factor)),
          plain(fast);
      ASSERT_TRUE(shrink_by_box_rounded(in.view(), bits, factor, fast.plane, scratch));
      shrink_by_box_rounded_ref(floats.view(), factor, plain.plane);
      expect_same_bits(fast.view(), plain.view());
    }
    test::Poisoned<float> fast(shrunk_size(in.plane.width, 2), shrunk_size(in.plane.height, 2)),
        plain(fast), again(fast);
    ASSERT_TRUE(halve_rounded(in.view(), bits, fast.plane, scratch));
    halve_rounded_ref(floats.view(), plain.plane);
    expect_same_bits(fast.view(), plain.view());
    ASSERT_TRUE(halve_rounded(floats.view(), again.plane, scratch));
    expect_same_bits(again.view(), plain.view());
    EXPECT_EQ(fast.memory.front(), plain.memory.front()) << "nothing is written outside";
    scratch.reset();
  };
  at_sizes({{1, 1}, {3, 2}, {16, 9}, {41, 30}, {127, 11}, {128, 8}, {129, 7}, {260, 5}},
           [&](int width, int height) {
             check(test::noise<std::uint8_t>(width, height, 255, random), 8);
             for (const int bits : {10, 16})
               check(test::noise<std::uint16_t>(width, height, (1u << bits) - 1, random), bits);
           });
}

// The 81 products one after the other, as libvmaf sums them: samples of 16 bits leave nothing to
// round.
TEST(SsimRounded, HalvingMaySumByRows) {
  using ssim_rounded::kLowPass, ssim_rounded::kReach;
  std::mt19937 random(5);
  const auto in = in_units(test::noise<std::uint16_t>(40, 30, 65535, random), 16);
  test::Poisoned<float> out(20, 15);
  halve_rounded_ref(in.view(), out.plane);
  for (int y = 0; y < 15; ++y)
    for (int x = 0; x < 20; ++x) {
      double sum = 0;
      for (int v = -kReach; v <= kReach; ++v)
        for (int u = -kReach; u <= kReach; ++u)
          sum += static_cast<double>(
              in.view().row(reflect_edge(2 * y + v, 30))[reflect_edge(2 * x + u, 40)] *
              kLowPass[std::abs(v)][std::abs(u)]);
      ASSERT_EQ(out.plane.row(y)[x], static_cast<float>(sum)) << x << " " << y;
    }
}

TEST(SsimRounded, SmallerPlanesAreNearTheFastOnes) {
  std::mt19937 random(6);
  Scratch scratch;
  for (const auto& [width, height] : {std::pair{3, 2}, {16, 9}, {41, 30}}) {
    const auto in = test::noise<std::uint8_t>(width, height, 255, random);
    test::Poisoned<float> rounded(shrunk_size(width, 2), shrunk_size(height, 2)), fast(rounded);
    ASSERT_TRUE(halve_rounded(in.view(), 8, rounded.plane, scratch));
    halve_ref(in.view(), 8, fast.plane);
    for (int y = 0; y < rounded.plane.height; ++y)
      for (int x = 0; x < rounded.plane.width; ++x)
        EXPECT_NEAR(rounded.view().row(y)[x], fast.view().row(y)[x], 1e-3) << x << " " << y;
  }
}

}  // namespace
}  // namespace visq
