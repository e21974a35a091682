// Reading an ONNX graph: the part that every network of the engine has. Each node makes a value of
// a kind that its inputs' kinds allow, and equal computations of the two pictures get equal
// numbers, so that the branches need not be told apart by name. What the trunk does not know is the
// head's (Head), which the metric owns.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dnn/stream/graph.h"
#include "dnn/stream/lowering.h"

namespace visq::stream {

struct TrunkValue {
  enum class Kind { image, feature, square, blurred_square } kind = Kind::image;
  int picture = 0;
  int feature = 0;                    // which it is, or is made of
  std::vector<double> scale, offset;  // image: what was done to the input, by channel
  Window window = {};                 // blurred_square
  float epsilon = 0;                  // added to it
};

class Trunk {
 public:
  explicit Trunk(const OnnxGraph& onnx);

  // False: the node makes nothing that the trunk knows.
  bool visit(const onnx::NodeProto& node);

  const TrunkValue* value(const std::string& name) const;
  const TrunkValue* input(const onnx::NodeProto& node, int i, TrunkValue::Kind kind) const;
  const std::vector<Feature>& features() const { return features_; }
  InputRule input_rule() const { return {image_.scale, image_.offset}; }

  // Constants among a node's inputs; nullptr, or nothing, where there is none of that kind.
  const OnnxTensor* constant(const onnx::NodeProto& node, int i) const;
  std::optional<float> scalar(const onnx::NodeProto& node, int i) const;

  // The axes of a reduction over four dimensions, from the front.
  std::set<std::int64_t> axes(const onnx::NodeProto& node) const;

 private:
  using Handler = std::optional<TrunkValue> (Trunk::*)(const onnx::NodeProto&);

  template <typename Apply>
  std::optional<TrunkValue> scaled(const onnx::NodeProto& node, bool either,
                                   const Apply& apply) const;
  std::optional<TrunkValue> add(const onnx::NodeProto& node);
  std::optional<TrunkValue> subtract(const onnx::NodeProto& node);
  std::optional<TrunkValue> multiply(const onnx::NodeProto& node);
  std::optional<TrunkValue> divide(const onnx::NodeProto& node);
  std::optional<TrunkValue> power(const onnx::NodeProto& node);
  std::optional<TrunkValue> square(const onnx::NodeProto& node) const;
  std::optional<TrunkValue> root(const onnx::NodeProto& node);
  std::optional<TrunkValue> convolution(const onnx::NodeProto& node);
  std::optional<TrunkValue> blur(const onnx::NodeProto& node, const OnnxTensor& weights,
                                 const Window& window) const;
  std::optional<TrunkValue> max_pooling(const onnx::NodeProto& node);
  std::optional<TrunkValue> relu(const onnx::NodeProto& node);
  std::optional<TrunkValue> concat(const onnx::NodeProto& node);
  std::optional<TrunkValue> pass(const onnx::NodeProto& node);
  std::optional<TrunkValue> derived(const onnx::NodeProto& node, Feature feature);

  const OnnxTensor* canonical(const OnnxTensor* tensor);
  int number(Feature feature);
  std::pair<int, int> feature_of(const std::string& name);

  const OnnxGraph& onnx_;
  std::map<std::string, TrunkValue> values_;
  std::vector<Feature> features_;
  std::vector<const OnnxTensor*> weights_;
  TrunkValue image_;
};

// The part of a network behind its features, as its metric knows it.
class Head {
 public:
  virtual ~Head() = default;

  // Takes in a node that is not of the trunk; false: it is not of the head either.
  virtual bool visit(const onnx::NodeProto& node, const Trunk& trunk) = 0;

  // After the last node: the features that it reads, when `output` is its score. -ENOTSUP.
  virtual Result<std::vector<int>> taps(const std::string& output, const Trunk& trunk) = 0;

  // Whether its reduction reads bfloat16.
  virtual bool reads_bfloat16() const { return false; }
};

// The window of a convolution or a pooling, where the engine can have it: sides, strides and
// padding up to 64, no dilation.
std::optional<Window> window_of(const onnx::NodeProto& node, std::int64_t height,
                                std::int64_t width);

// Scalars, and one value a channel: [C,1,1] or [1,C,1,1].
bool is_by_channel(const std::vector<std::int64_t>& shape, std::size_t values);

}  // namespace visq::stream
