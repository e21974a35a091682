#include "metrics/dists/head.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include <onnx/onnx.pb.h>

namespace visq::dists {
namespace {

using stream::Trunk;
using stream::TrunkValue;
using Axes = std::set<std::int64_t>;

constexpr std::size_t kMaxStages = 64;

bool keeps_dimensions(const onnx::NodeProto& node) { return integer(node, "keepdims", 1) != 0; }

// The map that a value of the trunk is, and whose.
template <typename Map>
std::optional<std::pair<Map, int>> map_of(const TrunkValue* v) {
  if (v == nullptr) return std::nullopt;
  if (v->kind == TrunkValue::Kind::image)
    return std::pair(Map{Map::kPicture, v->scale, v->offset}, v->picture);
  if (v->kind == TrunkValue::Kind::feature) return std::pair(Map{v->feature, {}, {}}, v->picture);
  return std::nullopt;
}

}  // namespace

bool Head::visit(const onnx::NodeProto& node, const Trunk& trunk) {
  static const std::map<std::string_view, Handler> kHandlers{
      {"Add", &Head::add},       {"Sub", &Head::subtract},    {"Mul", &Head::multiply},
      {"Div", &Head::divide},    {"ReduceMean", &Head::mean}, {"ReduceSum", &Head::sum_of_channels},
      {"Concat", &Head::concat}, {"Reshape", &Head::pass},    {"Squeeze", &Head::pass},
      {"Flatten", &Head::pass}};
  const auto handler = kHandlers.find(node.op_type());
  if (handler == kHandlers.end()) return false;
  Made made = (this->*handler->second)(node, trunk);
  if (made) values_.insert_or_assign(node.output(0), *made);
  return made.has_value();
}

const Head::Value* Head::input(const onnx::NodeProto& node, int i, Value::Kind kind) const {
  const auto it = i < node.input_size() ? values_.find(node.input(i)) : values_.end();
  return it != values_.end() && it->second.kind == kind ? &it->second : nullptr;
}

Head::Made Head::add(const onnx::NodeProto& node, const Trunk& trunk) const {
  if (node.input_size() != 2) return std::nullopt;
  const auto a = values_.find(node.input(0)), b = values_.find(node.input(1));
  if (a != values_.end() && b != values_.end()) return add_values(a->second, b->second);
  const auto& v = a != values_.end() ? a : b;
  const auto c = trunk.scalar(node, a != values_.end() ? 1 : 0);
  return v == values_.end() || !c ? std::nullopt : add_constant(v->second, *c);
}

Head::Made Head::add_constant(const Value& v, float c) const {
  if (v.kind != Value::Kind::twice && v.kind != Value::Kind::squares) return std::nullopt;
  Value out = v;
  out.kind = v.kind == Value::Kind::twice ? Value::Kind::top : Value::Kind::bottom;
  out.c = c;
  return out;
}

Head::Made Head::add_values(const Value& a, const Value& b) const {
  if (a.kind != b.kind) return std::nullopt;
  Value out = a;
  if (a.kind == Value::Kind::sums && a.parts.size() + b.parts.size() <= kMaxStages) {
    std::copy(b.parts.begin(), b.parts.end(), std::back_inserter(out.parts));
    return out;
  }
  if (a.map != b.map) return std::nullopt;
  const bool squares =
      a.kind == Value::Kind::square || (a.kind == Value::Kind::moment && a.a == a.b && b.a == b.b);
  if (squares && a.a != b.a && (a.kind == Value::Kind::moment || a.side == b.side)) {
    if (a.kind == Value::Kind::moment) out.side = Side::structure;
    out.kind = Value::Kind::squares;
    return out;
  }
  if (a.kind != Value::Kind::weighted || a.side == b.side) return std::nullopt;
  const Value &texture = a.side == Side::texture ? a : b, &structure = &texture == &a ? b : a;
  out.kind = Value::Kind::part;
  out.parts = {{a.map, texture.weights, structure.weights, texture.c, structure.c}};
  return out;
}

Head::Made Head::subtract(const onnx::NodeProto& node, const Trunk& trunk) const {
  if (node.input_size() != 2) return std::nullopt;
  const Value* mean = input(node, 1, Value::Kind::mean);
  if (const auto map = map_of<Map>(trunk.value(node.input(0))); map && mean != nullptr) {
    if (map->first != mean->map || map->second != mean->a) return std::nullopt;
    Value out = *mean;
    out.kind = Value::Kind::deviation;
    return out;
  }
  const Value* ratio = input(node, 1, Value::Kind::ratio);
  if (ratio == nullptr || trunk.scalar(node, 0) != 1.0f) return std::nullopt;
  Value out = *ratio;
  out.kind = Value::Kind::unlikeness;
  return out;
}

Head::Made Head::multiply(const onnx::NodeProto& node, const Trunk& trunk) const {
  if (node.input_size() != 2) return std::nullopt;
  const auto a = values_.find(node.input(0)), b = values_.find(node.input(1));
  if (a != values_.end() && b != values_.end()) return multiply_values(a->second, b->second);
  const auto& v = a != values_.end() ? a : b;
  const OnnxTensor* c = trunk.constant(node, a != values_.end() ? 1 : 0);
  return v == values_.end() || c == nullptr ? std::nullopt : multiply_by_constant(v->second, *c);
}

Head::Made Head::multiply_by_constant(const Value& v, const OnnxTensor& constant) const {
  Value out = v;
  const std::vector<float> values = constant.floats();
  if (v.kind == Value::Kind::unlikeness && stream::is_by_channel(constant.shape, values.size())) {
    out.kind = Value::Kind::weighted;
    out.weights = values;
    return out;
  }
  const bool covariance = v.kind == Value::Kind::moment && v.a != v.b;
  if ((v.kind != Value::Kind::cross && !covariance) || values != std::vector{2.0f})
    return std::nullopt;
  if (covariance) out.side = Side::structure;
  out.kind = Value::Kind::twice;
  return out;
}

Head::Made Head::multiply_values(const Value& a, const Value& b) const {
  if (a.kind != b.kind || a.map != b.map) return std::nullopt;
  Value out = a;
  out.b = b.a;
  if (a.kind == Value::Kind::deviation) {
    out.kind = Value::Kind::product;
    return out;
  }
  if (a.kind != Value::Kind::mean) return std::nullopt;
  out.kind = a.a == b.a ? Value::Kind::square : Value::Kind::cross;
  return out;
}

Head::Made Head::divide(const onnx::NodeProto& node, const Trunk&) const {
  const Value *top = input(node, 0, Value::Kind::top),
              *bottom = input(node, 1, Value::Kind::bottom);
  if (top == nullptr || bottom == nullptr || top->map != bottom->map || top->side != bottom->side ||
      top->c != bottom->c)
    return std::nullopt;
  Value out = *top;
  out.kind = Value::Kind::ratio;
  return out;
}

// Over the width first, then over the height.
Head::Made Head::mean(const onnx::NodeProto& node, const Trunk& trunk) const {
  if (!keeps_dimensions(node)) return std::nullopt;
  const Axes axes = trunk.axes(node);
  Value out;
  if (axes == Axes{3}) {
    if (const auto map = map_of<Map>(trunk.value(node.input(0)))) {
      out.map = map->first;
      out.a = map->second;
      return out;
    }
    const Value* product = input(node, 0, Value::Kind::product);
    if (product == nullptr) return std::nullopt;
    out = *product;
    out.kind = Value::Kind::row_moment;
    return out;
  }
  const Value *means = input(node, 0, Value::Kind::row_mean),
              *moments = input(node, 0, Value::Kind::row_moment);
  if (axes != Axes{2} || (means == nullptr && moments == nullptr)) return std::nullopt;
  out = means != nullptr ? *means : *moments;
  out.kind = means != nullptr ? Value::Kind::mean : Value::Kind::moment;
  return out;
}

Head::Made Head::sum_of_channels(const onnx::NodeProto& node, const Trunk& trunk) const {
  if (trunk.axes(node) != Axes{1}) return std::nullopt;
  const Value *part = input(node, 0, Value::Kind::part), *sums = input(node, 0, Value::Kind::sums);
  if (part == nullptr && sums == nullptr) return std::nullopt;
  Value out = part != nullptr ? *part : *sums;
  out.kind = Value::Kind::sums;
  return out;
}

Head::Made Head::concat(const onnx::NodeProto& node, const Trunk&) const {
  if (integer(node, "axis", 0) != 1) return std::nullopt;
  Value out;
  out.kind = Value::Kind::sums;
  for (int i = 0; i < node.input_size(); ++i) {
    const Value* sums = input(node, i, Value::Kind::sums);
    if (sums == nullptr || out.parts.size() + sums->parts.size() > kMaxStages) return std::nullopt;
    std::copy(sums->parts.begin(), sums->parts.end(), std::back_inserter(out.parts));
  }
  return out;
}

Head::Made Head::pass(const onnx::NodeProto& node, const Trunk&) const {
  const Value* sums = input(node, 0, Value::Kind::sums);
  return sums == nullptr ? std::nullopt : Made(*sums);
}

Result<std::vector<int>> Head::taps(const std::string& output, const Trunk& trunk) {
  const auto it = values_.find(output);
  if (it == values_.end() || it->second.kind != Value::Kind::sums)
    return fail(ENOTSUP, "its output is not a sum of likenesses of maps");
  // The trunk scales the pictures on their way to tensor 0; a map of them is seen from there.
  const stream::InputRule rule = trunk.input_rule();
  std::vector<int> taps;
  for (const Part& part : it->second.parts) {
    const bool picture = part.map.feature == Map::kPicture;
    if (picture && !rule.scale.empty())
      return fail(ENOTSUP, "its network and its first map scale the pictures differently");
    const int feature = picture ? 0 : part.map.feature;
    const auto channels =
        static_cast<std::size_t>(trunk.features()[static_cast<std::size_t>(feature)].channels);
    if (part.alpha.size() != channels || part.beta.size() != channels ||
        (!part.map.scale.empty() && part.map.scale.size() != channels))
      return fail(ENOTSUP, "the weights of a map are not one for each of its channels");
    taps.push_back(feature);
    stages_.push_back({part.alpha, part.beta, static_cast<double>(part.c1),
                       static_cast<double>(part.c2), part.map.scale, part.map.offset});
  }
  return taps;
}

}  // namespace visq::dists
