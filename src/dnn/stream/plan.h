// What a network needs for pictures of one size: how many rows of each tensor are kept, and how
// many rows each layer makes at a time.
#pragma once

#include <vector>

#include "base/result.h"
#include "dnn/stream/graph.h"

namespace visq::stream {

struct TensorPlan {
  int channels = 0, width = 0, height = 0;
  int left = 0, pixels = 0;  // zero pixels left of each row; pixels with all that stand around it
  int rows = 0;              // kept at a time
  bool bf16 = false;         // of 16 bits (kernels/nn/bf16.h)
  std::vector<int> writers, readers;  // layers
  std::vector<int> taps;

  std::size_t row_size() const {
    return static_cast<std::size_t>(pixels) * static_cast<std::size_t>(channels);
  }
  std::size_t size() const { return static_cast<std::size_t>(rows) * row_size(); }
  std::size_t value_bytes() const { return bf16 ? 2 : 4; }
};

struct LayerPlan {
  bool winograd = false;
  int rows = 1;  // at a time
};

struct Plan {
  int width = 0, height = 0;
  std::vector<TensorPlan> tensors;
  std::vector<LayerPlan> layers;
  int source_rows = 1, tap_rows = 1;  // at a time
};

// Rows of the input that rows up to `to` of the output need: those before first() + count().
int rows_needed(const Window& window, int to, int in_height);
int first_row_needed(const Window& window, int from);

// Convolutions 3x3 with stride 1 over whole vectors of channels go by Winograd's way.
bool suits_winograd(const Layer& layer);

// The tensors whose values are never below zero.
std::vector<bool> positive_tensors(const Graph& graph);

// Those of them that may be bfloat16 because all layers around them can work so; `int16`: layers of
// 16-bit products.
std::vector<bool> bf16_tensors(const Graph& graph, const std::vector<bool>& int16);

// `bfloat16`: by tensor, or empty for none. -EINVAL when a layer would have nothing to work on.
Result<Plan> make_plan(const Graph& graph, int width, int height,
                       const std::vector<bool>& bf16 = {});

}  // namespace visq::stream
