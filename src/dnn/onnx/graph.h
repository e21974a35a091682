// The main graph of an ONNX model: its nodes, and its constants with their values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dnn/store/model_file.h"

namespace onnx {
class NodeProto;
}

namespace visq {

// A constant, as a view of the values that the file holds.
struct OnnxTensor {
  // `widened`: kept in float16, and made float32 by a Cast. Of others there are no values.
  enum class Type { other, float32, float16, widened, int64 } type = Type::other;
  std::vector<std::int64_t> shape;
  std::string_view bytes;

  bool is_float() const { return type == Type::float32 || type == Type::widened; }

  // All values; none where the type is another.
  std::vector<float> floats() const;
  std::vector<std::int64_t> integers() const;

  bool operator==(const OnnxTensor&) const = default;
};

struct OnnxGraph {
  // In the file's order, in which values come before their use; those that make constants left out.
  std::vector<const onnx::NodeProto*> nodes;
  std::map<std::string, OnnxTensor> constants;
  std::vector<std::string> inputs, outputs;  // without constants
};

// Views of the file, which has to live as long. -EBADMSG when it is damaged: a tensor whose values
// are not as many as its shape says, for one.
Result<OnnxGraph> read_onnx_graph(const ModelFile& file);
Result<OnnxGraph> read_onnx_graph(ModelFile&& file) = delete;

// An attribute of a node.
std::int64_t integer(const onnx::NodeProto& node, std::string_view attribute, std::int64_t absent);
std::vector<std::int64_t> integers(const onnx::NodeProto& node, std::string_view attribute,
                                   std::vector<std::int64_t> absent);
std::string text(const onnx::NodeProto& node, std::string_view attribute,
                 const std::string& absent);

}  // namespace visq
