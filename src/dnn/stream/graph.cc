// The graph is read by value numbering: each node makes a value of a kind that its inputs' kinds
// allow, and equal computations of the two pictures get equal numbers, so that the branches need
// not be told apart by name.
#include "dnn/stream/graph.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "dnn/stream/lowering.h"

namespace visq::stream {
namespace {

constexpr std::size_t kMaxFeatures = 512, kMaxNodes = 4096;
constexpr int kMaxChannels = 1 << 16;

struct Value {
  enum class Kind {
    image,
    feature,
    square,
    energy,
    norm,
    unit,
    difference,
    squared_difference,
    weighted,
    weighted_rows,  // its mean over the width
    distance
  };
  Kind kind = Kind::image;
  int picture = 0;                    // of what is made of one picture
  int feature = 0;                    // up to `weighted`
  std::vector<double> scale, offset;  // image
  float inside = 0, outside = 0;
  std::vector<float> weights;             // weighted
  std::vector<std::pair<int, Tap>> taps;  // distance: feature, and its tap
};

class Recogniser {
 public:
  explicit Recogniser(const OnnxGraph& onnx) : onnx_(onnx) {}

  Result<Graph> run() {
    if (onnx_.inputs.size() != 2 || onnx_.outputs.size() != 1)
      return fail(ENOTSUP, "it has not two inputs and one output");
    if (onnx_.nodes.size() > kMaxNodes)
      return fail(ENOTSUP, fmt::format("it has more than {} nodes", kMaxNodes));
    for (int i = 0; i < 2; ++i) {
      Value image;
      image.picture = i;
      values_.emplace(onnx_.inputs[static_cast<std::size_t>(i)], image);
    }
    for (const OnnxGraphNode& node : onnx_.nodes) VISQ_TRY(visit(node));
    const Value* result = value(onnx_.outputs[0]);
    if (result == nullptr || result->kind != Value::Kind::distance)
      return fail(ENOTSUP, "its output is not a sum of distances");
    return lower(features_, result->taps, {image_.scale, image_.offset});
  }

 private:
  using Handler = std::optional<Value> (Recogniser::*)(const OnnxGraphNode&);

  Status visit(const OnnxGraphNode& node) {
    static const std::map<std::string_view, Handler> kHandlers{
        {"Add", &Recogniser::add},
        {"Sub", &Recogniser::subtract},
        {"Mul", &Recogniser::multiply},
        {"Div", &Recogniser::divide},
        {"Conv", &Recogniser::convolution},
        {"Relu", &Recogniser::relu},
        {"MaxPool", &Recogniser::max_pooling},
        {"Concat", &Recogniser::concat},
        {"Pow", &Recogniser::power},
        {"ReduceSum", &Recogniser::energy},
        {"Sqrt", &Recogniser::root},
        {"ReduceMean", &Recogniser::mean},
        {"GlobalAveragePool", &Recogniser::mean},
        {"Sum", &Recogniser::sum},
        {"Reshape", &Recogniser::pass_distance},
        {"Squeeze", &Recogniser::pass_distance},
        {"Flatten", &Recogniser::pass_distance},
        {"Identity", &Recogniser::pass}};
    const auto handler = kHandlers.find(node.op);
    const bool known = handler != kHandlers.end() && node.domain.empty() &&
                       node.outputs.size() == 1 && !node.inputs.empty();
    std::optional<Value> made =
        known && features_.size() < kMaxFeatures ? (this->*handler->second)(node) : std::nullopt;
    if (!made)
      return fail(
          ENOTSUP,
          fmt::format("node {} ({}) is of no network of convolutions with weighted differences",
                      node.name, node.op));
    values_.insert_or_assign(node.outputs[0], *std::move(made));
    return {};
  }

  const Value* value(const std::string& name) const {
    const auto it = values_.find(name);
    return it == values_.end() ? nullptr : &it->second;
  }
  const Value* input(const OnnxGraphNode& node, std::size_t i, Value::Kind kind) const {
    const Value* v = i < node.inputs.size() ? value(node.inputs[i]) : nullptr;
    return v != nullptr && v->kind == kind ? v : nullptr;
  }
  const OnnxTensor* constant(const OnnxGraphNode& node, std::size_t i) const {
    if (i >= node.inputs.size()) return nullptr;
    const auto it = onnx_.constants.find(node.inputs[i]);
    return it == onnx_.constants.end() ? nullptr : &it->second;
  }
  std::optional<float> scalar(const OnnxGraphNode& node, std::size_t i) const {
    const OnnxTensor* c = constant(node, i);
    if (c == nullptr || c->floats.size() != 1 || c->shape.size() > 1) return std::nullopt;
    return c->floats[0];
  }

