// The main graph of an ONNX model: nodes, attributes and constants, with their values
// (field numbers: github.com/onnx/onnx, onnx.proto).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "dnn/store/model_file.h"

namespace visq {

// A constant. Values of float32 stand in `floats`, of int64 in `integers`; of other types in
// neither.
struct OnnxTensor {
  std::vector<std::int64_t> shape;
  std::vector<float> floats;
  std::vector<std::int64_t> integers;
};

struct OnnxAttribute {
  std::int64_t integer = 0;
  float real = 0;
  std::string text;
  std::vector<std::int64_t> integers;
  OnnxTensor tensor;
};

struct OnnxGraphNode {
  std::string name, op, domain;
  std::vector<std::string> inputs, outputs;
  std::map<std::string, OnnxAttribute> attributes;

  std::int64_t integer(const std::string& attribute, std::int64_t absent) const;
  std::vector<std::int64_t> integers(const std::string& attribute,
                                     std::vector<std::int64_t> absent) const;
};

struct OnnxGraph {
  std::vector<OnnxGraphNode> nodes;  // in the file's order, in which values come before their use
  std::map<std::string, OnnxTensor> constants;
  std::vector<std::string> inputs, outputs;  // without constants
};

// -EBADMSG when the file is damaged: a tensor whose values are not as many as its shape says, for
// one.
Result<OnnxGraph> read_onnx_graph(const ModelFile& file);

}  // namespace visq
