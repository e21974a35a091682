// The networks that the streaming engine runs: layers over rows of channels, and taps whose
// normalised, weighted, squared differences between two pictures make the distance.
#pragma once

#include <vector>

#include "base/result.h"
#include "dnn/onnx/graph.h"

namespace visq::stream {

// What a layer sees of its input for one value of its output. Rows and columns beyond the picture
// are zero for a convolution; a pooling leaves them out.
struct Window {
  int height = 1, width = 1;
  int stride_y = 1, stride_x = 1;
  int top = 0, left = 0, bottom = 0, right = 0;  // rows and columns beyond the picture
  bool ceil = false;                             // the last window may reach beyond that

  bool operator==(const Window&) const = default;
};

// Values along one side of a layer's output: 0 when the input is too small.
int output_side(int input, int kernel, int stride, int padding, bool ceil);

struct Layer {
  enum class Kind { convolution, max_pooling } kind = Kind::convolution;
  int in = 0, out = 0;  // tensors
  int in_channels = 0;
  int out_first = 0, out_channels = 0;  // the channels of `out` that this layer makes
  Window window;
  bool relu = false;
  std::vector<float> weights, bias;  // [out_channels][in_channels][height][width]; [out_channels]
};

// Where the pictures are compared: sum over channels of w * (ref / |ref| - dist / |dist|)^2,
// averaged over the plane; |x| = sqrt(sum of squares + inside) + outside.
struct Tap {
  int tensor = 0;
  std::vector<float> weights;
  float inside = 0, outside = 0;
};

struct Graph {
  std::vector<float> scale, offset;  // the network's input is value * scale + offset, by channel
  std::vector<int> channels;         // of each tensor; tensor 0 is the scaled input
  std::vector<Layer> layers;         // inputs before their use
  std::vector<Tap> taps;             // the distance is the sum over all
};

// -ENOTSUP names the first node that is of no such network.
Result<Graph> recognise(const OnnxGraph& onnx);

}  // namespace visq::stream
