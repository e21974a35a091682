#include "tests/support/synthetic_network.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <span>

#include <fmt/format.h>

#include "dnn/onnx/writer.h"

namespace visq::test {
namespace {

// ---- weights ----

std::uint64_t key_of(const std::string& name) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

// An odd number below 2^24.
std::int64_t integer_at(std::uint64_t key, std::size_t i) {
  std::uint64_t z = key + (i + 1) * 0x9E3779B97F4A7C15u;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  z ^= z >> 31;
  return 2 * static_cast<std::int64_t>(z >> 40) + 1 - (1 << 24);
}

struct ConvLayer {
  int index;  // of torchvision's list
  int in, out, size, stride, padding;
  bool tap, pool;  // compared behind it; pooled before it
};

std::vector<float> weights_of(const std::string& name, const ConvLayer& layer) {
  const std::int64_t count = std::int64_t{layer.in} * layer.size * layer.size;
  const auto multiplier =
      static_cast<std::int64_t>(std::floor(4096 * std::sqrt(8 / static_cast<double>(count)) + 0.5));
  const std::uint64_t key = key_of(name);
  std::vector<float> values;
  for (std::size_t o = 0; o < static_cast<std::size_t>(layer.out); ++o) {
    std::vector<std::int64_t> row;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
      row.push_back(integer_at(key, o * static_cast<std::size_t>(count) + i));
    const std::int64_t sum = std::accumulate(row.begin(), row.end(), std::int64_t{0});
    for (const std::int64_t n : row)
      values.push_back(
          static_cast<float>(static_cast<double>(multiplier * (4 * count * n - 3 * sum)) /
                             (static_cast<double>(count) * 274877906944.0)));
  }
  return values;
}

std::vector<float> biases_of(const std::string& name, int count) {
  std::vector<float> values;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
    values.push_back(
        static_cast<float>(static_cast<double>(205 * integer_at(key_of(name), i)) / 68719476736.0));
  return values;
}

// Rounded down to float16; what is too small for it becomes zero.
std::vector<std::uint16_t> halves_of(const std::vector<float>& values) {
  std::vector<std::uint16_t> halves;
  for (const float value : values) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t sign = bits >> 16 & 0x8000, size = bits & 0x7FFFFFFF;
    constexpr std::uint32_t kLeast = 113u << 23;  // 2^-14
    halves.push_back(static_cast<std::uint16_t>(
        sign | (size < kLeast ? 0 : (size - kLeast + (1u << 23)) >> 13)));
  }
  return halves;
}

// ---- trunks ----

constexpr ConvLayer kVgg[] = {
    {0, 3, 64, 3, 1, 1, false, false},     {2, 64, 64, 3, 1, 1, true, false},
    {5, 64, 128, 3, 1, 1, false, true},    {7, 128, 128, 3, 1, 1, true, false},
    {10, 128, 256, 3, 1, 1, false, true},  {12, 256, 256, 3, 1, 1, false, false},
    {14, 256, 256, 3, 1, 1, true, false},  {17, 256, 512, 3, 1, 1, false, true},
    {19, 512, 512, 3, 1, 1, false, false}, {21, 512, 512, 3, 1, 1, true, false},
    {24, 512, 512, 3, 1, 1, false, true},  {26, 512, 512, 3, 1, 1, false, false},
    {28, 512, 512, 3, 1, 1, true, false}};
constexpr ConvLayer kAlex[] = {{0, 3, 64, 11, 4, 2, true, false},
                               {3, 64, 192, 5, 1, 2, true, true},
                               {6, 192, 384, 3, 1, 1, true, true},
                               {8, 384, 256, 3, 1, 1, true, false},
                               {10, 256, 256, 3, 1, 1, true, false}};
constexpr double kMean[] = {0.485, 0.456, 0.406}, kDeviation[] = {0.229, 0.224, 0.225};

std::vector<float> by_channel(double (*value)(std::size_t)) {
  std::vector<float> values;
  for (std::size_t c = 0; c < 3; ++c) values.push_back(static_cast<float>(value(c)));
  return values;
}

class Writer {
 public:
  explicit Writer(bool half = false) : half_(half) {
    for (const char* input : {"ref", "dist"})
      parts_.inputs.push_back(float_tensor(input, {1, 3, -1, -1}));
    parts_.initializers.push_back(integer_constant("axis_1", {1}));
    constant("two", {}, {2});
  }

