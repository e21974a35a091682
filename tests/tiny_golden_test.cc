// Tiny models from clip to score: ../shared/golden/tiny.json with features that we compute.
#include <fstream>
#include <span>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/sanitized.h"
#include "tests/support/score.h"
#include "tests/support/shared.h"

#ifdef VISQ_HAVE_ONNXRUNTIME

namespace visq::test {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

Json read(const fs::path& path) {
  std::ifstream file(path);
  return Json::parse(file);
}

// The adm2 that tiny.json has for the two clips of odd sizes is that of a vector path of libvmaf,
// which differs from its plain C path at widths such as 227 and 353 (spec/classic.md): by up
// to 1.42e-4 and 9.6e-5 from golden/scores, all other features being equal, which changes scores by
// up to 0.048. What the models make of golden/scores' features is in tests/golden/tiny_odd.json,
// computed by ONNX Runtime's Python package alone (tests/tools/tiny_odd.py, which gives the rest of
// tiny.json exactly).
const Json& golden() {
  static const Json document = [] {
    Json whole = read(*shared_folder() / "golden/tiny.json");
    const Json odd = read(VISQ_SOURCE_DIR "/tests/golden/tiny_odd.json");
    for (const auto& [clip, scores] : odd.items()) whole["clips"][clip]["scores"] = scores;
    return whole;
  }();
  return document;
}

NextPair pair_of(const std::string& clip) {
  const std::string base = (*shared_folder() / "clips" / clip).string();
  const char* extension = fs::exists(base + "_ref.y4m") ? ".y4m" : ".yuv";
  return open_pair(base + "_ref" + extension, base + "_dis" + extension).value();
}

std::vector<std::string> with_models(std::vector<std::string> arguments,
                                     const std::vector<std::string>& models) {
  arguments.push_back("--no_prediction");
  for (const std::string& name : models)
    arguments.insert(
        arguments.end(),
        {"--tiny-model", (*shared_folder() / "models/tiny" / (name + ".onnx")).string()});
  return arguments;
}

std::string feature_of(std::string model) {
  const std::size_t dot = model.find(".int8");
  return dot == std::string::npos ? model : model.replace(dot, 1, "_");
}

void compare(const ClipScores& scores, const std::string& clip, const std::string& model,
             const std::string& key) {
  const Json& expected = golden()["clips"][clip]["scores"][key];
  ASSERT_EQ(scores.frames.size(), expected.size()) << clip << " " << key;
  for (std::size_t i = 0; i < scores.frames.size(); ++i) {
    const auto ours = scores.frames[i].find(feature_of(model));
    ASSERT_NE(ours, scores.frames[i].end()) << clip << " " << model << " frame " << i;
    EXPECT_NEAR(ours->second, expected[i].get<double>(), 1e-4)
        << clip << " " << key << " frame " << i;
  }
}

class TinyGolden : public testing::TestWithParam<int> {};

TEST_P(TinyGolden, EveryModelOnEveryClip) {
  VISQ_NEED_SHARED();
  std::vector<std::string> models;
  for (const auto& [name, facts] : golden()["models"].items()) models.push_back(name);
  for (const auto& [clip, data] : golden()["clips"].items()) {
    if (is_left_out(clip)) continue;
    const auto scores =
        score_clip(with_models({"--threads", std::to_string(GetParam())}, models), pair_of(clip));
    ASSERT_TRUE(scores) << scores.error().message;
    for (const std::string& name : models)
      compare(*scores, clip, name,
              golden()["models"][name]["codec_width"] == 0
                  ? name
                  : name + " | unknown,preset_norm=0,crf_norm=0");
  }
}

TEST_P(TinyGolden, WithTheCodecThatMadeTheClip) {
  VISQ_NEED_SHARED();
  std::vector<std::string> over_63, over_37;
  for (const auto& [name, facts] : golden()["models"].items())
    if (facts["codec_width"] != 0) (name == "fr_regressor_v2" ? over_63 : over_37).push_back(name);
  for (const auto& [clip, data] : golden()["clips"].items()) {
    if (is_left_out(clip)) continue;
    for (const auto& [models, crf] : {std::pair(over_63, "28"), std::pair(over_37, "27")}) {
      const auto arguments = with_models({"--threads", std::to_string(GetParam()), "--tiny-codec",
                                          "h264", "--tiny-preset", "4.5", "--tiny-crf", crf},
                                         models);
      const auto scores = score_clip(arguments, pair_of(clip));
      ASSERT_TRUE(scores) << scores.error().message;
      for (const std::string& name : models)
        compare(*scores, clip, name, name + " | libx264,preset_norm=0.5,crf_norm=28/63");
    }
  }
}

constexpr int kThreads[] = {3, 1, 8};
INSTANTIATE_TEST_SUITE_P(Threads, TinyGolden,
                         testing::ValuesIn(std::span(kThreads).first(kSlow ? 1 : 3)));

// Equal bits with any number of threads, on the odd sizes, too.
TEST(TinyModels, ScoresDoNotDependOnThreads) {
  VISQ_NEED_SHARED();
  for (const char* clip : {"odd_227x131_444p8", "odd_353x289_420p8"}) {
    const auto scored = [&](const char* threads) {
      return score_clip(
          with_models({"--threads", threads},
                      {"vmaf_tiny_v3", "fr_regressor_v2", "nr_metric_v1", "saliency_student_v2"}),
          pair_of(clip));
    };
    const auto one = scored("1");
    ASSERT_TRUE(one) << one.error().message;
    for (const char* threads : {"2", "8"})
      EXPECT_EQ(scored(threads)->frames, one->frames) << clip << " " << threads;
  }
}

}  // namespace
}  // namespace visq::test

#endif
