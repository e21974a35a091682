#include "metrics/lpips/head.h"

#include <algorithm>
#include <iterator>
#include <set>

#include <onnx/onnx.pb.h>

namespace visq::lpips {
namespace {

using stream::Trunk;
using stream::TrunkValue;
using Axes = std::set<std::int64_t>;

constexpr std::size_t kMaxTaps = 512;

bool keeps_dimensions(const onnx::NodeProto& node) { return integer(node, "keepdims", 1) != 0; }

}  // namespace

bool Head::visit(const onnx::NodeProto& node, const Trunk& trunk) {
  static const std::map<std::string_view, Handler> kHandlers{{"Add", &Head::add},
                                                             {"Sub", &Head::subtract},
                                                             {"Mul", &Head::multiply},
                                                             {"Div", &Head::divide},
                                                             {"Conv", &Head::convolution},
                                                             {"Pow", &Head::power},
                                                             {"ReduceSum", &Head::sum_of_channels},
                                                             {"Sqrt", &Head::root},
                                                             {"ReduceMean", &Head::mean},
                                                             {"GlobalAveragePool", &Head::mean},
                                                             {"Sum", &Head::sum},
                                                             {"Reshape", &Head::pass},
                                                             {"Squeeze", &Head::pass},
                                                             {"Flatten", &Head::pass},
                                                             {"Identity", &Head::pass}};
  const auto handler = kHandlers.find(node.op_type());
  if (handler == kHandlers.end()) return false;
  Made made = (this->*handler->second)(node, trunk);
  if (made) values_.insert_or_assign(node.output(0), *made);
  return made.has_value();
}

Result<std::vector<int>> Head::taps(const std::string& output, const Trunk&) {
  const auto it = values_.find(output);
  if (it == values_.end() || it->second.kind != Value::Kind::distance)
    return fail(ENOTSUP, "its output is not a sum of distances");
  std::vector<int> features;
  for (const auto& [feature, tap] : it->second.taps) {
    features.push_back(feature);
    distances_.push_back(tap);
  }
  return features;
}

const Head::Value* Head::input(const onnx::NodeProto& node, int i, Value::Kind kind) const {
  const auto it = i < node.input_size() ? values_.find(node.input(i)) : values_.end();
  return it != values_.end() && it->second.kind == kind ? &it->second : nullptr;
}

Head::Made Head::changed(Value v, Value::Kind kind) {
  v.kind = kind;
  return v;
}

Head::Made Head::add(const onnx::NodeProto& node, const Trunk& trunk) const {
  for (const int i : {0, 1}) {
    const auto epsilon = trunk.scalar(node, 1 - i);
    if (!epsilon || node.input_size() != 2) continue;
    for (const auto kind : {Value::Kind::energy, Value::Kind::norm})
      if (const Value* v = input(node, i, kind)) {
        Value out = *v;
        (kind == Value::Kind::energy ? out.tap.inside : out.tap.outside) += *epsilon;
        return out;
      }
  }
  return sum(node, trunk);
}

Head::Made Head::sum(const onnx::NodeProto& node, const Trunk&) const {
  Value out;
  out.kind = Value::Kind::distance;
  for (int i = 0; i < node.input_size(); ++i) {
    const Value* v = input(node, i, Value::Kind::distance);
    if (v == nullptr || out.taps.size() + v->taps.size() > kMaxTaps) return std::nullopt;
    std::copy(v->taps.begin(), v->taps.end(), std::back_inserter(out.taps));
  }
  return out;
}

Head::Made Head::subtract(const onnx::NodeProto& node, const Trunk&) const {
  const Value *a = input(node, 0, Value::Kind::unit), *b = input(node, 1, Value::Kind::unit);
  if (a == nullptr || b == nullptr || a->picture == b->picture || a->feature != b->feature)
    return std::nullopt;
  if (a->tap.inside != b->tap.inside || a->tap.outside != b->tap.outside) return std::nullopt;
  return changed(*a, Value::Kind::difference);
}

Head::Made Head::multiply(const onnx::NodeProto& node, const Trunk& trunk) const {
  if (node.input_size() != 2) return std::nullopt;
  if (node.input(0) == node.input(1)) {
    const Value* v = input(node, 0, Value::Kind::difference);
    return v == nullptr ? std::nullopt : changed(*v, Value::Kind::squared_difference);
  }
  for (const int i : {0, 1}) {
    const Value* v = input(node, i, Value::Kind::squared_difference);
    const OnnxTensor* weights = trunk.constant(node, 1 - i);
    if (v == nullptr || weights == nullptr) continue;
    Value out = *v;
    out.kind = Value::Kind::scaled_difference;
    out.tap.weights = weights->floats();
    const auto channels = trunk.features()[static_cast<std::size_t>(v->feature)].channels;
    const bool fits = out.tap.weights.size() == static_cast<std::size_t>(channels) &&
                      stream::is_by_channel(weights->shape, out.tap.weights.size());
    return fits ? Made(std::move(out)) : std::nullopt;
  }
  return std::nullopt;
}

Head::Made Head::divide(const onnx::NodeProto& node, const Trunk& trunk) const {
  const TrunkValue* a = trunk.input(node, 0, TrunkValue::Kind::feature);
  const Value* b = input(node, 1, Value::Kind::norm);
  if (a == nullptr || b == nullptr || a->picture != b->picture || a->feature != b->feature)
    return std::nullopt;
  return changed(*b, Value::Kind::unit);
}

Head::Made Head::power(const onnx::NodeProto& node, const Trunk& trunk) const {
  const auto exponent = trunk.scalar(node, 1);
  if (exponent == 0.5f) return root(node, trunk);
  const Value* v = input(node, 0, Value::Kind::difference);
  return v == nullptr || exponent != 2.0f ? std::nullopt
                                          : changed(*v, Value::Kind::squared_difference);
}

Head::Made Head::root(const onnx::NodeProto& node, const Trunk&) const {
  const Value* v = input(node, 0, Value::Kind::energy);
  return v == nullptr ? std::nullopt : changed(*v, Value::Kind::norm);
}

Head::Made Head::sum_of_channels(const onnx::NodeProto& node, const Trunk& trunk) const {
  if (trunk.axes(node) != Axes{1} || !keeps_dimensions(node)) return std::nullopt;
  if (const Value* v = input(node, 0, Value::Kind::scaled_difference))
    return changed(*v, Value::Kind::weighted);
  const TrunkValue* square = trunk.input(node, 0, TrunkValue::Kind::square);
  if (square == nullptr) return std::nullopt;
  return Value{.kind = Value::Kind::energy,
               .picture = square->picture,
               .feature = square->feature,
               .tap = {},
               .taps = {}};
}

// Of the whole plane at once, or of each row and then of these.
Head::Made Head::mean(const onnx::NodeProto& node, const Trunk& trunk) const {
  const bool whole = node.op_type() == "GlobalAveragePool";
  const Axes axes = whole ? Axes{2, 3} : trunk.axes(node);
  const Value* plane = input(node, 0, Value::Kind::weighted);
  if (plane != nullptr && axes == Axes{3} && keeps_dimensions(node))
    return changed(*plane, Value::Kind::weighted_row);
  const Value* rows = input(node, 0, Value::Kind::weighted_row);
  const Value* v = plane != nullptr && axes == Axes{2, 3} ? plane
                   : axes == Axes{2}                      ? rows
                                                          : nullptr;
  if (v == nullptr) return std::nullopt;
  Value out;
  out.kind = Value::Kind::distance;
  out.taps.emplace_back(v->feature, v->tap);
  return out;
}

Head::Made Head::convolution(const onnx::NodeProto& node, const Trunk& trunk) const {
  const Value* v = input(node, 0, Value::Kind::squared_difference);
  const OnnxTensor* w = trunk.constant(node, 1);
  if (v == nullptr || w == nullptr || node.input_size() > 2) return std::nullopt;
  const std::int64_t channels = trunk.features()[static_cast<std::size_t>(v->feature)].channels;
  if (w->shape != std::vector<std::int64_t>{1, channels, 1, 1} || integer(node, "group", 1) != 1 ||
      stream::window_of(node, 1, 1) != stream::Window{})
    return std::nullopt;
  Value out = *v;
  out.kind = Value::Kind::weighted;
  out.tap.weights = w->floats();
  return out.tap.weights.empty() ? std::nullopt : Made(std::move(out));
}

Head::Made Head::pass(const onnx::NodeProto& node, const Trunk&) const {
  const auto it = values_.find(node.input(0));
  const bool passes = it != values_.end() &&
                      (node.op_type() == "Identity" || it->second.kind == Value::Kind::distance);
  return passes ? Made(it->second) : std::nullopt;
}

}  // namespace visq::lpips
