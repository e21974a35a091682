#include "kernels/ssim/ssim.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/ssim/shrink.h"
#include "kernels/testing.h"

namespace visq {
namespace {

template <typename T>
test::Poisoned<T> random_plane(int width, int height, unsigned top, unsigned seed) {
  std::mt19937 random(seed);
  test::Poisoned<T> plane(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      plane.plane.row(y)[x] = static_cast<T>(y % 7 == 3 ? top : random() % (top + 1));
  return plane;
}

bool same_bits(const SsimMeans& a, const SsimMeans& b) {
  return a.product == b.product && a.luminance == b.luminance && a.contrast == b.contrast &&
         a.structure == b.structure;
}

constexpr std::pair<int, int> kSizes[] = {{11, 11},  {12, 40},  {26, 11},  {27, 12},
                                          {73, 13},  {74, 12},  {75, 14},  {90, 11},
                                          {141, 23}, {203, 12}, {20, 300}, {139, 139}};
constexpr SsimTerms kTerms[] = {SsimTerms::product, SsimTerms::contrast_structure, SsimTerms::all};

TEST(Ssim, EveryTargetHasTheBitsOfTheReference) {
  test::on_every_target([] {
    Scratch scratch;
    for (const auto& [width, height] : kSizes)
      for (const SsimTerms terms : kTerms) {
        const auto a8 = random_plane<std::uint8_t>(width, height, 255, 1),
                   b8 = random_plane<std::uint8_t>(width, height, 255, 2);
        EXPECT_TRUE(same_bits(*ssim_means(a8.view(), b8.view(), 8, terms, scratch),
                              ssim_means_ref(a8.view(), b8.view(), 8, terms)))
            << width << "x" << height;
        for (const int bits : {9, 10, 16}) {
          const auto a = random_plane<std::uint16_t>(width, height, (1u << bits) - 1, 3),
                     b = random_plane<std::uint16_t>(width, height, (1u << bits) - 1, 4);
          EXPECT_TRUE(same_bits(*ssim_means(a.view(), b.view(), bits, terms, scratch),
                                ssim_means_ref(a.view(), b.view(), bits, terms)))
              << width << "x" << height << " bits " << bits;
        }
        const auto af = random_plane<float>(width, height, 255, 5),
                   bf = random_plane<float>(width, height, 255, 6);
        EXPECT_TRUE(same_bits(*ssim_means(af.view(), bf.view(), terms, scratch),
                              ssim_means_ref(af.view(), bf.view(), terms)))
            << width << "x" << height;
        scratch.reset();
      }
  });
}

struct Exact {
  double luminance = 0, contrast = 0, structure = 0, product = 0;
};

// The definition, in double precision, at one position of the window.
Exact exact_ssim(PlaneView<const std::uint8_t> a, PlaneView<const std::uint8_t> b, int x0, int y0) {
  const auto weight = [](int k) {
    return static_cast<double>(kSsimTaps[static_cast<std::size_t>(std::abs(k - kSsimRadius))]);
  };
  double m1 = 0, m2 = 0, xx = 0, yy = 0, xy = 0;
  for (int v = 0; v < kSsimWindow; ++v)
    for (int u = 0; u < kSsimWindow; ++u) {
      const double w = weight(u) * weight(v), p = a.row(y0 + v)[x0 + u], q = b.row(y0 + v)[x0 + u];
      m1 += w * p, m2 += w * q, xx += w * p * p, yy += w * q * q, xy += w * p * q;
    }
  const double v1 = std::max(0.0, xx - m1 * m1), v2 = std::max(0.0, yy - m2 * m2),
               sigma = std::sqrt(v1 * v2), c1 = 6.5025, c2 = 58.5225;
  Exact e{(2 * m1 * m2 + c1) / (m1 * m1 + m2 * m2 + c1), (2 * sigma + c2) / (v1 + v2 + c2),
          (xy - m1 * m2 + c2 / 2) / (sigma + c2 / 2)};
  e.product = e.luminance * e.contrast * e.structure;
  return e;
}

void compare_with_definition(const test::Poisoned<std::uint8_t>& a,
                             const test::Poisoned<std::uint8_t>& b, double tolerance) {
  const int width = a.plane.width, height = a.plane.height;
  Exact sum;
  for (int y = 0; y + kSsimWindow <= height; ++y)
    for (int x = 0; x + kSsimWindow <= width; ++x) {
      const Exact e = exact_ssim(a.view(), b.view(), x, y);
      sum.luminance += e.luminance, sum.contrast += e.contrast, sum.structure += e.structure,
          sum.product += e.product;
    }
  const double positions = (width - 10.0) * (height - 10.0);
  Scratch scratch;
  const SsimMeans means = *ssim_means(a.view(), b.view(), 8, SsimTerms::all, scratch);
  EXPECT_NEAR(means.luminance, sum.luminance / positions, tolerance);
  EXPECT_NEAR(means.contrast, sum.contrast / positions, tolerance);
  EXPECT_NEAR(means.structure, sum.structure / positions, tolerance);
  EXPECT_NEAR(means.product, sum.product / positions, tolerance);
}

TEST(Ssim, IsTheMeanOfTheDefinition) {
  const int width = 70, height = 33;
  const auto a = random_plane<std::uint8_t>(width, height, 255, 8);
  auto b = random_plane<std::uint8_t>(width, height, 255, 9);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      b.plane.row(y)[x] =
          static_cast<std::uint8_t>((3 * a.view().row(y)[x] + b.plane.row(y)[x]) / 4);
  compare_with_definition(a, b, 1e-7);
}

// Flat and bright, or flat and dark: where a mean of squares less a squared mean has few digits.
TEST(Ssim, KeepsItsDigitsInFlatPictures) {
  for (const int level : {3, 16, 128, 240, 250}) {
    auto a = random_plane<std::uint8_t>(80, 40, 2, 21),
         b = random_plane<std::uint8_t>(80, 40, 2, 22);
    for (int y = 0; y < 40; ++y)
      for (int x = 0; x < 80; ++x)
        a.plane.row(y)[x] = static_cast<std::uint8_t>(a.plane.row(y)[x] + level),
        b.plane.row(y)[x] = static_cast<std::uint8_t>(b.plane.row(y)[x] + level);
    compare_with_definition(a, b, 2e-8);
  }
}

TEST(Ssim, OfIdenticalPlanesIsOne) {
  for (const unsigned top : {0u, 1u, 255u}) {
    const auto plane = random_plane<std::uint8_t>(80, 30, top, 1);
    Scratch scratch;
    const SsimMeans means = *ssim_means(plane.view(), plane.view(), 8, SsimTerms::all, scratch);
    EXPECT_TRUE(same_bits(means, {})) << top << ": " << means.product << " " << means.structure;
  }
}

bool same_bits(const Plane<float>& a, const Plane<float>& b) {
  for (int y = 0; y < a.height(); ++y)
    if (std::memcmp(a.row(y), b.row(y), static_cast<std::size_t>(a.width()) * sizeof(float)) != 0)
      return false;
  return true;
}

template <typename T>
void compare_box(int width, int height, int bits, int factor) {
  const auto plane = random_plane<T>(width, height, (1u << bits) - 1, 11);
  Plane<float> fast(shrunk_size(width, factor), shrunk_size(height, factor)),
      plain(fast.width(), fast.height());
  Scratch scratch;
  ASSERT_TRUE(shrink_by_box(plane.view(), bits, factor, fast.view(), scratch));
  shrink_by_box_ref(plane.view(), bits, factor, plain.view());
  EXPECT_TRUE(same_bits(fast, plain))
      << width << "x" << height << " bits " << bits << " factor " << factor;
}

constexpr std::pair<int, int> kShrinkSizes[] = {{1, 1},  {2, 3},   {7, 5},   {8, 8},   {15, 9},
                                                {31, 4}, {40, 33}, {67, 12}, {130, 11}};

TEST(ShrinkByBox, EveryTargetHasTheBitsOfTheReference) {
  test::on_every_target([] {
    for (const auto& [width, height] : kShrinkSizes)
      for (const int factor : {2, 3, 4, 5, 6, 7, 8, 9, 10, 17, kMaxShrink}) {
        if (shrunk_size(width, factor) == 0 || shrunk_size(height, factor) == 0) continue;
        compare_box<std::uint8_t>(width, height, 8, factor);
        compare_box<std::uint16_t>(width, height, 10, factor);
        compare_box<std::uint16_t>(width, height, 16, factor);
      }
  });
}

TEST(Halve, EveryTargetHasTheBitsOfTheReference) {
  test::on_every_target([] {
    Scratch scratch;
    for (const auto& [width, height] : kShrinkSizes) {
      Plane<float> fast(shrunk_size(width, 2), shrunk_size(height, 2)),
          plain(fast.width(), fast.height());
      const auto a = random_plane<std::uint8_t>(width, height, 255, 12);
      ASSERT_TRUE(halve(a.view(), 8, fast.view(), scratch));
      halve_ref(a.view(), 8, plain.view());
      EXPECT_TRUE(same_bits(fast, plain)) << width << "x" << height;
      const auto b = random_plane<std::uint16_t>(width, height, 4095, 13);
      ASSERT_TRUE(halve(b.view(), 12, fast.view(), scratch));
      halve_ref(b.view(), 12, plain.view());
      EXPECT_TRUE(same_bits(fast, plain)) << width << "x" << height;
      const auto c = random_plane<float>(width, height, 255, 14);
      ASSERT_TRUE(halve(c.view(), fast.view(), scratch));
      halve_ref(c.view(), plain.view());
      EXPECT_TRUE(same_bits(fast, plain)) << width << "x" << height;
      scratch.reset();
    }
  });
}

TEST(Shrink, AFlatPlaneStaysFlatAtEveryDepth) {
  const std::vector<std::uint16_t> grey(40 * 40, 400);
  const PlaneView<const std::uint16_t> plane{grey.data(), 40, 40, 40};
  Scratch scratch;
  Plane<float> third(13, 13), half(20, 20);
  ASSERT_TRUE(shrink_by_box(plane, 10, 3, third.view(), scratch));
  ASSERT_TRUE(halve(plane, 10, half.view(), scratch));
  for (int i = 0; i < 13; ++i) EXPECT_NEAR(third.row(i)[i], 100, 1e-4);
  for (int i = 0; i < 20; ++i)
    EXPECT_NEAR(half.row(i)[19 - i], 100, 1e-2) << "the filter's sum is 1.000002";
}

}  // namespace
}  // namespace visq
