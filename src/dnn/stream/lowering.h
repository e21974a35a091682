// From what an ONNX graph was recognised as to the layers of a network.
#pragma once

#include <tuple>
#include <vector>

#include "dnn/stream/graph.h"

namespace visq::stream {

// A tensor of the network, the same for both pictures.
struct Feature {
  enum class Kind { image, convolution, relu, max_pooling, l2_pooling, concat } kind = Kind::image;
  std::vector<int> inputs = {};
  int channels = 0;
  Window window = {};
  const OnnxTensor *weights = nullptr, *bias = nullptr;
  float epsilon = 0;  // l2_pooling

  bool same(const Feature& o) const {
    return std::tie(kind, inputs, channels, window, weights, bias, epsilon) ==
           std::tie(o.kind, o.inputs, o.channels, o.window, o.weights, o.bias, o.epsilon);
  }
};

// The scale and offset of each channel of the input; one value, or none, stands for all channels.
struct InputRule {
  std::vector<double> scale, offset;
};

// Turns numbered features, of which the first is the input, into layers: ReLUs join their
// convolution, concatenations become tensors that several layers write. `taps`: features that are
// read. -ENOTSUP.
Result<Graph> lower(const std::vector<Feature>& features, const std::vector<int>& taps,
                    const InputRule& input);

}  // namespace visq::stream
