#include "kernels/nn/fast.h"
#include "kernels/nn/narrow.h"
#include "kernels/nn/nn.h"

#include <algorithm>
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

// The same values, narrow: never negative, with poison around.
constexpr Bfloat16 kNarrowPoison = narrowed(1e30f);

struct NarrowRowsOf {
  std::vector<std::vector<Bfloat16>> memory;
  std::vector<std::vector<float>> floats;  // what they stand for, channel by channel
  std::vector<const Bfloat16*> rows;
  std::vector<const float*> float_rows;

  NarrowRowsOf(int count, int values) {
    for (int i = 0; i < count; ++i) {
      floats.push_back(noise(static_cast<std::size_t>(values)));
      memory.emplace_back(floats.back().size() + 17, kNarrowPoison);
      for (std::size_t v = 0; v < floats.back().size(); ++v) {
        const Bfloat16 narrow = narrowed(std::abs(floats.back()[v]));
        floats.back()[v] = widened(narrow);
        memory.back()[1 + narrow_place(v)] = narrow;  // misaligned
      }
    }
    for (const auto& row : memory) rows.push_back(row.data() + 1);
    for (const auto& row : floats) float_rows.push_back(row.data());
  }
};

// As floats, channel by channel; pixels of `channels` lie `step` apart, and what is between them must be poison.
std::vector<float> widened_pixels(const std::vector<Bfloat16>& values, std::size_t channels, std::size_t step) {
  std::vector<float> out;
  for (std::size_t pixel = 0; pixel + step <= values.size(); pixel += step) {
    for (std::size_t c = 0; c < channels; ++c) out.push_back(widened(values[pixel + narrow_place(c)]));
    for (std::size_t c = channels; c < step; ++c) EXPECT_EQ(values[pixel + c], kNarrowPoison) << "pixel " << pixel / step;
  }
  return out;
}

TEST(Narrow, HoldsEightBitsOfAFloat) {
  for (const float value : {0.0f, 1.0f, 0.7f, 3e-20f, 12345.0f}) EXPECT_NEAR(widened(narrowed(value)), value, value / 256);
  EXPECT_EQ(widened(narrowed(1.0f)), 1.0f);
  std::vector<bool> taken(32);
  for (std::size_t c = 0; c < taken.size(); ++c) taken[narrow_place(c)] = true;
  EXPECT_EQ(std::count(taken.begin(), taken.end(), true), 32) << "each channel has a place of its own";
}

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

// Narrow values of sums that differ in the last bit may round to neighbours.
constexpr float kNarrowStep = 1.0f / 128;

void check_conv_to_narrow(int in_channels, int out_channels, int pixels) {
  const auto weights = noise(static_cast<std::size_t>(in_channels * out_channels * 9)), bias = noise(static_cast<std::size_t>(out_channels));
  const ConvWeights packed = pack_conv({in_channels, out_channels, 3, 3, true}, weights.data(), bias.data());
  const RowsOf in(3, (pixels * 2 + 1) * in_channels);
  const std::size_t step = static_cast<std::size_t>(out_channels) + 16, channels = static_cast<std::size_t>(out_channels);
  const RowShape shape{pixels, std::ptrdiff_t{2} * in_channels, static_cast<std::ptrdiff_t>(step)};
  std::vector<Bfloat16> expected(static_cast<std::size_t>(pixels) * step, kNarrowPoison), actual = expected;
  std::vector<float> exact(static_cast<std::size_t>(pixels * out_channels));
  conv_row_ref(packed, in.rows.data(), shape, expected.data());
  conv_row(packed, in.rows.data(), shape, actual.data());
  conv_row_ref(packed, in.rows.data(), {pixels, shape.in_step, out_channels}, exact.data());
  expect_near(widened_pixels(actual, channels, step), widened_pixels(expected, channels, step), kNarrowStep);
  expect_near(widened_pixels(actual, channels, step), exact, kNarrowStep);
}

