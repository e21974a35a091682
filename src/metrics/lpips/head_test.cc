#include "metrics/lpips/head.h"

#include <gtest/gtest.h>

#include "dnn/stream/test_networks.h"

namespace visq::lpips {
namespace {

using namespace visq::test;
using stream::Graph;
using stream::Layer;
using stream::LayerKind;
using stream::Window;

// The network, and what its head measures.
struct Found {
  Graph graph;
  std::vector<Tap> taps;
};

Result<Found> graph_of(const std::string& bytes) {
  ModelFile file;
  VISQ_ASSIGN(file.model, parse_onnx(bytes));
  VISQ_ASSIGN(const OnnxGraph onnx, read_onnx_graph(file));
  Head head;
  VISQ_ASSIGN(Graph graph, stream::recognise(onnx, head));
  return Found{std::move(graph), head.distances()};
}

TEST(LpipsHead, ReadsAFireModule) {
  NetworkWriter net(1);
  const TestTensor first = net.conv(net.input(), 8, {3, 2, 0});
  net.tap(net.fire(net.pool(first, {3, 2, 0, true}), 16, 24), 0.5f);
  const auto graph = graph_of(net.file());
  ASSERT_TRUE(graph) << graph.error().message;
  EXPECT_EQ(graph->graph.scale.size(), 3u);
  ASSERT_EQ(graph->graph.layers.size(), 5u);
  EXPECT_EQ(graph->graph.channels, (std::vector{3, 8, 8, 16, 48}));
  const Layer &conv = graph->graph.layers[0], &pool = graph->graph.layers[1],
              &squeeze = graph->graph.layers[2], &one = graph->graph.layers[3],
              &three = graph->graph.layers[4];
  EXPECT_EQ(conv.window, (Window{3, 3, 2, 2, 0, 0, 0, 0, false}));
  EXPECT_EQ(conv.weights.size(), 8u * 3 * 9);
  EXPECT_EQ(pool.kind, LayerKind::max_pooling);
  EXPECT_TRUE(pool.window.ceil);
  EXPECT_TRUE(squeeze.relu && one.relu && three.relu);
  EXPECT_EQ(one.out, three.out);
  EXPECT_EQ(one.out_first, 0);
  EXPECT_EQ(three.out_first, 24);
  EXPECT_EQ(three.window.top, 1);
  ASSERT_EQ(graph->taps.size(), 1u);
  EXPECT_EQ(graph->graph.taps[0], one.out);
  EXPECT_EQ(graph->taps[0].outside, 0.5f);
}

TEST(LpipsHead, ComposesTheScalingOfItsInput) {
  NetworkWriter net(2);
  net.tap(net.conv(net.input(1), 4, {}));
  NetworkWriter again(2);
  again.input(1);
  const auto graph = graph_of(net.file());
  ASSERT_TRUE(graph) << graph.error().message;
  NetworkWriter values(2);
  const float shift = values.uniform(1, -0.5f, 0.5f)[0], scale = values.uniform(1, 0.5f, 2)[0];
  EXPECT_FLOAT_EQ(graph->graph.scale[0], 1 / scale);
  EXPECT_FLOAT_EQ(graph->graph.offset[0], -shift / scale);
}

TEST(LpipsHead, NamesTheNodeThatIsOfNoSuchNetwork) {
  NetworkWriter net(3);
  net.tap(net.other("Sigmoid", net.conv(net.input(), 4, {3, 1, 1})));
  const auto graph = graph_of(net.file());
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().code, ENOTSUP);
  EXPECT_NE(graph.error().message.find("node_Sigmoid"), std::string::npos) << graph.error().message;
}

TEST(LpipsHead, ReadsMeansOverTheWidthAndThenTheHeight) {
  const auto with_means = [](const std::vector<std::vector<std::int64_t>>& means) {
    NetworkWriter net(8);
    net.means = means;
    net.tap(net.conv(net.input(), 4, {3, 1, 1}));
    return graph_of(net.file());
  };
  for (const auto& means :
       {std::vector<std::vector<std::int64_t>>{{2, 3}}, {{3}, {2}}, {{-1}, {-2}}})
    EXPECT_TRUE(with_means(means)) << means.size();
  for (const auto& means : {std::vector<std::vector<std::int64_t>>{{3}},
                            {{2}},
                            {{3}, {3}},
                            {{3}, {2, 3}},
                            {{3}, {2}, {2}},
                            {{1}, {2}}})
    EXPECT_EQ(with_means(means).error().code, ENOTSUP) << means.size();
}

TEST(LpipsHead, RefusesAJoinedValueThatIsUsedElsewhere) {
  NetworkWriter net(4);
  const TestTensor in = net.input(), a = net.conv(in, 16, {3, 1, 1}), b = net.conv(in, 16, {});
  net.tap(net.concat({a, b}));
  net.tap(a);
  const auto graph = graph_of(net.file());
  ASSERT_FALSE(graph);
  EXPECT_NE(graph.error().message.find("used elsewhere"), std::string::npos)
      << graph.error().message;
}

TEST(LpipsHead, RefusesOtherShapesOfNetwork) {
  EXPECT_EQ(graph_of(unary_model("Relu", {1, 3, -1, -1})).error().code, ENOTSUP);
  NetworkWriter net(5);
  net.tap(net.pool(net.input(), {2, 3, 0, true}));  // windows that leave columns out
  EXPECT_EQ(graph_of(net.file()).error().code, ENOTSUP);
  NetworkWriter beyond(6);
  beyond.tap(beyond.pool(beyond.input(), {3, 2, 1, true}));  // a last window that may see nothing
  EXPECT_EQ(graph_of(beyond.file()).error().code, ENOTSUP);
  NetworkWriter wide(7);
  TestTensor doubled = wide.input();
  for (int i = 0; i < 40; ++i)
    doubled.name = wide.concat({doubled, doubled}).name;  // whose number of channels no int holds
  wide.tap(wide.conv(doubled, 1, {}));
  EXPECT_EQ(graph_of(wide.file()).error().code, ENOTSUP) << "channels without end";
}

TEST(OnnxGraph, RefusesTensorsWithoutTheirValues) {
  for (const std::string& bad :
       {float_constant("w", {2, 2}, {1, 2, 3}), float_constant("w", {-1}, {1}),
        float_constant("w", {1 << 30, 1 << 30, 1 << 30}, {1})}) {
    ModelFile file;
    file.model = *parse_onnx(model(graph({{}, {bad}, {}, {}})));
    const auto onnx = read_onnx_graph(file);
    ASSERT_FALSE(onnx);
    EXPECT_EQ(onnx.error().code, EBADMSG);
    EXPECT_NE(onnx.error().message.find("tensor w"), std::string::npos);
  }
}

}  // namespace
}  // namespace visq::lpips
