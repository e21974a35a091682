// What files may hold beside the ordinary: dnn_test.cc has that.
#include <gtest/gtest.h>

#include "dnn/onnx/graph.h"
#include "dnn/onnx/writer.h"

namespace visq {
namespace {

using namespace visq::test;

Result<OnnxInfo> scan(const std::string& bytes) {
  VISQ_ASSIGN(const OnnxModel model, parse_onnx(bytes));
  return scan_onnx(*model);
}

// A file of one constant.
ModelFile constant_file(const std::string& constant) {
  ModelFile file;
  file.model = parse_onnx(model(graph({{}, {constant}, {}, {}}))).value();
  return file;
}

std::string packed(int field, const std::vector<std::uint64_t>& values) {
  std::string out;
  for (const std::uint64_t value : values) out += varint(value);
  return bytes_field(field, out);
}

TEST(Onnx, SeesOperatorsThatCouldHide) {
  const std::string hidden = graph({{node("Scan", {}, {"z"})}, {}, {}, {}});
  // The attribute of a function has a default: field 11, which schemas before 1.13 do not know.
  const std::string attribute =
      bytes_field(11, bytes_field(1, "body") + bytes_field(6, hidden) + number_field(20, 5));
  const std::string training = bytes_field(20, bytes_field(2, hidden));
  for (const std::string& extra : {bytes_field(25, attribute), training}) {
    const auto info = scan(model(graph({{node("Relu", {"x"}, {"y"})}, {}, {}, {}}), extra));
    ASSERT_TRUE(info) << info.error().message;
    EXPECT_EQ(check_operators(*info).error().code, EPERM);
  }
}

TEST(Onnx, NamesMayBeNoTextAndUnknownFieldsAreLeftAlone) {
  const std::string name = "\xff\xfe\x80";
  const auto info = scan(
      model(graph({{node("Relu", {name}, {"y"}) + bytes_field(1999, "of tomorrow")}, {}, {}, {}}) +
                bytes_field(11, bytes_field(1, name)),
            bytes_field(3000, "new") + number_field(3001, 7)));
  ASSERT_TRUE(info) << info.error().message;
  ASSERT_EQ(info->nodes.size(), 1u);
  ASSERT_EQ(info->inputs.size(), 1u);
  EXPECT_EQ(info->inputs[0].name, name);
}

TEST(Onnx, RepeatedNumbersMayBePackedOrNot) {
  const std::string values = packed(7, {5, 6, 7}),
                    one_by_one = number_field(7, 5) + number_field(7, 6) + number_field(7, 7);
  for (const std::string& dims : {number_field(1, 3), packed(1, {3})})
    for (const std::string& each : {values, one_by_one}) {
      const ModelFile file = constant_file(dims + number_field(2, 7) + bytes_field(8, "c") + each);
      const auto onnx = read_onnx_graph(file);
      ASSERT_TRUE(onnx) << onnx.error().message;
      EXPECT_EQ(onnx->constants.at("c").shape, std::vector<std::int64_t>{3});
      EXPECT_EQ(onnx->constants.at("c").integers(), (std::vector<std::int64_t>{5, 6, 7}));
      EXPECT_TRUE(onnx->constants.at("c").floats().empty());
    }
}

TEST(Onnx, ConstantsOfFloat16ThatACastMakesFloat32HaveValues) {
  const std::string halves = tensor_with_values<std::uint16_t>(
      "half", {6}, {0x3C00, 0xC101, 0x0001, 0x8000, 0x7BFF, 0x2E66}, 10);
  ModelFile file;
  file.model =
      parse_onnx(model(graph({{node("Cast", {"half"}, {"float"}, "", integer_attribute("to", 1)),
                               node("Cast", {"half"}, {"double"}, "", integer_attribute("to", 11)),
                               node("Cast", {"x"}, {"y"}, "", integer_attribute("to", 1))},
                              {halves},
                              {float_tensor("x", {1})},
                              {}})))
          .value();
  const auto onnx = read_onnx_graph(file);
  ASSERT_TRUE(onnx) << onnx.error().message;
  EXPECT_EQ(onnx->constants.at("float").floats(),
            (std::vector<float>{1, -2.501953125f, 0x1p-24f, 0, 65504, 0x1.998p-4f}));
  EXPECT_TRUE(onnx->constants.at("half").floats().empty()) << "not of a type that layers take";
  EXPECT_FALSE(onnx->constants.contains("double"));
  EXPECT_EQ(onnx->nodes.size(), 2u) << "other casts are nodes";
}

TEST(Onnx, ATensorHasItsValuesOnce) {
  const ModelFile file =
      constant_file(number_field(1, 1) + number_field(2, 7) + bytes_field(8, "c") + packed(7, {5}) +
                    bytes_field(9, std::string(8, '\1')));
  const auto onnx = read_onnx_graph(file);
  ASSERT_FALSE(onnx);
  EXPECT_EQ(onnx.error().code, EBADMSG);
  EXPECT_EQ(onnx.error().message, "tensor c has its values twice");
}

TEST(Onnx, LimitsTheMemoryOfItsStructure) {
  std::string nodes;
  for (int i = 0; i < (3 << 20); ++i) nodes += bytes_field(1, "");
  const auto parsed = parse_onnx(bytes_field(7, nodes));
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, E2BIG);
}

TEST(Onnx, NestingIsLimitedEvenWhereNobodyLooks) {
  std::string type = bytes_field(1, number_field(1, 1));
  for (int i = 0; i < 200; ++i) type = bytes_field(4, bytes_field(1, type));  // a sequence of
  const auto parsed =
      parse_onnx(model(graph({{}, {}, {bytes_field(1, "x") + bytes_field(2, type)}, {}})));
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, EBADMSG);
}

}  // namespace
}  // namespace visq
