#include "dnn/stream/plan.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace visq::stream {
namespace {

// What a layer makes at a time should stay in the second cache, beside what it reads.
constexpr std::size_t kBytesAtOnce = 65536;
constexpr int kMostRows = 4;
constexpr int kLargestSide = 32768;  // of pictures

int rows_at_once(const TensorShape& out) {
  const std::size_t row = static_cast<std::size_t>(out.width) *
                          static_cast<std::size_t>(out.channels) * out.value_bytes();
  return std::clamp(static_cast<int>(kBytesAtOnce / std::max<std::size_t>(row, 1)), 1, kMostRows);
}

TensorShape& tensor_of(Plan& plan, int tensor) {
  return plan.tensors[static_cast<std::size_t>(tensor)];
}

Status set_sides(const Graph& graph, Plan& plan) {
  for (const Layer& layer : graph.layers) {
    const Window& w = layer.window;
    const TensorShape& in = tensor_of(plan, layer.in);
    TensorShape& out = tensor_of(plan, layer.out);
    const int width = output_side(in.width, w.width, w.stride_x, w.left + w.right, w.ceil);
    const int height = output_side(in.height, w.height, w.stride_y, w.top + w.bottom, w.ceil);
    if (width == 0 || height == 0)
      return fail(EINVAL, fmt::format("pictures of {}x{} are too small for the network", plan.width,
                                      plan.height));
    if (out.width != 0 && (out.width != width || out.height != height))
      return fail(ENOTSUP, "the network joins tensors of different sizes");
    out.width = width;
    out.height = height;
  }
  return {};
}

// Zero pixels around the rows of a tensor, as the layers that read it want them.
void set_margins(const Graph& graph, const Operators& operators, Plan& plan) {
  std::vector<int> right;  // pixels from the first of the picture on
  right.reserve(plan.tensors.size());
  for (const TensorShape& tensor : plan.tensors) right.push_back(tensor.width);
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    const Layer& layer = graph.layers[i];
    const int pixels = operators[i]->pixels_read(tensor_of(plan, layer.out).width);
    if (pixels == 0) continue;
    TensorShape& in = tensor_of(plan, layer.in);
    in.left = std::max(in.left, layer.window.left);
    int& end = right[static_cast<std::size_t>(layer.in)];
    end = std::max(end, pixels - layer.window.left);
  }
  for (std::size_t t = 0; t < right.size(); ++t)
    plan.tensors[t].pixels = plan.tensors[t].left + right[t];
}

// Rows of input that are there once rows up to `to` can be made of them.
int written_for(const Window& window, int to, const Steps& made, int in_height) {
  return std::min(made.end_with(rows_needed(window, to, in_height)), in_height);
}

// Rows of input that must be kept so that neither who writes `made` of them at a time nor who makes
// `step` of `rows` from them waits for ever: at each step, from the first that the reader still
// needs to the last that the writer has to make. More would let both work at once, but what is read
// would have left the cache.
int kept_rows(const Window& window, int rows, const Steps& steps, const Steps& made,
              int in_height) {
  int kept = 0;
  for (int y = 0; y < rows; y = steps.end_from(y))
    kept = std::max(kept, written_for(window, std::min(steps.end_from(y), rows), made, in_height) -
                              first_row_needed(window, y));
  return kept;
}

// The same for a layer that follows another, which reads the same rows: it may stop at any row, and
// each must find its rows where the other still holds those before.
struct Pace {
  const Window& window;
  const Steps& steps;
};
int kept_rows_behind(const Pace& own, const Pace& leader, int rows, const Steps& made,
                     int in_height) {
  const auto written = [&](const Pace& pace, int to) {
    return written_for(pace.window, std::min(to, rows), made, in_height);
  };
  int kept = 0;
  for (int y = 0; y < rows; ++y)
    kept = std::max(kept, written(own, y + own.steps.step) - first_row_needed(own.window, y));
  for (int y = 0; y < rows; y = leader.steps.end_from(y)) {
    const int end = std::min(leader.steps.end_from(y), rows);
    kept = std::max({kept, written(leader, end) - first_row_needed(own.window, y),
                     written(own, end) - first_row_needed(leader.window, end)});
  }
  return kept;
}

Steps steps_of(int rows) { return {rows, rows}; }

// Tiles that are made of tiles can end where those have just given them the rows that they need:
// then little more than a tile is kept, where two would be. That costs a row of tiles, of many.
Steps steps_after(const Window& window, const Steps& writer, int step, int rows) {
  constexpr int kManySteps = 32;
  if (writer.step != step || window.stride_y != 1 || rows < kManySteps * step)
    return steps_of(step);
  const int first = writer.first - (window.height - 1 - window.top);
  return {first > 0 ? first : first + step, step};
}