  // Scalars and one value a channel: [C,1,1] or [1,C,1,1].
  static bool is_by_channel(const OnnxTensor& c) {
    const std::size_t rank = c.shape.size();
    if (c.floats.size() == 1) return rank <= 4;
    return (rank == 3 || rank == 4) &&
           c.shape[rank - 3] == static_cast<std::int64_t>(c.floats.size()) && c.floats.size() <= 64;
  }

  // image op constant, or, where `either`, constant op image.
  template <typename Apply>
  std::optional<Value> scaled(const OnnxGraphNode& node, bool either, const Apply& apply) const {
    const bool swapped = either && constant(node, 0) != nullptr;
    const Value* image = input(node, swapped ? 1 : 0, Value::Kind::image);
    const OnnxTensor* c = constant(node, swapped ? 0 : 1);
    if (image == nullptr || c == nullptr || c->floats.empty() || !is_by_channel(*c))
      return std::nullopt;
    Value out = *image;
    const std::size_t channels = std::max({out.scale.size(), c->floats.size(), std::size_t{1}});
    if (!spread(out.scale, channels, 1) || !spread(out.offset, channels, 0)) return std::nullopt;
    for (std::size_t i = 0; i < channels; ++i)
      apply(out.scale[i], out.offset[i],
            static_cast<double>(c->floats[c->floats.size() == 1 ? 0 : i]));
    return c->floats.size() == 1 || c->floats.size() == channels ? std::optional(out)
                                                                 : std::nullopt;
  }

  static bool spread(std::vector<double>& values, std::size_t channels, double absent) {
    if (values.size() == channels) return true;
    if (values.size() > 1) return false;
    values.assign(channels, values.empty() ? absent : values[0]);
    return true;
  }

  std::optional<Value> with_epsilon(const OnnxGraphNode& node) const {
    for (const std::size_t i : {0u, 1u}) {
      const auto epsilon = scalar(node, 1 - i);
      if (!epsilon || node.inputs.size() != 2) continue;
      for (const auto kind : {Value::Kind::energy, Value::Kind::norm})
        if (const Value* v = input(node, i, kind)) {
          Value out = *v;
          (kind == Value::Kind::energy ? out.inside : out.outside) += *epsilon;
          return out;
        }
    }
    return std::nullopt;
  }

  std::optional<Value> add(const OnnxGraphNode& node) {
    if (auto out = scaled(node, true, [](double&, double& offset, double c) { offset += c; }))
      return out;
    if (auto out = with_epsilon(node)) return out;
    return sum(node);
  }

  std::optional<Value> sum(const OnnxGraphNode& node) {
    Value out;
    out.kind = Value::Kind::distance;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const Value* v = input(node, i, Value::Kind::distance);
      if (v == nullptr || out.taps.size() + v->taps.size() > kMaxFeatures) return std::nullopt;
      out.taps.insert(out.taps.end(), v->taps.begin(), v->taps.end());
    }
    return out;
  }

  std::optional<Value> subtract(const OnnxGraphNode& node) {
    if (auto out = scaled(node, false, [](double&, double& offset, double c) { offset -= c; }))
      return out;
    const Value *a = input(node, 0, Value::Kind::unit), *b = input(node, 1, Value::Kind::unit);
    if (a == nullptr || b == nullptr || a->picture == b->picture || a->feature != b->feature)
      return std::nullopt;
    if (a->inside != b->inside || a->outside != b->outside) return std::nullopt;
    return changed(*a, Value::Kind::difference);
  }

  static Value changed(Value v, Value::Kind kind) {
    v.kind = kind;
    return v;
  }

  std::optional<Value> multiply(const OnnxGraphNode& node) {
    const auto apply = [](double& scale, double& offset, double c) { scale *= c, offset *= c; };
    if (auto out = scaled(node, true, apply)) return out;
    return node.inputs.size() == 2 && node.inputs[0] == node.inputs[1] ? squared(node)
                                                                       : std::nullopt;
  }

  std::optional<Value> squared(const OnnxGraphNode& node) const {
    if (const Value* v = input(node, 0, Value::Kind::feature))
      return changed(*v, Value::Kind::square);
    if (const Value* v = input(node, 0, Value::Kind::difference))
      return changed(*v, Value::Kind::squared_difference);
    return std::nullopt;
  }

  std::optional<Value> power(const OnnxGraphNode& node) {
    const auto exponent = scalar(node, 1);
    if (exponent == 2.0f) return squared(node);
    return exponent == 0.5f ? root(node) : std::nullopt;
  }

