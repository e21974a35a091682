// The head of DISTS's network: means, variances and covariances of whole maps, channel by channel.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dnn/stream/trunk.h"

namespace visq::dists {

// One map: its part of the distance is the sum over channels of
//   alpha * (1 - (2 mx my + c1) / (mx^2 + my^2 + c1)) + beta * (1 - (2 cov + c2) / (vx + vy + c2)).
struct Stage {
  std::vector<float> alpha, beta;
  double c1 = 0, c2 = 0;
  // The map's values are those of the tap times `scale` plus `offset`, by channel; both empty where
  // they are the tap's own.
  std::vector<double> scale, offset;
};

// Finds them in an ONNX graph.
class Head final : public stream::Head {
 public:
  bool visit(const onnx::NodeProto& node, const stream::Trunk& trunk) override;
  Result<std::vector<int>> taps(const std::string& output, const stream::Trunk& trunk) override;

  // What taps() found, in its order; the distance is the sum over all.
  const std::vector<Stage>& stages() const { return stages_; }

 private:
  // A map of one kind: a feature, or the pictures with a scale and an offset.
  struct Map {
    static constexpr int kPicture = -1;
    int feature = kPicture;
    std::vector<double> scale, offset;
    bool operator==(const Map&) const = default;
  };
  struct Part {
    Map map;
    std::vector<float> alpha, beta;
    float c1 = 0, c2 = 0;
  };
  // Of texture: means; of structure: variances and covariance.
  enum class Side { texture, structure };
  struct Value {
    enum class Kind {
      row_mean,    // of one picture's map, over the width
      mean,        // and over the height
      deviation,   // the map less its mean
      product,     // of two pictures' deviations, or of one with itself
      row_moment,  // its mean over the width
      moment,      // and over the height: a covariance or a variance
      cross,       // what both pictures have in common: a product of means, or a covariance
      square,      // of one picture: a mean squared, or a variance
      twice,       // 2 cross
      top,         // 2 cross + c
      squares,     // of both pictures, added
      bottom,      // with c
      ratio,       // top / bottom
      unlikeness,  // 1 - ratio
      weighted,    // times alpha or beta
      part,        // both sides added
      sums         // over channels, of one map or of several
    };
    Kind kind = Kind::row_mean;
    Map map;
    int a = 0, b = 0;  // pictures
    Side side = Side::texture;
    float c = 0;
    std::vector<float> weights;
    std::vector<Part> parts;
  };
  using Made = std::optional<Value>;
  using Handler = Made (Head::*)(const onnx::NodeProto&, const stream::Trunk&) const;

  const Value* input(const onnx::NodeProto& node, int i, Value::Kind kind) const;
  Made add(const onnx::NodeProto& node, const stream::Trunk& trunk) const;
  Made add_constant(const Value& v, float c) const;
  Made add_values(const Value& a, const Value& b) const;
  Made subtract(const onnx::NodeProto& node, const stream::Trunk& trunk) const;
  Made multiply(const onnx::NodeProto& node, const stream::Trunk& trunk) const;
  Made multiply_by_constant(const Value& v, const OnnxTensor& constant) const;
  Made multiply_values(const Value& a, const Value& b) const;
  Made divide(const onnx::NodeProto& node, const stream::Trunk& trunk) const;
  Made mean(const onnx::NodeProto& node, const stream::Trunk& trunk) const;
  Made sum_of_channels(const onnx::NodeProto& node, const stream::Trunk& trunk) const;
  Made concat(const onnx::NodeProto& node, const stream::Trunk& trunk) const;
  Made pass(const onnx::NodeProto& node, const stream::Trunk& trunk) const;

  std::map<std::string, Value> values_;
  std::vector<Stage> stages_;
};

}  // namespace visq::dists
