// What a network is before it runs: the sides and rows of its tensors, their formats, its layers.
#include "dnn/stream/plan.h"

#include <gtest/gtest.h>

#include "dnn/stream/formats.h"
#include "dnn/stream/lowering.h"

namespace visq::stream {
namespace {

Layer layer_of(LayerKind kind, int in, int out, const Graph& graph, const Window& window = {},
               bool relu = true) {
  Layer layer;
  layer.kind = kind;
  layer.in = in;
  layer.out = out;
  layer.in_channels = graph.channels[static_cast<std::size_t>(in)];
  layer.out_channels = graph.channels[static_cast<std::size_t>(out)];
  layer.window = window;
  layer.relu = relu && kind == LayerKind::convolution;
  if (kind != LayerKind::convolution) return layer;
  layer.weights.resize(static_cast<std::size_t>(layer.in_channels * layer.out_channels *
                                                window.height * window.width));
  layer.bias.resize(static_cast<std::size_t>(layer.out_channels));
  return layer;
}

constexpr auto kConv = LayerKind::convolution;
constexpr auto kMax = LayerKind::max_pooling;
constexpr auto kL2 = LayerKind::l2_pooling;
constexpr Window kSame{3, 3, 1, 1, 1, 1, 1, 1}, kHalf{2, 2, 2, 2};

Graph chain(const std::vector<int>& channels,
            const std::vector<std::pair<LayerKind, Window>>& layers) {
  Graph graph;
  graph.channels = channels;
  for (int i = 0; i < static_cast<int>(layers.size()); ++i) {
    const auto& [kind, window] = layers[static_cast<std::size_t>(i)];
    graph.layers.push_back(layer_of(kind, i, i + 1, graph, window));
  }
  return graph;
}

Result<Plan> plan_of(Graph graph, int width, int height) {
  const auto formats = storages(graph, Precision::fp32);
  const Operators operators = make_operators(graph, formats, Precision::fp32);
  return make_plan(graph, operators, formats, width, height);
}

TEST(StreamPlan, OutputSidesAreOnnxs) {
  EXPECT_EQ(output_side(7, 3, 2, 0, false), 3);
  EXPECT_EQ(output_side(8, 3, 2, 0, false), 3);
  EXPECT_EQ(output_side(8, 3, 2, 0, true), 4) << "a last window that reaches beyond the picture";
  EXPECT_EQ(output_side(8, 3, 2, 2, false), 4);
  EXPECT_EQ(output_side(3, 3, 64, 0, true), 1);
  EXPECT_EQ(output_side(2, 3, 2, 0, false), 0);
  EXPECT_EQ(output_side(2, 3, 2, 0, true), 1);
  EXPECT_EQ(output_side(1, 3, 2, 0, true), 0) << "no window begins a stride before the end";
}

// The rows that a window covers, one by one.
TEST(StreamPlan, RowsNeededAreThoseThatWindowsCover) {
  for (const Window& w : {Window{3, 3, 1, 1, 1, 1, 1, 1}, {5, 5, 2, 2, 2, 2, 0, 0}, {2, 2, 3, 3}})
    for (int in_height = 6; in_height < 20; ++in_height)
      for (int y = 0; y < output_side(in_height, w.height, w.stride_y, w.top + w.bottom, false);
           ++y) {
        int first = -1, end = 0;
        for (int k = 0; k < w.height; ++k) {
          const int row = y * w.stride_y + k - w.top;
          if (row < 0 || row >= in_height) continue;
          if (first < 0) first = row;
          end = row + 1;
        }
        EXPECT_EQ(first_row_needed(w, y), first) << y << " of " << in_height;
        EXPECT_EQ(rows_needed(w, y + 1, in_height), end) << y << " of " << in_height;
      }
}

TEST(StreamPlan, LaysOutAStridedConvolution) {
  const auto plan = plan_of(chain({3, 8}, {{kConv, {3, 3, 2, 2, 1, 1, 1, 1}}}), 100, 50);
  ASSERT_TRUE(plan) << plan.error().message;
  const TensorShape &in = plan->tensors[0], &out = plan->tensors[1];
  EXPECT_EQ(in.left, 1);
  EXPECT_EQ(in.pixels, 1 + 100) << "the last window ends with the picture";
  EXPECT_EQ(out.width, 50);
  EXPECT_EQ(out.height, 25);
  EXPECT_EQ(out.pixels, 50) << "nobody reads beyond it";
  EXPECT_EQ(plan->layers, (std::vector<Steps>{{4, 4}}));
  EXPECT_EQ(plan->source, (Steps{4, 4}));
  EXPECT_EQ(in.rows, (4 - 1) * 2 + 3) << "what four rows of output see";
  EXPECT_EQ(out.rows, 4) << "what is made at a time";
  EXPECT_EQ(in.row_bytes(), 101u * 3 * 4);
}

TEST(StreamPlan, TheWidestReaderSetsTheMargins) {
  Graph graph;
  graph.channels = {16, 16, 16};
  graph.layers = {layer_of(kConv, 0, 1, graph, {5, 5, 1, 1, 2, 2, 2, 2}),
                  layer_of(kConv, 0, 2, graph, kSame)};
  const auto plan = plan_of(graph, 30, 20);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->tensors[0].left, 2);
  EXPECT_EQ(plan->tensors[0].pixels, 2 + 33) << "Winograd's eighth tile ends at pixel 32";
}

TEST(StreamPlan, LongRowsAreMadeOneByOneAndShortPicturesKeptWhole) {
  const auto wide = plan_of(chain({16, 64, 64}, {{kConv, {1, 1}}, {kMax, kHalf}}), 2000, 100);
  ASSERT_TRUE(wide) << wide.error().message;
  EXPECT_EQ(wide->layers, (std::vector<Steps>{{1, 1}, {1, 1}}))
      << "a row takes 512 KiB, and 256 KiB";
  EXPECT_EQ(wide->tensors[1].rows, 2) << "the pooling's window";
  const auto tall = plan_of(chain({16, 16, 16}, {{kConv, kSame}, {kConv, kSame}}), 40, 100);
  ASSERT_TRUE(tall) << tall.error().message;
  EXPECT_EQ(tall->tensors[1].rows, 9) << "six that a tile sees, of three tiles that are made";
  const auto flat = plan_of(chain({3, 8}, {{kConv, kSame}}), 10, 3);
  ASSERT_TRUE(flat) << flat.error().message;
  EXPECT_EQ(flat->tensors[0].rows, 3);
}

TEST(StreamPlan, TilesOfTilesEndWhereTheirRowsAreMade) {
  const Graph graph = chain({16, 16, 16, 16}, {{kConv, kSame}, {kConv, kSame}, {kConv, kSame}});
  const auto tall = plan_of(graph, 2000, 200);
  ASSERT_TRUE(tall) << tall.error().message;
  EXPECT_EQ(tall->layers, (std::vector<Steps>{{4, 4}, {3, 4}, {2, 4}}));
  EXPECT_EQ(tall->tensors[1].rows, 6) << "what a tile sees";
  EXPECT_EQ(tall->tensors[2].rows, 6);
  const auto low = plan_of(graph, 2000, 100);
  ASSERT_TRUE(low) << low.error().message;
  EXPECT_EQ(low->layers, (std::vector<Steps>(3, {4, 4})));
  EXPECT_EQ(low->tensors[1].rows, 9) << "of three tiles that are made";
}

TEST(StreamPlan, WhoWritesFewRowsFollowsWhoWritesMany) {
  Graph graph;
  graph.channels = {16, 48};
  for (const int size : {1, 3, 5}) {
    const int around = size / 2;
    graph.layers.push_back(
        layer_of(kConv, 0, 1, graph, {size, size, 1, 1, around, around, around, around}));
    Layer& layer = graph.layers.back();
    layer.out_channels = 16;
    layer.out_first = 16 * (size / 2);
    layer.weights.resize(static_cast<std::size_t>(16 * 16 * size * size));
    layer.bias.resize(16);
  }
  const auto plan = plan_of(graph, 2000, 100);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->layers, (std::vector<Steps>{{1, 1}, {4, 4}, {2, 2}}));
  EXPECT_EQ(plan->leaders, (std::vector{1, Plan::kNone, Plan::kNone}))
      << "rows of tiles stand where they stand";
  graph.layers.pop_back();
  const auto without = plan_of(graph, 2000, 100);
  ASSERT_TRUE(without) << without.error().message;
  EXPECT_EQ(without->tensors[0].rows, 6) << "what a tile sees, where the first has caught up";
}