void set_steps(const Graph& graph, const Operators& operators, Plan& plan) {
  plan.source = steps_of(rows_at_once(plan.tensors[0]));
  std::vector<const Steps*> tiles(plan.tensors.size());  // of the layer that makes all of a tensor
  plan.layers.reserve(graph.layers.size());
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    const Layer& layer = graph.layers[i];
    const TensorShape& out = tensor_of(plan, layer.out);
    const int step = operators[i]->rows_at_once(rows_at_once(out), out.width);
    const Steps* const writer = tiles[static_cast<std::size_t>(layer.in)];
    const bool in_tiles = operators[i]->in_tiles();
    plan.layers.push_back(in_tiles && writer != nullptr
                              ? steps_after(layer.window, *writer, step, out.height)
                              : steps_of(step));
    if (in_tiles && layer.out_channels == out.channels)
      tiles[static_cast<std::size_t>(layer.out)] = &plan.layers.back();
  }
}

void set_leaders(const Graph& graph, const Operators& operators, Plan& plan) {
  const auto steps = [&](std::size_t layer) { return plan.layers[layer].step; };
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    int& leader = plan.leaders.emplace_back(Plan::kNone);
    if (operators[i]->in_tiles()) continue;  // which stand where they stand
    std::size_t most = i;
    for (std::size_t j = 0; j < graph.layers.size(); ++j)
      if (graph.layers[j].in == graph.layers[i].in && graph.layers[j].out == graph.layers[i].out &&
          steps(j) > steps(most))
        most = j;
    if (most != i) leader = static_cast<int>(most);
  }
}

void set_kept_rows(const Graph& graph, Plan& plan) {
  std::vector<std::set<Steps>> made(plan.tensors.size());  // by those who write it
  made[0].insert(plan.source);
  for (std::size_t i = 0; i < graph.layers.size(); ++i)
    made[static_cast<std::size_t>(graph.layers[i].out)].insert(plan.layers[i]);
  for (std::size_t t = 0; t < made.size(); ++t)
    for (const Steps& steps : made[t])
      plan.tensors[t].rows =
          std::max(plan.tensors[t].rows, std::min(steps.step, plan.tensors[t].height));
  const auto keep = [&](int tensor, const Window& window, int rows, const Steps& steps) {
    TensorShape& in = tensor_of(plan, tensor);
    for (const Steps& each : made[static_cast<std::size_t>(tensor)])
      in.rows = std::max(in.rows, kept_rows(window, rows, steps, each, in.height));
  };
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    const Layer& layer = graph.layers[i];
    const int rows = tensor_of(plan, layer.out).height;
    keep(layer.in, layer.window, rows, plan.layers[i]);
    if (plan.leaders[i] == Plan::kNone) continue;
    const auto leader = static_cast<std::size_t>(plan.leaders[i]);
    TensorShape& in = tensor_of(plan, layer.in);
    for (const Steps& each : made[static_cast<std::size_t>(layer.in)])
      in.rows =
          std::max(in.rows, kept_rows_behind({layer.window, plan.layers[i]},
                                             {graph.layers[leader].window, plan.layers[leader]},
                                             rows, each, in.height));
  }
  for (const int tap : graph.taps) keep(tap, {}, tensor_of(plan, tap).height, plan.tap);
}

}  // namespace

int smallest_side(const Graph& graph) {
  const auto fits = [&](int side) {
    std::vector<int> widths(graph.channels.size(), side), heights = widths;
    return std::all_of(graph.layers.begin(), graph.layers.end(), [&](const Layer& layer) {
      const auto in = static_cast<std::size_t>(layer.in), out = static_cast<std::size_t>(layer.out);
      const Window& w = layer.window;
      widths[out] = output_side(widths[in], w.width, w.stride_x, w.left + w.right, w.ceil);
      heights[out] = output_side(heights[in], w.height, w.stride_y, w.top + w.bottom, w.ceil);
      return widths[out] > 0 && heights[out] > 0;
    });
  };
  int side = 1;
  while (side < kLargestSide && !fits(side)) ++side;
  return side;
}

int rows_needed(const Window& window, int to, int in_height) {
  return std::min((to - 1) * window.stride_y - window.top + window.height, in_height);
}
int first_row_needed(const Window& window, int from) {
  return std::max(from * window.stride_y - window.top, 0);
}

Result<Plan> make_plan(const Graph& graph, const Operators& operators,
                       const std::vector<Storage>& storages, int width, int height) {
  Plan plan;
  plan.width = width;
  plan.height = height;
  for (std::size_t t = 0; t < graph.channels.size(); ++t)
    plan.tensors.push_back({.channels = graph.channels[t], .storage = storages[t]});
  plan.tensors[0].width = width;
  plan.tensors[0].height = height;
  VISQ_TRY(set_sides(graph, plan));
  set_steps(graph, operators, plan);
  set_leaders(graph, operators, plan);
  set_margins(graph, operators, plan);
  set_kept_rows(graph, plan);
  return plan;
}

}  // namespace visq::stream
