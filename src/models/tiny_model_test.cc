#include "models/tiny_model.h"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "dnn/onnx/writer.h"
#include "tests/support/shared.h"
#include "tests/support/temp_folder.h"

namespace visq {
namespace {

namespace fs = std::filesystem;
using namespace visq::test;
using Json = nlohmann::json;

#ifdef VISQ_HAVE_ONNXRUNTIME

fs::path tiny_folder() { return *shared_folder() / "models/tiny"; }

Json golden() {
  std::ifstream file(*shared_folder() / "golden/tiny.json");
  return Json::parse(file);
}

// What tiny.json calls "libx264,preset_norm=0.5,crf_norm=28/63", as each model's vocabulary reaches
// it.
CodecContext golden_codec(const std::string& model) {
  const bool over_63 = model == "fr_regressor_v2";
  return {"libx264", "4.5", over_63 ? 28 : 27};
}

std::shared_ptr<const TinyModel> open_shared(const std::string& name, const CodecContext& codec) {
  auto model = TinyModel::open((tiny_folder() / (name + ".onnx")).string(),
                               {.inference = {}, .codec = codec, .threads = 1, .log = {}});
  EXPECT_TRUE(model) << model.error().message;
  return model ? *model : nullptr;
}

void expect_scores(const TinyModel& model, const Json& clip, const std::string& key,
                   const std::string& where) {
  ASSERT_TRUE(clip["scores"].contains(key)) << where << ": " << key;
  const Json& expected = clip["scores"][key];
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto score = model.features()->score(clip["inputs"][i].get<std::vector<double>>());
    ASSERT_TRUE(score) << score.error().message;
    EXPECT_NEAR(score->at(0), expected[i].get<double>(), 1e-4) << where << " frame " << i;
  }
}

TEST(TinyModels, GiveTheGoldenScoresOfTheGoldenFeatures) {
  VISQ_NEED_SHARED();
  const Json document = golden();
  for (const auto& [name, facts] : document["models"].items()) {
    const bool takes_codec = facts["codec_width"] != 0;
    const auto plain = open_shared(name, {}),
               encoded = takes_codec ? open_shared(name, golden_codec(name)) : nullptr;
    ASSERT_NE(plain, nullptr);
    EXPECT_EQ(plain->takes_codec(), takes_codec);
    EXPECT_EQ(plain->files()[0].scaler,
              facts["scaler_applied_outside_graph"] == true ? Scaler::host : Scaler::graph)
        << name;
    for (const auto& [clip, data] : document["clips"].items()) {
      expect_scores(*plain, data, takes_codec ? name + " | unknown,preset_norm=0,crf_norm=0" : name,
                    name + " " + clip);
      if (encoded != nullptr)
        expect_scores(*encoded, data, name + " | libx264,preset_norm=0.5,crf_norm=28/63",
                      name + " encoded " + clip);
    }
  }
}

TEST(TinyModels, AnEnsembleIsTheMeanOfItsMembersAndSaysHowFarTheyAreApart) {
  VISQ_NEED_SHARED();
  const auto ensemble =
      TinyModel::open((tiny_folder() / "fr_regressor_v2_ensemble_v1.json").string(), {});
  ASSERT_TRUE(ensemble) << ensemble.error().message;
  EXPECT_EQ((*ensemble)->features()->outputs(),
            (std::vector<std::string>{
                "fr_regressor_v2_ensemble_v1", "fr_regressor_v2_ensemble_v1_stddev",
                "fr_regressor_v2_ensemble_v1_ci_p95_lo", "fr_regressor_v2_ensemble_v1_ci_p95_hi"}));
  ASSERT_EQ((*ensemble)->files().size(), 5u);
  const Json clip = golden()["clips"]["src01_576x324_420p8"];
  double sum = 0, squares = 0;
  for (int seed = 0; seed < 5; ++seed) {
    const double score = clip["scores"][fmt::format(
        "fr_regressor_v2_ensemble_v1_seed{} | unknown,preset_norm=0,crf_norm=0", seed)][0];
    sum += score;
    squares += score * score;
  }
  const double mean = sum / 5, deviation = std::sqrt((squares - 5 * mean * mean) / 4);
  const auto scores = (*ensemble)->features()->score(clip["inputs"][0].get<std::vector<double>>());
  ASSERT_TRUE(scores);
  EXPECT_NEAR(scores->at(0), mean, 1e-4);
  EXPECT_NEAR(scores->at(1), deviation, 1e-4);
  EXPECT_NEAR(scores->at(2), mean - 1.959964 * deviation, 1e-3);
  EXPECT_NEAR(scores->at(3), mean + 1.959964 * deviation, 1e-3);
}

TEST(TinyModels, QuantisedFilesRunWhenAskedForAndAreMissed) {
  VISQ_NEED_SHARED();
  TinyModelSettings settings;
  settings.inference.int8 = true;
  const auto quantised = TinyModel::open((tiny_folder() / "vmaf_tiny_v4.onnx").string(), settings);
  ASSERT_TRUE(quantised) << quantised.error().message;
  EXPECT_EQ((*quantised)->name(), "vmaf_tiny_v4_int8");
  const Json clip = golden()["clips"]["parkjoy_480x270_420p8"];
  expect_scores(**quantised, clip, "vmaf_tiny_v4.int8", "int8");
  EXPECT_EQ(
      TinyModel::open((tiny_folder() / "vmaf_tiny_v3.onnx").string(), settings).value()->name(),
      "vmaf_tiny_v3_int8");
  const auto absent = TinyModel::open((tiny_folder() / "vmaf_tiny_v2.onnx").string(), settings);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ENOENT);
  EXPECT_NE(absent.error().message.find("vmaf_tiny_v2.int8.onnx"), std::string::npos);
}

