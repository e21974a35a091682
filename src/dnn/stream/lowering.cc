#include "dnn/stream/lowering.h"

#include <algorithm>
#include <optional>

namespace visq::stream {
namespace {

std::optional<LayerKind> layer_kind(Feature::Kind kind) {
  switch (kind) {
    case Feature::Kind::convolution:
      return LayerKind::convolution;
    case Feature::Kind::max_pooling:
      return LayerKind::max_pooling;
    case Feature::Kind::l2_pooling:
      return LayerKind::l2_pooling;
    case Feature::Kind::image:
    case Feature::Kind::relu:
    case Feature::Kind::concat:
      break;
  }
  return std::nullopt;
}

class Lowering {
 public:
  Lowering(const std::vector<Feature>& features, const std::vector<int>& taps)
      : features_(features), taps_(taps), uses_(features.size()), place_(features.size()) {
    for (const int feature : taps) use(feature);
  }

  Result<Graph> run(const InputRule& input) {
    const auto channels = static_cast<std::size_t>(features_[0].channels);
    const auto by_channel = [&](const std::vector<double>& values, float absent) {
      std::vector<float> out(channels, values.empty() ? absent : static_cast<float>(values[0]));
      if (values.size() == channels)
        std::transform(values.begin(), values.end(), out.begin(),
                       [](double v) { return static_cast<float>(v); });
      return out;
    };
    out_.scale = by_channel(input.scale, 1);
    out_.offset = by_channel(input.offset, 0);
    VISQ_TRY(place());
    for (std::size_t i = 0; i < features_.size(); ++i)
      if (uses_[i] > 0) emit(features_[i], place_[i]);
    for (const int feature : taps_)
      out_.taps.push_back(place_[static_cast<std::size_t>(feature)].tensor);
    return std::move(out_);
  }

 private:
  struct Place {
    int tensor = -1, first = 0;
    bool relu = false;
  };

  void use(int feature) {
    if (++uses_[static_cast<std::size_t>(feature)] > 1) return;
    for (const int input : features_[static_cast<std::size_t>(feature)].inputs) use(input);
  }

  Status place() {
    for (std::size_t i = features_.size(); i-- > 0;) {
      if (uses_[i] == 0) continue;
      const Feature& f = features_[i];
      if (place_[i].tensor < 0) place_[i].tensor = new_tensor(f.channels);
      int first = 0;
      for (const int input : f.inputs) {
        const bool joined = f.kind == Feature::Kind::relu || f.kind == Feature::Kind::concat;
        if (joined) VISQ_TRY(join(input, place_[i], first, f.kind == Feature::Kind::relu));
        first += features_[static_cast<std::size_t>(input)].channels;
      }
    }
    std::reverse(out_.channels.begin(), out_.channels.end());  // the input becomes tensor 0
    for (Place& p : place_) p.tensor = static_cast<int>(out_.channels.size()) - 1 - p.tensor;
    return {};
  }

  int new_tensor(int channels) {
    out_.channels.push_back(channels);
    return static_cast<int>(out_.channels.size()) - 1;
  }

  Status join(int input, const Place& to, int first, bool relu) {
    const auto i = static_cast<std::size_t>(input);
    const bool is_layer =
        features_[i].kind != Feature::Kind::image && features_[i].kind != Feature::Kind::concat;
    if (uses_[i] != 1 || !is_layer)
      return fail(ENOTSUP, "a value before a ReLU or a concatenation is used elsewhere, too");
    place_[i] = {to.tensor, to.first + first, relu || to.relu};
    return {};
  }

  void emit(const Feature& f, const Place& place) {
    const auto kind = layer_kind(f.kind);
    if (!kind) return;
    const auto input = static_cast<std::size_t>(f.inputs[0]);
    Layer layer;
    layer.kind = *kind;
    layer.in = place_[input].tensor;
    layer.out = place.tensor;
    layer.in_channels = features_[input].channels;
    layer.out_first = place.first;
    layer.out_channels = f.channels;
    layer.window = f.window;
    layer.relu = place.relu;
    layer.epsilon = f.epsilon;
    if (f.weights != nullptr) layer.weights = f.weights->floats();
    if (f.weights != nullptr)
      layer.bias = f.bias != nullptr ? f.bias->floats()
                                     : std::vector<float>(static_cast<std::size_t>(f.channels));
    out_.layers.push_back(std::move(layer));
  }

  const std::vector<Feature>& features_;
  const std::vector<int>& taps_;
  std::vector<int> uses_;
  std::vector<Place> place_;
  Graph out_;
};

}  // namespace

Result<Graph> lower(const std::vector<Feature>& features, const std::vector<int>& taps,
                    const InputRule& input) {
  return Lowering(features, taps).run(input);
}

}  // namespace visq::stream