TEST(StreamPlan, RefusesPicturesAndJoinsThatDoNotFit) {
  const Graph graph = chain({3, 8, 8}, {{kConv, {3, 3}}, {kMax, kHalf}});
  EXPECT_TRUE(plan_of(graph, 4, 4));
  for (const auto& [width, height] : {std::pair{3, 4}, {4, 3}, {2, 9}}) {
    const auto plan = plan_of(graph, width, height);
    ASSERT_FALSE(plan);
    EXPECT_EQ(plan.error().code, EINVAL);
    EXPECT_EQ(plan.error().message, "pictures of " + std::to_string(width) + "x" +
                                        std::to_string(height) + " are too small for the network");
  }
  Graph joined;
  joined.channels = {3, 16};
  joined.layers = {layer_of(kConv, 0, 1, joined, kSame), layer_of(kConv, 0, 1, joined, {3, 3})};
  for (Layer& layer : joined.layers) layer.out_channels = 8;
  joined.layers[1].out_first = 8;
  const auto plan = plan_of(joined, 9, 9);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().message, "the network joins tensors of different sizes");
}

constexpr auto kFloat = Storage::float32;
constexpr auto kShort = Storage::bfloat16;

TEST(StreamFormats, WhatIsBetweenLayersOf16BitsIsBfloat16) {
  Graph graph =
      chain({3, 32, 32, 32, 48}, {{kConv, kSame}, {kConv, kSame}, {kMax, kHalf}, {kConv, kSame}});
  graph.taps = {4};
  EXPECT_EQ(storages(graph, Precision::int16),
            (std::vector{kFloat, kShort, kShort, kShort, kFloat}));
  EXPECT_EQ(storages(graph, Precision::fp32), std::vector(5, kFloat));
  graph.bfloat16_taps = true;
  EXPECT_EQ(storages(graph, Precision::int16)[4], kShort);
  graph.layers[0].relu = false;
  EXPECT_EQ(storages(graph, Precision::int16)[1], kFloat) << "values may be below zero";
}

