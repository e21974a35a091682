// Each operator against sums in double, through the tensors that a plan lays out.
#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include <gtest/gtest.h>

#include "dnn/stream/formats.h"
#include "dnn/stream/workspace.h"
#include "kernels/nn/bf16.h"
#include "kernels/nn/int16.h"
#include "tests/support/shared.h"

namespace visq::stream {
namespace {

struct Values {
  int width = 0, height = 0, channels = 0;
  std::vector<float> all;

  Values(int w, int h, int c)
      : width(w), height(h), channels(c), all(static_cast<std::size_t>(w * h * c)) {}
  std::size_t place(int y, int x, int c) const {
    return static_cast<std::size_t>((y * width + x) * channels + c);
  }
  bool holds(int y, int x) const { return y >= 0 && y < height && x >= 0 && x < width; }
  double at(int y, int x, int c) const {
    return holds(y, x) ? static_cast<double>(all[place(y, x, c)]) : 0;
  }
};

std::vector<float> uniform(std::size_t count, float from, float to) {
  static std::mt19937 random(11);
  std::uniform_real_distribution<float> distribution(from, to);
  std::vector<float> values(count);
  for (float& value : values) value = distribution(random);
  return values;
}

Layer convolution(int in, int out, const Window& window, bool relu) {
  Layer layer;
  layer.out = 1;
  layer.in_channels = in;
  layer.out_channels = out;
  layer.window = window;
  layer.relu = relu;
  const auto terms = static_cast<std::size_t>(in * window.height * window.width);
  const float spread = 1 / std::sqrt(static_cast<float>(terms));
  layer.weights = uniform(terms * static_cast<std::size_t>(out), -spread, spread);
  layer.bias = uniform(static_cast<std::size_t>(out), -0.2f, 0.2f);
  return layer;
}

Layer pooling(LayerKind kind, int channels, const Window& window, float epsilon = 0) {
  Layer layer;
  layer.kind = kind;
  layer.out = 1;
  layer.in_channels = layer.out_channels = channels;
  layer.window = window;
  layer.epsilon = epsilon;
  return layer;
}

double convolved(const Layer& layer, const Values& in, int y, int x, int c) {
  const Window& w = layer.window;
  double sum = static_cast<double>(layer.bias[static_cast<std::size_t>(c)]);
  std::size_t weight = static_cast<std::size_t>(c * layer.in_channels * w.height * w.width);
  for (int i = 0; i < layer.in_channels; ++i)
    for (int k = 0; k < w.height; ++k)
      for (int j = 0; j < w.width; ++j)
        sum += static_cast<double>(layer.weights[weight++]) *
               in.at(y * w.stride_y - w.top + k, x * w.stride_x - w.left + j, i);
  return layer.relu ? std::max(sum, 0.0) : sum;
}

double largest(const Layer& layer, const Values& in, int y, int x, int c) {
  const Window& w = layer.window;
  double most = -INFINITY;
  for (int k = 0; k < w.height; ++k)
    for (int j = 0; j < w.width; ++j) {
      const int row = y * w.stride_y - w.top + k, column = x * w.stride_x - w.left + j;
      if (in.holds(row, column)) most = std::max(most, in.at(row, column, c));
    }
  return most;
}

double root_mean_square(const Layer& layer, const Values& in, int y, int x, int c) {
  static constexpr double kWeights[] = {0.25, 0.5, 0.25};
  const Window& w = layer.window;
  double sum = static_cast<double>(layer.epsilon);
  for (int k = 0; k < 3; ++k)
    for (int j = 0; j < 3; ++j) {
      const double v = in.at(y * w.stride_y - w.top + k, x * w.stride_x - w.left + j, c);
      sum += kWeights[k] * kWeights[j] * v * v;
    }
  return std::sqrt(sum);
}

// What becomes of a picture's values in a tensor of that storage.
void put(const TensorRows& rows, Values& values) {
  for (int y = 0; y < values.height; ++y)
    for (int x = 0; x < values.width; ++x)
      for (int c = 0; c < values.channels; ++c) {
        float& value = values.all[values.place(y, x, c)];
        const auto pixel = static_cast<std::size_t>(x * values.channels);
        if (rows.shape->storage == Storage::bfloat16) {
          const nn::Bfloat16 half = nn::to_bf16(value);
          value = nn::from_bf16(half);
          static_cast<nn::Bfloat16*>(
              rows.row_to_fill(y))[pixel + nn::bf16_place(static_cast<std::size_t>(c))] = half;
        } else {
          static_cast<float*>(rows.row_to_fill(y))[pixel + static_cast<std::size_t>(c)] = value;
        }
      }
}

Values taken(const TensorRows& rows) {
  const TensorShape& shape = *rows.shape;
  Values out(shape.width, shape.height, shape.channels);
  for (int y = 0; y < shape.height; ++y)
    for (int x = 0; x < shape.width; ++x)
      for (int c = 0; c < shape.channels; ++c) {
        const auto place = static_cast<std::size_t>(c);
        out.all[out.place(y, x, c)] = shape.storage == Storage::bfloat16
                                          ? nn::from_bf16(static_cast<const nn::Bfloat16*>(
                                                rows.row(y, x))[nn::bf16_place(place)])
                                          : static_cast<const float*>(rows.row(y, x))[place];
      }
  return out;
}

// What the layer makes of `in`, in a tensor that has `around` channels beside the layer's own.
// Values of `in` that are stored in fewer bits are rounded.
Values made_by(const Layer& layer, Values& in, Precision precision = Precision::fp32,
               Formats formats = {}, int around = 0) {
  Graph graph;
  graph.channels = {layer.in_channels, layer.out_channels + around};
  graph.layers = {layer};
  graph.layers[0].out_first = around;
  Operators operators;
  operators.push_back(operator_kind(layer).make(layer, precision, formats));
  Plan plan = make_plan(graph, operators, {formats.in, formats.out}, in.width, in.height).value();
  for (TensorShape& tensor : plan.tensors) tensor.rows = tensor.height;
  Workspace workspace(plan, operators);
  workspace.make_room(1, 1);
  for (int t = 0; t < 2; ++t)
    workspace.take(0, t, {0, plan.tensors[static_cast<std::size_t>(t)].height});
  put(workspace.rows(0, 0), in);
  Values zeros(plan.tensors[1].width, plan.tensors[1].height, plan.tensors[1].channels);
  put(workspace.rows(0, 1), zeros);
  const TensorRows out = workspace.rows(0, 1, around);
  const int step = plan.layers[0].step;
  for (int y = 0; y < out.shape->height; y += step)
    operators[0]->make(workspace.rows(0, 0), out, {y, std::min(y + step, out.shape->height)},
                       workspace.scratch(0));
  return taken(workspace.rows(0, 1));
}

using Naive = double (*)(const Layer&, const Values&, int y, int x, int c);

void expect_near(const Values& out, const Layer& layer, const Values& in, Naive naive, double share,
                 int around = 0) {
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x)
      for (int c = 0; c < layer.out_channels; ++c) {
        const double expected = naive(layer, in, y, x, c);
        ASSERT_NEAR(out.at(y, x, c + around), expected, share * (1 + std::fabs(expected)))
            << "row " << y << ", column " << x << ", channel " << c;
      }
}

Values random_values(int width, int height, int channels, float from = -1) {
  Values values(width, height, channels);
  values.all = uniform(values.all.size(), from, 1);
  return values;
}

TEST(StreamConv, OfAnyWindowIsTheSumOfProducts) {
  const Window windows[] = {{1, 1},
                            {3, 3, 2, 2, 1, 1, 1, 1},
                            {5, 3, 1, 2, 2, 0, 1, 2},
                            {2, 7, 3, 1, 0, 3, 1, 3},
                            {4, 4, 4, 4}};
  for (const Window& window : windows)
    for (const auto& [in_channels, out_channels] : {std::pair{3, 5}, {16, 32}, {7, 17}}) {
      SCOPED_TRACE(testing::Message() << window.width << 'x' << window.height << ", " << in_channels
                                      << " to " << out_channels);
      const Layer layer = convolution(in_channels, out_channels, window, in_channels == 7);
      Values in = random_values(19, 13, in_channels);
      const Values out = made_by(layer, in);
      EXPECT_EQ(out.width, (19 + window.left + window.right - window.width) / window.stride_x + 1);
      EXPECT_EQ(out.height,
                (13 + window.top + window.bottom - window.height) / window.stride_y + 1);
      expect_near(out, layer, in, convolved, 1e-5);
    }
}

TEST(StreamWinograd, IsTheSumOfProductsForEveryRestOfItsTiles) {
  for (int width = 8; width < 13; ++width)
    for (const int pad : {0, 1}) {
      SCOPED_TRACE(testing::Message() << width << " wide, padded by " << pad);
      const Window window{3, 3, 1, 1, pad, pad, pad, pad};
      const Layer layer = convolution(32, 24, window, width % 2 == 0);
      ASSERT_EQ(&operator_kind(layer), &kWinogradOperator);
      Values in = random_values(width, 21 - width, 32);
      expect_near(made_by(layer, in), layer, in, convolved, 2e-5);
    }
}

TEST(StreamOperators, EachLayerGoesToTheBestThatSuits) {
  const Window three{3, 3, 1, 1, 1, 1, 1, 1};
  EXPECT_EQ(&operator_kind(convolution(16, 5, three, false)), &kWinogradOperator);
  EXPECT_EQ(&operator_kind(convolution(15, 16, three, false)), &kConvOperator) << "no whole block";
  EXPECT_EQ(&operator_kind(convolution(16, 16, {3, 3, 1, 2}, false)), &kConvOperator);
  EXPECT_EQ(&operator_kind(convolution(16, 16, {3, 1}, false)), &kConvOperator);
  EXPECT_EQ(&operator_kind(pooling(LayerKind::max_pooling, 16, three)), &kMaxPoolOperator);
  EXPECT_EQ(&operator_kind(pooling(LayerKind::l2_pooling, 16, three)), &kL2PoolOperator);
}

TEST(StreamOperators, SayWhatTheyAreAndWhatTheyCost) {
  const auto made = [](const Layer& layer) {
    return operator_kind(layer).make(layer, Precision::fp32, {});
  };
  const auto conv = made(convolution(4, 6, {5, 3, 2, 2}, true));
  EXPECT_EQ(conv->name(), "conv 3x5/2");
  EXPECT_EQ(conv->products(), 4 * 6 * 15);
  EXPECT_EQ(conv->pixels_read(10), 9 * 2 + 3);
  const auto winograd = made(convolution(16, 32, {3, 3, 1, 1, 1, 1, 1, 1}, true));
  EXPECT_EQ(winograd->name(), "conv 3x3, Winograd 4x4");
  EXPECT_EQ(winograd->products(), 16 * 32 * 36 / 16.0) << "36 points for 16 values";
  EXPECT_EQ(winograd->rows_at_once(1, 9), 16) << "a batch of tiles, three in each of four rows";
  EXPECT_EQ(winograd->rows_at_once(1, 200), 4);
  const auto many = made(convolution(96, 272, {3, 3, 1, 1, 1, 1, 1, 1}, true));
  EXPECT_EQ(many->rows_at_once(1, 48), 16) << "a batch of tiles in each of four rows";
  EXPECT_EQ(many->rows_at_once(1, 49), 12) << "four batches have room for three rows of 13";
  EXPECT_EQ(many->rows_at_once(1, 200), 4);
  const auto large = made(convolution(96, 72, {3, 3, 1, 1, 1, 1, 1, 1}, true));
  EXPECT_EQ(large->name(), "conv 3x3, Winograd 6x6");
  EXPECT_EQ(large->products(), 96 * 72 * 64 / 36.0);
  EXPECT_EQ(large->rows_at_once(1, 48), 18);
  EXPECT_EQ(large->rows_at_once(1, 200), 6);
  EXPECT_EQ(winograd->pixels_read(9), 12 + 2) << "whole tiles";
  EXPECT_EQ(made(pooling(LayerKind::max_pooling, 8, {2, 3, 2, 2}))->name(), "max 3x2/2");
  EXPECT_EQ(made(pooling(LayerKind::l2_pooling, 8, {3, 3, 2, 2}))->name(), "l2 3x3/2");
}

TEST(StreamMaxPool, LeavesOutWhatLiesBeyondThePicture) {
  const Window windows[] = {{2, 2, 2, 2},
                            {3, 3, 2, 2, 0, 0, 0, 0, true},
                            {3, 3, 2, 2, 1, 1, 1, 1},
                            {3, 5, 1, 2, 1, 2, 1, 2}};
  for (const Window& window : windows) {
    const Layer layer = pooling(LayerKind::max_pooling, 9, window);
    Values in = random_values(16, 10, 9);
    for (float& value : in.all) value -= 2;  // zeros of a margin would be the largest
    const Values out = made_by(layer, in);
    expect_near(out, layer, in, largest, 0);
    if (window.ceil) {
      EXPECT_EQ(out.width, 8) << "15 / 2, rounded up";
      EXPECT_EQ(out.height, 5);
    }
  }
}

TEST(StreamMaxPool, OfBfloat16IsExact) {
  const Layer layer = pooling(LayerKind::max_pooling, 32, {3, 3, 2, 2, 1, 1, 1, 1});
  Values in = random_values(15, 9, 32, 0);
  const Formats formats{Storage::bfloat16, Storage::bfloat16, true};
  expect_near(made_by(layer, in, Precision::int16, formats), layer, in, largest, 0);
}

TEST(StreamL2Pool, IsTheWeightedRootMeanSquare) {
  for (const Window& window :
       {Window{3, 3, 2, 2, 1, 1, 1, 1}, {3, 3, 2, 2, 0, 0, 1, 1}, {3, 3, 1, 1}})
    for (const float epsilon : {0.0f, 1e-2f}) {
      const Layer layer = pooling(LayerKind::l2_pooling, 11, window, epsilon);
      Values in = random_values(17, 12, 11);
      expect_near(made_by(layer, in), layer, in, root_mean_square, 1e-6);
    }
}

TEST(StreamL2Pool, OfNothingIsTheRootOfEpsilon) {
  Values in(6, 6, 4);
  const Values out =
      made_by(pooling(LayerKind::l2_pooling, 4, {3, 3, 2, 2, 1, 1, 1, 1}, 0.25f), in);
  for (const float value : out.all) EXPECT_EQ(value, 0.5f);
}

// As the branches of a concatenation are.
TEST(StreamOperators, WriteTheirOwnChannelsAlone) {
  const Window same{3, 3, 1, 1, 1, 1, 1, 1};
  const Layer convs[] = {convolution(16, 16, same, true), convolution(3, 8, same, false)};
  for (const Layer& layer : convs) {
    Values in = random_values(11, 7, layer.in_channels);
    const Values out = made_by(layer, in, Precision::fp32, {}, 16);
    ASSERT_EQ(out.channels, layer.out_channels + 16);
    expect_near(out, layer, in, convolved, 2e-5, 16);
    for (int y = 0; y < out.height; ++y)
      for (int x = 0; x < out.width; ++x)
        for (int c = 0; c < 16; ++c) ASSERT_EQ(out.at(y, x, c), 0) << y << ' ' << x << ' ' << c;
  }
}

TEST(StreamConv, WritesBfloat16RoundedToNearest) {
  const Layer layer = convolution(3, 32, {3, 3, 2, 2, 1, 1, 1, 1}, true);
  Values in = random_values(20, 11, 3), again = in;
  const Values exact = made_by(layer, in),
               out = made_by(layer, again, Precision::fp32, {Storage::float32, Storage::bfloat16});
  for (std::size_t i = 0; i < out.all.size(); ++i)
    ASSERT_EQ(out.all[i], nn::from_bf16(nn::to_bf16(exact.all[i]))) << i;
}

TEST(StreamOperators, Of16BitsAreWithinTheirRounding) {
  VISQ_NEED(nn::int16_available(), "a CPU that adds pairs of 16-bit products");
  for (const Window& window : {Window{3, 3, 1, 1, 1, 1, 1, 1}, {1, 1}, {3, 3, 2, 2}}) {
    const Layer layer = convolution(64, 32, window, true);
    Values in = random_values(18, 10, 64, 0);
    const Formats formats{Storage::bfloat16, Storage::bfloat16, true};
    const Values out = made_by(layer, in, Precision::int16, formats);
    expect_near(out, layer, in, convolved, 0.01);
  }
}

}  // namespace
}  // namespace visq::stream
