#include "dnn/onnx/scan.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "dnn/onnx/wire.h"

namespace visq {
namespace {

constexpr int kMaxDepth = 8;
constexpr std::size_t kMaxRank = 64;

// StringStringEntryProto.
Status read_entry(std::string_view bytes, std::string& key, std::string& value) {
  return for_each_field(bytes, [&](const WireField& field) -> Status {
    if (field.number == 1) key = field.bytes;
    if (field.number == 2) value = field.bytes;
    return {};
  });
}

Status read_number(std::string_view what, const std::string& text, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size()) return {};
  return fail(EBADMSG, fmt::format("the {} \"{}\" of external data is not a number", what,
                                   text.substr(0, 40)));
}

// TensorShapeProto: dim = 1, of which dim_value = 1 and dim_param = 2.
Status read_shape(std::string_view bytes, std::vector<std::int64_t>& shape) {
  return for_each_field(bytes, [&](const WireField& field) -> Status {
    if (field.number != 1 || !field.is_bytes) return {};
    if (shape.size() == kMaxRank)
      return fail(EBADMSG, fmt::format("one of its tensors has more than {} dimensions", kMaxRank));
    shape.push_back(-1);
    return for_each_field(field.bytes, [&](const WireField& dim) -> Status {
      if (dim.number == 1 && !dim.is_bytes)
        shape.back() = std::max<std::int64_t>(-1, static_cast<std::int64_t>(dim.value));
      return {};
    });
  });
}

// Calls f for each part of a message that is field `number` of it.
template <typename F>
Status within(std::string_view bytes, int number, F&& f) {
  return for_each_field(bytes, [&](const WireField& field) -> Status {
    return field.number == number && field.is_bytes ? f(field.bytes) : Status{};
  });
}

// ValueInfoProto: name = 1, type = 2, tensor_type = 1 of that, shape = 2 of that.
Status read_value(std::string_view bytes, OnnxValue& value) {
  const auto shape = [&](std::string_view part) { return read_shape(part, value.shape); };
  const auto tensor = [&](std::string_view part) { return within(part, 2, shape); };
  return for_each_field(bytes, [&](const WireField& field) -> Status {
    if (field.number == 1) value.name = field.bytes;
    return field.number == 2 && field.is_bytes ? within(field.bytes, 1, tensor) : Status{};
  });
}

class Scanner {
 public:
  Status model(std::string_view bytes) {
    bool has_graph = false;
    VISQ_TRY(for_each_field(bytes, [&](const WireField& field) -> Status {
      if (field.number == 7 && field.is_bytes) {
        has_graph = true;
        return outermost(field.bytes);
      }
      if (field.number == 20 && field.is_bytes) return training(field.bytes);
      if (field.number == 25 && field.is_bytes) return function(field.bytes);
      return {};
    }));
    if (!has_graph) return fail(EBADMSG, "it is not an ONNX model: it has no graph");
    const auto has_value = [&](const OnnxValue& input) {
      return std::binary_search(initialised_.begin(), initialised_.end(), input.name);
    };
    std::sort(initialised_.begin(), initialised_.end());
    info.inputs.erase(std::remove_if(info.inputs.begin(), info.inputs.end(), has_value),
                      info.inputs.end());
    return {};
  }

  OnnxInfo info;

 private:
  Status outermost(std::string_view bytes) {
    VISQ_TRY(graph(bytes, 0));
    return interface(bytes);
  }

  // What the graph takes and gives.
  Status interface(std::string_view bytes) {
    return for_each_field(bytes, [&](const WireField& field) -> Status {
      if (!field.is_bytes) return {};
      if (field.number == 11) return read_value(field.bytes, info.inputs.emplace_back());
      if (field.number == 12) return read_value(field.bytes, info.outputs.emplace_back());
      if (field.number == 5)
        return within(field.bytes, 8, [&](std::string_view name) -> Status {
          initialised_.emplace_back(name);
          return {};
        });
      return {};
    });
  }

  Status graph(std::string_view bytes, int depth) {
    if (depth > kMaxDepth)
      return fail(EPERM, fmt::format("its subgraphs are nested deeper than {}", kMaxDepth));
    return for_each_field(bytes, [&](const WireField& field) -> Status {
      if (!field.is_bytes) return {};
      if (field.number == 1) return node(field.bytes, depth);
      if (field.number == 5) return tensor(field.bytes);
      if (field.number == 15) return sparse_tensor(field.bytes);
      return {};
    });
  }

  Status training(std::string_view bytes) {  // initialization = 1, algorithm = 2
    return for_each_field(bytes, [&](const WireField& field) -> Status {
      return field.is_bytes && field.number <= 2 ? graph(field.bytes, 0) : Status{};
    });
  }

  Status function(std::string_view bytes) {
    return for_each_field(bytes, [&](const WireField& field) -> Status {
      if (field.number == 7 && field.is_bytes) return node(field.bytes, 0);
      if (field.number == 11 && field.is_bytes) return attribute(field.bytes, 0);
      return {};
    });
  }

  Status node(std::string_view bytes, int depth) {
    OnnxNode node;
    VISQ_TRY(for_each_field(bytes, [&](const WireField& field) -> Status {
      if (field.number == 3) node.name = field.bytes;
      if (field.number == 4) node.op = field.bytes;
      if (field.number == 7) node.domain = field.bytes;
      if (field.number == 5 && field.is_bytes) return attribute(field.bytes, depth);
      return {};
    }));
    info.nodes.push_back(std::move(node));
    return {};
  }

  Status attribute(std::string_view bytes, int depth) {
    return for_each_field(bytes, [&](const WireField& field) -> Status {
      if (!field.is_bytes) return {};
      switch (field.number) {
        case 5:
        case 10:
          return tensor(field.bytes);
        case 6:
        case 11:
          return graph(field.bytes, depth + 1);
        case 22:
        case 23:
          return sparse_tensor(field.bytes);
        default:
          return {};
      }
    });
  }

  Status sparse_tensor(std::string_view bytes) {  // values = 1, indices = 2
    return for_each_field(bytes, [&](const WireField& field) -> Status {
      return field.is_bytes && field.number <= 2 ? tensor(field.bytes) : Status{};
    });
  }

  Status tensor(std::string_view bytes) {
    OnnxExternalTensor external;
    bool is_external = false;
    VISQ_TRY(for_each_field(bytes, [&](const WireField& field) -> Status {
      if (field.number == 8) external.name = field.bytes;
      if (field.number == 14) is_external = is_external || field.value == 1;
      if (field.number != 13 || !field.is_bytes) return {};
      is_external = true;
      return external_entry(field.bytes, external);
    }));
    if (is_external) info.external.push_back(std::move(external));
    return {};
  }

  static Status external_entry(std::string_view bytes, OnnxExternalTensor& external) {
    std::string key, value;
    VISQ_TRY(read_entry(bytes, key, value));
    if (key == "location") external.location = value;
    if (key == "offset") return read_number(key, value, external.offset);
    if (key == "length") return read_number(key, value, external.length);
    return {};
  }

  std::vector<std::string> initialised_;
};

}  // namespace

Result<OnnxInfo> scan_onnx(std::string_view bytes) {
  Scanner scanner;
  VISQ_TRY(scanner.model(bytes));
  return std::move(scanner.info);
}

}  // namespace visq