TEST(StreamFormats, AReaderThatCannotTakesItFromAllBefore) {
  Graph graph =
      chain({3, 32, 32, 32, 32}, {{kConv, kSame}, {kConv, kSame}, {kMax, kHalf}, {kL2, kSame}});
  graph.bfloat16_taps = true;
  EXPECT_EQ(storages(graph, Precision::int16),
            (std::vector{kFloat, kShort, kFloat, kFloat, kFloat}))
      << "the L2 pooling takes it from the max pooling, and that from the convolution";
}

TEST(StreamFormats, NeedWholeBlocksOfChannels) {
  EXPECT_EQ(storages(chain({3, 24, 32}, {{kConv, kSame}, {kConv, kSame}}), Precision::int16)[1],
            kFloat);
  Graph joined;
  joined.channels = {16, 32};
  joined.layers = {layer_of(kConv, 0, 1, joined, kSame), layer_of(kConv, 0, 1, joined, kSame)};
  joined.layers[0].out_channels = joined.layers[1].out_channels = joined.layers[1].out_first = 16;
  EXPECT_EQ(storages(joined, Precision::int16)[1], kShort);
  joined.layers[0].out_channels = joined.layers[1].out_first = 8;
  joined.layers[1].out_channels = 24;
  EXPECT_EQ(storages(joined, Precision::int16)[1], kFloat);
}

TEST(StreamFormats, OperatorsTakeTheWeights) {
  Graph graph = chain({3, 16}, {{kConv, kSame}});
  const Operators operators =
      make_operators(graph, storages(graph, Precision::fp32), Precision::fp32);
  ASSERT_EQ(operators.size(), 1u);
  EXPECT_EQ(operators[0]->window(), kSame);
  EXPECT_TRUE(graph.layers[0].weights.empty());
}

// ---- lowering ----

struct Weights {
  std::vector<float> values;
  OnnxTensor tensor;

