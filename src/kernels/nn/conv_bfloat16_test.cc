#include "kernels/nn/conv_bfloat16.h"

#include <vector>

#include <gtest/gtest.h>

#include "kernels/nn/test_rows.h"
#include "kernels/testing.h"

namespace visq::nn {
namespace {

struct Layer {
  ConvWeights floats;
  Bfloat16Weights packed;

  explicit Layer(const ConvCase& c) {
    const auto weights = noise(static_cast<std::size_t>(c.in * c.out * c.size * c.size)),
               bias = noise(static_cast<std::size_t>(c.out));
    floats = pack_conv({c.in, c.out, c.size, c.size, c.relu}, weights.data(), bias.data());
    packed = pack_bfloat16(floats);
  }
};

void check_floats(const ConvCase& c) {
  const Layer layer(c);
  const NarrowRowsOf in(c.size, ((c.pixels - 1) * c.stride + c.size) * c.in);
  const RowShape shape{c.pixels, c.stride * c.in, c.out + 3};
  std::vector<float> expected(static_cast<std::size_t>(c.pixels * (c.out + 3)), kPoison),
      actual = expected, exact = expected;
  conv_row_ref(layer.packed, in.rows.data(), shape, expected.data());
  conv_row(layer.packed, in.rows.data(), shape, actual.data());
  conv_row_ref(layer.floats, in.float_rows.data(), shape, exact.data());
  expect_near(actual, expected, 1e-4f);
  expect_near(actual, exact, 4e-2f);
}

void check_narrow(const ConvCase& c) {
  const Layer layer(c);
  const NarrowRowsOf in(c.size, ((c.pixels - 1) * c.stride + c.size) * c.in);
  const auto channels = static_cast<std::size_t>(c.out), step = channels + 16;
  const RowShape shape{c.pixels, c.stride * c.in, static_cast<std::ptrdiff_t>(step)};
  std::vector<Bfloat16> expected(static_cast<std::size_t>(c.pixels) * step, kNarrowPoison),
      actual = expected;
  conv_row_ref(layer.packed, in.rows.data(), shape, expected.data());
  conv_row(layer.packed, in.rows.data(), shape, actual.data());
  expect_near(widened_pixels(actual, channels, step), widened_pixels(expected, channels, step),
              kNarrowStep);
}

TEST(Bfloat16Rows, EveryTargetIsCloseToTheReference) {
  test::on_every_target([] {
    for (const ConvCase& c : {ConvCase{64, 33, 1, 1, 101, false},
                              {16, 7, 3, 1, 29, true},
                              {48, 16, 3, 2, 31, true},
                              {128, 20, 1, 2, 97, false}})
      for (const int more : {0, 1, 7})
        check_floats({c.in, c.out, c.size, c.stride, c.pixels + more, c.relu});
    for (const int pixels : {1, 12, 98, 203}) {
      check_narrow({16, 64, 1, 1, pixels, true});
      check_narrow({32, 16, 3, 2, pixels, true});
    }
  });
}

TEST(Bfloat16Rows, TheReferenceIsAConvolution) {
  std::vector<float> weights(16, 0.0f);
  weights[0] = 2;
  weights[9] = 3;
  const float bias[] = {0.5f};
  const ConvWeights floats = pack_conv({16, 1, 1, 1, true}, weights.data(), bias);
  std::vector<Bfloat16> row(32, narrowed(0));
  row[narrow_place(0)] = narrowed(4);
  row[narrow_place(9)] = narrowed(5);
  row[16 + narrow_place(9)] = narrowed(-7);
  const Bfloat16* rows[] = {row.data()};
  float out[2];
  conv_row_ref(pack_bfloat16(floats), rows, {2, 16, 1}, out);
  EXPECT_EQ(out[0], 2 * 4 + 3 * 5 + 0.5f);
  EXPECT_EQ(out[1], 0) << "negative sums end at zero";
}

}  // namespace
}  // namespace visq::nn
