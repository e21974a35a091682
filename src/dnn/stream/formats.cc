#include "dnn/stream/formats.h"

#include "kernels/nn/nn.h"

namespace visq::stream {
namespace {

std::size_t place(int tensor) { return static_cast<std::size_t>(tensor); }

bool is_positive(const Layer& layer, const std::vector<bool>& positive) {
  return layer.relu || layer.kind == LayerKind::l2_pooling ||
         (layer.kind == LayerKind::max_pooling && positive[place(layer.in)]);
}

// The tensors whose values are never below zero.
std::vector<bool> positive_tensors(const Graph& graph) {
  std::vector<bool> positive(graph.channels.size(), true);
  positive[0] = false;
  for (const Layer& layer : graph.layers)
    if (!is_positive(layer, positive)) positive[place(layer.out)] = false;
  return positive;
}

bool in_whole_blocks(const Layer& layer) {
  return layer.out_first % nn::kBlock == 0 && layer.out_channels % nn::kBlock == 0;
}

// Takes away what one layer cannot have; whether that was anything.
bool restrict(const Layer& layer, OperatorKind::Bfloat16 can, std::vector<bool>& bfloat16) {
  const std::size_t in = place(layer.in), out = place(layer.out);
  const bool before_in = bfloat16[in], before_out = bfloat16[out];
  if (!can.in) bfloat16[in] = false;
  if (!can.out || !in_whole_blocks(layer)) bfloat16[out] = false;
  if (can.same && bfloat16[in] != bfloat16[out]) bfloat16[in] = bfloat16[out] = false;
  return bfloat16[in] != before_in || bfloat16[out] != before_out;
}

}  // namespace

std::vector<Storage> storages(const Graph& graph, Precision precision) {
  std::vector<Storage> out(graph.channels.size(), Storage::float32);
  if (precision == Precision::fp32) return out;
  std::vector<bool> bfloat16 = positive_tensors(graph);
  for (std::size_t t = 0; t < out.size(); ++t)
    bfloat16[t] = bfloat16[t] && graph.channels[t] % nn::kBlock == 0;
  for (const int tap : graph.taps)
    if (!graph.bfloat16_taps) bfloat16[place(tap)] = false;
  for (bool changed = true; changed;) {
    changed = false;
    for (const Layer& layer : graph.layers)
      if (restrict(layer, operator_kind(layer).bfloat16(layer, precision), bfloat16))
        changed = true;
  }
  for (std::size_t t = 0; t < out.size(); ++t)
    if (bfloat16[t]) out[t] = Storage::bfloat16;
  return out;
}

Operators make_operators(Graph& graph, const std::vector<Storage>& storages, Precision precision) {
  const std::vector<bool> positive = positive_tensors(graph);
  Operators operators;
  for (Layer& layer : graph.layers) {
    const Formats formats{storages[place(layer.in)], storages[place(layer.out)],
                          positive[place(layer.in)]};
    operators.push_back(operator_kind(layer).make(layer, precision, formats));
    layer.weights = std::vector<float>();  // {} would keep the memory
  }
  return operators;
}

}  // namespace visq::stream