TEST(ConvRow, EveryTargetMakesNarrowValues) {
  test::on_every_target([] {
    for (const int pixels : {1, 7, 50}) {
      check_conv_to_narrow(3, 64, pixels);
      check_conv_to_narrow(5, 16, pixels);
    }
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

// Rows of either kind, as the format says.
struct FastInput {
  RowsOf floats;
  NarrowRowsOf narrow;
  bool is_narrow;
  std::vector<const void*> rows;

  FastInput(int count, int values, bool narrow_in) : floats(count, narrow_in ? 0 : values), narrow(count, narrow_in ? values : 0), is_narrow(narrow_in) {
    for (int i = 0; i < count; ++i) rows.push_back(narrow_in ? static_cast<const void*>(narrow.rows[static_cast<std::size_t>(i)]) : floats.rows[static_cast<std::size_t>(i)]);
  }
  const float* const* exact() const { return is_narrow ? narrow.float_rows.data() : floats.rows.data(); }
};

struct FastOutput {
  std::vector<float> floats;
  std::vector<Bfloat16> narrow;
  std::size_t channels, step;
  bool is_narrow;

  FastOutput(int pixels, int out_channels, std::size_t out_step, bool narrow_out)
      : floats(static_cast<std::size_t>(pixels) * out_step, kPoison), narrow(floats.size(), kNarrowPoison), channels(static_cast<std::size_t>(out_channels)), step(out_step), is_narrow(narrow_out) {}
  void* data() { return is_narrow ? static_cast<void*>(narrow.data()) : floats.data(); }
  std::vector<float> values() const {
    if (is_narrow) return widened_pixels(narrow, channels, step);
    std::vector<float> out;
    for (std::size_t i = 0; i < floats.size(); ++i)
      if (i % step < channels) out.push_back(floats[i]);
      else EXPECT_EQ(floats[i], kPoison);
    return out;
  }
};

void check_fast(const ConvCase& c, FastFormat format) {
  const auto weights = noise(static_cast<std::size_t>(c.in * c.out * c.size * c.size)), bias = noise(static_cast<std::size_t>(c.out));
  const ConvWeights direct = pack_conv({c.in, c.out, c.size, c.size, c.relu}, weights.data(), bias.data());
  const FastWeights packed = pack_fast(direct, format);
  const FastInput in(c.size, ((c.pixels - 1) * c.stride + c.size) * c.in, format.narrow_in);
  const RowShape shape{c.pixels, c.stride * c.in, c.out + (format.narrow_out ? 16 : 3)};
  FastOutput expected(c.pixels, c.out, static_cast<std::size_t>(shape.out_step), format.narrow_out), actual = expected;
  FastOutput exact(c.pixels, c.out, static_cast<std::size_t>(shape.out_step), false);
  AlignedBuffer<std::byte> scratch(fast_scratch(packed, shape.in_step));
  conv_row_fast_ref(packed, in.rows.data(), shape, expected.data(), nullptr);
  conv_row_fast(packed, in.rows.data(), shape, actual.data(), scratch.data());
  conv_row_ref(direct, in.exact(), shape, exact.floats.data());
  expect_near(actual.values(), expected.values(), format.narrow_out ? kNarrowStep : 1e-5f);
  expect_near(actual.values(), exact.values(), 1e-2f + (format.narrow_out ? kNarrowStep : 0));
}

TEST(FastRows, EveryTargetRoundsAsTheReference) {
  test::on_every_target([] {
    for (const ConvCase& c : {ConvCase{64, 32, 1, 1, 101, true}, {2, 1, 1, 1, 1, true}, {130, 20, 1, 2, 49, false}, {3, 64, 3, 2, 55, true}, {5, 17, 3, 1, 31, false}, {1, 1, 7, 3, 26, true}})
      check_fast(c, {});
    for (const ConvCase& c : {ConvCase{64, 32, 1, 1, 101, true}, {48, 16, 3, 2, 31, true}, {16, 48, 1, 1, 1, true}}) {
      check_fast(c, {true, false});
      check_fast(c, {false, true});
      check_fast(c, {true, true});
    }
    check_fast({32, 5, 3, 1, 29, false}, {true, false});
  });
}

TEST(FastRows, NoSumOverflowsOnTheLargestValues) {
  const std::vector<float> weights(512, 1.0f), bias(1, 0.0f), values(512, 1.0f);
  const void* const row = values.data();
  const FastWeights packed = pack_fast(pack_conv({512, 1, 1, 1, false}, weights.data(), bias.data()), {});
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

void check_fast_tiles(const TileCase& c, FastFormat format) {
  const auto weights = noise(static_cast<std::size_t>(c.in * c.out * 9)), bias = noise(static_cast<std::size_t>(c.out));
  const FastWeights packed = pack_fast(pack_winograd({c.in, c.out, 3, 3, c.relu}, weights.data(), bias.data()), format);
  const ConvWeights direct = pack_conv({c.in, c.out, 3, 3, c.relu}, weights.data(), bias.data());
  const FastInput in(kTileIn, ((c.pixels + kTile - 1) / kTile * kTile + 2) * c.in, format.narrow_in);
  const std::size_t step = static_cast<std::size_t>(c.out) + 16;
  const TileShape shape{c.pixels, c.rows, c.in, static_cast<std::ptrdiff_t>(step)};
  std::vector<FastOutput> actual(kTile, {c.pixels, c.out, step, format.narrow_out}), expected = actual;
  void *to[kTile], *to_expected[kTile];
  for (std::size_t y = 0; y < kTile; ++y) {
    to[y] = actual[y].data();
    to_expected[y] = expected[y].data();
  }
  AlignedBuffer<std::byte> scratch(fast_scratch(packed, c.in));
  winograd_rows_fast(packed, in.rows.data(), shape, to, scratch.data());
  winograd_rows_fast_ref(packed, in.rows.data(), shape, to_expected, nullptr);
  for (std::size_t y = 0; y < kTile; ++y) {
    FastOutput exact(c.pixels, c.out, step, false);
    if (static_cast<int>(y) >= c.rows) {
      for (const float value : actual[y].values()) ASSERT_GE(std::abs(value), 1e29f) << "row " << y << " is not wanted";
      continue;
    }
    expect_near(actual[y].values(), expected[y].values(), format.narrow_out ? kNarrowStep : 1e-4f);
    conv_row_ref(direct, in.exact() + y, {c.pixels, c.in, static_cast<std::ptrdiff_t>(step)}, exact.floats.data());
    expect_near(actual[y].values(), exact.values(), 0.2f);  // a hundredth of the largest sums
  }
}

TEST(FastRows, EveryTargetMakesTilesAsTheReference) {
  test::on_every_target([] {
    for (const TileCase& c : {TileCase{48, 32, 77, 3, true}, {16, 16, 3, 1, true}, {64, 16, 50, 4, true}})
      for (const FastFormat format : {FastFormat{false, false}, {true, false}, {false, true}, {true, true}}) check_fast_tiles(c, format);
    check_fast_tiles({32, 21, 60, 4, false}, {false, false});
    check_fast_tiles({32, 21, 60, 4, false}, {true, false});
  });
}

// Six by six inputs at the ends of their range, one channel of 16, through a kernel of ones.
void check_swing(unsigned pattern, bool positive) {
  std::vector<float> weights(16 * 9, 0.0f), bias(1, 0.0f);
  std::fill(weights.begin(), weights.begin() + 9, 1.0f);
  const FastWeights packed = pack_fast(pack_winograd({16, 1, 3, 3, false}, weights.data(), bias.data()), {false, false, positive});
  std::vector<std::vector<float>> values(kTileIn, std::vector<float>(kTileIn * 16));
  std::vector<const void*> rows;
  for (unsigned y = 0; y < kTileIn; ++y) {
    for (unsigned x = 0; x < kTileIn; ++x) values[y][x * 16] = (pattern >> y & 1) == (pattern >> (x + kTileIn) & 1) ? 1.0f : positive ? 0.0f : -1.0f;
    rows.push_back(values[y].data());
  }
  float sums[kTile][kTile];
  void* out[kTile];
  for (int y = 0; y < kTile; ++y) out[y] = sums[y];
  AlignedBuffer<std::byte> scratch(fast_scratch(packed, 16));
  winograd_rows_fast(packed, rows.data(), {kTile, kTile, 16, 1}, out, scratch.data());
  for (std::size_t y = 0; y < kTile; ++y)
    for (std::size_t x = 0; x < kTile; ++x) {
      float expected = 0;
      for (std::size_t i = 0; i < 9; ++i) expected += values[y + i / 3][(x + i % 3) * 16];
      ASSERT_NEAR(sums[y][x], expected, 0.05f) << pattern << (positive ? " of positive values" : "");
    }
}

// Whole numbers of 16 bits hold the points of inputs that swing as far as their transform can.
TEST(FastRows, NoPointOfATileOverflows) {
  for (const bool positive : {false, true})
    for (unsigned pattern = 0; pattern < 4096; ++pattern) check_swing(pattern, positive);
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

TEST(MaxPoolRow, EveryTargetEqualsTheReferenceOnNarrowValues) {
  test::on_every_target([] {
    for (const int channels : {16, 48})
      for (const int first : {0, -1}) {
        const NarrowRowsOf in(3, 9 * channels);
        const PoolShape shape{first == 0 ? 4 : 5, 9, channels, 3, 2, first, channels, channels + 16};
        std::vector<Bfloat16> expected(static_cast<std::size_t>(5 * (channels + 16)), kNarrowPoison), actual = expected;
        max_pool_row_ref(in.rows.data(), 3, shape, expected.data());
        max_pool_row(in.rows.data(), 3, shape, actual.data());
        EXPECT_EQ(actual, expected) << channels << " " << first;
      }
  });
}

TEST(DistanceRow, EveryTargetIsCloseToTheReferenceOnNarrowValues) {
  test::on_every_target([] {
    for (const int channels : {16, 64, 80}) {
      const NarrowRowsOf in(2, 19 * channels);
      const auto weights = noise(static_cast<std::size_t>(channels));
      std::vector<float> expected(20, kPoison), actual = expected, exact = expected;
      const DistanceShape shape{19, channels, 1e-3f, 0.25f};
      distance_row_ref(in.rows[0], in.rows[1], weights.data(), shape, expected.data());
      distance_row(in.rows[0], in.rows[1], weights.data(), shape, actual.data());
      distance_row_ref(in.float_rows[0], in.float_rows[1], weights.data(), shape, exact.data());
      expect_near(actual, expected, 1e-4f);
      expect_near(actual, exact, 1e-4f);
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
