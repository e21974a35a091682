#include "kernels/ssim/ssim.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/ssim/shrink.h"
#include "kernels/testing.h"

namespace visq::ssim {
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

bool same_bits(const Means& a, const Means& b) {
  return a.product == b.product && a.luminance == b.luminance && a.contrast == b.contrast &&
         a.structure == b.structure;
}

constexpr std::pair<int, int> kSizes[] = {{11, 11},  {12, 40},  {26, 11},  {27, 12},
                                          {73, 13},  {74, 12},  {75, 14},  {90, 11},
                                          {141, 23}, {203, 12}, {20, 300}, {139, 139}};
constexpr Terms kAllTerms[] = {Terms::product, Terms::contrast_structure, Terms::all};

template <typename T>
void compare(int width, int height, int bits) {
  const unsigned top = (1u << (bits == kFloatBits ? 8 : bits)) - 1;
  const auto a = random_plane<T>(width, height, top, 1), b = random_plane<T>(width, height, top, 2);
  Scratch scratch;
  for (const Terms terms : kAllTerms)
    EXPECT_TRUE(same_bits(means(a.samples(bits), b.samples(bits), terms, scratch, *serial()),
                          means_ref(a.samples(bits), b.samples(bits), terms)))
        << width << "x" << height << " bits " << bits;
}

TEST(Ssim, EveryTargetHasTheBitsOfTheReference) {
  test::on_every_target([] {
    for (const auto& [width, height] : kSizes) {
      compare<std::uint8_t>(width, height, 8);
      for (const int bits : {9, 10, 16}) compare<std::uint16_t>(width, height, bits);
      compare<float>(width, height, kFloatBits);
    }
  });
}

struct Exact {
  double luminance = 0, contrast = 0, structure = 0, product = 0;
};

// The definition, in double precision, at one position of the window.
Exact exact_ssim(PlaneView<const std::uint8_t> a, PlaneView<const std::uint8_t> b, int x0, int y0) {
  const auto weight = [](int k) {
    return static_cast<double>(kTaps[static_cast<std::size_t>(std::abs(k - kRadius))]);
  };
  double m1 = 0, m2 = 0, xx = 0, yy = 0, xy = 0;
  for (int v = 0; v < kWindow; ++v)
    for (int u = 0; u < kWindow; ++u) {
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
  for (int y = 0; y + kWindow <= height; ++y)
    for (int x = 0; x + kWindow <= width; ++x) {
      const Exact e = exact_ssim(a.view(), b.view(), x, y);
      sum.luminance += e.luminance, sum.contrast += e.contrast, sum.structure += e.structure,
          sum.product += e.product;
    }
  const double positions = (width - 10.0) * (height - 10.0);
  Scratch scratch;
  const Means all = means(a.samples(), b.samples(), Terms::all, scratch, *serial());
  EXPECT_NEAR(all.luminance, sum.luminance / positions, tolerance);
  EXPECT_NEAR(all.contrast, sum.contrast / positions, tolerance);
  EXPECT_NEAR(all.structure, sum.structure / positions, tolerance);
  EXPECT_NEAR(all.product, sum.product / positions, tolerance);
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
    const Means all = means(plane.samples(), plane.samples(), Terms::all, scratch, *serial());
    EXPECT_TRUE(same_bits(all, {})) << top << ": " << all.product << " " << all.structure;
  }
}

template <typename T>
void compare_box(int width, int height, int bits, int factor) {
  const auto plane = random_plane<T>(width, height, (1u << bits) - 1, 11);
  test::Poisoned<float> vector(shrunk_size(width, factor), shrunk_size(height, factor)),
      plain(vector);
  Scratch scratch;
  shrink_by_box(plane.samples(bits), factor, vector.plane, scratch, *serial());
  shrink_by_box_ref(plane.samples(bits), factor, plain.plane);
  EXPECT_EQ(vector.memory, plain.memory)
      << width << "x" << height << " bits " << bits << " factor " << factor;
}

constexpr std::pair<int, int> kShrinkSizes[] = {{1, 1},  {2, 3},   {7, 5},   {8, 8},    {15, 9},
                                                {31, 4}, {40, 33}, {67, 12}, {130, 11}, {9, 300}};

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

template <typename T>
void compare_half(int width, int height, int bits, unsigned top) {
  const auto plane = random_plane<T>(width, height, top, 12);
  test::Poisoned<float> vector(shrunk_size(width, 2), shrunk_size(height, 2)), plain(vector);
  Scratch scratch;
  halve(plane.samples(bits), vector.plane, scratch, *serial());
  halve_ref(plane.samples(bits), plain.plane);
  EXPECT_EQ(vector.memory, plain.memory) << width << "x" << height << " bits " << bits;
}

TEST(Halve, EveryTargetHasTheBitsOfTheReference) {
  test::on_every_target([] {
    for (const auto& [width, height] : kShrinkSizes) {
      compare_half<std::uint8_t>(width, height, 8, 255);
      compare_half<std::uint16_t>(width, height, 12, 4095);
      compare_half<float>(width, height, kFloatBits, 255);
    }
  });
}

TEST(Shrink, AFlatPlaneStaysFlatAtEveryDepth) {
  const std::vector<std::uint16_t> grey(40 * 40, 400);
  const Samples plane(PlaneView<const std::uint16_t>{grey.data(), 40, 40, 40}, 10);
  Scratch scratch;
  Plane<float> third(13, 13), half(20, 20);
  shrink_by_box(plane, 3, third.view(), scratch, *serial());
  halve(plane, half.view(), scratch, *serial());
  for (int i = 0; i < 13; ++i) EXPECT_NEAR(third.row(i)[i], 100, 1e-4);
  for (int i = 0; i < 20; ++i)
    EXPECT_NEAR(half.row(i)[19 - i], 100, 1e-2) << "the filter's sum is 1.000002";
}

}  // namespace
}  // namespace visq::ssim
