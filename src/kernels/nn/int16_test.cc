#include "kernels/nn/int16.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/nn/test_rows.h"
#include "kernels/testing.h"

namespace visq::nn {
namespace {

// Rows of either kind, as the format says.
struct Int16Input {
  RowsOf floats;
  Bf16RowsOf bf16;
  bool is_bf16;
  std::vector<const void*> rows;

  Int16Input(int count, int values, bool bf16_in)
      : floats(count, bf16_in ? 0 : values), bf16(count, bf16_in ? values : 0), is_bf16(bf16_in) {
    for (int i = 0; i < count; ++i)
      rows.push_back(bf16_in ? static_cast<const void*>(bf16.rows[static_cast<std::size_t>(i)])
                             : floats.rows[static_cast<std::size_t>(i)]);
  }
  const float* const* exact() const {
    return is_bf16 ? bf16.float_rows.data() : floats.rows.data();
  }
};

struct Int16Output {
  std::vector<float> floats;
  std::vector<Bfloat16> bf16;
  std::size_t channels, step;
  bool is_bf16;

  Int16Output(int pixels, int out_channels, std::size_t out_step, bool bf16_out)
      : floats(static_cast<std::size_t>(pixels) * out_step, kPoison),
        bf16(floats.size(), kBf16Poison),
        channels(static_cast<std::size_t>(out_channels)),
        step(out_step),
        is_bf16(bf16_out) {}
  void* data() { return is_bf16 ? static_cast<void*>(bf16.data()) : floats.data(); }
  std::vector<float> values() const {
    if (is_bf16) return widened_pixels(bf16, channels, step);
    std::vector<float> out;
    for (std::size_t i = 0; i < floats.size(); ++i)
      if (i % step < channels)
        out.push_back(floats[i]);
      else
        EXPECT_EQ(floats[i], kPoison);
    return out;
  }
};

void check_int16(const ConvCase& c, Int16Format format) {
  const auto weights = noise(static_cast<std::size_t>(c.in * c.out * c.size * c.size)),
             bias = noise(static_cast<std::size_t>(c.out));
  const ConvWeights direct =
      pack_conv({c.in, c.out, c.size, c.size, c.relu}, weights.data(), bias.data());
  const Int16Weights packed = pack_int16(direct, format);
  const Int16Input in(c.size, ((c.pixels - 1) * c.stride + c.size) * c.in, format.bf16_in);
  const RowShape shape{c.pixels, c.stride * c.in, c.out + (format.bf16_out ? 16 : 3)};
  Int16Output expected(c.pixels, c.out, static_cast<std::size_t>(shape.out_step), format.bf16_out),
      actual = expected;
  Int16Output exact(c.pixels, c.out, static_cast<std::size_t>(shape.out_step), false);
  AlignedBuffer<std::byte> scratch(int16_scratch(packed, shape.in_step));
  conv_row_int16_ref(packed, in.rows.data(), shape, expected.data(), nullptr);
  conv_row_int16(packed, in.rows.data(), shape, actual.data(), scratch.data());
  conv_row_ref(direct, in.exact(), shape, exact.floats.data());
  expect_near(actual.values(), expected.values(), format.bf16_out ? kBf16Step : 1e-5f);
  expect_near(actual.values(), exact.values(), 1e-2f + (format.bf16_out ? kBf16Step : 0));
}

TEST(Int16Rows, EveryTargetRoundsAsTheReference) {
  test::on_every_target([] {
    for (const ConvCase& c : {ConvCase{64, 32, 1, 1, 101, true},
                              {2, 1, 1, 1, 1, true},
                              {130, 20, 1, 2, 49, false},
                              {3, 64, 3, 2, 55, true},
                              {5, 17, 3, 1, 31, false},
                              {1, 1, 7, 3, 26, true}})
      check_int16(c, {});
    for (const ConvCase& c :
         {ConvCase{64, 32, 1, 1, 101, true}, {48, 16, 3, 2, 31, true}, {16, 48, 1, 1, 1, true}}) {
      check_int16(c, {true, false});
      check_int16(c, {false, true});
      check_int16(c, {true, true});
    }
    check_int16({32, 5, 3, 1, 29, false}, {true, false});
  });
}

TEST(Int16Rows, NoSumOverflowsOnTheLargestValues) {
  const std::vector<float> weights(512, 1.0f), bias(1, 0.0f), values(512, 1.0f);
  const void* const row = values.data();
  const Int16Weights packed =
      pack_int16(pack_conv({512, 1, 1, 1, false}, weights.data(), bias.data()), {});
  AlignedBuffer<std::byte> scratch(int16_scratch(packed, 512));
  float out = 0;
  conv_row_int16(packed, &row, {1, 512, 1}, &out, scratch.data());
  EXPECT_NEAR(out, 512, 0.5);
}

TEST(Int16Scale, IsTheLargestPowerOfTwoWithRoom) {
  for (const float largest : {1.0f, 0.999f, 3.5f, 1e-20f, 1e30f}) {
    const Int16Scale scale = int16_scale(largest);
    EXPECT_LE(largest * scale.steps, kLargestInput);
    EXPECT_GE(largest * scale.steps, kLargestInput / 2);
    EXPECT_EQ(scale.steps * scale.worth, 1);
  }
  for (const float nothing : {0.0f, 1e-35f}) EXPECT_EQ(int16_scale(nothing).steps, 0);
}

// An input halfway between two whole numbers goes to the one or the other, with fused
// multiplication or without: a step times a weight, and half as much for what else is rounded.
constexpr float kInputStep = 1.5f / kLargestSigned;

void check_int16_tiles(const TileCase& c, Int16Format format) {
  const auto weights = noise(static_cast<std::size_t>(c.in * c.out * c.size * c.size)),
             bias = noise(static_cast<std::size_t>(c.out));
  const ConvShape conv{c.in, c.out, c.size, c.size, c.relu};
  const Int16Weights packed =
      pack_int16(pack_winograd(conv, c.tile(), weights.data(), bias.data()), format);
  const ConvWeights direct = pack_conv(conv, weights.data(), bias.data());
  const Int16Input in(kMostRowsRead, c.pixels_read() * c.in, format.bf16_in);
  const std::size_t step = static_cast<std::size_t>(c.out) + 16;
  const TileShape shape{c.pixels, c.rows, c.in, static_cast<std::ptrdiff_t>(step)};
  std::vector<Int16Output> actual(kMostRowsMade, {c.pixels, c.out, step, format.bf16_out}),
      expected = actual;
  void *to[kMostRowsMade], *to_expected[kMostRowsMade];
  for (std::size_t y = 0; y < kMostRowsMade; ++y) {
    to[y] = actual[y].data();
    to_expected[y] = expected[y].data();
  }
  AlignedBuffer<std::byte> scratch(int16_scratch(packed, c.in));
  winograd_rows_int16(packed, in.rows.data(), shape, to, scratch.data());
  winograd_rows_int16_ref(packed, in.rows.data(), shape, to_expected, nullptr);
  for (std::size_t y = 0; y < kMostRowsMade; ++y) {
    Int16Output exact(c.pixels, c.out, step, false);
    if (static_cast<int>(y) >= c.rows) {
      for (const float value : actual[y].values())
        ASSERT_GE(std::abs(value), 1e29f) << "row " << y << " is not wanted";
      continue;
    }
    expect_near(actual[y].values(), expected[y].values(), format.bf16_out ? kBf16Step : kInputStep);
    conv_row_ref(direct, in.exact() + y, {c.pixels, c.in, static_cast<std::ptrdiff_t>(step)},
                 exact.floats.data());
    expect_near(actual[y].values(), exact.values(), 0.2f);  // a hundredth of the largest sums
  }
}

TEST(Int16Rows, EveryTargetMakesTilesAsTheReference) {
  test::on_every_target([] {
    for (const TileCase& c :
         {TileCase{48, 32, 77, 3, true}, {16, 16, 3, 1, true}, {64, 16, 50, 4, true}})
      for (const Int16Format format :
           {Int16Format{false, false}, {true, false}, {false, true}, {true, true}})
        check_int16_tiles(c, format);
    check_int16_tiles({96, 144, 283, 3, true}, {true, true});  // several batches meet the weights
    check_int16_tiles({96, 144, 29, 15, true}, {true, true});  // and several rows of tiles
    check_int16_tiles({64, 48, 53, 2, true, 5}, {true, true});
    check_int16_tiles({32, 21, 29, 2, false, 5}, {false, false});
    check_int16_tiles({32, 21, 60, 4, false}, {false, false});
    check_int16_tiles({32, 21, 60, 4, false}, {true, false});
  });
}

// Six by six inputs at the ends of their range, one channel of 16, through a kernel of ones.
constexpr int kTile = 4;
void check_swing(unsigned pattern, bool positive) {
  std::vector<float> weights(16 * 9, 0.0f), bias(1, 0.0f);
  std::fill(weights.begin(), weights.begin() + 9, 1.0f);
  const Int16Weights packed =
      pack_int16(pack_winograd({16, 1, 3, 3, false}, kTile, weights.data(), bias.data()),
                 {false, false, positive});
  std::vector<std::vector<float>> values(kTileIn, std::vector<float>(kTileIn * 16));
  std::vector<const void*> rows;
  for (unsigned y = 0; y < kTileIn; ++y) {
    for (unsigned x = 0; x < kTileIn; ++x)
      values[y][x * 16] = (pattern >> y & 1) == (pattern >> (x + kTileIn) & 1) ? 1.0f
                          : positive                                           ? 0.0f
                                                                               : -1.0f;
    rows.push_back(values[y].data());
  }
  float sums[kTile][kTile];
  void* out[kTile];
  for (int y = 0; y < kTile; ++y) out[y] = sums[y];
  AlignedBuffer<std::byte> scratch(int16_scratch(packed, 16));
  winograd_rows_int16(packed, rows.data(), {kTile, kTile, 16, 1}, out, scratch.data());
  for (std::size_t y = 0; y < kTile; ++y)
    for (std::size_t x = 0; x < kTile; ++x) {
      float expected = 0;
      for (std::size_t i = 0; i < 9; ++i) expected += values[y + i / 3][(x + i % 3) * 16];
      ASSERT_NEAR(sums[y][x], expected, 0.05f)
          << pattern << (positive ? " of positive values" : "");
    }
}

// Whole numbers of 16 bits hold the points of inputs that swing as far as their transform can.
TEST(Int16Rows, NoPointOfATileOverflows) {
  for (const bool positive : {false, true})
    for (unsigned pattern = 0; pattern < 4096; ++pattern) check_swing(pattern, positive);
}

}  // namespace
}  // namespace visq::nn
