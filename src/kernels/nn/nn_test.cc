#include "kernels/nn/nn.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/nn/bf16.h"
#include "kernels/nn/test_rows.h"
#include "kernels/testing.h"

namespace visq::nn {
namespace {

TEST(Bf16, HoldsEightBitsOfAFloat) {
  for (const float value : {0.0f, 1.0f, 0.7f, 3e-20f, 12345.0f})
    EXPECT_NEAR(from_bf16(to_bf16(value)), value, value / 256);
  EXPECT_EQ(from_bf16(to_bf16(1.0f)), 1.0f);
  std::vector<bool> taken(32);
  for (std::size_t c = 0; c < taken.size(); ++c) taken[bf16_place(c)] = true;
  EXPECT_EQ(std::count(taken.begin(), taken.end(), true), 32)
      << "each channel has a place of its own";
}

void check_conv(const ConvCase& c) {
  const auto area = static_cast<std::size_t>(c.size * c.size);
  const auto weights = noise(static_cast<std::size_t>(c.in * c.out) * area),
             bias = noise(static_cast<std::size_t>(c.out));
  const ConvWeights packed =
      pack_conv({c.in, c.out, c.size, c.size, c.relu}, weights.data(), bias.data());
  const RowsOf in(c.size, ((c.pixels - 1) * c.stride + c.size) * c.in);
  const RowShape shape{c.pixels, c.stride * c.in, c.out + 3};
  std::vector<float> expected(static_cast<std::size_t>(c.pixels * (c.out + 3)), kPoison),
      actual = expected;
  conv_row_ref(packed, in.rows.data(), shape, expected.data());
  conv_row(packed, in.rows.data(), shape, actual.data());
  expect_near(actual, expected, 1e-4f);
}

TEST(ConvRow, EveryTargetIsCloseToTheReference) {
  test::on_every_target([] {
    for (const ConvCase& c : {ConvCase{3, 64, 3, 2, 101, true},
                              {1, 1, 1, 1, 1, false},
                              {16, 16, 1, 1, 6, true},
                              {5, 33, 3, 1, 50, false},
                              {3, 7, 7, 3, 13, true},
                              {130, 20, 1, 2, 97, true}})
      for (const int more : {0, 1, 5})
        check_conv({c.in, c.out, c.size, c.stride, c.pixels + more, c.relu});
  });
}

void check_conv_to_bf16(int in_channels, int out_channels, int pixels) {
  const auto weights = noise(static_cast<std::size_t>(in_channels * out_channels * 9)),
             bias = noise(static_cast<std::size_t>(out_channels));
  const ConvWeights packed =
      pack_conv({in_channels, out_channels, 3, 3, true}, weights.data(), bias.data());
  const RowsOf in(3, (pixels * 2 + 1) * in_channels);
  const std::size_t step = static_cast<std::size_t>(out_channels) + 16,
                    channels = static_cast<std::size_t>(out_channels);
  const RowShape shape{pixels, std::ptrdiff_t{2} * in_channels, static_cast<std::ptrdiff_t>(step)};
  std::vector<Bfloat16> expected(static_cast<std::size_t>(pixels) * step, kBf16Poison),
      actual = expected;
  std::vector<float> exact(static_cast<std::size_t>(pixels * out_channels));
  conv_row_ref(packed, in.rows.data(), shape, expected.data());
  conv_row(packed, in.rows.data(), shape, actual.data());
  conv_row_ref(packed, in.rows.data(), {pixels, shape.in_step, out_channels}, exact.data());
  expect_near(widened_pixels(actual, channels, step), widened_pixels(expected, channels, step),
              kBf16Step);
  expect_near(widened_pixels(actual, channels, step), exact, kBf16Step);
}

TEST(ConvRow, EveryTargetMakesBf16Values) {
  test::on_every_target([] {
    for (const int pixels : {1, 7, 50}) {
      check_conv_to_bf16(3, 64, pixels);
      check_conv_to_bf16(5, 16, pixels);
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

void check_tiles(const TileCase& c) {
  const auto weights = noise(static_cast<std::size_t>(c.in * c.out * c.size * c.size)),
             bias = noise(static_cast<std::size_t>(c.out));
  const ConvShape conv{c.in, c.out, c.size, c.size, c.relu};
  const WinogradWeights packed = pack_winograd(conv, c.tile(), weights.data(), bias.data());
  const ConvWeights direct = pack_conv(conv, weights.data(), bias.data());
  const RowsOf in(kMostRowsRead, c.pixels_read() * c.in);
  const std::ptrdiff_t out_step = c.out + 5;
  const std::vector<float> empty(static_cast<std::size_t>(c.pixels * out_step), kPoison);
  std::vector<std::vector<float>> actual(kMostRowsMade, empty);
  float* out[kMostRowsMade];
  for (int y = 0; y < kMostRowsMade; ++y) out[y] = actual[static_cast<std::size_t>(y)].data();
  AlignedBuffer<float> scratch(winograd_scratch(packed));
  const TileShape shape{c.pixels, c.rows, c.in, out_step};
  for (const bool reference : {false, true}) {
    for (auto& row : actual) std::fill(row.begin(), row.end(), kPoison);
    (reference ? winograd_rows_ref : winograd_rows)(packed, in.rows.data(), shape, out,
                                                    scratch.data());
    for (int y = 0; y < kMostRowsMade; ++y) {
      std::vector<float> expected = empty;
      if (y < c.rows)
        conv_row_ref(direct, in.rows.data() + y, {c.pixels, c.in, out_step}, expected.data());
      // A sum of n products of such noise is about as large as the root of n.
      expect_near(
          actual[static_cast<std::size_t>(y)], expected,
          (c.large ? 4e-5f : 1.5e-5f) * std::sqrt(static_cast<float>(c.in * c.size * c.size)));
    }
  }
}

TEST(WinogradRows, EveryTargetIsCloseToDirectConvolution) {
  test::on_every_target([] {
    for (const TileCase& c : {TileCase{16, 64, 40, 4, true},
                              {16, 16, 1, 1, false},
                              {48, 20, 7, 3, true},
                              {64, 33, 203, 2, true},
                              {32, 1, 97, 4, false},
                              {96, 72, 283, 3, true},  // with weights that several batches meet
                              {96, 72, 29, 15, true},  // and several rows of tiles
                              {16, 16, 9, 7, true},
                              {16, 20, 53, 2, true, 5},
                              {64, 33, 10, 1, false, 5},
                              {80, 96, 141, 2, true, 5},
                              {16, 20, 7, 6, true, 3, true},
                              {64, 33, 203, 2, false, 3, true},
                              {96, 72, 283, 5, true, 3, true},
                              {96, 72, 29, 15, true, 3, true},
                              {96, 72, 1, 18, true, 3, true}})
      check_tiles(c);
  });
}

TEST(MaxPoolRow, EveryTargetEqualsTheReference) {
  test::on_every_target([] {
    for (const int channels : {1, 7, 8, 13, 64})
      for (const int width : {2, 3})
        for (const int first : {0, -1})
          for (const int in_pixels : {5, 8, 31}) {
            const int pixels = (in_pixels + 1 - width - 2 * first) / 2 +
                               1;  // the last window reaches beyond the row
            const RowsOf in(3, in_pixels * channels);
            const PoolShape shape{std::min(pixels, (in_pixels - 1 - first) / 2 + 1),
                                  in_pixels,
                                  channels,
                                  width,
                                  2,
                                  first,
                                  channels,
                                  channels + 2};
            std::vector<float> expected(static_cast<std::size_t>((pixels + 1) * (channels + 2)),
                                        kPoison),
                actual = expected;
            max_pool_row_ref(in.rows.data(), 3, shape, expected.data());
            max_pool_row(in.rows.data(), 3, shape, actual.data());
            EXPECT_EQ(actual, expected)
                << channels << " " << width << " " << first << " " << in_pixels;
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

TEST(MaxPoolRow, EveryTargetEqualsTheReferenceOnBf16Values) {
  test::on_every_target([] {
    for (const int channels : {16, 48})
      for (const int first : {0, -1}) {
        const Bf16RowsOf in(3, 9 * channels);
        const PoolShape shape{first == 0 ? 4 : 5, 9, channels, 3, 2, first, channels,
                              channels + 16};
        std::vector<Bfloat16> expected(static_cast<std::size_t>(5 * (channels + 16)), kBf16Poison),
            actual = expected;
        max_pool_row_ref(in.rows.data(), 3, shape, expected.data());
        max_pool_row(in.rows.data(), 3, shape, actual.data());
        EXPECT_EQ(actual, expected) << channels << " " << first;
      }
  });
}

TEST(DistanceRow, EveryTargetIsCloseToTheReferenceOnBf16Values) {
  test::on_every_target([] {
    for (const int channels : {16, 64, 80}) {
      const Bf16RowsOf in(2, 19 * channels);
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
