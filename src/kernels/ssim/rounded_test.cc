#include "kernels/ssim/rounded.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "kernels/ssim/shrink.h"
#include "kernels/ssim/terms.h"
#include "kernels/testing.h"

namespace visq {
namespace {

test::Poisoned<float> floats(int width, int height, unsigned top, std::mt19937& random) {
  const auto samples = test::noise<std::uint8_t>(width, height, top, random);
  test::Poisoned<float> plane(width, height);
  samples_to_float(samples.view(), 8, plane.plane);
  return plane;
}

// The filter of a window, by its definition: rows are rounded, then the column is.
template <typename Sample>
float filtered(const Sample& sample, int x, int y) {
  const auto tap = [](int k) { return kSsimTaps[static_cast<std::size_t>(std::abs(k))]; };
  double column = 0;
  for (int v = -kSsimRadius; v <= kSsimRadius; ++v) {
    double row = 0;
    for (int u = -kSsimRadius; u <= kSsimRadius; ++u) row += static_cast<double>(sample(x + u, y + v) * tap(u));
    column += static_cast<double>(static_cast<float>(row) * tap(v));
  }
  return static_cast<float>(column);
}

SsimMeans by_definition(PlaneView<const float> a, PlaneView<const float> b) {
  const auto of = [](PlaneView<const float> p, PlaneView<const float> q) { return [=](int x, int y) { return p.row(y)[x] * q.row(y)[x]; }; };
  const auto alone = [](PlaneView<const float> p) { return [=](int x, int y) { return p.row(y)[x]; }; };
  SsimMeans sums{0, 0, 0, 0};
  int windows = 0;
  for (int y = kSsimRadius; y < a.height - kSsimRadius; ++y)
    for (int x = kSsimRadius; x < a.width - kSsimRadius; ++x, ++windows) {
      const float m1 = filtered(alone(a), x, y), m2 = filtered(alone(b), x, y);
      const float v1 = std::max(filtered(of(a, a), x, y) - m1 * m1, 0.0f), v2 = std::max(filtered(of(b, b), x, y) - m2 * m2, 0.0f);
      const float covariance = filtered(of(a, b), x, y) - m1 * m2, sigma = std::sqrt(v1 * v2);
      const double c1 = static_cast<double>(ssim::kC1), c2 = static_cast<double>(ssim::kC2);
      const double l = (2 * static_cast<double>(m1) * static_cast<double>(m2) + c1) / static_cast<double>(m1 * m1 + m2 * m2 + ssim::kC1);
      const double c = (2 * static_cast<double>(sigma) + c2) / static_cast<double>(v1 + v2 + ssim::kC2);
      const double s = static_cast<double>((covariance + ssim::kC2 / 2) / (sigma + ssim::kC2 / 2));
      sums.product += l * c * s, sums.luminance += l, sums.contrast += c, sums.structure += s;
    }
  return {sums.product / windows, sums.luminance / windows, sums.contrast / windows, sums.structure / windows};
}

TEST(SsimRounded, MeansAreThoseOfTheDefinition) {
  std::mt19937 random(1);
  for (const auto& [width, height] : {std::pair{11, 11}, {12, 30}, {37, 23}}) {
    const auto a = floats(width, height, 255, random), b = floats(width, height, 200, random);
    Scratch scratch;
    const auto means = ssim_means_rounded(a.view(), b.view(), scratch);
    ASSERT_TRUE(means) << means.error().message;
    const SsimMeans expected = by_definition(a.view(), b.view());
    EXPECT_EQ(means->product, expected.product);
    EXPECT_EQ(means->luminance, expected.luminance);
    EXPECT_EQ(means->contrast, expected.contrast);
    EXPECT_EQ(means->structure, expected.structure);
  }
}

TEST(SsimRounded, MeansAreNearTheFastOnes) {
  std::mt19937 random(2);
  const auto a = floats(90, 150, 255, random), b = floats(90, 150, 255, random);
  Scratch scratch;
  const auto rounded = ssim_means_rounded(a.view(), b.view(), scratch), fast = ssim_means(a.view(), b.view(), SsimTerms::all, scratch);
  EXPECT_NEAR(rounded->product, fast->product, 1e-6);
  EXPECT_NEAR(rounded->luminance, fast->luminance, 1e-6);
  EXPECT_NEAR(rounded->contrast, fast->contrast, 1e-6);
  EXPECT_NEAR(rounded->structure, fast->structure, 1e-6);
}

TEST(SsimRounded, OfEqualPlanesIsOne) {
  std::mt19937 random(3);
  const auto a = floats(20, 20, 255, random), b = a;
  Scratch scratch;
  EXPECT_EQ(ssim_means_rounded(a.view(), b.view(), scratch)->product, 1);
}

TEST(SsimRounded, SmallerPlanesAreNearTheFastOnes) {
  std::mt19937 random(4);
  for (const auto& [width, height] : {std::pair{3, 2}, {16, 9}, {41, 30}}) {
    const auto samples = test::noise<std::uint8_t>(width, height, 255, random);
    test::Poisoned<float> in(width, height);
    samples_to_float(samples.view(), 8, in.plane);
    Scratch scratch;
    const auto compare = [&](PlaneView<const float> a, PlaneView<const float> b) {
      for (int y = 0; y < a.height; ++y)
        for (int x = 0; x < a.width; ++x) EXPECT_NEAR(a.row(y)[x], b.row(y)[x], 1e-3) << x << " " << y;
    };
    for (const int factor : {2, 3, 4}) {
      test::Poisoned<float> rounded(shrunk_size(width, factor), shrunk_size(height, factor)), fast(rounded);
      shrink_by_box_rounded(in.view(), factor, rounded.plane);
      shrink_by_box_ref(samples.view(), 8, factor, fast.plane);
      compare(rounded.view(), fast.view());
    }
    test::Poisoned<float> rounded(shrunk_size(width, 2), shrunk_size(height, 2)), fast(rounded);
    ASSERT_TRUE(halve_rounded(in.view(), rounded.plane, scratch));
    halve_ref(in.view(), fast.plane);
    compare(rounded.view(), fast.view());
  }
}

}  // namespace
}  // namespace visq
