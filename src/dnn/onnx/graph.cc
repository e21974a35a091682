#include "dnn/onnx/graph.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "dnn/onnx/wire.h"

namespace visq {
namespace {

static_assert(std::endian::native == std::endian::little, "raw tensors are little-endian");

enum TensorType : std::uint64_t { kFloat32 = 1, kInt64 = 7 };

Status read_packed_varints(std::string_view bytes, std::vector<std::int64_t>& out) {
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                            static_cast<int>(bytes.size()));
  while (in.CurrentPosition() < static_cast<int>(bytes.size())) {
    std::uint64_t value = 0;
    if (!in.ReadVarint64(&value)) return tl::unexpected<Error>(damaged_message());
    out.push_back(static_cast<std::int64_t>(value));
  }
  return {};
}

// A repeated number: one at a time, or packed.
Status append(const WireField& field, std::vector<std::int64_t>& out) {
  if (field.is_bytes) return read_packed_varints(field.bytes, out);
  out.push_back(static_cast<std::int64_t>(field.value));
  return {};
}

template <typename T>
Status append_raw(std::string_view bytes, std::vector<T>& out) {
  if (bytes.size() % sizeof(T) != 0) return tl::unexpected<Error>(damaged_message());
  const std::size_t before = out.size();
  out.resize(before + bytes.size() / sizeof(T));
  if (!bytes.empty()) std::memcpy(out.data() + before, bytes.data(), bytes.size());
  return {};
}

Status append(const WireField& field, std::vector<float>& out) {
  if (field.is_bytes) return append_raw(field.bytes, out);
  out.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(field.value)));
  return {};
}

// Values that stand in another file; the scan has checked that they lie inside it.
struct External {
  bool used = false;
  std::string location;
  std::uint64_t offset = 0, length = 0;
};

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Status read_external_entry(std::string_view bytes, External& external) {
  std::string_view key, value;
  VISQ_TRY(for_each_field(bytes, [&](const WireField& field) -> Status {
    if (field.number == 1) key = field.bytes;
    if (field.number == 2) value = field.bytes;
    return {};
  }));
  external.used = true;
  if (key == "location") external.location = value;
  if (key == "offset") external.offset = number(value);
  if (key == "length") external.length = number(value);
  return {};
}

class Reader {
 public:
  explicit Reader(const ModelFile& file) : file_(file) {}

  Status model() {
    return for_each_field(file_.bytes, [&](const WireField& field) -> Status {
      return field.number == 7 && field.is_bytes ? graph(field.bytes) : Status{};
    });
  }

  OnnxGraph out;

 private:
  Status graph(std::string_view bytes) {
    VISQ_TRY(for_each_field(bytes, [&](const WireField& field) -> Status {
      if (!field.is_bytes) return {};
      switch (field.number) {
        case 1:
          return node(field.bytes);
        case 5:
          return constant(field.bytes);
        case 11:
          return value_name(field.bytes, out.inputs);
        case 12:
          return value_name(field.bytes, out.outputs);
        default:
          return {};
      }
    }));
    std::erase_if(out.inputs,
                  [&](const std::string& name) { return out.constants.count(name) != 0; });
    return {};
  }

  static Status value_name(std::string_view bytes, std::vector<std::string>& names) {
    names.emplace_back();
    return for_each_field(bytes, [&](const WireField& field) -> Status {
      if (field.number == 1) names.back() = field.bytes;
      return {};
    });
  }

  Status constant(std::string_view bytes) {
    std::string name;
    OnnxTensor values;
    VISQ_TRY(tensor(bytes, name, values));
    out.constants.insert_or_assign(std::move(name), std::move(values));
    return {};
  }

  Status node(std::string_view bytes) {
    OnnxGraphNode node;
    VISQ_TRY(for_each_field(bytes, [&](const WireField& field) -> Status {
      switch (field.number) {
        case 1:
          node.inputs.emplace_back(field.bytes);
          break;
        case 2:
          node.outputs.emplace_back(field.bytes);
          break;
        case 3:
          node.name = field.bytes;
          break;
        case 4:
          node.op = field.bytes;
          break;
        case 7:
          node.domain = field.bytes;
          break;
        case 5:
          return attribute(field.bytes, node);
        default:
          break;
      }
      return {};
    }));
    if (node.op == "Constant" && node.outputs.size() == 1) {
      out.constants.insert_or_assign(node.outputs[0], std::move(node.attributes["value"].tensor));
      return {};
    }
    out.nodes.push_back(std::move(node));
    return {};
  }

