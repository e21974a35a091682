// Networks for tests, as ONNX files: layers with random weights over two pictures, compared at
// taps.
#pragma once

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "dnn/onnx/writer.h"

namespace visq::test {

struct TestTensor {
  std::string name;  // followed by .0 for the reference, .1 for the distorted picture
  int channels;
};

// Keeps places where no channel is active from dividing rounding errors by each other.
inline constexpr float kEpsilon = 0.01f;

struct TestWindow {
  int size = 1, stride = 1, pad = 0;
  bool ceil = false;
};

class NetworkWriter {
 public:
  explicit NetworkWriter(unsigned seed) : random_(seed) {
    constant("axis_channels", {1});
    parts_.initializers.push_back(float_constant("two", {}, {2.0f}));
  }

  // The pictures, scaled by channel; two nodes a step, as exporters write it.
  TestTensor input(int channels = 3) {
    for (const int p : {0, 1})
      parts_.inputs.push_back(float_tensor(fmt::format("in.{}", p), {1, channels, -1, -1}));
    parts_.initializers.push_back(float_constant(
        "shift", {1, channels, 1, 1}, uniform(static_cast<std::size_t>(channels), -0.5f, 0.5f)));
    parts_.initializers.push_back(float_constant(
        "scale", {1, channels, 1, 1}, uniform(static_cast<std::size_t>(channels), 0.5f, 2)));
    both("Sub", {"in", "=shift"}, "shifted");
    both("Div", {"shifted", "=scale"}, "scaled");
    return {"scaled", channels};
  }

  TestTensor conv(const TestTensor& in, int channels, const TestWindow& window, bool relu = true) {
    const std::string name = next();
    const auto size = static_cast<std::size_t>(in.channels * window.size * window.size);
    const float spread = std::sqrt(6.0f / static_cast<float>(size));
    parts_.initializers.push_back(
        float_constant(name + "_w", {channels, in.channels, window.size, window.size},
                       uniform(size * static_cast<std::size_t>(channels), -spread, spread)));
    parts_.initializers.push_back(float_constant(
        name + "_b", {channels}, uniform(static_cast<std::size_t>(channels), -0.1f, 0.3f)));
    both("Conv", {in.name, "=" + name + "_w", "=" + name + "_b"}, relu ? name + "_sum" : name,
         attributes(window, false));
    if (relu) both("Relu", {name + "_sum"}, name);
    return {name, channels};
  }

  TestTensor pool(const TestTensor& in, const TestWindow& window) {
    const std::string name = next();
    both("MaxPool", {in.name}, name, attributes(window, true));
    return {name, in.channels};
  }

  TestTensor concat(const std::vector<TestTensor>& in) {
    TestTensor out{next(), 0};
    std::vector<std::string> names;
    for (const TestTensor& tensor : in) {
      names.push_back(tensor.name);
      out.channels += tensor.channels;
    }
    both("Concat", names, out.name, integer_attribute("axis", 1));
    return out;
  }

  TestTensor fire(const TestTensor& in, int squeezed, int expanded) {
    const TestTensor squeeze = conv(in, squeezed, {});
    return concat({conv(squeeze, expanded, {}), conv(squeeze, expanded, {3, 1, 1})});
  }

  // The axes of each step of the taps' means.
  std::vector<std::vector<std::int64_t>> means{{2, 3}};

  void tap(const TestTensor& at, float epsilon = 0) {
    const std::string name = next();
    both("Pow", {at.name, "=two"}, name + "_squares");
    both("ReduceSum", {name + "_squares", "=axis_channels"}, name + "_energy");
    both("Sqrt", {name + "_energy"}, name + "_norm");
    if (epsilon != 0) {
      parts_.initializers.push_back(float_constant(name + "_epsilon", {}, {epsilon}));
      both("Add", {name + "_norm", "=" + name + "_epsilon"}, name + "_safe");
    }
    both("Div", {at.name, name + (epsilon != 0 ? "_safe" : "_norm")}, name + "_unit");
    add(node("Sub", {name + "_unit.0", name + "_unit.1"}, {name + "_difference"}));
    add(node("Pow", {name + "_difference", "two"}, {name + "_squared"}));
    parts_.initializers.push_back(float_constant(
        name + "_w", {1, at.channels, 1, 1}, uniform(static_cast<std::size_t>(at.channels), 0, 1)));
    add(node("Conv", {name + "_squared", name + "_w"}, {name + "_weighted"}));
    std::string mean = name + "_weighted";
    for (const auto& axes : means) {
      add(node("ReduceMean", {mean}, {mean + "_mean"}, "", integers_attribute("axes", axes)));
      mean += "_mean";
    }
    const std::string sum = sum_.empty() ? mean : name + "_sum";
    if (!sum_.empty()) add(node("Add", {sum_, mean}, {sum}));
    sum_ = sum;
  }