  std::string constant(const std::string& name, const std::vector<std::int64_t>& shape,
                       const std::vector<float>& values) {
    parts_.initializers.push_back(float_constant(name, shape, values));
    return name;
  }
  std::string channels(const std::string& name, const std::vector<float>& values) {
    return constant(name, {1, static_cast<std::int64_t>(values.size()), 1, 1}, values);
  }
  std::string op(const std::string& kind, const std::vector<std::string>& inputs,
                 const std::string& attributes = "") {
    const std::string out = fmt::format("{}_{}", kind, parts_.nodes.size());
    parts_.nodes.push_back(node(kind, inputs, {out}, "", attributes) + bytes_field(3, out));
    return out;
  }
  std::string square(const std::string& x) { return op("Mul", {x, x}); }
  std::string mean(const std::string& x) {  // over the width, then over the height
    return op("ReduceMean", {op("ReduceMean", {x}, integers_attribute("axes", {3}))},
              integers_attribute("axes", {2}));
  }
  std::string sum_of_channels(const std::string& x) { return op("ReduceSum", {x, "axis_1"}); }

  // The features behind the taps. `pool(x, channels)` makes a layer smaller.
  template <typename Pool>
  std::vector<std::string> trunk(std::span<const ConvLayer> layers, const std::string& net,
                                 std::string x, const Pool& pool) {
    std::vector<std::string> taps;
    for (const ConvLayer& layer : layers) {
      if (layer.pool) x = pool(x, layer.in);
      const std::string name = fmt::format("{}.features.{}", net, layer.index);
      if (!weights_written_) write_weights(name, layer);
      x = op("Relu", {op("Conv", {x, name + ".weight", name + ".bias"}, window(layer))});
      if (layer.tap) taps.push_back(x);
    }
    weights_written_ = true;  // both pictures use them
    return taps;
  }

  std::string file(const std::string& score) {
    parts_.outputs.push_back(float_tensor(score, {1, 1, 1, 1}));
    return model(graph(parts_));
  }

 private:
  static std::string window(const ConvLayer& l) {
    return integers_attribute("strides", {l.stride, l.stride}) +
           integers_attribute("pads", {l.padding, l.padding, l.padding, l.padding});
  }
  void write_weights(const std::string& name, const ConvLayer& layer) {
    const std::string weight = name + ".weight";
    const std::vector<std::int64_t> shape{layer.out, layer.in, layer.size, layer.size};
    if (half_) {
      parts_.initializers.push_back(
          tensor_with_values(weight + ".half", shape, halves_of(weights_of(weight, layer)), 10));
      parts_.nodes.push_back(
          node("Cast", {weight + ".half"}, {weight}, "", integer_attribute("to", 1)) +
          bytes_field(3, weight));
    } else {
      constant(weight, shape, weights_of(weight, layer));
    }
    constant(name + ".bias", {layer.out}, biases_of(name + ".bias", layer.out));
  }

