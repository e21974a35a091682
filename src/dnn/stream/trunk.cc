#include "dnn/stream/trunk.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <onnx/onnx.pb.h>

namespace visq::stream {
namespace {

constexpr std::size_t kMaxFeatures = 512, kMaxNodes = 4096;
constexpr int kMaxChannels = 1 << 16;

bool spread(std::vector<double>& values, std::size_t channels, double absent) {
  if (values.size() == channels) return true;
  if (values.size() > 1) return false;
  values.assign(channels, values.empty() ? absent : values[0]);
  return true;
}

bool has_values(const OnnxTensor& tensor) { return tensor.is_float() && !tensor.bytes.empty(); }

bool is_bias(const OnnxTensor& bias, const OnnxTensor& weights) {
  return bias.shape == std::vector{weights.shape[0]} && has_values(bias);
}

bool is_padded(const onnx::NodeProto& node) {
  const std::string auto_pad = text(node, "auto_pad", "NOTSET");
  return auto_pad != "NOTSET" && auto_pad != "VALID";
}

// [1 2 1] x [1 2 1] / 16 for each channel.
bool is_blur(const OnnxTensor& weights, std::int64_t channels) {
  static constexpr std::array kBlur{1.0f / 16, 2.0f / 16, 1.0f / 16, 2.0f / 16, 4.0f / 16,
                                    2.0f / 16, 1.0f / 16, 2.0f / 16, 1.0f / 16};
  if (weights.shape != std::vector<std::int64_t>{channels, 1, 3, 3}) return false;
  const std::vector<float> values = weights.floats();
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] != kBlur[i % kBlur.size()]) return false;
  return !values.empty();
}

}  // namespace

std::optional<Window> window_of(const onnx::NodeProto& node, std::int64_t height,
                                std::int64_t width) {
  const auto strides = integers(node, "strides", {1, 1}),
             pads = integers(node, "pads", {0, 0, 0, 0}),
             dilations = integers(node, "dilations", {1, 1});
  const auto between = [](std::int64_t v, std::int64_t least) { return v >= least && v <= 64; };
  const auto plain = [](std::int64_t v) { return v == 1; };
  if (is_padded(node) || strides.size() != 2 || pads.size() != 4 ||
      !std::all_of(dilations.begin(), dilations.end(), plain))
    return std::nullopt;
  if (!between(height, 1) || !between(width, 1) || !between(strides[0], 1) ||
      !between(strides[1], 1))
    return std::nullopt;
  for (std::size_t i = 0; i < 4; ++i)
    if (!between(pads[i], 0) || pads[i] >= (i % 2 == 0 ? height : width)) return std::nullopt;
  const auto n = [](std::int64_t v) { return static_cast<int>(v); };
  return Window{n(height),     n(width),   n(strides[0]),
                n(strides[1]), n(pads[0]), n(pads[1]),
                n(pads[2]),    n(pads[3]), integer(node, "ceil_mode", 0) != 0};
}

bool is_by_channel(const std::vector<std::int64_t>& shape, std::size_t values) {
  const std::size_t rank = shape.size();
  if (values == 1) return rank <= 4;
  return (rank == 3 || rank == 4) && shape[rank - 3] == static_cast<std::int64_t>(values);
}

Trunk::Trunk(const OnnxGraph& onnx) : onnx_(onnx) {
  for (std::size_t i = 0; i < onnx.inputs.size(); ++i) {
    TrunkValue image;
    image.picture = static_cast<int>(i);
    values_.emplace(onnx.inputs[i], image);
  }
}

bool Trunk::visit(const onnx::NodeProto& node) {
  static const std::map<std::string_view, Handler> kHandlers{
      {"Add", &Trunk::add},          {"Sub", &Trunk::subtract}, {"Mul", &Trunk::multiply},
      {"Div", &Trunk::divide},       {"Pow", &Trunk::power},    {"Sqrt", &Trunk::root},
      {"Conv", &Trunk::convolution}, {"Relu", &Trunk::relu},    {"MaxPool", &Trunk::max_pooling},
      {"Concat", &Trunk::concat},    {"Identity", &Trunk::pass}};
  const auto handler = kHandlers.find(node.op_type());
  if (handler == kHandlers.end() || features_.size() >= kMaxFeatures) return false;
  std::optional<TrunkValue> made = (this->*handler->second)(node);
  if (made) values_.insert_or_assign(node.output(0), *made);
  return made.has_value();
}

