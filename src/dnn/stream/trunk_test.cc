// Which nodes of an ONNX graph the trunk takes, and as what.
#include "dnn/stream/trunk.h"

#include <gtest/gtest.h>
#include <onnx/onnx.pb.h>

#include "dnn/onnx/writer.h"

namespace visq::stream {
namespace {

using namespace visq::test;

using Integers = std::vector<std::int64_t>;

std::string text_attribute(std::string_view name, std::string_view value) {
  return bytes_field(5, bytes_field(1, name) + bytes_field(4, value) + number_field(20, 3));
}

ModelFile file_of(const std::vector<std::string>& nodes,
                  const std::vector<std::string>& constants) {
  GraphParts parts;
  parts.nodes = nodes;
  parts.initializers = constants;
  parts.initializers.push_back(float_constant("two", {}, {2}));
  parts.initializers.push_back(float_constant("half", {}, {0.5f}));
  parts.initializers.push_back(
      float_constant("w", {4, 3, 1, 1}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
  for (const char* picture : {"a", "b"})
    parts.inputs.push_back(float_tensor(picture, {1, 3, -1, -1}));
  parts.outputs = {float_tensor("y", {1, 1, 1, 1})};
  ModelFile file;
  file.model = parse_onnx(model(graph(parts))).value();
  return file;
}

// A graph of two pictures "a" and "b", as far as the trunk takes it.
class Reading {
 public:
  explicit Reading(const std::vector<std::string>& nodes,
                   const std::vector<std::string>& constants = {})
      : file_(file_of(nodes, constants)), onnx_(read_onnx_graph(file_).value()), trunk(onnx_) {
    for (const onnx::NodeProto* node : onnx_.nodes) {
      if (!trunk.visit(*node)) break;
      ++taken;
    }
  }

 private:
  ModelFile file_;
  OnnxGraph onnx_;

 public:
  Trunk trunk;
  int taken = 0;  // nodes before the first that the trunk refuses
};

std::string blur_constant(int channels, float centre = 4.0f / 16) {
  std::vector<float> values;
  for (int c = 0; c < channels; ++c)
    for (const float v : {1.f, 2.f, 1.f, 2.f, 16 * centre, 2.f, 1.f, 2.f, 1.f})
      values.push_back(v / 16);
  return float_constant("blur", {channels, 1, 3, 3}, values);
}

std::string blur_node(const std::string& from, std::int64_t group, bool with_bias = false) {
  std::vector<std::string> inputs{from, "blur"};
  if (with_bias) inputs.push_back("bias");
  return node("Conv", inputs, {"blurred"}, "",
              integers_attribute("strides", {2, 2}) + integers_attribute("pads", {1, 1, 1, 1}) +
                  integer_attribute("group", group));
}

const std::string kFeature = node("Conv", {"a", "w"}, {"f"});

TEST(StreamTrunk, ReadsL2PoolingHoweverItIsWritten) {
  const std::string epsilon = float_constant("epsilon", {}, {0.25f});
  for (const std::string& square :
       {node("Mul", {"f", "f"}, {"s"}), node("Pow", {"f", "two"}, {"s"})})
    for (const auto& sum : {std::vector<std::string>{"blurred", "epsilon"}, {"epsilon", "blurred"}})
      for (const std::string& root :
           {node("Sqrt", {"e"}, {"p"}), node("Pow", {"e", "half"}, {"p"})}) {
        const Reading read({kFeature, square, blur_node("s", 4), node("Add", sum, {"e"}), root},
                           {epsilon, blur_constant(4)});
        ASSERT_EQ(read.taken, 5);
        const TrunkValue* value = read.trunk.value("p");
        ASSERT_NE(value, nullptr);
        EXPECT_EQ(value->kind, TrunkValue::Kind::feature);
        const Feature& pooled = read.trunk.features()[static_cast<std::size_t>(value->feature)];
        EXPECT_EQ(pooled.kind, Feature::Kind::l2_pooling);
        EXPECT_EQ(pooled.inputs, std::vector{1});
        EXPECT_EQ(pooled.channels, 4);
        EXPECT_EQ(pooled.epsilon, 0.25f);
        EXPECT_EQ(pooled.window, (Window{3, 3, 2, 2, 1, 1, 1, 1}));
      }
  const Reading without({kFeature, node("Mul", {"f", "f"}, {"s"}), blur_node("s", 4),
                         node("Sqrt", {"blurred"}, {"p"})},
                        {blur_constant(4)});
  ASSERT_EQ(without.taken, 4);
  EXPECT_EQ(without.trunk.features().back().epsilon, 0) << "none is added";
}

TEST(StreamTrunk, RefusesWhatIsNotQuiteAnL2Pooling) {
  const std::string square = node("Mul", {"f", "f"}, {"s"});
  const auto refused_at = [&](const std::vector<std::string>& nodes, const std::string& blur) {
    return Reading(nodes, {blur, float_constant("bias", {4}, {0, 0, 0, 0}),
                           float_constant("epsilons", {2}, {1, 2})})
        .taken;
  };
  EXPECT_EQ(refused_at({kFeature, square, blur_node("s", 4)}, blur_constant(4)), 3) << "taken";
  EXPECT_EQ(refused_at({kFeature, square, blur_node("s", 4)}, blur_constant(4, 0.2f)), 2)
      << "other weights";
  EXPECT_EQ(refused_at({kFeature, square, blur_node("s", 2)}, blur_constant(4)), 2)
      << "other groups";
  EXPECT_EQ(refused_at({kFeature, square, blur_node("s", 3)}, blur_constant(3)), 2)
      << "other channels";
  EXPECT_EQ(refused_at({kFeature, square, blur_node("s", 4, true)}, blur_constant(4)), 2)
      << "a bias";
  EXPECT_EQ(refused_at({kFeature, blur_node("f", 4)}, blur_constant(4)), 1) << "nothing squared";
  EXPECT_EQ(refused_at({kFeature, square, node("Sqrt", {"s"}, {"p"})}, blur_constant(4)), 2)
      << "nothing blurred";
  EXPECT_EQ(
      refused_at({kFeature, square, blur_node("s", 4), node("Add", {"blurred", "epsilons"}, {"e"})},
                 blur_constant(4)),
      3)
      << "an epsilon for each channel";
  EXPECT_EQ(refused_at({kFeature, square, node("Relu", {"s"}, {"r"})}, blur_constant(4)), 2)
      << "a square is no feature";
  EXPECT_EQ(refused_at({node("Mul", {"a", "a"}, {"s"})}, blur_constant(4)), 0)
      << "a picture is no feature yet";
}

TEST(StreamTrunk, BothPicturesGetTheSameFeatures) {
  const Reading read(
      {node("Conv", {"a", "w"}, {"fa"}), node("Relu", {"fa"}, {"ra"}),
       node("Conv", {"b", "again"}, {"fb"}), node("Relu", {"fb"}, {"rb"}),
       node("Identity", {"rb"}, {"same"})},
      {float_constant("again", {4, 3, 1, 1}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})});
  ASSERT_EQ(read.taken, 5);
  EXPECT_EQ(read.trunk.features().size(), 3u) << "a picture, its convolution and that one's ReLU";
  const TrunkValue *a = read.trunk.value("ra"), *b = read.trunk.value("same");
  EXPECT_EQ(a->feature, b->feature);
  EXPECT_EQ(a->picture, 0);
  EXPECT_EQ(b->picture, 1);
}

TEST(StreamTrunk, ComposesScalesFromEitherSide) {
  const Reading read({node("Mul", {"two", "a"}, {"m"}), node("Add", {"c", "m"}, {"n"}),
                      node("Div", {"n", "half"}, {"d"}), node("Sub", {"d", "two"}, {"x"})},
                     {float_constant("c", {1, 3, 1, 1}, {10, 20, 30})});
  ASSERT_EQ(read.taken, 4);
  const TrunkValue* x = read.trunk.value("x");
  EXPECT_EQ(x->scale, (std::vector<double>{4, 4, 4}));
  EXPECT_EQ(x->offset, (std::vector<double>{18, 38, 58})) << "(2 a + c) / 0.5 - 2";
  EXPECT_EQ(Reading({node("Sub", {"two", "a"}, {"x"})}).taken, 0) << "the picture comes first";
  EXPECT_EQ(Reading({node("Div", {"two", "a"}, {"x"})}).taken, 0);
  EXPECT_EQ(Reading({node("Add", {"a", "b"}, {"x"})}).taken, 0) << "of two pictures";
  EXPECT_EQ(
      Reading({node("Add", {"a", "c"}, {"x"}), node("Add", {"x", "d"}, {"y"})},
              {float_constant("c", {3, 1, 1}, {1, 2, 3}), float_constant("d", {2, 1, 1}, {1, 2})})
          .taken,
      1)
      << "two values for three channels";
  EXPECT_EQ(Reading({node("Add", {"a", "c"}, {"x"})}, {float_constant("c", {3}, {1, 2, 3})}).taken,
            0)
      << "values along the width";
}

TEST(StreamTrunk, PicturesScaledDifferentlyShareNoFeature) {
  EXPECT_EQ(Reading({node("Mul", {"a", "two"}, {"x"}), node("Conv", {"x", "w"}, {"fx"}),
                     node("Mul", {"b", "half"}, {"z"}), node("Conv", {"z", "w"}, {"fz"})})
                .taken,
            3);
}

TEST(StreamTrunk, WindowsAreThoseOfTheNode) {
  const auto pooled = [](const std::string& attributes, Integers kernel = {3, 2}) {
    const Reading read({kFeature, node("MaxPool", {"f"}, {"p"}, "",
                                       attributes + integers_attribute("kernel_shape", kernel))});
    return read.taken == 2 ? std::optional(read.trunk.features().back().window) : std::nullopt;
  };
  EXPECT_EQ(pooled(""), (Window{3, 2}));
  EXPECT_EQ(
      pooled(integers_attribute("strides", {2, 1}) + integers_attribute("pads", {1, 0, 2, 1})),
      (Window{3, 2, 2, 1, 1, 0, 2, 1}));
  EXPECT_EQ(pooled(integer_attribute("ceil_mode", 1)), (Window{3, 2, 1, 1, 0, 0, 0, 0, true}));
  EXPECT_TRUE(pooled(text_attribute("auto_pad", "VALID")));
  EXPECT_FALSE(pooled(text_attribute("auto_pad", "SAME_UPPER")));
  EXPECT_FALSE(pooled(integers_attribute("dilations", {1, 2})));
  EXPECT_FALSE(pooled(integers_attribute("strides", {3, 3}))) << "columns between windows";
  EXPECT_FALSE(pooled(integers_attribute("strides", {1})));
  EXPECT_FALSE(pooled(integers_attribute("strides", {0, 1})));
  EXPECT_FALSE(pooled(integers_attribute("pads", {3, 0, 0, 0}))) << "a window of padding alone";
  EXPECT_FALSE(pooled(integers_attribute("pads", {0, -1, 0, 0})));
  EXPECT_FALSE(pooled("", {3, 65})) << "more than any graph here has";
  EXPECT_TRUE(pooled("", {3, 64}));
  EXPECT_FALSE(pooled("", {3}));
}

TEST(StreamTrunk, RefusesConvolutionsAndJoinsThatDoNotFit) {
  const auto taken = [](const std::vector<std::string>& nodes) {
    return Reading(nodes, {float_constant("w2", {4, 2, 1, 1}, {1, 2, 3, 4, 5, 6, 7, 8}),
                           float_constant("short", {3}, {1, 2, 3}),
                           float_constant("bias", {4}, {1, 2, 3, 4})})
        .taken;
  };
  const auto axis = [](std::int64_t value) { return integer_attribute("axis", value); };
  const std::string other = node("Conv", {"b", "w"}, {"g"});
  EXPECT_EQ(taken({node("Conv", {"a", "w", "bias"}, {"f"})}), 1);
  EXPECT_EQ(taken({node("Conv", {"a", "w", "short"}, {"f"})}), 0) << "a bias of three for four";
  EXPECT_EQ(taken({node("Conv", {"a", "w", "b"}, {"f"})}), 0) << "a bias that is no constant";
  EXPECT_EQ(taken({node("Conv", {"a", "b"}, {"f"})}), 0) << "weights that are none";
  EXPECT_EQ(taken({kFeature, node("Conv", {"f", "w2"}, {"h"})}), 1) << "two channels for four";
  EXPECT_EQ(taken({kFeature, node("Concat", {"f", "f"}, {"h"}, "", axis(1))}), 2);
  EXPECT_EQ(taken({kFeature, node("Concat", {"f", "f"}, {"h"}, "", axis(-3))}), 2);
  EXPECT_EQ(taken({kFeature, node("Concat", {"f", "f"}, {"h"}, "", axis(2))}), 1);
  EXPECT_EQ(taken({kFeature, other, node("Concat", {"f", "g"}, {"h"}, "", axis(1))}), 2)
      << "of two pictures";
  EXPECT_EQ(taken({node("Relu", {"a"}, {"r"})}), 0) << "a ReLU of a picture";
  EXPECT_EQ(taken({node("Identity", {"nowhere"}, {"r"})}), 0);
  EXPECT_EQ(taken({kFeature, node("Pow", {"f", "bias"}, {"s"})}), 1) << "an exponent a channel";
}

TEST(StreamTrunk, AxesAreCountedFromTheFront) {
  const Reading read({}, {integer_constant("axes", {-1, -2, 1})});
  onnx::NodeProto node;
  EXPECT_TRUE(read.trunk.axes(node).empty());
  node.add_input("a");
  node.add_input("axes");
  EXPECT_EQ(read.trunk.axes(node), (std::set<std::int64_t>{1, 2, 3}));
}

TEST(StreamTrunk, ConstantsByChannelHaveTheirPlace) {
  EXPECT_TRUE(is_by_channel({}, 1));
  EXPECT_TRUE(is_by_channel({1, 1, 1, 1}, 1));
  EXPECT_FALSE(is_by_channel({1, 1, 1, 1, 1}, 1));
  EXPECT_TRUE(is_by_channel({5, 1, 1}, 5));
  EXPECT_TRUE(is_by_channel({1, 5, 1, 1}, 5));
  EXPECT_FALSE(is_by_channel({1, 1, 5, 1}, 5));
  EXPECT_FALSE(is_by_channel({5}, 5));
}

}  // namespace
}  // namespace visq::stream