TEST(TinyModels, EveryShippedFileRunsOrSaysWhyNot) {
  VISQ_NEED_SHARED();
  std::vector<std::string> warnings;
  TinyModelSettings settings;
  settings.log = Log(LogLevel::warning,
                     [&](LogLevel, std::string_view sentence) { warnings.emplace_back(sentence); });
  const auto error = [&](const std::string& file) {
    warnings.clear();
    const auto model = TinyModel::open((tiny_folder() / file).string(), settings);
    return model ? std::string() : model.error().message;
  };
  for (const char* file : {"lpips_sq.onnx", "nr_metric_v1.onnx", "nr_metric_v1.int8.onnx",
                           "saliency_student_v1.onnx", "saliency_student_v2.onnx"})
    EXPECT_EQ(error(file), "") << file;
  for (const char* placeholder : {"dists_sq.onnx", "mobilesal.onnx", "smoke_v0.onnx"}) {
    EXPECT_EQ(error(placeholder), "");
    ASSERT_EQ(warnings.size(), 1u) << placeholder;
    EXPECT_NE(warnings[0].find("is a placeholder"), std::string::npos);
  }
  EXPECT_NE(error("vmaf_tiny_v1_medium.onnx").find("mlp_medium_final.onnx.data"), std::string::npos)
      << error("vmaf_tiny_v1_medium.onnx");
  EXPECT_NE(error("vmaf_tiny_v1.onnx").find("no sidecar beside it says which"), std::string::npos);
  EXPECT_NE(error("learned_filter_v1.onnx").find("it is a filter"), std::string::npos);
  EXPECT_NE(error("smoke_fp16_v0.onnx").find("--tiny-fp16"), std::string::npos);
  settings.inference.half = true;
  EXPECT_EQ(error("smoke_fp16_v0.onnx"), "");
}

class OwnModels : public InTempFolder {
 protected:
  using InTempFolder::write;
  std::string write(const std::string& stem, const std::string& onnx, const Json& sidecar) const {
    write(stem + ".json", sidecar.dump());
    return write(stem + ".onnx", onnx);
  }
  static Error error(const Result<std::shared_ptr<const TinyModel>>& model) {
    return model ? Error{0, ""} : model.error();
  }
};

// The mean of a row of features.
std::string mean_model(std::int64_t features) {
  return model(graph({{node("ReduceMean", {"x"}, {"y"})},
                      {},
                      {float_tensor("x", {-1, features})},
                      {float_tensor("y", {1, 1})}}));
}

double score(const Result<std::shared_ptr<const TinyModel>>& model,
             const std::vector<double>& row) {
  EXPECT_TRUE(model);
  return (*model)->features()->score(row).value().at(0);
}

// feature_mean is applied here, input_mean is the graph's; the key "scaler" overrides either.
TEST_F(OwnModels, TheScalerIsAppliedOnce) {
  const Json features{"adm2", "motion2"}, mean{1, 3}, deviation{2, 4};
  const std::vector<double> row{3, 11};
  const auto scored = [&](const char* stem, Json sidecar) {
    sidecar["features"] = features;
    return score(TinyModel::open(write(stem, mean_model(2), sidecar), {}), row);
  };
  EXPECT_DOUBLE_EQ(scored("host", {{"feature_mean", mean}, {"feature_std", deviation}}), 1.5);
  EXPECT_DOUBLE_EQ(scored("graph", {{"input_mean", mean}, {"input_std", deviation}}), 7);
  EXPECT_DOUBLE_EQ(
      scored("told_graph",
             {{"feature_mean", mean}, {"feature_std", deviation}, {"scaler", "graph"}}),
      7);
  EXPECT_DOUBLE_EQ(
      scored("told_host", {{"input_mean", mean}, {"input_std", deviation}, {"scaler", "host"}}),
      1.5);
  EXPECT_DOUBLE_EQ(scored("none", Json::object()), 7);
}