  Status attribute(std::string_view bytes, OnnxGraphNode& node) {
    std::string name, tensor_name;
    OnnxAttribute attribute;
    VISQ_TRY(for_each_field(bytes, [&](const WireField& field) -> Status {
      switch (field.number) {
        case 1:
          name = field.bytes;
          break;
        case 2:
          attribute.real = std::bit_cast<float>(static_cast<std::uint32_t>(field.value));
          break;
        case 3:
          attribute.integer = static_cast<std::int64_t>(field.value);
          break;
        case 4:
          attribute.text = field.bytes;
          break;
        case 5:
          return tensor(field.bytes, tensor_name, attribute.tensor);
        case 8:
          return append(field, attribute.integers);
        default:
          break;
      }
      return {};
    }));
    node.attributes.insert_or_assign(std::move(name), std::move(attribute));
    return {};
  }

  Status tensor(std::string_view bytes, std::string& name, OnnxTensor& values) {
    std::uint64_t type = 0;
    std::string_view raw;
    External external;
    VISQ_TRY(for_each_field(bytes, [&](const WireField& field) -> Status {
      switch (field.number) {
        case 1:
          return append(field, values.shape);
        case 2:
          type = field.value;
          break;
        case 4:
          return append(field, values.floats);
        case 7:
          return append(field, values.integers);
        case 8:
          name = field.bytes;
          break;
        case 9:
          raw = field.bytes;
          break;
        case 13:
          return read_external_entry(field.bytes, external);
        default:
          break;
      }
      return {};
    }));
    if (external.used) {
      VISQ_ASSIGN(raw, external_bytes(external, name));
    }
    if (type == kFloat32) VISQ_TRY(append_raw(raw, values.floats));
    if (type == kInt64) VISQ_TRY(append_raw(raw, values.integers));
    return check_count(type, name, values);
  }

  Result<std::string_view> external_bytes(const External& external, const std::string& name) const {
    for (const ModelFile::Data& data : file_.external_data) {
      if (data.name != external.location) continue;
      const std::uint64_t size = data.bytes.size();
      const std::uint64_t length =
          external.length != 0 ? external.length : size - std::min(size, external.offset);
      if (external.offset > size || length > size - external.offset) break;
      return std::string_view(data.bytes).substr(external.offset, length);
    }
    return fail(EBADMSG,
                fmt::format("tensor {} has no values in its file {}", name, external.location));
  }

  static Status check_count(std::uint64_t type, const std::string& name, const OnnxTensor& values) {
    if (type != kFloat32 && type != kInt64) return {};
    const std::size_t count = type == kFloat32 ? values.floats.size() : values.integers.size();
    std::uint64_t expected = 1;
    for (const std::int64_t side : values.shape) {
      if (side < 0 || (side > 0 && expected > kMaxModelBytes / static_cast<std::uint64_t>(side)))
        return fail(EBADMSG, fmt::format("tensor {} has an impossible shape", name));
      expected *= static_cast<std::uint64_t>(side);
    }
    if (count == expected) return {};
    return fail(EBADMSG, fmt::format("tensor {} has {} values where its shape needs {}", name,
                                     count, expected));
  }

  const ModelFile& file_;
};

}  // namespace

std::int64_t OnnxGraphNode::integer(const std::string& attribute, std::int64_t absent) const {
  const auto it = attributes.find(attribute);
  return it == attributes.end() ? absent : it->second.integer;
}

std::vector<std::int64_t> OnnxGraphNode::integers(const std::string& attribute,
                                                  std::vector<std::int64_t> absent) const {
  const auto it = attributes.find(attribute);
  return it == attributes.end() ? std::move(absent) : it->second.integers;
}

Result<OnnxGraph> read_onnx_graph(const ModelFile& file) {
  Reader reader(file);
  VISQ_TRY(reader.model());
  return std::move(reader.out);
}

}  // namespace visq