const TrunkValue* Trunk::value(const std::string& name) const {
  const auto it = values_.find(name);
  return it == values_.end() ? nullptr : &it->second;
}

const TrunkValue* Trunk::input(const onnx::NodeProto& node, int i, TrunkValue::Kind kind) const {
  const TrunkValue* v = i < node.input_size() ? value(node.input(i)) : nullptr;
  return v != nullptr && v->kind == kind ? v : nullptr;
}

const OnnxTensor* Trunk::constant(const onnx::NodeProto& node, int i) const {
  if (i >= node.input_size()) return nullptr;
  const auto it = onnx_.constants.find(node.input(i));
  return it == onnx_.constants.end() ? nullptr : &it->second;
}

std::optional<float> Trunk::scalar(const onnx::NodeProto& node, int i) const {
  const OnnxTensor* c = constant(node, i);
  const std::vector<float> values = c == nullptr ? std::vector<float>() : c->floats();
  if (values.size() != 1 || c->shape.size() > 1) return std::nullopt;
  return values[0];
}

std::set<std::int64_t> Trunk::axes(const onnx::NodeProto& node) const {
  std::vector<std::int64_t> given = integers(node, "axes", {});
  if (const OnnxTensor* c = constant(node, 1)) given = c->integers();
  std::set<std::int64_t> out;
  for (const std::int64_t axis : given) out.insert(axis < 0 ? axis + 4 : axis);
  return out;
}

// image op constant, or, where `either`, constant op image.
template <typename Apply>
std::optional<TrunkValue> Trunk::scaled(const onnx::NodeProto& node, bool either,
                                        const Apply& apply) const {
  const bool swapped = either && constant(node, 0) != nullptr;
  const TrunkValue* image = input(node, swapped ? 1 : 0, TrunkValue::Kind::image);
  const OnnxTensor* c = constant(node, swapped ? 0 : 1);
  if (image == nullptr || c == nullptr) return std::nullopt;
  const std::vector<float> values = c->floats();
  if (values.empty() || values.size() > 64 || !is_by_channel(c->shape, values.size()))
    return std::nullopt;
  TrunkValue out = *image;
  const std::size_t channels = std::max(out.scale.size(), values.size());
  if (values.size() != 1 && values.size() != channels) return std::nullopt;
  if (!spread(out.scale, channels, 1) || !spread(out.offset, channels, 0)) return std::nullopt;
  for (std::size_t i = 0; i < channels; ++i)
    apply(out.scale[i], out.offset[i], static_cast<double>(values[values.size() == 1 ? 0 : i]));
  return out;
}

std::optional<TrunkValue> Trunk::add(const onnx::NodeProto& node) {
  if (auto out = scaled(node, true, [](double&, double& offset, double c) { offset += c; }))
    return out;
  for (const int i : {0, 1}) {
    const TrunkValue* blurred = input(node, i, TrunkValue::Kind::blurred_square);
    const auto epsilon = scalar(node, 1 - i);
    if (blurred == nullptr || !epsilon) continue;
    TrunkValue out = *blurred;
    out.epsilon += *epsilon;
    return out;
  }
  return std::nullopt;
}

std::optional<TrunkValue> Trunk::subtract(const onnx::NodeProto& node) {
  return scaled(node, false, [](double&, double& offset, double c) { offset -= c; });
}

std::optional<TrunkValue> Trunk::multiply(const onnx::NodeProto& node) {
  const auto apply = [](double& scale, double& offset, double c) { scale *= c, offset *= c; };
  if (auto out = scaled(node, true, apply)) return out;
  return node.input_size() == 2 && node.input(0) == node.input(1) ? square(node) : std::nullopt;
}

std::optional<TrunkValue> Trunk::divide(const onnx::NodeProto& node) {
  return scaled(node, false,
                [](double& scale, double& offset, double c) { scale /= c, offset /= c; });
}

