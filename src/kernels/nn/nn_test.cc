#include "kernels/nn/fast.h"
#include "kernels/nn/nn.h"

#include <cmath>
#include <random>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/testing.h"

namespace visq::nn {
namespace {

constexpr float kPoison = -1e30f;

std::mt19937 g_random(3);

std::vector<float> noise(std::size_t count) {
  std::uniform_real_distribution<float> distribution(-1, 1);
  std::vector<float> values(count);
  for (float& value : values) value = distribution(g_random);
  return values;
}

// Rows that hold what a kernel may read, with poison behind.
struct RowsOf {
  std::vector<std::vector<float>> memory;
  std::vector<const float*> rows;

  RowsOf(int count, int values) {
    for (int i = 0; i < count; ++i) {
      memory.push_back(noise(static_cast<std::size_t>(values) + 1));
      memory.back().front() = kPoison;
      memory.back().resize(memory.back().size() + 16, kPoison);
    }
    for (const auto& row : memory) rows.push_back(row.data() + 1);  // misaligned
  }
};

void expect_near(const std::vector<float>& actual, const std::vector<float>& expected, float tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i)
    if (!(std::abs(actual[i] - expected[i]) <= tolerance * std::max(1.0f, std::abs(expected[i])))) {
      ADD_FAILURE() << "value " << i << " is " << actual[i] << ", not " << expected[i];
      return;
    }
}

struct ConvCase {
  int in, out, size, stride, pixels;
  bool relu;
};

void check_conv(const ConvCase& c) {
  const auto area = static_cast<std::size_t>(c.size * c.size);
  const auto weights = noise(static_cast<std::size_t>(c.in * c.out) * area), bias = noise(static_cast<std::size_t>(c.out));
  const ConvWeights packed = pack_conv({c.in, c.out, c.size, c.size, c.relu}, weights.data(), bias.data());
  const RowsOf in(c.size, ((c.pixels - 1) * c.stride + c.size) * c.in);
  const RowShape shape{c.pixels, c.stride * c.in, c.out + 3};
  std::vector<float> expected(static_cast<std::size_t>(c.pixels * (c.out + 3)), kPoison), actual = expected;
  conv_row_ref(packed, in.rows.data(), shape, expected.data());
  conv_row(packed, in.rows.data(), shape, actual.data());
  expect_near(actual, expected, 1e-4f);
}

TEST(ConvRow, EveryTargetIsCloseToTheReference) {
  test::on_every_target([] {
    for (const ConvCase& c : {ConvCase{3, 64, 3, 2, 101, true}, {1, 1, 1, 1, 1, false}, {16, 16, 1, 1, 6, true}, {5, 33, 3, 1, 50, false}, {3, 7, 7, 3, 13, true}, {130, 20, 1, 2, 97, true}})
      for (const int more : {0, 1, 5}) check_conv({c.in, c.out, c.size, c.stride, c.pixels + more, c.relu});
  });
}

TEST(ConvRow, TheReferenceIsAConvolution) {
  const float weights[] = {1, 2, 3, 4, /* second channel */ 10, 20, 30, 40}, bias[] = {0.5f};
  const ConvWeights packed = pack_conv({2, 1, 2, 2, true}, weights, bias);
  const float upper[] = {1, 0, 0, 1, 0, 0}, lower[] = {0, 0, 0, 2, -1, -100};
  const float* rows[] = {upper, lower};
  float out[2];
  conv_row_ref(packed, rows, {2, 2, 1}, out);
  EXPECT_EQ(out[0], 1 + 20 + 2 * 40 + 0.5f);
  EXPECT_EQ(out[1], 0) << "negative sums end at zero";
}

struct TileCase {
  int in, out, pixels, rows;
  bool relu;
};

void check_tiles(const TileCase& c) {
  const auto weights = noise(static_cast<std::size_t>(c.in * c.out * 9)), bias = noise(static_cast<std::size_t>(c.out));
  const WinogradWeights packed = pack_winograd({c.in, c.out, 3, 3, c.relu}, weights.data(), bias.data());
  const ConvWeights direct = pack_conv({c.in, c.out, 3, 3, c.relu}, weights.data(), bias.data());
  const int tiles = (c.pixels + kTile - 1) / kTile;
  const RowsOf in(kTileIn, (tiles * kTile + 2) * c.in);
  const std::ptrdiff_t out_step = c.out + 5;
  const std::vector<float> empty(static_cast<std::size_t>(c.pixels * out_step), kPoison);
  std::vector<std::vector<float>> actual(kTile, empty);
  float* out[kTile];
  for (int y = 0; y < kTile; ++y) out[y] = actual[static_cast<std::size_t>(y)].data();
  AlignedBuffer<float> scratch(winograd_scratch(packed));
  const TileShape shape{c.pixels, c.rows, c.in, out_step};
  for (const bool reference : {false, true}) {
    for (auto& row : actual) std::fill(row.begin(), row.end(), kPoison);
    (reference ? winograd_rows_ref : winograd_rows)(packed, in.rows.data(), shape, out, scratch.data());
    for (int y = 0; y < kTile; ++y) {
      std::vector<float> expected = empty;
      if (y < c.rows) conv_row_ref(direct, in.rows.data() + y, {c.pixels, c.in, out_step}, expected.data());
      expect_near(actual[static_cast<std::size_t>(y)], expected, 2e-4f);
    }
  }
}

TEST(WinogradRows, EveryTargetIsCloseToDirectConvolution) {
  test::on_every_target([] {
    for (const TileCase& c : {TileCase{16, 64, 40, 4, true}, {16, 16, 1, 1, false}, {48, 20, 7, 3, true}, {64, 33, 203, 2, true}, {32, 1, 97, 4, false}}) check_tiles(c);
  });
}

void check_fast(const ConvCase& c) {
  const auto weights = noise(static_cast<std::size_t>(c.in * c.out * c.size * c.size)), bias = noise(static_cast<std::size_t>(c.out));
  const ConvWeights direct = pack_conv({c.in, c.out, c.size, c.size, c.relu}, weights.data(), bias.data());
  const FastWeights packed = pack_fast(direct);
  const RowsOf in(c.size, ((c.pixels - 1) * c.stride + c.size) * c.in);
  const RowShape shape{c.pixels, c.stride * c.in, c.out + 3};
  std::vector<float> expected(static_cast<std::size_t>(c.pixels * (c.out + 3)), kPoison), actual = expected, exact = expected;
  AlignedBuffer<std::byte> scratch(fast_scratch(packed, shape.in_step));
  conv_row_fast_ref(packed, in.rows.data(), shape, expected.data(), nullptr);
  conv_row_fast(packed, in.rows.data(), shape, actual.data(), scratch.data());
  conv_row_ref(direct, in.rows.data(), shape, exact.data());
  expect_near(actual, expected, 1e-5f);
  expect_near(actual, exact, 5e-3f);
}

TEST(FastRows, EveryTargetRoundsAsTheReference) {
  test::on_every_target([] {
    for (const ConvCase& c : {ConvCase{64, 32, 1, 1, 101, true}, {2, 1, 1, 1, 1, true}, {130, 20, 1, 2, 49, false}, {3, 64, 3, 2, 55, true}, {5, 17, 3, 1, 31, false}, {1, 1, 7, 3, 26, true}})
      check_fast(c);
  });
}

TEST(FastRows, NoSumOverflowsOnTheLargestValues) {
  const std::vector<float> weights(512, 1.0f), bias(1, 0.0f), values(512, 1.0f);
  const float* const row = values.data();
  const FastWeights packed = pack_fast(pack_conv({512, 1, 1, 1, false}, weights.data(), bias.data()));
  AlignedBuffer<std::byte> scratch(fast_scratch(packed, 512));
  float out = 0;
  conv_row_fast(packed, &row, {1, 512, 1}, &out, scratch.data());
  EXPECT_NEAR(out, 512, 0.5);
}

TEST(FastScale, IsTheLargestPowerOfTwoWithRoom) {
  for (const float largest : {1.0f, 0.999f, 3.5f, 1e-20f, 1e30f}) {
    const FastScale scale = fast_scale(largest);
    EXPECT_LE(largest * scale.steps, kLargestInput);
    EXPECT_GE(largest * scale.steps, kLargestInput / 2);
    EXPECT_EQ(scale.steps * scale.worth, 1);
  }
  for (const float nothing : {0.0f, 1e-35f}) EXPECT_EQ(fast_scale(nothing).steps, 0);
}

TEST(FastRows, TilesAreCloseToDirectConvolution) {
  if (!fast_available()) GTEST_SKIP() << "this CPU adds no pairs of 16-bit products";
  const int in = 48, out = 40, pixels = 77, tiles = (pixels + kTile - 1) / kTile;
  const auto weights = noise(static_cast<std::size_t>(in * out * 9)), bias = noise(static_cast<std::size_t>(out));
  const FastWeights packed = pack_fast(pack_winograd({in, out, 3, 3, true}, weights.data(), bias.data()));
  const ConvWeights direct = pack_conv({in, out, 3, 3, true}, weights.data(), bias.data());
  const RowsOf rows(kTileIn, (tiles * kTile + 2) * in);
  std::vector<std::vector<float>> actual(kTile, std::vector<float>(static_cast<std::size_t>(pixels * out), kPoison));
  float* to[kTile];
  for (std::size_t y = 0; y < kTile; ++y) to[y] = actual[y].data();
  AlignedBuffer<std::byte> scratch(fast_scratch(packed, in));
  winograd_rows_fast(packed, rows.rows.data(), {pixels, 3, in, out}, to, scratch.data());
  for (std::size_t y = 0; y < kTile; ++y) {
    std::vector<float> expected(actual[y].size(), kPoison);
    if (y < 3) conv_row_ref(direct, rows.rows.data() + y, {pixels, in, out}, expected.data());
    expect_near(actual[y], expected, 0.08f);  // a hundredth of the largest sums
  }
}

TEST(MaxPoolRow, EveryTargetEqualsTheReference) {
  test::on_every_target([] {
    for (const int channels : {1, 7, 8, 13, 64})
      for (const int width : {2, 3})
        for (const int first : {0, -1})
          for (const int in_pixels : {5, 8, 31}) {
            const int pixels = (in_pixels + 1 - width - 2 * first) / 2 + 1;  // the last window reaches beyond the row
            const RowsOf in(3, in_pixels * channels);
            const PoolShape shape{std::min(pixels, (in_pixels - 1 - first) / 2 + 1), in_pixels, channels, width, 2, first, channels, channels + 2};
            std::vector<float> expected(static_cast<std::size_t>((pixels + 1) * (channels + 2)), kPoison), actual = expected;
            max_pool_row_ref(in.rows.data(), 3, shape, expected.data());
            max_pool_row(in.rows.data(), 3, shape, actual.data());
            EXPECT_EQ(actual, expected) << channels << " " << width << " " << first << " " << in_pixels;
          }
  });
}

TEST(DistanceRow, EveryTargetIsCloseToTheReference) {
  test::on_every_target([] {
    for (const int channels : {1, 3, 8, 20, 64, 130}) {
      const RowsOf in(2, 9 * channels);
      const auto weights = noise(static_cast<std::size_t>(channels));
      std::vector<float> expected(10, kPoison), actual = expected;
      for (const float outside : {0.0f, 0.25f}) {
        const DistanceShape shape{9, channels, 1e-3f, outside};
        distance_row_ref(in.rows[0], in.rows[1], weights.data(), shape, expected.data());
        distance_row(in.rows[0], in.rows[1], weights.data(), shape, actual.data());
        expect_near(actual, expected, 1e-4f);
      }
    }
  });
}

TEST(DistanceRow, IsTheFormula) {
  const float a[] = {3, 4}, b[] = {0, 2}, weights[] = {1, 10};
  float out = 0;
  distance_row_ref(a, b, weights, {1, 2, 0, 0}, &out);
  EXPECT_FLOAT_EQ(out, 0.6f * 0.6f + 10 * 0.2f * 0.2f);
}

}  // namespace
}  // namespace visq::nn