  std::optional<Value> divide(const OnnxGraphNode& node) {
    const auto apply = [](double& scale, double& offset, double c) { scale /= c, offset /= c; };
    if (auto out = scaled(node, false, apply)) return out;
    const Value *a = input(node, 0, Value::Kind::feature), *b = input(node, 1, Value::Kind::norm);
    if (a == nullptr || b == nullptr || a->picture != b->picture || a->feature != b->feature)
      return std::nullopt;
    return changed(*b, Value::Kind::unit);
  }

  // The axes of a reduction over four dimensions, from the front.
  std::set<std::int64_t> axes(const OnnxGraphNode& node) const {
    std::vector<std::int64_t> given = node.integers("axes", {});
    if (const OnnxTensor* c = constant(node, 1)) given = c->integers;
    std::set<std::int64_t> out;
    for (const std::int64_t axis : given) out.insert(axis < 0 ? axis + 4 : axis);
    return out;
  }

  std::optional<Value> energy(const OnnxGraphNode& node) {
    const Value* v = input(node, 0, Value::Kind::square);
    if (v == nullptr || axes(node) != std::set<std::int64_t>{1} || node.integer("keepdims", 1) == 0)
      return std::nullopt;
    return changed(*v, Value::Kind::energy);
  }

  std::optional<Value> root(const OnnxGraphNode& node) {
    const Value* v = input(node, 0, Value::Kind::energy);
    return v == nullptr ? std::nullopt : std::optional(changed(*v, Value::Kind::norm));
  }

  std::optional<Value> mean(const OnnxGraphNode& node) {
    const std::set<std::int64_t> both{2, 3}, over = node.op == "ReduceMean" ? axes(node) : both;
    const Value* v = input(node, 0, Value::Kind::weighted);
    if (v != nullptr && over == std::set<std::int64_t>{3} && node.integer("keepdims", 1) != 0)
      return changed(*v, Value::Kind::weighted_rows);
    if (v == nullptr || over != both) v = input(node, 0, Value::Kind::weighted_rows);
    if (v == nullptr ||
        (v->kind == Value::Kind::weighted_rows && over != std::set<std::int64_t>{2}))
      return std::nullopt;
    Value out;
    out.kind = Value::Kind::distance;
    out.taps.push_back({v->feature, Tap{0, v->weights, v->inside, v->outside}});
    return out;
  }

  std::optional<Value> pass(const OnnxGraphNode& node) {
    const Value* v = value(node.inputs[0]);
    return v == nullptr ? std::nullopt : std::optional(*v);
  }
  std::optional<Value> pass_distance(const OnnxGraphNode& node) {
    return input(node, 0, Value::Kind::distance) ? pass(node) : std::nullopt;
  }

  std::optional<Value> convolution(const OnnxGraphNode& node) {
    const OnnxTensor* w = constant(node, 1);
    const OnnxTensor* bias = constant(node, 2);
    if (w == nullptr || w->shape.size() != 4 || w->floats.empty() ||
        (node.inputs.size() > 2 && (bias == nullptr || !is_bias(*bias, *w))))
      return std::nullopt;
    auto window = window_of(node, w->shape[2], w->shape[3]);
    if (!window || node.integer("group", 1) != 1) return std::nullopt;
    if (const Value* v = input(node, 0, Value::Kind::squared_difference))
      return weighted(*v, *w, bias, *window);
    return derived(node, {Feature::Kind::convolution,
                          {},
                          static_cast<int>(w->shape[0]),
                          *window,
                          canonical(w),
                          bias == nullptr ? nullptr : canonical(bias)});
  }

  static bool is_bias(const OnnxTensor& bias, const OnnxTensor& weights) {
    return bias.shape == std::vector{weights.shape[0]} && !bias.floats.empty();
  }

  std::optional<Value> weighted(const Value& v, const OnnxTensor& w, const OnnxTensor* bias,
                                const Window& window) const {
    if (bias != nullptr || w.shape[0] != 1 || window != Window{}) return std::nullopt;
    if (w.shape[1] != features_[static_cast<std::size_t>(v.feature)].channels) return std::nullopt;
    Value out = changed(v, Value::Kind::weighted);
    out.weights = w.floats;
    return out;
  }

  // Exporters may write the same weights twice, once for each picture.
  const OnnxTensor* canonical(const OnnxTensor* tensor) {
    for (const OnnxTensor* known : weights_)
      if (known == tensor || (known->shape == tensor->shape && known->floats == tensor->floats))
        return known;
    weights_.push_back(tensor);
    return tensor;
  }

