#include "kernels/speed/speed.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/speed/scale.h"
#include "kernels/testing.h"

namespace visq::speed {
namespace {

template <typename T>
void fill(PlaneView<T> plane, int bits, unsigned seed) {
  std::mt19937 random(seed);
  for (int y = 0; y < plane.height; ++y)
    for (int x = 0; x < plane.width; ++x)
      plane.row(y)[x] =
          static_cast<T>((static_cast<unsigned>(x * x / 7 + y * 5 + (x * y) / 11) + random() % 40) *
                             (1u << (bits - 8)) &
                         ((1u << bits) - 1));
}

void expect_same_bits(PlaneView<const float> a, PlaneView<const float> b) {
  ASSERT_EQ(a.width, b.width);
  ASSERT_EQ(a.height, b.height);
  for (int y = 0; y < a.height; ++y)
    ASSERT_EQ(std::memcmp(a.row(y), b.row(y), static_cast<std::size_t>(a.width) * sizeof(float)), 0)
        << "row " << y;
}

Samples samples_of(PlaneView<const std::uint8_t> plane, int) { return plane; }
Samples samples_of(PlaneView<const std::uint16_t> plane, int bits) { return {plane, bits}; }

template <typename T>
void compare_reduction(int width, int height, int bits, const Reduction& reduction) {
  SCOPED_TRACE(testing::Message() << width << "x" << height << " bits " << bits << " scale "
                                  << reduction.scale);
  test::Poisoned<T> plane(width, height), minus(width, height);
  fill(plane.plane, bits, 1);
  fill(minus.plane, bits, 2);
  const Shape shape = shape_of(width, height, reduction.scale);
  for (const PlaneView<const T> other : {PlaneView<const T>{}, minus.view()}) {
    Scratch scratch;
    const Signal signal{samples_of(plane.view(), bits), samples_of(other, bits)};
    const auto fast = reduce(signal, shape, reduction, scratch);
    const auto plain = reduce_ref(signal, shape, reduction, scratch);
    expect_same_bits(fast, plain);
  }
}

TEST(SpeedReduce, EveryTargetEqualsTheReference) {
  test::on_every_target([] {
    const Reduction plain = reduction_for(1, 1, Scaler::nearest);
    for (const auto& [width, height] : {std::pair{80, 80}, {81, 95}, {97, 130}, {160, 81}}) {
      compare_reduction<std::uint8_t>(width, height, 8, plain);
      for (const int bits : {9, 10, 12, 16})
        compare_reduction<std::uint16_t>(width, height, bits, plain);
    }
    for (const double kernel : {0.5, 1.6, 360.0 / 97})
      compare_reduction<std::uint8_t>(121, 99, 8, reduction_for(kernel, 1, Scaler::nearest));
    for (const Scaler scaler :
         {Scaler::nearest, Scaler::bilinear, Scaler::bicubic, Scaler::lanczos4})
      for (const double scale : {0.6, 1.5})
        compare_reduction<std::uint8_t>(151, 140, 8, reduction_for(1, scale, scaler));
  });
}

TEST(SpeedReduce, AFlatPlaneHasNothingLeft) {
  Plane<std::uint8_t> plane(100, 100);
  for (int y = 0; y < 100; ++y) std::fill_n(plane.row(y), 100, std::uint8_t{77});
  Scratch scratch;
  const auto left = reduce({std::as_const(plane).view()}, shape_of(100, 100, 1),
                           reduction_for(1, 1, Scaler::nearest), scratch);
  for (int y = 0; y < left.height; ++y)
    for (int x = 0; x < left.width; ++x) EXPECT_NEAR(left.row(y)[x], 0, 1e-4);
}

TEST(SpeedScale, KeepsARamp) {
  for (const Scaler scaler : {Scaler::bilinear, Scaler::bicubic}) {
    const auto taps = taps_of(scaler, 40, 24);
    std::vector<float> ramp(40);
    for (std::size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<float>(i);
    const Taps one{1, {0}, {1}};
    const float* rows[] = {ramp.data()};
    for (int x = 3; x < 20; ++x)
      EXPECT_NEAR(scaled_sample(scaler, taps[static_cast<std::size_t>(x)], one, rows),
                  (x + 0.5) * 40 / 24 - 0.5, 0.13)
          << x;
  }
}

TEST(SpeedShape, CountsBlocks) {
  const Shape s = shape_of(1920, 1080, 1);
  EXPECT_EQ(s.reduced_width, 120);
  EXPECT_EQ(s.reduced_height, 67);
  EXPECT_EQ(s.blocks(), 24 * 13);
  EXPECT_FALSE(s.is_scaled());
  EXPECT_EQ(shape_of(79, 200, 1).blocks(), 0);
  EXPECT_TRUE(shape_of(960, 540, 0.6).is_scaled());
  EXPECT_FALSE(has_enough_samples(shape_of(113, 65, 1)));
  EXPECT_TRUE(has_enough_samples(shape_of(160, 180, 1)));
}

test::Poisoned<float> noise_plane(int width, int height) {
  std::mt19937 random(4);
  std::normal_distribution<float> normal(0, 3);
  test::Poisoned<float> p(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) p.plane.row(y)[x] = normal(random);
  return p;
}

TEST(SpeedCovariance, EveryTargetHasTheBitsOfTheReference) {
  test::on_every_target([] {
    for (const auto& [width, height] :
         {std::pair{5, 5}, {10, 5}, {15, 10}, {20, 25}, {30, 10}, {35, 20}, {120, 65}}) {
      const auto plane = noise_plane(width, height);
      Scratch scratch;
      const auto fast = covariance_of(plane.view(), scratch);
      const Covariance plain = covariance_ref(plane.view());
      EXPECT_EQ(std::memcmp(&fast, &plain, sizeof(plain)), 0) << width << "x" << height;
    }
  });
}

TEST(SpeedCovariance, TheReferenceFollowsTheDefinition) {
  const auto p = noise_plane(30, 20);
  const Covariance c = covariance_ref(p.view());
  const auto at = [&](int e, int i, int j) {
    return static_cast<double>(p.plane.row(i + e / kSide)[j + e % kSide]);
  };
  for (const auto& [x, y] : {std::pair{0, 0}, {24, 24}, {7, 3}, {3, 7}, {24, 0}}) {
    double mx = 0, my = 0, sum = 0;
    for (int i = 0; i < 16; ++i)
      for (int j = 0; j < 26; ++j) mx += at(x, i, j) / (16 * 26), my += at(y, i, j) / (16 * 26);
    for (int i = 0; i < 16; ++i)
      for (int j = 0; j < 26; ++j) sum += (at(x, i, j) - mx) * (at(y, i, j) - my);
    EXPECT_NEAR(c.at[x][y], sum / (16 * 26), 1e-5);
  }
}

Covariance well_conditioned() {
  const auto plane = noise_plane(100, 100);
  return covariance_ref(plane.view());
}

TEST(SpeedLinear, EigenvaluesHaveTraceAndSquares) {
  const Covariance m = well_conditioned();
  float values[kElements];
  eigenvalues(m, values);
  double trace = 0, squares = 0, sum = 0, sum2 = 0;
  for (int i = 0; i < kElements; ++i) {
    trace += m.at[i][i];
    for (int j = 0; j < kElements; ++j) squares += m.at[i][j] * m.at[i][j];
    sum += values[i];
    sum2 += values[i] * values[i];
    EXPECT_GT(values[i], 0);
  }
  EXPECT_NEAR(sum, trace, 1e-4 * trace);
  EXPECT_NEAR(sum2, squares, 1e-4 * squares);
}

TEST(SpeedLinear, EigenvaluesOfADiagonalAreItsElements) {
  Covariance m{};
  for (int i = 0; i < kElements; ++i) m.at[i][i] = static_cast<float>(i + 1);
  float values[kElements];
  eigenvalues(m, values);
  std::sort(values, values + kElements);
  for (int i = 0; i < kElements; ++i) EXPECT_FLOAT_EQ(values[i], static_cast<float>(i + 1));
}

TEST(SpeedLinear, SolvesWhatItIsGiven) {
  const Covariance m = well_conditioned();
  constexpr int kColumns = 7;
  std::vector<float> y(kElements * kColumns), x(y.size()), work(y.size());
  std::mt19937 random(9);
  for (float& v : y) v = static_cast<float>(random() % 100) / 10;
  ASSERT_TRUE(solve(m, y.data(), kColumns, x.data(), work.data()));
  for (int r = 0; r < kElements; ++r)
    for (int c = 0; c < kColumns; ++c) {
      double sum = 0;
      for (int k = 0; k < kElements; ++k)
        sum += static_cast<double>(m.at[r][k]) * x[static_cast<std::size_t>(k * kColumns + c)];
      EXPECT_NEAR(sum, y[static_cast<std::size_t>(r * kColumns + c)], 1e-3);
    }
}

TEST(SpeedLinear, EveryTargetSolvesWithTheBitsOfTheReference) {
  const Covariance m = well_conditioned();
  test::on_every_target([&] {
    for (const int columns : {1, 3, 8, 16, 21, 72}) {
      std::vector<float> y(static_cast<std::size_t>(kElements * columns)), work(y.size()),
          fast(y.size()), plain(y.size());
      std::mt19937 random(9);
      for (float& v : y) v = static_cast<float>(random() % 1000) / 10 - 50;
      ASSERT_TRUE(solve(m, y.data(), columns, fast.data(), work.data()));
      ASSERT_TRUE(solve_ref(m, y.data(), columns, plain.data(), work.data()));
      EXPECT_EQ(std::memcmp(fast.data(), plain.data(), y.size() * sizeof(float)), 0) << columns;
    }
  });
}

TEST(SpeedLinear, SaysWhenAMatrixIsSingular) {
  std::vector<float> y(kElements, 1), x(kElements), work(kElements);
  Covariance m{};
  for (int i = 0; i < kElements; ++i) m.at[i][i] = 1;
  EXPECT_TRUE(solve(m, y.data(), 1, x.data(), work.data()));
  m.at[kElements - 1][kElements - 1] = 0;
  EXPECT_FALSE(solve(m, y.data(), 1, x.data(), work.data()));
}

Samples samples_of(const Plane<std::uint8_t>& plane) { return plane.view(); }

Score score_of(const Samples& reference, const Samples& distorted, const Weighting& w) {
  Scratch scratch;
  const Pair pair{{reference}, {distorted}};
  Score score;
  score_pairs({&pair, 1}, {reduction_for(1, 1, Scaler::nearest), w}, *serial(), scratch,
              {&score, 1});
  return score;
}

TEST(SpeedScore, OfEqualPlanesIsZeroAndOfNoisyOnesIsNot) {
  Plane<std::uint8_t> a(400, 300), b(400, 300);
  fill(a.view(), 8, 1);
  fill(b.view(), 8, 6);
  for (int mode = 0; mode <= 6; ++mode) {
    const Weighting w{0.29f, 0, mode};
    EXPECT_NEAR(score_of(samples_of(a), samples_of(a), w).value, 0, 1e-5)
        << mode;  // mixed logarithms round differently
    EXPECT_GT(score_of(samples_of(a), samples_of(b), w).value, 0) << mode;
  }
}

TEST(SpeedScore, APlaneWithoutABlockIsSingular) {
  Plane<std::uint16_t> a(79, 300);
  fill(a.view(), 10, 1);
  const Samples samples(std::as_const(a).view(), 10);
  const auto score = score_of(samples, samples, {});
  EXPECT_TRUE(score.singular);
  EXPECT_EQ(score.value, 0);
}

TEST(SpeedScore, OneFlatPlaneGivesZero) {
  Plane<std::uint8_t> a(400, 300), flat(400, 300);
  fill(a.view(), 8, 1);
  for (int y = 0; y < 300; ++y) std::fill_n(flat.row(y), 400, std::uint8_t{128});
  const auto score = score_of(samples_of(a), samples_of(flat), {});
  EXPECT_TRUE(score.singular);
  EXPECT_EQ(score.value, 0);
}

TEST(SpeedKernelScale, KnowsItsList) {
  EXPECT_TRUE(is_kernel_scale(1));
  EXPECT_TRUE(is_kernel_scale(3.7113));
  EXPECT_FALSE(is_kernel_scale(0.9));
}

}  // namespace
}  // namespace visq::speed
