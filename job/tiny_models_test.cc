#include "job/tiny_models.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "src/dnn/onnx/writer.h"
#include "src/dnn/stream/test_networks.h"
#include "tests/support/temp_folder.h"

namespace visq::job {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using namespace visq::test;

TEST(Devices, NonsenseIsRefused) {
  for (const char* device : {"gpu", "cuda:", "cuda:x", "cuda:-1", ":1"}) {
    TinySettings tiny;
    tiny.device = device;
    const auto config = dnn_config(tiny);
    ASSERT_FALSE(config) << device;
    EXPECT_NE(config.error().message.find("openvino-npu"), std::string::npos)
        << "lists what there is";
  }
}

class TinyStore : public InTempFolder {
 protected:
  void SetUp() override {
    setenv("VISQ_MODEL_STORE", folder_.c_str(), 1);
    write("m.onnx", "");
    write("m.int8.onnx", "");
    const std::string hash(64, '0');
    write("registry.json", Json{{"models",
                                 {{{"id", "model_id"}, {"onnx", "m.onnx"}, {"sha256", hash}},
                                  {{"id", "gone"}, {"onnx", "gone.onnx"}, {"sha256", hash}}}}}
                               .dump());
  }
  void TearDown() override { unsetenv("VISQ_MODEL_STORE"); }
  std::string write(const std::string& name, const std::string& content) const {
    return InTempFolder::write("tiny/" + name, content);
  }
};

TEST_F(TinyStore, AnIdIsLookedUpInTheRegistry) {
  EXPECT_EQ(find_tiny_model("model_id").value(), (folder_ / "tiny/m.onnx").string());
  EXPECT_EQ(find_tiny_model("model_id_int8").value(), (folder_ / "tiny/m.int8.onnx").string());
  EXPECT_EQ(find_tiny_model((folder_ / "tiny/m.onnx").string()).value(),
            (folder_ / "tiny/m.onnx").string())
      << "a path is a path";
  write("ensemble.json", "{}");
  EXPECT_EQ(find_tiny_model("ensemble").value(), (folder_ / "tiny/ensemble.json").string());
  EXPECT_NE(find_tiny_model("gone").error().message.find("no file gone.onnx"), std::string::npos);
  EXPECT_NE(find_tiny_model("other").error().message.find("it has model_id, gone"),
            std::string::npos);
  EXPECT_FALSE(find_tiny_model("../tiny/ensemble"));
  write("made.onnx", "");
  write("registry.local.json",
        Json{{"models", {{{"id", "made_here"}, {"onnx", "made.onnx"}}}}}.dump());
  EXPECT_EQ(find_tiny_model("made_here").value(), (folder_ / "tiny/made.onnx").string());
  EXPECT_EQ(find_tiny_model("model_id").value(), (folder_ / "tiny/m.onnx").string());
  write("registry.json", "nonsense");
  EXPECT_TRUE(find_tiny_model("made_here"));
  write("registry.local.json", "nonsense");
  EXPECT_NE(find_tiny_model("model_id").error().message.find("no registry"), std::string::npos);
}

#ifdef VISQ_HAVE_ONNXRUNTIME

struct Context {
  explicit Context(unsigned threads = 2) : owner({VMAF_LOG_LEVEL_NONE, threads, 1, 0, 0}) {}
  visq::context owner;
  VmafContext* context = owner.get();
};

// Means of a row, of luma, and of the difference of two pictures.
std::string row_mean() {
  return test::model(graph({{node("ReduceMean", {"x"}, {"y"})},
                            {},
                            {float_tensor("x", {1, 1})},
                            {float_tensor("y", {1, 1})}}));
}
std::string luma_mean() {
  return test::model(graph({{node("ReduceMean", {"x"}, {"y"})},
                            {},
                            {float_tensor("x", {1, 1, -1, -1})},
                            {float_tensor("y", {1, 1, 1, 1})}}));
}

Error use(Context& c, const TinySettings& tiny) {
  Job job;
  job.tiny = tiny;
  const Status status = use_tiny_models(c.owner, job);
  return status ? Error{0, ""} : status.error();
}

TinySettings with(const std::vector<std::string>& models) {
  TinySettings tiny;
  tiny.models = models;
  return tiny;
}

TEST_F(TinyStore, ErrorsCarryTheirKindAndTheReason) {
  write("row.json", R"({"id": "row", "features": ["motion2"]})");
  const std::string row = write("row.onnx", row_mean());
  Context c;
  EXPECT_EQ(use(c, with({"nowhere"})).kind, ErrorKind::model);
  TinySettings codec = with({row});
  codec.codec = "x264";
  EXPECT_EQ(use(c, codec).kind, ErrorKind::usage);
  EXPECT_NE(use(c, codec).message, "") << "the model has no codec input";
  TinySettings verify = with({row});
  verify.verify = true;
  EXPECT_EQ(use(c, verify).kind, ErrorKind::model);
  TinySettings quant = with({row});
  quant.quant = "int4";
  EXPECT_NE(use(c, quant).message.find("none or int8, not \"int4\""), std::string::npos);
  quant.quant = "int8";
  EXPECT_NE(use(c, quant).message.find("row.int8.onnx"), std::string::npos);
  TinySettings device = with({row});
  device.device = "openvino-npu";
  EXPECT_EQ(use(c, device).kind, ErrorKind::model);
  EXPECT_NE(use(c, device).message.find("OpenVINO:NPU"), std::string::npos);
}

// The settings hold for learned metrics, too, not for tiny models alone.
TEST_F(TinyStore, SettingsHoldForLearnedMetrics) {
  const std::string network = write("l.onnx", luma_mean());
  for (const char* metric : {"lpips", "saliency"})
    for (const auto& [option, code] : {std::pair("device", -ENODEV), std::pair("quant", -ENOENT),
                                       std::pair("verify", -EKEYREJECTED)}) {
      TinySettings set;
      if (code == -ENODEV) set.device = "rocm";
      if (code == -ENOENT) set.quant = "int8";
      set.verify = code == -EKEYREJECTED;
      Context c;
      ASSERT_EQ(use(c, set).code, 0);
      VmafFeatureDictionary* options = nullptr;
      vmaf_feature_dictionary_set(&options, "model_path", network.c_str());
      EXPECT_EQ(vmaf_use_feature(c.context, metric, options), code)
          << metric << " " << option << " " << vmaf_last_error();
    }
}

VmafPicture gray(unsigned level) {
  VmafPicture picture{};
  vmaf_picture_alloc(&picture, VMAF_PIX_FMT_YUV400P, 8, 64, 32);
  for (unsigned y = 0; y < 32; ++y)
    std::fill_n(static_cast<std::uint8_t*>(picture.data[0]) + y * picture.stride[0], 64,
                static_cast<std::uint8_t>(level));
  return picture;
}

// Of a learned metric, and reported only when it is asked for.
TEST_F(TinyStore, AModelReadsWhatLearnedMetricsOfTheStoreSay) {
  write("taps.json", R"({"id": "taps", "feature_order": ["lpips_tap1"]})");
  const std::string taps = write("taps.onnx", row_mean());
  Context without;
  EXPECT_NE(use(without, with({taps})).message.find("the model store has no tiny/lpips_sq.onnx"),
            std::string::npos);
  write("lpips_sq.onnx", squeeze_network(1));
  Context c;
  ASSERT_EQ(use(c, with({taps})).message, "");
  VmafPicture ref = gray(90), dist = gray(60);
  ASSERT_EQ(vmaf_read_pictures(c.context, &ref, &dist, 0), 0) << vmaf_last_error();
  ASSERT_EQ(vmaf_read_pictures(c.context, nullptr, nullptr, 0), 0) << vmaf_last_error();
  double model = -1, tap = -2;
  ASSERT_EQ(vmaf_feature_score_at_index(c.context, "taps", &model, 0), 0);
  ASSERT_EQ(vmaf_feature_score_at_index(c.context, "lpips_tap1", &tap, 0), 0);
  EXPECT_GT(tap, 0);
  EXPECT_EQ(model, static_cast<double>(static_cast<float>(tap)));
}

TEST_F(TinyStore, ModelsWithoutAReferenceScoreClipsByThemselves) {
  write("luma.json", R"({"id": "luma", "kind": "nr"})");
  Context c;
  ASSERT_EQ(use(c, with({write("luma.onnx", luma_mean())})).code, 0);
  for (unsigned i = 0; i < 20; ++i) {
    VmafPicture picture = gray(10 * i);
    ASSERT_EQ(vmaf_read_picture(c.context, &picture, i), 0) << vmaf_last_error();
  }
  ASSERT_EQ(vmaf_read_pictures(c.context, nullptr, nullptr, 0), 0);
  for (unsigned i = 0; i < 20; ++i) {
    double score = -1;
    ASSERT_EQ(vmaf_feature_score_at_index(c.context, "luma", &score, i), 0);
    EXPECT_NEAR(score, 10 * i / 255.0, 1e-5);
  }
}

TEST_F(TinyStore, WhatNeedsAReferenceSaysSo) {
  write("fr.json", R"({"id": "fr", "kind": "fr"})");
  Context c;
  ASSERT_EQ(use(c, with({write("fr.onnx", luma_mean())})).code, 0);
  const char* name = nullptr;
  EXPECT_EQ(vmaf_needs_reference(c.context, &name), 1);
  EXPECT_STREQ(name, "fr");
  VmafPicture picture = gray(10);
  EXPECT_EQ(vmaf_read_picture(c.context, &picture, 0), -EINVAL);
  EXPECT_NE(std::string(vmaf_last_error()).find("fr"), std::string::npos);
  Context d;
  ASSERT_EQ(vmaf_use_feature(d.context, "psnr", nullptr), 0);
  picture = gray(10);
  EXPECT_EQ(vmaf_read_picture(d.context, &picture, 0), -EINVAL);
  EXPECT_EQ(vmaf_read_picture(nullptr, nullptr, 0), -EINVAL);
}

// motion2 of a frame needs the frame after it: the model waits for it.
TEST_F(TinyStore, FeaturesAreFinalWhenAModelReadsThem) {
  write("row.json", R"({"id": "row", "features": ["motion2"]})");
  const std::string row = write("row.onnx", row_mean());
  for (const unsigned threads : {0u, 1u, 4u}) {
    Context c(threads);
    VmafContext* const context = c.context;
    ASSERT_EQ(use(c, with({row})).code, 0);
    for (unsigned i = 0; i < 12; ++i) {
      VmafPicture ref = gray(i * i), dist = gray(i * i);
      ASSERT_EQ(vmaf_read_pictures(context, &ref, &dist, i), 0);
      double early = 0;
      if (i > 1) {
        EXPECT_EQ(vmaf_feature_score_at_index(context, "row", &early, i - 1), 0)
            << vmaf_last_error();
      }
      EXPECT_NE(vmaf_feature_score_at_index(context, "row", &early, i), 0)
          << "not final before the next frame";
    }
    ASSERT_EQ(vmaf_read_pictures(context, nullptr, nullptr, 0), 0);
    for (unsigned i = 0; i < 12; ++i) {
      double motion = -1, score = -2;
      ASSERT_EQ(
          vmaf_feature_score_at_index(context, "VMAF_integer_feature_motion2_score", &motion, i),
          0);
      ASSERT_EQ(vmaf_feature_score_at_index(context, "row", &score, i), 0);
      EXPECT_FLOAT_EQ(static_cast<float>(score), static_cast<float>(motion)) << i;
    }
  }
}

TEST_F(TinyStore, TheReportSaysWhatMadeTheScore) {
  write("row.json",
        R"({"id": "row", "features": ["motion2"], "feature_mean": [0], "feature_std": [1]})");
  const std::string row = write("row.onnx", row_mean()), out = (folder_ / "report.json").string();
  Context c;
  ASSERT_EQ(use(c, with({row})).code, 0);
  EXPECT_NE(use(c, with({row})).message.find("already"), std::string::npos)
      << "one name, one model";
  for (unsigned i = 0; i < 2; ++i) {
    VmafPicture ref = gray(i), dist = gray(i);
    ASSERT_EQ(vmaf_read_pictures(c.context, &ref, &dist, i), 0);
  }
  ASSERT_EQ(vmaf_read_pictures(c.context, nullptr, nullptr, 0), 0);
  ASSERT_EQ(vmaf_write_output(c.context, out.c_str(), VMAF_OUTPUT_FORMAT_JSON), 0);
  std::ifstream file(out);
  const Json report = Json::parse(file);
  EXPECT_TRUE(report["frames"][0]["metrics"].contains("row"));
  EXPECT_TRUE(report["pooled_metrics"].contains("row"));
  EXPECT_EQ(report["environment"]["runtime"].get<std::string>().rfind("ONNX Runtime 1.", 0), 0u);
  ASSERT_EQ(report["tiny_models"].size(), 1u);
  const Json& said = report["tiny_models"][0];
  EXPECT_EQ(said["name"], "row");
  EXPECT_EQ(said["device"], "CPU");
  EXPECT_EQ(said["scaler"], "host");
  EXPECT_EQ(said["sha256"].get<std::string>().size(), 64u);
  EXPECT_EQ(said["file"].get<std::string>(), fs::canonical(row).string());
  EXPECT_TRUE(said["codec"].is_null());
}

TEST_F(TinyStore, TheReportNamesTheNetworksOfLearnedMetrics) {
  const std::string network = write("net.onnx", squeeze_network(1)),
                    out = (folder_ / "report.json").string();
  const std::pair<const char*, const char*> kWays[] = {{"stream", "CPU, stream engine"},
                                                       {"onnxruntime", "CPU"}};
  for (const auto& [engine, device] : kWays) {
    Context c;
    VmafFeatureDictionary* options = nullptr;
    ASSERT_EQ(vmaf_feature_dictionary_set(&options, "model_path", network.c_str()), 0);
    ASSERT_EQ(vmaf_feature_dictionary_set(&options, "engine", engine), 0);
    ASSERT_EQ(vmaf_use_feature(c.context, "lpips", options), 0) << vmaf_last_error();
    VmafPicture ref = gray(1), dist = gray(2);
    ASSERT_EQ(vmaf_read_pictures(c.context, &ref, &dist, 0), 0);
    ASSERT_EQ(vmaf_read_pictures(c.context, nullptr, nullptr, 0), 0);
    ASSERT_EQ(vmaf_write_output(c.context, out.c_str(), VMAF_OUTPUT_FORMAT_JSON), 0);
    std::ifstream file(out);
    const Json models = Json::parse(file)["tiny_models"];
    ASSERT_EQ(models.size(), 1u) << engine;
    EXPECT_EQ(models[0]["name"], "lpips");
    EXPECT_EQ(models[0]["device"], device);
    EXPECT_EQ(models[0]["file"].get<std::string>(), fs::canonical(network).string());
    EXPECT_EQ(models[0]["sha256"].get<std::string>().size(), 64u);
  }
}

#endif

}  // namespace
}  // namespace visq::job
