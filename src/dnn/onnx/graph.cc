#include "dnn/onnx/graph.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include <fmt/format.h>
#include <onnx/onnx.pb.h>

namespace visq {
namespace {

static_assert(std::endian::native == std::endian::little, "raw tensors are little-endian");

template <typename List>
std::string_view bytes_of(const List& values) {
  return {reinterpret_cast<const char*>(values.data()),
          static_cast<std::size_t>(values.size()) * sizeof(*values.data())};
}

template <typename T>
std::vector<T> values_of(std::string_view bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

// The last of that name; nullptr: there is none.
const onnx::AttributeProto* find(const onnx::NodeProto& node, std::string_view name) {
  const auto& all = node.attribute();
  const auto it = std::find_if(all.rbegin(), all.rend(),
                               [&](const onnx::AttributeProto& a) { return a.name() == name; });
  return it == all.rend() ? nullptr : &*it;
}

// Exact.
float from_half(std::uint16_t half) {
  const int exponent = half >> 10 & 31, fraction = half & 1023;
  const float size = exponent == 31 ? (fraction == 0 ? INFINITY : NAN)
                     : exponent == 0
                         ? std::ldexp(static_cast<float>(fraction), -24)
                         : std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
  return (half & 0x8000) != 0 ? -size : size;
}

class Reader {
 public:
  explicit Reader(const ModelFile& file) : file_(file) {}

  Result<OnnxGraph> graph(const onnx::GraphProto& graph) {
    OnnxGraph out;
    for (const auto& each : graph.initializer()) {
      VISQ_ASSIGN(out.constants[each.name()], tensor(each));
    }
    for (const auto& node : graph.node()) {
      if (widens(node, out)) continue;
      if (node.op_type() != "Constant" || node.output_size() != 1) {
        out.nodes.push_back(&node);
        continue;
      }
      const onnx::AttributeProto* const value = find(node, "value");
      VISQ_ASSIGN(out.constants[node.output(0)],
                  value == nullptr ? Result<OnnxTensor>() : tensor(value->t()));
    }
    for (const auto& input : graph.input())
      if (!out.constants.contains(input.name())) out.inputs.push_back(input.name());
    for (const auto& output : graph.output()) out.outputs.push_back(output.name());
    return out;
  }

 private:
  // Whether it makes a constant of float16 one of float32; adds that.
  static bool widens(const onnx::NodeProto& node, OnnxGraph& out) {
    if (node.op_type() != "Cast" || node.input_size() != 1 || node.output_size() != 1 ||
        integer(node, "to", 0) != onnx::TensorProto::FLOAT)
      return false;
    const auto half = out.constants.find(node.input(0));
    if (half == out.constants.end() || half->second.type != OnnxTensor::Type::float16) return false;
    OnnxTensor widened = half->second;
    widened.type = OnnxTensor::Type::widened;
    out.constants[node.output(0)] = std::move(widened);
    return true;
  }

  Result<OnnxTensor> tensor(const onnx::TensorProto& tensor) const {
    OnnxTensor out;
    out.shape.assign(tensor.dims().begin(), tensor.dims().end());
    std::string_view typed;
    std::uint64_t size = 0;
    if (tensor.data_type() == onnx::TensorProto::FLOAT) {
      out.type = OnnxTensor::Type::float32;
      typed = bytes_of(tensor.float_data());
      size = sizeof(float);
    } else if (tensor.data_type() == onnx::TensorProto::FLOAT16 && tensor.int32_data().empty()) {
      out.type = OnnxTensor::Type::float16;  // whose values other than raw ones take four bytes
      size = sizeof(std::uint16_t);
    } else if (tensor.data_type() == onnx::TensorProto::INT64) {
      out.type = OnnxTensor::Type::int64;
      typed = bytes_of(tensor.int64_data());
      size = sizeof(std::int64_t);
    } else {
      return out;
    }
    VISQ_ASSIGN(const auto external, external_data(tensor));
    if (!typed.empty() && (external || tensor.has_raw_data()))
      return fail(EBADMSG, fmt::format("tensor {} has its values twice", tensor.name()));
    if (external) {
      VISQ_ASSIGN(out.bytes, bytes_of_file(*external));
    } else {
      out.bytes = typed.empty() ? std::string_view(tensor.raw_data()) : typed;
    }
    VISQ_TRY(check_size(tensor.name(), out, size));
    return out;
  }

  // The scan has checked that they lie inside it.
  Result<std::string_view> bytes_of_file(const OnnxExternalTensor& external) const {
    for (const ModelFile::Data& data : file_.external_data) {
      if (data.name != external.location || external.offset > data.bytes.size()) continue;
      const auto rest = std::string_view(data.bytes).substr(external.offset);
      if (external.length <= rest.size())
        return external.length == 0 ? rest : rest.substr(0, external.length);
    }
    return fail(EBADMSG, fmt::format("tensor {} has no values in its file {}", external.name,
                                     external.location));
  }

  static Status check_size(const std::string& name, const OnnxTensor& tensor, std::uint64_t size) {
    for (const std::int64_t side : tensor.shape) {
      if (side < 0 || (side > 0 && size > kMaxModelBytes / static_cast<std::uint64_t>(side)))
        return fail(EBADMSG, fmt::format("tensor {} has an impossible shape", name));
      size *= static_cast<std::uint64_t>(side);
    }
    if (tensor.bytes.size() == size) return {};
    return fail(EBADMSG, fmt::format("tensor {} has {} bytes of values where its shape needs {}",
                                     name, tensor.bytes.size(), size));
  }

  const ModelFile& file_;
};

}  // namespace

std::vector<float> OnnxTensor::floats() const {
  if (type == Type::float32) return values_of<float>(bytes);
  if (type != Type::widened) return {};
  const auto halves = values_of<std::uint16_t>(bytes);
  std::vector<float> values(halves.size());
  std::transform(halves.begin(), halves.end(), values.begin(), from_half);
  return values;
}

std::vector<std::int64_t> OnnxTensor::integers() const {
  return type == Type::int64 ? values_of<std::int64_t>(bytes) : std::vector<std::int64_t>();
}

std::int64_t integer(const onnx::NodeProto& node, std::string_view attribute, std::int64_t absent) {
  const onnx::AttributeProto* const found = find(node, attribute);
  return found == nullptr ? absent : found->i();
}

std::vector<std::int64_t> integers(const onnx::NodeProto& node, std::string_view attribute,
                                   std::vector<std::int64_t> absent) {
  const onnx::AttributeProto* const found = find(node, attribute);
  if (found == nullptr) return absent;
  return {found->ints().begin(), found->ints().end()};
}

std::string text(const onnx::NodeProto& node, std::string_view attribute,
                 const std::string& absent) {
  const onnx::AttributeProto* const found = find(node, attribute);
  return found == nullptr ? absent : found->s();
}

Result<OnnxGraph> read_onnx_graph(const ModelFile& file) {
  return Reader(file).graph(file.model->graph());
}

}  // namespace visq