  GraphParts parts_;
  bool half_, weights_written_ = false;
};

std::string unlikeness(Writer& w, const std::string& cross, const std::string& a,
                       const std::string& b) {
  const std::string top = w.op("Add", {w.op("Mul", {cross, "two"}), "c"}),
                    bottom = w.op("Add", {w.op("Add", {a, b}), "c"});
  return w.op("Sub", {"one", w.op("Div", {top, bottom})});
}

struct Shares {
  std::string alpha, beta;
};

std::string stage(Writer& w, const std::string& x, const std::string& y, const Shares& shares) {
  const std::string mx = w.mean(x), my = w.mean(y), dx = w.op("Sub", {x, mx}),
                    dy = w.op("Sub", {y, my});
  const std::string texture = unlikeness(w, w.op("Mul", {mx, my}), w.square(mx), w.square(my)),
                    structure = unlikeness(w, w.mean(w.op("Mul", {dx, dy})), w.mean(w.square(dx)),
                                           w.mean(w.square(dy)));
  return w.sum_of_channels(
      w.op("Add", {w.op("Mul", {texture, shares.alpha}), w.op("Mul", {structure, shares.beta})}));
}

std::string l2_pool(Writer& w, const std::string& x, int channels) {
  static constexpr float kWindow[] = {1, 2, 1, 2, 4, 2, 1, 2, 1};
  std::vector<float> values;
  for (int c = 0; c < channels; ++c)
    for (const float v : kWindow) values.push_back(v / 16);
  const std::string name = fmt::format("l2_{}_{}", channels, x);
  w.constant(name, {channels, 1, 3, 3}, values);
  return w.op("Sqrt", {w.op("Add", {w.op("Conv", {w.square(x), name},
                                         integers_attribute("strides", {2, 2}) +
                                             integers_attribute("pads", {1, 1, 1, 1}) +
                                             integer_attribute("group", channels)),
                                    "tiny"})});
}

std::vector<float> part(const std::vector<double>& all, std::size_t first, std::size_t count,
                        double total) {
  std::vector<float> values;
  for (std::size_t i = first; i < first + count; ++i)
    values.push_back(static_cast<float>(all[i] / total));
  return values;
}

std::string unit(Writer& w, const std::string& x) {
  const std::string length = w.op("Sqrt", {w.sum_of_channels(w.square(x))});
  return w.op("Div", {x, w.op("Add", {length, "epsilon"})});
}

std::string dists_of(std::span<const ConvLayer> layers, const std::vector<double>& alpha,
                     const std::vector<double>& beta, bool half = false) {
  std::vector<std::size_t> channels{3};
  for (const ConvLayer& layer : layers)
    if (layer.tap) channels.push_back(static_cast<std::size_t>(layer.out));
  Writer w(half);
  w.constant("one", {}, {1});
  w.constant("c", {}, {1e-6f});
  w.constant("tiny", {}, {1e-12f});
  w.channels("mean", by_channel([](std::size_t c) { return kMean[c]; }));
  w.channels("std", by_channel([](std::size_t c) { return kDeviation[c]; }));
  std::vector<std::vector<std::string>> maps;
  for (const std::string input : {"ref", "dist"}) {
    maps.push_back({w.op("Add", {w.op("Mul", {input, "std"}), "mean"})});
    for (const std::string& tap : w.trunk(layers, "vgg16", input, [&](const auto& x, int count) {
           return l2_pool(w, x, count);
         }))
      maps.back().push_back(tap);
  }
  const double total = std::accumulate(alpha.begin(), alpha.end(), 0.0) +
                       std::accumulate(beta.begin(), beta.end(), 0.0);
  std::vector<std::string> parts;
  std::size_t first = 0;
  for (std::size_t k = 0; k < channels.size(); ++k) {
    const Shares shares{
        w.channels(fmt::format("alpha_{}", k), part(alpha, first, channels[k], total)),
        w.channels(fmt::format("beta_{}", k), part(beta, first, channels[k], total))};
    first += channels[k];
    parts.push_back(stage(w, maps[0][k], maps[1][k], shares));
  }
  return w.file(w.sum_of_channels(w.op("Concat", parts, integer_attribute("axis", 1))));
}

std::span<const ConvLayer> trunk_of(std::string_view net) {
  if (net == "vgg") return kVgg;
  return kAlex;
}

// With an eighth of the channels.
std::vector<ConvLayer> small(std::span<const ConvLayer> trunk) {
  constexpr int kDivisor = 8;
  std::vector<ConvLayer> layers(trunk.begin(), trunk.end());
  for (ConvLayer& layer : layers) {
    if (layer.in > 3) layer.in /= kDivisor;
    layer.out /= kDivisor;
  }
  return layers;
}

std::vector<std::vector<float>> equal_heads(std::span<const ConvLayer> layers) {
  std::vector<std::vector<float>> heads;
  for (const ConvLayer& layer : layers)
    if (layer.tap) heads.emplace_back(static_cast<std::size_t>(layer.out), 1.0f);
  return heads;
}

std::string lpips_of(std::span<const ConvLayer> layers, std::string_view net,
                     const std::vector<std::vector<float>>& heads) {
  static constexpr double kShift[] = {-0.030, -0.088, -0.188}, kScale[] = {0.458, 0.448, 0.450};
  Writer w;
  w.constant("epsilon", {}, {1e-10f});
  w.channels("scale", by_channel([](std::size_t c) { return 2 * kDeviation[c] / kScale[c]; }));
  w.channels("offset",
             by_channel([](std::size_t c) { return (2 * kMean[c] - 1 - kShift[c]) / kScale[c]; }));
  const bool vgg = net == "vgg";
  const auto pool = [&](const std::string& x, int) {
    const std::int64_t size = vgg ? 2 : 3;
    return w.op(
        "MaxPool", {x},
        integers_attribute("kernel_shape", {size, size}) + integers_attribute("strides", {2, 2}));
  };
  std::vector<std::vector<std::string>> taps;
  for (const std::string input : {"ref", "dist"})
    taps.push_back(w.trunk(layers, vgg ? "vgg16" : "alexnet",
                           w.op("Add", {w.op("Mul", {input, "scale"}), "offset"}), pool));
  std::string score;
  for (std::size_t k = 0; k < heads.size(); ++k) {
    const std::string difference = w.op("Sub", {unit(w, taps[0][k]), unit(w, taps[1][k])});
    const std::string weighted =
        w.op("Mul", {w.square(difference), w.channels(fmt::format("head_{}", k), heads[k])});
    const std::string mean = w.mean(w.sum_of_channels(weighted));
    score = k == 0 ? mean : w.op("Add", {score, mean});
  }
  return w.file(score);
}

std::string equal_dists_of(std::span<const ConvLayer> layers, bool half = false) {
  std::size_t channels = 3;
  for (const ConvLayer& layer : layers)
    if (layer.tap) channels += static_cast<std::size_t>(layer.out);
  const std::vector<double> equal(channels, 1.0);
  return dists_of(layers, equal, equal, half);
}

}  // namespace