  // A node of one's own for both pictures; inputs that begin with = are constants.
  TestTensor other(const std::string& op, const TestTensor& in) {
    const std::string name = next();
    both(op, {in.name}, name);
    return {name, in.channels};
  }

  std::string file() {
    parts_.outputs = {float_tensor(sum_, {1, 1, 1, 1})};
    return model(graph(parts_));
  }

  std::vector<float> uniform(std::size_t count, float from, float to) {
    std::uniform_real_distribution<float> distribution(from, to);
    std::vector<float> values(count);
    for (float& value : values) value = distribution(random_);
    return values;
  }
  int pick(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }

 private:
  // Runtimes want names of nodes to differ; of two fields the last counts.
  void add(const std::string& node) {
    parts_.nodes.push_back(
        node + bytes_field(3, fmt::format("{}_{}", node_name(node), parts_.nodes.size())));
  }
  static std::string node_name(const std::string& node) {
    const std::size_t at = node.find("node_");
    return node.substr(at, static_cast<unsigned char>(node[at - 1]));
  }
  std::string next() { return fmt::format("t{}", count_++); }
  void constant(const std::string& name, const std::vector<std::int64_t>& values) {
    parts_.initializers.push_back(integer_constant(name, values));
  }

  static std::string attributes(const TestWindow& w, bool pooling) {
    const std::string common = integers_attribute("strides", {w.stride, w.stride}) +
                               integers_attribute("pads", {w.pad, w.pad, w.pad, w.pad});
    return pooling ? common + integers_attribute("kernel_shape", {w.size, w.size}) +
                         integer_attribute("ceil_mode", w.ceil)
                   : common;
  }

  void both(const std::string& op, const std::vector<std::string>& inputs,
            const std::string& output, const std::string& attributes = "") {
    for (const int p : {0, 1}) {
      std::vector<std::string> names;
      for (const std::string& input : inputs)
        names.push_back(input[0] == '=' ? input.substr(1) : fmt::format("{}.{}", input, p));
      add(node(op, names, {fmt::format("{}.{}", output, p)}, "", attributes));
    }
  }

  std::mt19937 random_;
  GraphParts parts_;
  std::string sum_;
  int count_ = 0;
};

// As LPIPS has it: convolution, pooling, fire modules.
inline std::string squeeze_network(unsigned seed) {
  NetworkWriter net(seed);
  TestTensor t = net.conv(net.input(), net.pick(1, 4) * 8, {3, 2, 0});
  net.tap(t, kEpsilon);
  for (int block = 0; block < 3; ++block) {
    if (block < 2) t = net.pool(t, {3, 2, 0, true});
    for (int i = net.pick(1, 2); i > 0; --i)
      t = net.fire(t, net.pick(1, 3) * 16, net.pick(1, 3) * 16);
    net.tap(t, kEpsilon);
  }
  return net.file();
}

// Tiles that are made of tiles, small ones and large ones.
inline std::string tiles_network(unsigned seed) {
  NetworkWriter net(seed);
  TestTensor t = net.conv(net.input(), 16, {3, 1, 1});
  for (const int channels : {16, 16, 64, 64, 64}) t = net.conv(t, channels, {3, 1, 1});
  net.tap(t, kEpsilon);
  t = net.conv(net.conv(net.pool(t, {2, 2, 0}), 32, {5, 1, 2}), 16, {5, 1, 2});
  net.tap(net.conv(t, 16, {3, 1, 1}), kEpsilon);
  return net.file();
}

// As VGG and AlexNet have it: chains of convolutions, with kernels of any size.
inline std::string chain_network(unsigned seed) {
  NetworkWriter net(seed);
  TestTensor t = net.conv(net.input(), net.pick(3, 20),
                          {net.pick(1, 3) * 2 + 1, net.pick(1, 3), net.pick(0, 1)});
  net.tap(t, kEpsilon);
  for (int block = 0; block < 2; ++block) {
    for (int i = net.pick(1, 3); i > 0; --i) t = net.conv(t, net.pick(1, 40), {3, 1, 1}, i > 1);
    net.tap(t, kEpsilon);
    t = net.pool(t, block == 0 ? TestWindow{2, 2, 0} : TestWindow{3, 2, 1});
  }
  net.tap(net.conv(t, net.pick(1, 70), {1, 1, 0}), kEpsilon);
  return net.file();
}

}  // namespace visq::test