  static std::optional<Window> window_of(const OnnxGraphNode& node, std::int64_t height,
                                         std::int64_t width) {
    const auto strides = node.integers("strides", {1, 1}),
               pads = node.integers("pads", {0, 0, 0, 0});
    const auto auto_pad = node.attributes.find("auto_pad");
    if (auto_pad != node.attributes.end() && auto_pad->second.text != "NOTSET" &&
        auto_pad->second.text != "VALID")
      return std::nullopt;
    const auto small = [](std::int64_t v, std::int64_t least) { return v >= least && v <= 64; };
    const auto plain = [](std::int64_t v) { return v == 1; };
    const auto dilations = node.integers("dilations", {1, 1});
    if (strides.size() != 2 || pads.size() != 4 ||
        !std::all_of(dilations.begin(), dilations.end(), plain))
      return std::nullopt;
    if (!small(height, 1) || !small(width, 1) || !small(strides[0], 1) || !small(strides[1], 1))
      return std::nullopt;
    for (std::size_t i = 0; i < 4; ++i)
      if (!small(pads[i], 0) || pads[i] >= (i % 2 == 0 ? height : width)) return std::nullopt;
    const auto n = [](std::int64_t v) { return static_cast<int>(v); };
    return Window{n(height),     n(width),   n(strides[0]),
                  n(strides[1]), n(pads[0]), n(pads[1]),
                  n(pads[2]),    n(pads[3]), node.integer("ceil_mode", 0) != 0};
  }

  std::optional<Value> max_pooling(const OnnxGraphNode& node) {
    const auto kernel = node.integers("kernel_shape", {});
    if (kernel.size() != 2) return std::nullopt;
    const auto window = window_of(node, kernel[0], kernel[1]);
    if (!window || window->height < window->stride_y || window->width < window->stride_x)
      return std::nullopt;
    if (window->ceil && (window->bottom != 0 || window->right != 0))
      return std::nullopt;  // a window might see nothing
    return derived(node, {Feature::Kind::max_pooling, {}, 0, *window, nullptr, nullptr});
  }

  std::optional<Value> relu(const OnnxGraphNode& node) {
    return derived(node, {Feature::Kind::relu, {}, 0, {}, nullptr, nullptr});
  }

  std::optional<Value> concat(const OnnxGraphNode& node) {
    const std::int64_t axis = node.integer("axis", 0);
    if (axis != 1 && axis != -3) return std::nullopt;
    return derived(node, {Feature::Kind::concat, {}, 0, {}, nullptr, nullptr});
  }

  // A feature made of all features (or, for layers, of the one) that the node names first.
  std::optional<Value> derived(const OnnxGraphNode& node, Feature feature) {
    const std::size_t sources = feature.kind == Feature::Kind::concat ? node.inputs.size() : 1;
    int picture = -1, channels = 0;
    for (std::size_t i = 0; i < sources; ++i) {
      const auto [source, from] = feature_of(node.inputs[i]);
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
    Value out;
    out.kind = Value::Kind::feature;
    out.picture = picture;
    out.feature = number(std::move(feature));
    return out;
  }

  int number(Feature feature) {
    const auto it = std::find_if(features_.begin(), features_.end(),
                                 [&](const Feature& f) { return f.same(feature); });
    if (it != features_.end()) return static_cast<int>(it - features_.begin());
    features_.push_back(std::move(feature));
    return static_cast<int>(features_.size()) - 1;
  }

  // The feature, and the picture, of a value; images become feature 0, scaled alike for both
  // pictures.
  std::pair<int, int> feature_of(const std::string& name) {
    const Value* v = value(name);
    if (v == nullptr || (v->kind != Value::Kind::feature && v->kind != Value::Kind::image))
      return {-1, 0};
    if (v->kind == Value::Kind::feature) return {v->feature, v->picture};
    if (features_.empty()) {
      features_.push_back({});
      features_[0].channels = static_cast<int>(std::max<std::size_t>(v->scale.size(), 1)) == 1
                                  ? 0
                                  : static_cast<int>(v->scale.size());
      image_ = *v;
    }
    return {v->scale == image_.scale && v->offset == image_.offset ? 0 : -1, v->picture};
  }

  const OnnxGraph& onnx_;
  std::map<std::string, Value> values_;
  std::vector<Feature> features_;
  std::vector<const OnnxTensor*> weights_;
  Value image_;
};

}  // namespace

int output_side(int input, int kernel, int stride, int padding, bool ceil) {
  const int room = input + padding - kernel;
  if (room < 0)
    return ceil && room > -stride ? 1
                                  : 0;  // rounded up, a window only has to begin within the input
  return (room + (ceil ? stride - 1 : 0)) / stride + 1;
}

Result<Graph> recognise(const OnnxGraph& onnx) { return Recogniser(onnx).run(); }

}  // namespace visq::stream
