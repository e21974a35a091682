// Whatever joins in a tensor comes to its end, in order and with the bits of each layer alone.
#include <algorithm>
#include <cstring>
#include <random>

#include <gtest/gtest.h>

#include "dnn/stream/network.h"
#include "dnn/stream/workspace.h"
#include "tests/support/sanitized.h"

namespace visq::stream {
namespace {

// All values of each tap, of the reference.
class Kept : public Reduction {
 public:
  void begin(std::span<const TensorShape> taps, std::size_t) override {
    shapes.assign(taps.begin(), taps.end());
    values.resize(taps.size());
    differing.resize(taps.size());
  }
  void add(std::size_t tap, Rows rows, const TensorRows& ref,
           std::span<const TensorRows> distorted) override {
    const auto length = static_cast<std::size_t>(shapes[tap].width) *
                        static_cast<std::size_t>(shapes[tap].channels);
    for (int y = rows.from; y < rows.to; ++y) {
      const auto* const row = static_cast<const float*>(ref.row(y));
      values[tap].insert(values[tap].end(), row, row + length);
      differing[tap] += std::memcmp(row, distorted[0].row(y), length * sizeof(float)) != 0;
    }
  }

  std::vector<TensorShape> shapes;
  std::vector<std::vector<float>> values;
  std::vector<int> differing;  // rows of the distorted picture, which is the same
};

struct Joined {
  std::mt19937 random{7};
  Graph graph;

  int below(int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); }