  Weights(std::vector<std::int64_t> shape, std::vector<float> v) : values(std::move(v)) {
    tensor.type = OnnxTensor::Type::float32;
    tensor.shape = std::move(shape);
    tensor.bytes = {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
  }
};

Feature convolution(int input, int channels, const Weights& weights, const Weights* bias) {
  return {Feature::Kind::convolution,
          {input},
          channels,
          {},
          &weights.tensor,
          bias == nullptr ? nullptr : &bias->tensor};
}

const Weights& two_of_one() {
  static const Weights weights({2, 1, 1, 1}, {3, 4});
  return weights;
}

Feature image() { return {.channels = 1}; }

TEST(StreamLowering, ReluJoinsItsConvolutionAndConcatenationsBecomePlaces) {
  const Weights bias({2}, {5, 6});
  const std::vector<Feature> features{image(),
                                      convolution(0, 2, two_of_one(), &bias),
                                      {Feature::Kind::relu, {1}, 2},
                                      convolution(0, 2, two_of_one(), nullptr),
                                      {Feature::Kind::concat, {3, 2}, 4}};
  const auto graph = lower(features, {4}, {});
  ASSERT_TRUE(graph) << graph.error().message;
  EXPECT_EQ(graph->channels, (std::vector{1, 4}));
  EXPECT_EQ(graph->taps, std::vector{1});
  ASSERT_EQ(graph->layers.size(), 2u);
  const Layer &first = graph->layers[0], &second = graph->layers[1];
  EXPECT_TRUE(first.relu);
  EXPECT_EQ(first.out_first, 2) << "it is the second of the concatenation";
  EXPECT_EQ(first.bias, bias.values);
  EXPECT_EQ(first.weights, two_of_one().values);
  EXPECT_FALSE(second.relu);
  EXPECT_EQ(second.out_first, 0);
  EXPECT_EQ(second.bias, std::vector<float>(2)) << "none given is zero";
}

TEST(StreamLowering, WhatNoTapNeedsIsLeftOut) {
  const std::vector<Feature> features{
      image(),
      convolution(0, 2, two_of_one(), nullptr),
      {Feature::Kind::l2_pooling, {1}, 2, kSame, nullptr, nullptr, 0.125f},
      {Feature::Kind::max_pooling, {1}, 2, kHalf}};
  const auto graph = lower(features, {2, 0}, {});
  ASSERT_TRUE(graph) << graph.error().message;
  ASSERT_EQ(graph->layers.size(), 2u);
  EXPECT_EQ(graph->layers[1].kind, LayerKind::l2_pooling);
  EXPECT_EQ(graph->layers[1].epsilon, 0.125f);
  EXPECT_EQ(graph->layers[1].window, kSame);
  EXPECT_EQ(graph->taps, (std::vector{2, 0})) << "in the order asked for; the picture is tensor 0";
}

TEST(StreamLowering, TheInputsRuleIsForEachChannel) {
  const std::vector<Feature> features{{.channels = 3}};
  const auto rule = [&](const InputRule& input) { return lower(features, {0}, input).value(); };
  EXPECT_EQ(rule({}).scale, (std::vector<float>{1, 1, 1}));
  EXPECT_EQ(rule({}).offset, (std::vector<float>{0, 0, 0}));
  EXPECT_EQ(rule({{2}, {-1}}).scale, (std::vector<float>{2, 2, 2}));
  EXPECT_EQ(rule({{2}, {-1}}).offset, (std::vector<float>{-1, -1, -1}));
  EXPECT_EQ(rule({{1, 2, 3}, {4, 5, 6}}).offset, (std::vector<float>{4, 5, 6}));
}

TEST(StreamLowering, RefusesJoinsOfWhatOthersRead) {
  const Feature conv = convolution(0, 2, two_of_one(), nullptr);
  const Feature relu{Feature::Kind::relu, {1}, 2};
  const std::pair<std::vector<Feature>, std::vector<int>> cases[] = {
      {{image(), conv, relu}, {1, 2}},
      {{image(), conv, {Feature::Kind::concat, {1, 1}, 4}}, {2}},
      {{image(), conv, {Feature::Kind::concat, {0, 1}, 3}}, {2}},
      {{image(), conv, {Feature::Kind::max_pooling, {1}, 2}, relu}, {2, 3}}};
  for (const auto& [features, taps] : cases) {
    const auto graph = lower(features, taps, {});
    ASSERT_FALSE(graph);
    EXPECT_EQ(graph.error().code, ENOTSUP);
    EXPECT_EQ(graph.error().message,
              "a value before a ReLU or a concatenation is used elsewhere, too");
  }
}

}  // namespace
}  // namespace visq::stream
