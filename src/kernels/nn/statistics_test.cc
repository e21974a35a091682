// What DISTS needs of rows: L2 pooling, and moments.
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/nn/l2_pool.h"
#include "kernels/nn/moments.h"
#include "kernels/nn/test_rows.h"
#include "kernels/testing.h"

namespace visq::nn {
namespace {

constexpr int kChannels[] = {1, 3, 4, 7, 16, 33, 64};
constexpr int kPixels[] = {1, 2, 3, 5, 8, 31, 120};

void check_l2_pool(int channels, int pixels, int stride) {
  const RowsOf in(3, ((pixels - 1) * stride + 3) * channels);
  const L2PoolShape shape{pixels,   channels,    1e-3f, std::ptrdiff_t{stride} * channels,
                          channels, channels + 5};
  std::vector<float> expected(static_cast<std::size_t>(pixels * (channels + 5)), kPoison),
      actual = expected;
  l2_pool_row_ref(in.rows.data(), shape, expected.data());
  l2_pool_row(in.rows.data(), shape, actual.data());
  EXPECT_EQ(actual, expected) << channels << " channels, " << pixels << " pixels";
}

TEST(L2Pool, EveryTargetGivesTheBitsOfTheReference) {
  test::on_every_target([] {
    for (const int channels : kChannels)
      for (const int pixels : kPixels)
        for (const int stride : {1, 2, 3}) check_l2_pool(channels, pixels, stride);
  });
}

TEST(L2Pool, TheReferenceIsTheRootOfAWeightedMeanOfSquares) {
  const float rows[3][3] = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};
  const float* in[] = {rows[0], rows[1], rows[2]};
  float out = 0;
  l2_pool_row_ref(in, {1, 1, 0.5f, 2, 1, 1}, &out);
  const double sum = 1 + 2 * 4 + 9 + 2 * (16 + 2 * 25 + 36) + 49 + 2 * 64 + 81;
  EXPECT_NEAR(out, std::sqrt(sum / 16 + 0.5), 1e-6);
}

void check_moments(int channels, int pixels) {
  const int step = channels + 2;
  const RowsOf rows(2, pixels * step);
  const MomentsShape shape{pixels, channels, step};
  std::vector<float> expected(static_cast<std::size_t>(kMoments * channels) + 3, kPoison),
      actual = expected;
  row_moments_ref(rows.rows[0], rows.rows[1], shape, expected.data());
  row_moments(rows.rows[0], rows.rows[1], shape, actual.data());
  EXPECT_EQ(actual, expected) << channels << " channels, " << pixels << " pixels";
}

TEST(Moments, EveryTargetGivesTheBitsOfTheReference) {
  test::on_every_target([] {
    for (const int channels : kChannels)
      for (const int pixels : kPixels) check_moments(channels, pixels);
  });
}

TEST(Moments, TheReferenceKeepsDigitsFarFromZero) {
  constexpr int kCount = 1000;
  std::vector<float> a, b;
  double exact[kMoments] = {};
  for (int i = 0; i < kCount; ++i) {
    a.push_back(100 + std::sin(static_cast<float>(i)) / 64);
    b.push_back(100 + std::cos(static_cast<float>(i)) / 64);
    exact[kMeanA] += static_cast<double>(a.back()) / kCount;
    exact[kMeanB] += static_cast<double>(b.back()) / kCount;
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double da = static_cast<double>(a[i]) - exact[kMeanA],
                 db = static_cast<double>(b[i]) - exact[kMeanB];
    exact[kSquaresA] += da * da;
    exact[kSquaresB] += db * db;
    exact[kProducts] += da * db;
  }
  float found[kMoments];
  row_moments_ref(a.data(), b.data(), {kCount, 1, 1}, found);
  for (int m = 0; m < kMoments; ++m)
    EXPECT_NEAR(static_cast<double>(found[m]), exact[m],
                1e-5 * std::abs(exact[kSquaresA]) + (m <= kMeanB ? 1e-4 : 0))
        << m;
}

TEST(Moments, OfEqualRowsAreEqual) {
  const RowsOf row(1, 77 * 16);
  std::vector<float> found(kMoments * 16);
  row_moments(row.rows[0], row.rows[0], {77, 16, 16}, found.data());
  for (std::size_t c = 0; c < 16; ++c) {
    EXPECT_EQ(found[kMeanA * 16 + c], found[kMeanB * 16 + c]);
    EXPECT_EQ(found[kSquaresA * 16 + c], found[kSquaresB * 16 + c]);
    EXPECT_EQ(found[kSquaresA * 16 + c], found[kProducts * 16 + c]);
  }
}

}  // namespace
}  // namespace visq::nn
