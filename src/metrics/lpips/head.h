// The head of LPIPS's networks: taps at whose features the pictures are compared. Each picture's
// channels are divided by their length, and the weighted squares of the differences are averaged
// over the plane.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "dnn/stream/trunk.h"

namespace visq::lpips {

// The distance at one tap: the mean over pixels of sum over channels of
// w * (ref / |ref| - dist / |dist|)^2 with |x| = sqrt(sum of squares + inside) + outside.
struct Tap {
  std::vector<float> weights;
  float inside = 0, outside = 0;
};

// Finds them in an ONNX graph.
class Head final : public stream::Head {
 public:
  bool visit(const onnx::NodeProto& node, const stream::Trunk& trunk) override;
  Result<std::vector<int>> taps(const std::string& output, const stream::Trunk& trunk) override;
  bool reads_bfloat16() const override { return true; }

  // What taps() found, in its order; the distance is the sum over all.
  const std::vector<Tap>& distances() const { return distances_; }

 private:
  struct Value {
    enum class Kind {
      energy,              // sum over channels of the squares of a feature
      norm,                // its root
      unit,                // the feature divided by it
      difference,          // of two pictures' units
      squared_difference,  //
      scaled_difference,   // each channel times its weight
      weighted,            // their sum over channels
      weighted_row,        // the means of its rows
      distance             // means of planes, added
    };
    Kind kind = Kind::energy;
    int picture = 0, feature = 0;
    Tap tap;
    std::vector<std::pair<int, Tap>> taps;  // distance: features, and what is measured of them
  };
  using Made = std::optional<Value>;
  using Handler = Made (Head::*)(const onnx::NodeProto&, const stream::Trunk&) const;

  const Value* input(const onnx::NodeProto& node, int i, Value::Kind kind) const;
  static Made changed(Value v, Value::Kind kind);

  Made add(const onnx::NodeProto& node, const stream::Trunk& trunk) const;
  Made sum(const onnx::NodeProto& node, const stream::Trunk& trunk) const;
  Made subtract(const onnx::NodeProto& node, const stream::Trunk& trunk) const;
  Made multiply(const onnx::NodeProto& node, const stream::Trunk& trunk) const;
  Made divide(const onnx::NodeProto& node, const stream::Trunk& trunk) const;
  Made power(const onnx::NodeProto& node, const stream::Trunk& trunk) const;
  Made root(const onnx::NodeProto& node, const stream::Trunk& trunk) const;
  Made sum_of_channels(const onnx::NodeProto& node, const stream::Trunk& trunk) const;
  Made mean(const onnx::NodeProto& node, const stream::Trunk& trunk) const;
  Made convolution(const onnx::NodeProto& node, const stream::Trunk& trunk) const;
  Made pass(const onnx::NodeProto& node, const stream::Trunk& trunk) const;

  std::map<std::string, Value> values_;
  std::vector<Tap> distances_;
};

}  // namespace visq::lpips