std::string synthetic_dists(const std::vector<double>& alpha, const std::vector<double>& beta) {
  return dists_of(kVgg, alpha, beta);
}

std::string small_dists(bool half) { return equal_dists_of(small(kVgg), half); }

std::string synthetic_lpips(const std::string& net, const std::vector<std::vector<float>>& heads) {
  return lpips_of(trunk_of(net), net, heads);
}

std::string synthetic_shot_detector() {
  constexpr std::int64_t kFrames = 100;
  std::vector<float> differences(kFrames * kFrames);  // of each frame's mean to the next one's
  for (std::size_t t = 0; t + 1 < kFrames; ++t) {
    differences[t * kFrames + t] = -1;
    differences[t * kFrames + t + 1] = 1;
  }
  const auto mean = [](const char* from, const char* to, const std::vector<std::int64_t>& axes,
                       std::int64_t keep) {
    return node("ReduceMean", {from}, {to}, "",
                integers_attribute("axes", axes) + integer_attribute("keepdims", keep)) +
           bytes_field(3, to);
  };
  return model(graph(
      {{mean("frames", "colours", {2, 3}, 0), node("MatMul", {"differences", "colours"}, {"jumps"}),
        node("Abs", {"jumps"}, {"sizes"}), mean("sizes", "size", {2}, 1),
        node("Sub", {"size", "threshold"}, {"single"})},
       {float_constant("differences", {kFrames, kFrames}, differences),
        float_constant("threshold", {}, {24})},
       {float_tensor("frames", {1, kFrames, 27, 48, 3})},
       {float_tensor("single", {1, kFrames, 1})}}));
}

std::vector<StoreFile> synthetic_store(bool whole) {
  std::vector<StoreFile> files;
  const auto layers_of = [&](std::string_view net) {
    const auto trunk = trunk_of(net);
    return whole ? std::vector<ConvLayer>(trunk.begin(), trunk.end()) : small(trunk);
  };
  files.push_back({"dists_vgg.onnx", equal_dists_of(layers_of("vgg"))});
  for (const std::string_view net : {"alex", "vgg"}) {
    const auto layers = layers_of(net);
    files.push_back(
        {fmt::format("lpips_{}.onnx", net), lpips_of(layers, net, equal_heads(layers))});
  }
  files.push_back({"transnet_v2.onnx", synthetic_shot_detector()});
  return files;
}

}  // namespace visq::test