std::optional<TrunkValue> Trunk::power(const onnx::NodeProto& node) {
  const auto exponent = scalar(node, 1);
  if (exponent == 2.0f) return square(node);
  return exponent == 0.5f ? root(node) : std::nullopt;
}

std::optional<TrunkValue> Trunk::square(const onnx::NodeProto& node) const {
  const TrunkValue* v = input(node, 0, TrunkValue::Kind::feature);
  if (v == nullptr) return std::nullopt;
  TrunkValue out = *v;
  out.kind = TrunkValue::Kind::square;
  return out;
}

std::optional<TrunkValue> Trunk::root(const onnx::NodeProto& node) {
  const TrunkValue* v = input(node, 0, TrunkValue::Kind::blurred_square);
  if (v == nullptr) return std::nullopt;
  Feature pooled{.kind = Feature::Kind::l2_pooling, .inputs = {v->feature}};
  pooled.channels = features_[static_cast<std::size_t>(v->feature)].channels;
  pooled.window = v->window;
  pooled.epsilon = v->epsilon;
  TrunkValue out;
  out.kind = TrunkValue::Kind::feature;
  out.picture = v->picture;
  out.feature = number(std::move(pooled));
  return out;
}

std::optional<TrunkValue> Trunk::convolution(const onnx::NodeProto& node) {
  const OnnxTensor* w = constant(node, 1);
  const OnnxTensor* bias = constant(node, 2);
  if (w == nullptr || w->shape.size() != 4 || !has_values(*w) ||
      (node.input_size() > 2 && (bias == nullptr || !is_bias(*bias, *w))))
    return std::nullopt;
  const auto window = window_of(node, w->shape[2], w->shape[3]);
  if (!window) return std::nullopt;
  if (integer(node, "group", 1) != 1)
    return bias == nullptr ? blur(node, *w, *window) : std::nullopt;
  return derived(node, {.kind = Feature::Kind::convolution,
                        .channels = static_cast<int>(w->shape[0]),
                        .window = *window,
                        .weights = canonical(w),
                        .bias = bias == nullptr ? nullptr : canonical(bias)});
}

std::optional<TrunkValue> Trunk::blur(const onnx::NodeProto& node, const OnnxTensor& weights,
                                      const Window& window) const {
  const TrunkValue* v = input(node, 0, TrunkValue::Kind::square);
  if (v == nullptr) return std::nullopt;
  const int channels = features_[static_cast<std::size_t>(v->feature)].channels;
  if (integer(node, "group", 1) != channels || !is_blur(weights, channels)) return std::nullopt;
  TrunkValue out = *v;
  out.kind = TrunkValue::Kind::blurred_square;
  out.window = window;
  return out;
}

// Exporters may write the same weights twice, once for each picture.
const OnnxTensor* Trunk::canonical(const OnnxTensor* tensor) {
  for (const OnnxTensor* known : weights_)
    if (*known == *tensor) return known;
  weights_.push_back(tensor);
  return tensor;
}

std::optional<TrunkValue> Trunk::max_pooling(const onnx::NodeProto& node) {
  const auto kernel = integers(node, "kernel_shape", {});
  if (kernel.size() != 2) return std::nullopt;
  const auto window = window_of(node, kernel[0], kernel[1]);
  if (!window || window->height < window->stride_y || window->width < window->stride_x)
    return std::nullopt;
  if (window->ceil && (window->bottom != 0 || window->right != 0))
    return std::nullopt;  // a window might see nothing
  return derived(node, {.kind = Feature::Kind::max_pooling, .window = *window});
}

std::optional<TrunkValue> Trunk::relu(const onnx::NodeProto& node) {
  return derived(node, {.kind = Feature::Kind::relu});
}

std::optional<TrunkValue> Trunk::concat(const onnx::NodeProto& node) {
  const std::int64_t axis = integer(node, "axis", 0);
  if (axis != 1 && axis != -3) return std::nullopt;
  return derived(node, {.kind = Feature::Kind::concat});
}

std::optional<TrunkValue> Trunk::pass(const onnx::NodeProto& node) {
  const TrunkValue* v = value(node.input(0));
  return v == nullptr ? std::nullopt : std::optional(*v);
}

