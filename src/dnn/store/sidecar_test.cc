#include "dnn/store/sidecar.h"

#include <gtest/gtest.h>

namespace visq {
namespace {

Error refusal(std::string_view json) {
  const auto sidecar = Sidecar::parse(json);
  return sidecar ? Error{0, ""} : sidecar.error();
}

TEST(SidecarFile, AcceptsBothFamiliesOfKeys) {
  const auto one = Sidecar::parse(
      R"({"id": "a", "name": "b", "kind": "fr", "input_names": ["x", "c"],
          "output_names": ["y"], "feature_order": ["adm2", "motion2"],
    "feature_mean": [1, 2], "feature_std": [3, 4], "encoder_vocab": ["libx264", "unknown"],
        "encoder_vocab_version": 2,
    "codec_block_layout": ["crf_norm"], "corpus": {"cq_min": 19.0, "cq_max": 37.0},
        "quant_mode": "dynamic", "int8_sha256": "00"})");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->name, "a");
  EXPECT_EQ(one->input_names, (std::vector<std::string>{"x", "c"}));
  EXPECT_EQ(one->features, (std::vector<std::string>{"adm2", "motion2"}));
  EXPECT_EQ(one->scaler_of_features(), Scaler::host);
  EXPECT_EQ(one->crf_range, std::pair(19.0, 37.0));
  EXPECT_EQ(one->encoder_version, 2);
  const auto other = Sidecar::parse(
      R"({"name": "b", "input_name": "x", "output_name": "y", "features": ["adm2"],
          "input_mean": [1], "input_std": [2]})");
  ASSERT_TRUE(other);
  EXPECT_EQ(other->name, "b");
  EXPECT_EQ(other->input_names, (std::vector<std::string>{"x"}));
  EXPECT_EQ(other->output_names, (std::vector<std::string>{"y"}));
  EXPECT_EQ(other->scaler_of_features(), Scaler::graph);
  EXPECT_EQ(other->scaler_of_pictures(), Scaler::host);
  EXPECT_EQ(Sidecar::parse("{}")->scaler_of_features(), Scaler::none);
}

// What a search for "feature_mean" in the text would fall for.
TEST(SidecarFile, IsReadAsJson) {
  const auto quoted = Sidecar::parse(
      R"({"notes": "\"feature_mean\": [9], \"id\": \"wrong\"", "nested": {"id": "wrong",
          "feature_std": [9]}, "\u0069d": "right"})");
  ASSERT_TRUE(quoted);
  EXPECT_EQ(quoted->name, "right");
  EXPECT_TRUE(quoted->mean.empty());
}

TEST(SidecarFile, RefusesWhatIsWrongWithTheReason) {
  const std::pair<const char*, const char*> wrong[] = {
      {"", "not a JSON object"},
      {"[]", "not a JSON object"},
      {"{\"id\": 3}", "\"id\""},
      {"{\"features\": [1]}", "\"feature_order\""},
      {"{\"feature_mean\": [1]}", "1 means and 0 standard deviations"},
      {"{\"feature_mean\": [1], \"feature_std\": [0]}", "standard deviation of 0"},
      {"{\"feature_mean\": [1], \"feature_std\": [\"1\"]}", "list of numbers"},
      {"{\"scaler\": \"both\"}", "graph or host"},
      {"{\"scaler\": \"host\"}", "no mean"},
      {"{\"members\": []}", "1 to 64"},
      {"{\"members\": [{\"onnx\": \"a/b.onnx\"}]}", "plain name"},
      {"{\"corpus\": {\"cq_min\": 5, \"cq_max\": 5}}", "crf 5 to 5"}};
  for (const auto& [json, reason] : wrong) {
    EXPECT_EQ(refusal(json).code, EBADMSG) << json;
    EXPECT_NE(refusal(json).message.find(reason), std::string::npos)
        << json << ": " << refusal(json).message;
  }
  EXPECT_NE(
      refusal("{\"notes\": \"" + std::string(1 << 20, 'a') + "\"}").message.find("larger than"),
      std::string::npos);
}

TEST(SidecarFile, QuantisedNames) {
  EXPECT_EQ(int8_path("/a/m.onnx"), "/a/m.int8.onnx");
  EXPECT_EQ(int8_path("/a/m.int8.onnx"), "/a/m.int8.onnx");
  EXPECT_TRUE(is_int8_path("m.int8.onnx"));
  EXPECT_FALSE(is_int8_path("m.onnx"));
}

}  // namespace
}  // namespace visq
