// What an ONNX file says of itself, read from its protobuf structure without running anything
// (field numbers: github.com/onnx/onnx, onnx.proto).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

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

// -EBADMSG when the bytes are not an ONNX model with a graph; -EPERM when subgraphs are nested
// deeper than 8.
Result<OnnxInfo> scan_onnx(std::string_view bytes);

}  // namespace visq