// A feature made of all features (or, for layers, of the one) that the node names first.
std::optional<TrunkValue> Trunk::derived(const onnx::NodeProto& node, Feature feature) {
  const int sources = feature.kind == Feature::Kind::concat ? node.input_size() : 1;
  int picture = -1, channels = 0;
  for (int i = 0; i < sources; ++i) {
    const auto [source, from] = feature_of(node.input(i));
    if (source < 0 || (picture >= 0 && from != picture) || channels > kMaxChannels)
      return std::nullopt;
    picture = from;
    feature.inputs.push_back(source);
    channels += features_[static_cast<std::size_t>(source)].channels;
  }
  if (feature.kind == Feature::Kind::convolution) {
    int& in = features_[static_cast<std::size_t>(feature.inputs[0])].channels;
    const auto wanted = static_cast<int>(feature.weights->shape[1]);
    if (in == 0) in = wanted;  // a picture scaled by one number for all channels
    if (in != wanted) return std::nullopt;
  } else {
    if (channels == 0) return std::nullopt;
    feature.channels = channels;
  }
  if (feature.kind == Feature::Kind::relu &&
      features_[static_cast<std::size_t>(feature.inputs[0])].kind != Feature::Kind::convolution)
    return std::nullopt;
  TrunkValue out;
  out.kind = TrunkValue::Kind::feature;
  out.picture = picture;
  out.feature = number(std::move(feature));
  return out;
}

int Trunk::number(Feature feature) {
  const auto it = std::find_if(features_.begin(), features_.end(),
                               [&](const Feature& f) { return f.same(feature); });
  if (it != features_.end()) return static_cast<int>(it - features_.begin());
  features_.push_back(std::move(feature));
  return static_cast<int>(features_.size()) - 1;
}

// The feature, and the picture, of a value; images become feature 0, scaled alike for both
// pictures.
std::pair<int, int> Trunk::feature_of(const std::string& name) {
  const TrunkValue* v = value(name);
  if (v == nullptr || (v->kind != TrunkValue::Kind::feature && v->kind != TrunkValue::Kind::image))
    return {-1, 0};
  if (v->kind == TrunkValue::Kind::feature) return {v->feature, v->picture};
  if (features_.empty()) {
    features_.push_back({});
    features_[0].channels = v->scale.size() <= 1 ? 0 : static_cast<int>(v->scale.size());
    image_ = *v;
  }
  return {v->scale == image_.scale && v->offset == image_.offset ? 0 : -1, v->picture};
}

int output_side(int input, int kernel, int stride, int padding, bool ceil) {
  const int room = input + padding - kernel;
  // Rounded up, a window only has to begin within the input.
  if (room < 0) return ceil && room > -stride ? 1 : 0;
  return (room + (ceil ? stride - 1 : 0)) / stride + 1;
}

Result<Graph> recognise(const OnnxGraph& onnx, Head& head) {
  if (onnx.inputs.size() != 2 || onnx.outputs.size() != 1)
    return fail(ENOTSUP, "it has not two inputs and one output");
  if (onnx.nodes.size() > kMaxNodes)
    return fail(ENOTSUP, fmt::format("it has more than {} nodes", kMaxNodes));
  Trunk trunk(onnx);
  for (const onnx::NodeProto* const each : onnx.nodes) {
    const onnx::NodeProto& node = *each;
    const bool plain = node.domain().empty() && node.output_size() == 1 && node.input_size() > 0;
    if (!plain || (!trunk.visit(node) && !head.visit(node, trunk)))
      return fail(ENOTSUP,
                  fmt::format("node {} ({}) is neither of a network of convolutions nor of "
                              "the score that the metric makes of it",
                              node.name(), node.op_type()));
  }
  VISQ_ASSIGN(const std::vector<int> taps, head.taps(onnx.outputs[0], trunk));
  VISQ_ASSIGN(Graph graph, lower(trunk.features(), taps, trunk.input_rule()));
  graph.bfloat16_taps = head.reads_bfloat16();
  return graph;
}

}  // namespace visq::stream
