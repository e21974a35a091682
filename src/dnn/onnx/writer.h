// Writes small ONNX files for tests and for the seeds of the fuzzer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace visq::test {

inline std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  return out + static_cast<char>(value);
}
inline std::string number_field(int field, std::uint64_t value) {
  return varint(static_cast<std::uint64_t>(field) << 3) + varint(value);
}
inline std::string bytes_field(int field, std::string_view bytes) {
  return varint(static_cast<std::uint64_t>(field) << 3 | 2) + varint(bytes.size()) +
         std::string(bytes);
}

// ValueInfoProto of a float32 tensor; -1 leaves a dimension open.
inline std::string float_tensor(std::string_view name, const std::vector<std::int64_t>& shape) {
  std::string dims;
  for (const std::int64_t d : shape)
    dims += bytes_field(1, d < 0 ? bytes_field(2, "d" + std::to_string(dims.size()))
                                 : number_field(1, static_cast<std::uint64_t>(d)));
  return bytes_field(1, name) +
         bytes_field(2, bytes_field(1, number_field(1, 1) + bytes_field(2, dims)));
}

inline std::string node(std::string_view op, const std::vector<std::string>& inputs,
                        const std::vector<std::string>& outputs, std::string_view domain = "",
                        std::string_view attributes = "") {
  std::string out;
  for (const auto& input : inputs) out += bytes_field(1, input);
  for (const auto& output : outputs) out += bytes_field(2, output);
  out += bytes_field(3, "node_" + std::string(op)) + bytes_field(4, op);
  if (!domain.empty()) out += bytes_field(7, domain);
  return out + std::string(attributes);
}

// NodeProto.attribute holding a subgraph.
inline std::string graph_attribute(std::string_view name, std::string_view graph) {
  return bytes_field(5, bytes_field(1, name) + bytes_field(6, graph) + number_field(20, 5));
}

// A float32 TensorProto whose values stand in `location`.
inline std::string external_tensor(
    std::string_view name, std::uint64_t count,
    const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string out = number_field(1, count) + number_field(2, 1) + bytes_field(8, name);
  for (const auto& [key, value] : entries)
    out += bytes_field(13, bytes_field(1, key) + bytes_field(2, value));
  return out + number_field(14, 1);
}

// NodeProto.attribute holding a whole number, or some.
inline std::string integer_attribute(std::string_view name, std::int64_t value) {
  return bytes_field(5, bytes_field(1, name) + number_field(3, static_cast<std::uint64_t>(value)) +
                            number_field(20, 2));
}
inline std::string integers_attribute(std::string_view name,
                                      const std::vector<std::int64_t>& values) {
  std::string out = bytes_field(1, name);
  for (const std::int64_t value : values) out += number_field(8, static_cast<std::uint64_t>(value));
  return bytes_field(5, out + number_field(20, 7));
}

// A TensorProto with its values inside; type 1: float32, 7: int64.
template <typename T>
std::string tensor_with_values(std::string_view name, const std::vector<std::int64_t>& shape,
                               const std::vector<T>& values, std::uint64_t type) {
  std::string out;
  for (const std::int64_t side : shape) out += number_field(1, static_cast<std::uint64_t>(side));
  const std::string_view raw(reinterpret_cast<const char*>(values.data()),
                             values.size() * sizeof(T));
  return out + number_field(2, type) + bytes_field(8, name) + bytes_field(9, raw);
}
inline std::string float_constant(std::string_view name, const std::vector<std::int64_t>& shape,
                                  const std::vector<float>& values) {
  return tensor_with_values(name, shape, values, 1);
}
inline std::string integer_constant(std::string_view name,
                                    const std::vector<std::int64_t>& values) {
  return tensor_with_values(name, {static_cast<std::int64_t>(values.size())}, values, 7);
}

struct GraphParts {
  std::vector<std::string> nodes, initializers, inputs, outputs;
};

inline std::string graph(const GraphParts& parts) {
  std::string out;
  for (const auto& n : parts.nodes) out += bytes_field(1, n);
  out += bytes_field(2, "graph");
  for (const auto& i : parts.initializers) out += bytes_field(5, i);
  for (const auto& i : parts.inputs) out += bytes_field(11, i);
  for (const auto& o : parts.outputs) out += bytes_field(12, o);
  return out;
}

inline std::string model(std::string_view graph, std::string_view extra = "") {
  return number_field(1, 8) + bytes_field(7, graph) +
         bytes_field(8, bytes_field(1, "") + number_field(2, 17)) + std::string(extra);
}

// y = op(x) over tensors of that shape.
inline std::string unary_model(std::string_view op, const std::vector<std::int64_t>& shape) {
  return model(graph(
      {{node(op, {"x"}, {"y"})}, {}, {float_tensor("x", shape)}, {float_tensor("y", shape)}}));
}

// ValueInfoProto of a scalar.
inline std::string scalar(std::string_view name, std::uint64_t type) {
  return bytes_field(1, name) +
         bytes_field(2, bytes_field(1, number_field(1, type) + bytes_field(2, "")));
}

// y = Relu(x) after so many rounds of a loop over tensors of that shape.
inline std::string loop_model(std::int64_t rounds, const std::vector<std::int64_t>& shape) {
  constexpr std::uint64_t kInteger = 7, kBool = 9;
  const std::string body =
      graph({{node("Identity", {"go_in"}, {"go_out"}), node("Relu", {"v"}, {"w"})},
             {},
             {scalar("i", kInteger), scalar("go_in", kBool), float_tensor("v", shape)},
             {scalar("go_out", kBool), float_tensor("w", shape)}});
  return model(
      graph({{node("Loop", {"rounds", "go", "x"}, {"y"}, "", graph_attribute("body", body))},
             {tensor_with_values<std::int64_t>("rounds", {}, {rounds}, kInteger),
              tensor_with_values<char>("go", {}, {1}, kBool)},
             {float_tensor("x", shape)},
             {float_tensor("y", shape)}}));
}

}  // namespace visq::test
