// What an ONNX model says of itself, without running anything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "dnn/onnx/model.h"

namespace onnx {
class TensorProto;
}

namespace visq {

struct OnnxNode {
  std::string name, op, domain;
};

// A tensor whose values stand in another file.
struct OnnxExternalTensor {
  std::string name, location;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;  // 0: to the end of the file
};

// Nothing for a tensor that has its values itself; -EBADMSG where they should be at what is no
// number.
Result<std::optional<OnnxExternalTensor>> external_data(const onnx::TensorProto& tensor);

// An input or output of the graph; dimensions that it leaves open are -1.
struct OnnxValue {
  std::string name;
  std::vector<std::int64_t> shape;
};

struct OnnxInfo {
  std::vector<OnnxNode> nodes;  // of the graph, of its subgraphs and of local functions
  std::vector<OnnxExternalTensor> external;
  std::vector<OnnxValue>
      inputs = {},
      outputs = {};  // of the graph; inputs that have a value by themselves do not count
};

// -EBADMSG when a tensor has too many dimensions or impossible external data; -EPERM when subgraphs
// are nested deeper than 8.
Result<OnnxInfo> scan_onnx(const onnx::ModelProto& model);

}  // namespace visq
