#include "dnn/stream/plan.h"

#include <algorithm>

#include <fmt/format.h>

#include "kernels/nn/nn.h"

namespace visq::stream {
namespace {

// What a layer makes at a time should stay in the second cache, beside what it reads.
constexpr std::size_t kBytesAtOnce = 64 * 1024;
constexpr int kMostRows = 4;

int rows_at_once(const TensorPlan& out) {
  const std::size_t row = static_cast<std::size_t>(out.width) *
                          static_cast<std::size_t>(out.channels) * out.value_bytes();
  return std::clamp(static_cast<int>(kBytesAtOnce / std::max<std::size_t>(row, 1)), 1, kMostRows);
}

Status set_sides(const Graph& graph, Plan& plan) {
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    const Layer& layer = graph.layers[i];
    const Window& w = layer.window;
    TensorPlan &in = plan.tensors[static_cast<std::size_t>(layer.in)],
               &out = plan.tensors[static_cast<std::size_t>(layer.out)];
    const int width = output_side(in.width, w.width, w.stride_x, w.left + w.right, w.ceil);
    const int height = output_side(in.height, w.height, w.stride_y, w.top + w.bottom, w.ceil);
    if (width == 0 || height == 0)
      return fail(EINVAL, fmt::format("pictures of {}x{} are too small for the network", plan.width,
                                      plan.height));
    if (!out.writers.empty() && (out.width != width || out.height != height))
      return fail(ENOTSUP, "the network joins tensors of different sizes");
    out.width = width;
    out.height = height;
    out.writers.push_back(static_cast<int>(i));
    in.readers.push_back(static_cast<int>(i));
  }
  return {};
}

// Zero pixels around the rows of a tensor, as its convolutions read them.
void set_margins(const Graph& graph, Plan& plan) {
  for (TensorPlan& tensor : plan.tensors) {
    int right = tensor.width;
    for (const int reader : tensor.readers) {
      const Layer& layer = graph.layers[static_cast<std::size_t>(reader)];
      if (layer.kind != Layer::Kind::convolution) continue;
      tensor.left = std::max(tensor.left, layer.window.left);
      const int out_width = plan.tensors[static_cast<std::size_t>(layer.out)].width;
      const bool winograd = plan.layers[static_cast<std::size_t>(reader)].winograd;
      const int end = winograd ? (out_width + nn::kTile - 1) / nn::kTile * nn::kTile + 2
                               : (out_width - 1) * layer.window.stride_x + layer.window.width;
      right = std::max(right, end - layer.window.left);
    }
    tensor.pixels = tensor.left + right;
  }
}

// Rows that must be kept so that neither a writer nor a reader waits for ever: what the reader with
// the tallest view needs for its next rows, and what the writer makes. More would let both work at
// once, but what is read would have left the cache.
void set_kept_rows(const Graph& graph, Plan& plan) {
  for (std::size_t t = 0; t < plan.tensors.size(); ++t) {
    TensorPlan& tensor = plan.tensors[t];
    int made = t == 0 ? plan.source_rows : 1, seen = plan.tap_rows;
    for (const int writer : tensor.writers)
      made = std::max(made, plan.layers[static_cast<std::size_t>(writer)].rows);
    for (const int reader : tensor.readers) {
      const Window& window = graph.layers[static_cast<std::size_t>(reader)].window;
      seen = std::max(seen,
                      (plan.layers[static_cast<std::size_t>(reader)].rows - 1) * window.stride_y +
                          window.height);
    }
    tensor.rows = std::min(tensor.height, seen + made);
  }
}

}  // namespace

int rows_needed(const Window& window, int to, int in_height) {
  return std::min((to - 1) * window.stride_y - window.top + window.height, in_height);
}
int first_row_needed(const Window& window, int from) {
  return std::max(from * window.stride_y - window.top, 0);
}

bool suits_winograd(const Layer& layer) {
  const Window& w = layer.window;
  return layer.kind == Layer::Kind::convolution && w.height == 3 && w.width == 3 &&
         w.stride_y == 1 && w.stride_x == 1 && layer.in_channels % nn::kBlock == 0;
}

std::vector<bool> positive_tensors(const Graph& graph) {
  std::vector<bool> positive(graph.channels.size(), true);
  positive[0] = false;
  for (const Layer& layer : graph.layers) {
    const bool keeps =
        layer.kind == Layer::Kind::max_pooling && positive[static_cast<std::size_t>(layer.in)];
    if (!layer.relu && !keeps) positive[static_cast<std::size_t>(layer.out)] = false;
  }
  return positive;
}

std::vector<bool> bf16_tensors(const Graph& graph, const std::vector<bool>& int16) {
  std::vector<bool> bf16 = positive_tensors(graph);
  for (std::size_t t = 0; t < bf16.size(); ++t)
    bf16[t] = bf16[t] && graph.channels[t] % nn::kBlock == 0;
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    const Layer& layer = graph.layers[i];
    if (layer.kind == Layer::Kind::convolution && !int16[i])
      bf16[static_cast<std::size_t>(layer.in)] = false;
    if (layer.out_first % nn::kBlock != 0 || layer.out_channels % nn::kBlock != 0)
      bf16[static_cast<std::size_t>(layer.out)] = false;
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (const Layer& layer : graph.layers) {
      const auto in = static_cast<std::size_t>(layer.in), out = static_cast<std::size_t>(layer.out);
      if (layer.kind != Layer::Kind::max_pooling || bf16[in] == bf16[out]) continue;
      bf16[in] = bf16[out] = false;
      changed = true;
    }
  }
  return bf16;
}

Result<Plan> make_plan(const Graph& graph, int width, int height, const std::vector<bool>& bf16) {
  Plan plan;
  plan.width = width;
  plan.height = height;
  plan.layers.resize(graph.layers.size());
  for (const int channels : graph.channels) {
    plan.tensors.emplace_back();
    plan.tensors.back().channels = channels;
    plan.tensors.back().bf16 = !bf16.empty() && bf16[plan.tensors.size() - 1];
  }
  plan.tensors[0].width = width;
  plan.tensors[0].height = height;
  VISQ_TRY(set_sides(graph, plan));
  for (std::size_t i = 0; i < graph.taps.size(); ++i)
    plan.tensors[static_cast<std::size_t>(graph.taps[i].tensor)].taps.push_back(
        static_cast<int>(i));
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    plan.layers[i].winograd = suits_winograd(graph.layers[i]);
    plan.layers[i].rows =
        plan.layers[i].winograd
            ? nn::kTile
            : rows_at_once(plan.tensors[static_cast<std::size_t>(graph.layers[i].out)]);
  }
  plan.source_rows = rows_at_once(plan.tensors[0]);
  set_margins(graph, plan);
  set_kept_rows(graph, plan);
  return plan;
}

}  // namespace visq::stream
