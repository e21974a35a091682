// The networks that the streaming engine runs: layers over rows of channels, and taps whose tensors
// a reduction reads (reduction.h).
#pragma once

#include <vector>

#include "base/result.h"
#include "dnn/onnx/graph.h"

namespace visq::stream {

// What a layer sees of its input for one value of its output. Rows and columns beyond the picture
// are zero for a convolution or an L2 pooling; a max pooling leaves them out.
struct Window {
  int height = 1, width = 1;
  int stride_y = 1, stride_x = 1;
  int top = 0, left = 0, bottom = 0, right = 0;  // rows and columns beyond the picture
  bool ceil = false;                             // the last window may reach beyond that

  bool operator==(const Window&) const = default;
};

// Values along one side of a layer's output: 0 when the input is too small.
int output_side(int input, int kernel, int stride, int padding, bool ceil);

// l2_pooling: the root of the mean of squares by the weights [1 2 1] x [1 2 1] / 16, plus `epsilon`
// below the root.
enum class LayerKind { convolution, max_pooling, l2_pooling };

struct Layer {
  LayerKind kind = LayerKind::convolution;
  int in = 0, out = 0;  // tensors
  int in_channels = 0;
  int out_first = 0, out_channels = 0;  // the channels of `out` that this layer makes
  Window window;
  bool relu = false;
  std::vector<float> weights, bias;  // [out_channels][in_channels][height][width]; [out_channels]
  float epsilon = 0;
};

struct Graph {
  std::vector<float> scale, offset;  // the network's input is value * scale + offset, by channel
  std::vector<int> channels;         // of each tensor; tensor 0 is the scaled input
  std::vector<Layer> layers;         // inputs before their use
  std::vector<int> taps;             // tensors
  bool bfloat16_taps = false;        // whether the reduction reads them
};

// The side of the smallest square picture of which every layer has something to work on.
int smallest_side(const Graph& graph);

class Head;

// -ENOTSUP names the first node that is neither of the networks here nor of the head.
Result<Graph> recognise(const OnnxGraph& onnx, Head& head);

}  // namespace visq::stream
