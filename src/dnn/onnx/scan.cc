#include "dnn/onnx/scan.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <onnx/onnx.pb.h>

#include "base/numbers.h"

namespace visq {
namespace {

constexpr int kMaxDepth = 8;
constexpr int kMaxRank = 64;

Result<OnnxValue> read_value(const onnx::ValueInfoProto& value) {
  OnnxValue out{value.name(), {}};
  const onnx::TensorShapeProto& shape = value.type().tensor_type().shape();
  if (shape.dim_size() > kMaxRank)
    return fail(EBADMSG, fmt::format("one of its tensors has more than {} dimensions", kMaxRank));
  for (const auto& dim : shape.dim())
    out.shape.push_back(dim.has_dim_value() ? std::max<std::int64_t>(-1, dim.dim_value()) : -1);
  return out;
}

// Visits all that could run, wherever in the file it stands.
class Scanner {
 public:
  Status model(const onnx::ModelProto& model) {
    VISQ_TRY(graph(model.graph(), 0));
    for (const auto& training : model.training_info()) {
      VISQ_TRY(graph(training.initialization(), 0));
      VISQ_TRY(graph(training.algorithm(), 0));
    }
    for (const auto& function : model.functions()) {
      for (const auto& each : function.node()) VISQ_TRY(node(each, 0));
      for (const auto& each : function.attribute_proto()) VISQ_TRY(attribute(each, 0));
    }
    return interface(model.graph());
  }

  OnnxInfo info;

 private:
  // What the graph takes and gives. Old files list its weights as inputs, too.
  Status interface(const onnx::GraphProto& graph) {
    std::set<std::string_view> weights;
    for (const auto& tensor : graph.initializer()) weights.insert(tensor.name());
    for (const auto& input : graph.input()) {
      VISQ_ASSIGN(OnnxValue value, read_value(input));
      if (!weights.contains(value.name)) info.inputs.push_back(std::move(value));
    }
    for (const auto& output : graph.output()) {
      VISQ_ASSIGN(OnnxValue value, read_value(output));
      info.outputs.push_back(std::move(value));
    }
    return {};
  }

  Status graph(const onnx::GraphProto& graph, int depth) {
    if (depth > kMaxDepth)
      return fail(EPERM, fmt::format("its subgraphs are nested deeper than {}", kMaxDepth));
    for (const auto& each : graph.node()) VISQ_TRY(node(each, depth));
    for (const auto& each : graph.initializer()) VISQ_TRY(tensor(each));
    for (const auto& each : graph.sparse_initializer()) VISQ_TRY(sparse_tensor(each));
    return {};
  }

  Status node(const onnx::NodeProto& node, int depth) {
    for (const auto& each : node.attribute()) VISQ_TRY(attribute(each, depth));
    info.nodes.push_back({node.name(), node.op_type(), node.domain()});
    return {};
  }

  Status attribute(const onnx::AttributeProto& attribute, int depth) {
    VISQ_TRY(tensor(attribute.t()));
    for (const auto& each : attribute.tensors()) VISQ_TRY(tensor(each));
    if (attribute.has_g()) VISQ_TRY(graph(attribute.g(), depth + 1));
    for (const auto& each : attribute.graphs()) VISQ_TRY(graph(each, depth + 1));
    VISQ_TRY(sparse_tensor(attribute.sparse_tensor()));
    for (const auto& each : attribute.sparse_tensors()) VISQ_TRY(sparse_tensor(each));
    return {};
  }

  Status sparse_tensor(const onnx::SparseTensorProto& sparse) {
    VISQ_TRY(tensor(sparse.values()));
    return tensor(sparse.indices());
  }

  Status tensor(const onnx::TensorProto& tensor) {
    VISQ_ASSIGN(auto external, external_data(tensor));
    if (external) info.external.push_back(*std::move(external));
    return {};
  }
};

}  // namespace

Result<std::optional<OnnxExternalTensor>> external_data(const onnx::TensorProto& tensor) {
  const bool is_external =
      tensor.external_data_size() > 0 || tensor.data_location() == onnx::TensorProto::EXTERNAL;
  if (!is_external) return std::nullopt;
  OnnxExternalTensor external{tensor.name(), ""};
  for (const auto& entry : tensor.external_data()) {
    if (entry.key() == "location") external.location = entry.value();
    if (entry.key() != "offset" && entry.key() != "length") continue;
    const auto number = parse_number<std::uint64_t>(entry.value());
    if (!number)
      return fail(EBADMSG, fmt::format("the {} \"{}\" of external data is not a number",
                                       entry.key(), entry.value().substr(0, 40)));
    (entry.key() == "offset" ? external.offset : external.length) = *number;
  }
  return external;
}

Result<OnnxInfo> scan_onnx(const onnx::ModelProto& model) {
  Scanner scanner;
  VISQ_TRY(scanner.model(model));
  return std::move(scanner.info);
}

}  // namespace visq