  // From tensor to tensor, of so many channels from `first` on.
  void add(int in, int out, int channels, int first, const Window& window) {
    Layer layer;
    layer.in = in;
    layer.out = out;
    layer.in_channels = graph.channels[static_cast<std::size_t>(in)];
    layer.out_channels = channels;
    layer.out_first = first;
    layer.window = window;
    std::uniform_real_distribution<float> value(-1, 1);
    layer.weights.resize(
        static_cast<std::size_t>(layer.in_channels * channels * window.height * window.width));
    for (float& weight : layer.weights) weight = value(random);
    layer.bias.resize(static_cast<std::size_t>(channels));
    graph.layers.push_back(std::move(layer));
  }
};

constexpr Window same(int size) {
  const int around = size / 2;
  return {size, size, 1, 1, around, around, around, around};
}

Kept run(const Graph& graph, int width, int height, int threads) {
  const auto network = Network::make(graph, threads).value();
  const auto source = [=](int y, const InputRow& row) {
    for (int i = 0; i < 16 * width; ++i)
      row.values[i] = static_cast<float>((y * 31 + i * 7) % 41) / 41;
  };
  Kept kept;
  Comparison comparison;
  comparison.width = width;
  comparison.height = height;
  comparison.ref = source;
  comparison.dists = {source};
  comparison.reduction = &kept;
  EXPECT_TRUE(network->run(comparison));
  return kept;
}

// A layer of windows of any size follows one in tiles of 3x3 or 5x5, which reads the same rows;
// others read what they join, in tiles of their own.
TEST(StreamRun, LayersThatJoinGiveWhatEachGivesAlone) {
  constexpr int kRounds = test::kSlow ? 8 : 60, kWide = test::kSlow ? 200 : 900;
  for (int round = 0; round < kRounds; ++round) {
    Joined joined;
    joined.random.seed(static_cast<unsigned>(round));
    const Window tiles = same(joined.below(2) == 0 ? 3 : 5), other = same(1 + 2 * joined.below(6));
    const int before = 16 * (1 + joined.below(2)),
              width = 12 + joined.below(round % 3 == 0 ? kWide : 90),
              height = 12 + joined.below(60);
    joined.graph.scale.assign(16, 1);
    joined.graph.offset.assign(16, 0);
    joined.graph.channels = {16, before, 32, 16, 16, 16};
    joined.add(0, 1, before, 0, same(1 + 2 * joined.below(2)));
    joined.add(1, 2, 16, 16 * joined.below(2), tiles);
    const int first = joined.graph.layers[1].out_first;
    joined.add(1, 2, 16, 16 - first, other);
    joined.add(2, 3, 16, 0, same(3));
    for (int i = 0; i < 2; ++i) {  // the two again, alone
      joined.graph.layers.push_back(joined.graph.layers[static_cast<std::size_t>(1 + i)]);
      joined.graph.layers.back().out = 4 + i;
      joined.graph.layers.back().out_first = 0;
    }
    joined.graph.taps = {2, 3, 4, 5};
    const Kept one = run(joined.graph, width, height, 1),
               three = run(joined.graph, width, height, 3);
    ASSERT_EQ(one.differing, std::vector<int>(4));
    ASSERT_EQ(three.differing, std::vector<int>(4));
    ASSERT_EQ(one.values, three.values);
    const auto pixels = static_cast<std::size_t>(width * height);
    ASSERT_EQ(one.values[0].size(), pixels * 32);
    for (std::size_t p = 0; p < pixels; ++p)
      for (std::size_t c = 0; c < 16; ++c) {
        const auto at = static_cast<std::size_t>(first);
        ASSERT_EQ(one.values[0][p * 32 + at + c], one.values[2][p * 16 + c]) << round;
        ASSERT_EQ(one.values[0][p * 32 + 16 - at + c], one.values[3][p * 16 + c]) << round;
      }
  }
}

Plan two_sizes() {
  Plan plan;
  const TensorShape wide{
      .channels = 4, .width = 50, .height = 9, .left = 1, .pixels = 53, .rows = 3};
  TensorShape same_size = wide;
  same_size.width = 52;
  same_size.left = 0;
  TensorShape narrow = wide;
  narrow.width = narrow.pixels = 5;
  narrow.left = 0;
  plan.tensors = {wide, same_size, narrow};
  return plan;
}

TEST(StreamWorkspace, WhatIsGivenBackLastIsTakenFirstAndHasZerosAround) {
  Workspace workspace(two_sizes(), {});
  workspace.make_room(2, 1);
  workspace.take(0, 0, {0, 3});
  const TensorRows rows = workspace.rows(0, 0);
  auto* const row = static_cast<float*>(rows.row_to_fill(1)) - 4;
  std::fill_n(row, 53 * 4, 1.0f);
  workspace.give_back(0, 0, {0, 2});
  workspace.take(1, 1, {5, 6});
  EXPECT_EQ(workspace.rows(1, 1).row(5), row) << "of another picture and tensor";
  std::fill_n(row, 53 * 4, 2.0f);
  workspace.give_back(1, 1, {5, 6});
  workspace.take(0, 0, {3, 4});
  EXPECT_EQ(static_cast<const float*>(rows.row(3)) - 4, row);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(row[i], 0) << "left of the picture";
  for (int i = 51 * 4; i < 53 * 4; ++i) EXPECT_EQ(row[i], 0) << "right of it";
}

TEST(StreamWorkspace, NoTwoRowsInFlightShareMemory) {
  const Plan plan = two_sizes();
  Workspace workspace(plan, {});
  for (std::size_t threads = 1; threads < 4; ++threads) {  // each comparison is given up
    workspace.make_room(2, threads);
    std::vector<std::pair<std::uintptr_t, std::size_t>> places;
    for (std::size_t p = 0; p < 2; ++p)
      for (int t = 0; t < 3; ++t) {
        workspace.take(p, t, {0, 3});
        workspace.take(p, t, {1, 3});
        const TensorShape& shape = plan.tensors[static_cast<std::size_t>(t)];
        for (int y = 0; y < 3; ++y)
          places.emplace_back(
              reinterpret_cast<std::uintptr_t>(workspace.rows(p, t).row(y, -shape.left)),
              shape.row_bytes());
      }
    std::sort(places.begin(), places.end());
    for (std::size_t i = 1; i < places.size(); ++i)
      EXPECT_LE(places[i - 1].first + places[i - 1].second, places[i].first);
  }
}

}  // namespace
}  // namespace visq::stream