TEST_F(OwnModels, AreNamedByTheSidecarElseByTheFile) {
  const Json features{"adm2"};
  EXPECT_EQ(TinyModel::open(write("a", mean_model(1),
                                  {{"features", features}, {"id", "the_id"}, {"name", "the_name"}}),
                            {})
                .value()
                ->name(),
            "the_id");
  EXPECT_EQ(
      TinyModel::open(write("b", mean_model(1), {{"features", features}, {"name", "the_name"}}), {})
          .value()
          ->name(),
      "the_name");
  EXPECT_EQ(
      TinyModel::open(write("2 c", mean_model(1), {{"features", features}}), {}).value()->name(),
      "_2_c");
  EXPECT_EQ(error(TinyModel::open(
                      write("d", mean_model(1), {{"features", features}, {"id", "a\" b"}}), {}))
                .code,
            EBADMSG);
}

TEST_F(OwnModels, AreRefusedWithTheReason) {
  const auto refusal = [&](const char* stem, const std::string& onnx, const Json& sidecar) {
    return error(TinyModel::open(write(stem, onnx, sidecar), {}));
  };
  const Json two{{"features", {"adm2", "motion2"}}};
  EXPECT_NE(refusal("rank", unary_model("Relu", {1, 2, 3}), two).message.find("rank 3"),
            std::string::npos);
  EXPECT_EQ(refusal("rank5", unary_model("Relu", {1, 2, 3, 4, 5}), two).code, ENOTSUP);
  EXPECT_NE(refusal("width", mean_model(3), two)
                .message.find("it takes 3 features, and its sidecar names 2"),
            std::string::npos);
  EXPECT_NE(refusal("many", unary_model("Relu", {1, 2}), two).message.find("more than one value"),
            std::string::npos);
  EXPECT_NE(
      refusal("means", mean_model(2),
              {{"features", {"adm2", "motion2"}}, {"feature_mean", {1}}, {"feature_std", {1}}})
          .message.find("1 means for 2"),
      std::string::npos);
  EXPECT_EQ(refusal("zero", mean_model(1),
                    {{"features", {"adm2"}}, {"feature_mean", {1}}, {"feature_std", {0}}})
                .code,
            EBADMSG);
  EXPECT_EQ(refusal("channels", unary_model("Relu", {1, 5, -1, -1}), Json::object()).code, ENOTSUP);
  EXPECT_EQ(error(TinyModel::open((folder_ / "absent.onnx").string(), {})).code, ENOENT);
  EXPECT_EQ(error(TinyModel::open(write("bad.json", "{\"members\": 3}"), {})).code, EBADMSG);
  EXPECT_EQ(error(TinyModel::open(write("none.json", "{}"), {})).code, EINVAL);
  EXPECT_EQ(
      error(TinyModel::open(write("out.json", R"({"members": [{"onnx": "../x.onnx"}]})"), {})).code,
      EBADMSG);
}

TEST_F(OwnModels, OnlyRegisteredOnesWhenThatIsAsked) {
  TinyModelSettings settings;
  settings.inference.signed_only = true;
  const std::string path = write("a", mean_model(1), {{"features", {"adm2"}}});
  EXPECT_EQ(error(TinyModel::open(path, settings)).code, EKEYREJECTED);
}

// An ensemble's manifest knows its members by their hashes; a registry knows better.
TEST_F(OwnModels, MembersAreThoseThatTheManifestMeans) {
  write("m", mean_model(1), {{"features", {"adm2"}}});
  const std::string wrong(64, '0');
  const Json manifest{{"id", "e"}, {"members", {{{"onnx", "m.onnx"}, {"sha256", wrong}}}}};
  EXPECT_EQ(error(TinyModel::open(write("e.json", manifest.dump()), {})).code, EKEYREJECTED);
  const auto alone =
      TinyModel::open(write("e.json", R"({"id": "e", "members": [{"onnx": "m.onnx"}]})"), {});
  ASSERT_TRUE(alone);
  EXPECT_EQ((*alone)->features()->score(std::vector{0.5}).value(),
            (std::vector<double>{0.5, 0, 0.5, 0.5}));
}

#else

TEST(TinyModels, AreDisabledWithoutARuntime) { EXPECT_FALSE(TinyModel::open("any.onnx", {})); }

#endif

}  // namespace
}  // namespace visq
