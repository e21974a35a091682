// Every run of ../shared/golden/scores on the clips of ../shared/clips, and the LPIPS goldens.
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/sanitized.h"
#include "tests/support/score.h"
#include "tests/support/shared.h"

namespace visq::test {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

Json read_json(const fs::path& path) {
  std::ifstream file(path);
  return Json::parse(file);
}

NextPair pair_of(const std::string& clip) {
  return open_clip((*shared_folder() / "clips" / clip).string()).value();
}

std::map<std::string, double> metrics(const Json& object) {
  std::map<std::string, double> values;
  for (const auto& [name, value] : object.items())
    values[name] = value.is_null() ? NAN : value.get<double>();
  return values;
}

// Some runs keep an option and its value in one word.
std::vector<std::string> words(const Json& arguments) {
  std::string text;
  for (const Json& word : arguments) text += word.get<std::string>() + " ";
  return split_words(text);
}

void compare_run(const Json& run, const std::string& clip, Oracle oracle) {
  const std::string where = fmt::format("{} {}", clip, run["label"].get<std::string>());
  const auto scores = score_clip(words(run["args"]), pair_of(clip));
  ASSERT_TRUE(scores) << where << ": " << scores.error().message;
  ASSERT_EQ(scores->frames.size(), run["frames"].size()) << where;
  for (std::size_t i = 0; i < scores->frames.size(); ++i)
    expect_equal(metrics(run["frames"][i]), scores->frames[i], oracle,
                 fmt::format("{} frame {}", where, i));
  if (run.contains("aggregate"))
    expect_equal(metrics(run["aggregate"]), scores->aggregates, oracle, where + " aggregate");
}

class Golden : public testing::TestWithParam<const char*> {};

TEST_P(Golden, ScoresEqualTheReference) {
  VISQ_NEED_SHARED();
  const std::string clip = GetParam();
  if (is_left_out(clip)) GTEST_SKIP() << "it takes minutes in this build";
  const Json document = read_json(*shared_folder() / "golden/scores" / (clip + ".json"));
  const Oracle oracle =
      document.value("oracle", "").starts_with("secondary") ? Oracle::secondary : Oracle::reference;
  for (const Json& run : document["runs"])
    if (!run.contains("error")) compare_run(run, clip, oracle);
}

// Where the reference fails, we score or say why not.
TEST_P(Golden, WhatTheReferenceCannotScoreIsScoredOrExplained) {
  VISQ_NEED_SHARED();
  const std::string clip = GetParam();
  const Json document = read_json(*shared_folder() / "golden/scores" / (clip + ".json"));
  for (const Json& run : document["runs"]) {
    if (!run.contains("error")) continue;
    const auto scores = score_clip(words(run["args"]), pair_of(clip));
    EXPECT_TRUE(scores || !scores.error().message.empty()) << clip;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Clips, Golden,
    testing::Values("identical_353x289_420p8", "p422_320x180_422p10", "src01_576x324_420p12",
                    "src01_576x324_420p8", "flat_160x120_420p8", "hdr_640x360_420p12",
                    "dark_1920x1080_420p8", "gray_256x144_400p8", "odd_353x289_420p8",
                    "src01_576x324_420p16", "odd_227x131_444p8", "sparks_480x270_420p10",
                    "src01_576x324_420p10", "small_64x48_420p8", "parkjoy_480x270_420p8"));

#ifdef VISQ_HAVE_ONNXRUNTIME

void compare_lpips(const std::string& clip, const std::string& options,
                   const std::vector<double>& expected, double tolerance) {
  const auto scores =
      score_clip({"--no_prediction", "--feature", "lpips=" + options}, pair_of(clip));
  ASSERT_TRUE(scores) << clip << ": " << scores.error().message;
  ASSERT_GE(scores->frames.size(), expected.size()) << clip;
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(scores->frames[i].at("lpips"), expected[i], tolerance)
        << clip << " " << options << " frame " << i;
}

TEST(GoldenLpips, ColourOfEachMatrixAndRange) {
  VISQ_NEED_SHARED();
  const Json document = read_json(*shared_folder() / "golden/lpips_colour.json");
  for (const auto& [clip, conventions] : document["clips"].items()) {
    if (kSlow && !clip.starts_with("small")) continue;
    for (const auto& [convention, expected] : conventions.items()) {
      const std::size_t at = convention.find('_');
      compare_lpips(clip,
                    fmt::format("colour_matrix={}:colour_range={}", convention.substr(0, at),
                                convention.substr(at + 1)),
                    expected, 1e-4);
    }
  }
}

TEST(GoldenLpips, CompatibleColour) {
  VISQ_NEED_SHARED();
  for (const auto& file : fs::directory_iterator(*shared_folder() / "golden/lpips_compat")) {
    const Json golden = read_json(file.path());
    std::vector<double> expected;
    for (const Json& frame : golden["frames"]) expected.push_back(frame["metrics"]["lpips"]);
    const std::string name = file.path().filename().string();
    ASSERT_FALSE(expected.empty()) << name;
    compare_lpips(name.substr(0, name.find('.')), "compat=true", expected, 1e-5);
    if (kSlow) break;  // one clip
  }
}

TEST(GoldenLpips, PngPairs) {
  VISQ_NEED_SHARED();
  const Json document = read_json(*shared_folder() / "golden/lpips_images.json");
  for (const auto& [pair, expected] : document["pairs"].items()) {
    const std::size_t bar = pair.find('|');
    const auto clips = *shared_folder() / "clips";
    const auto next =
        open_pair((clips / pair.substr(0, bar)).string(), (clips / pair.substr(bar + 1)).string());
    ASSERT_TRUE(next) << next.error().message;
    const auto scores = score_clip({"--no_prediction", "--feature", "lpips"}, *next);
    ASSERT_TRUE(scores) << scores.error().message;
    EXPECT_NEAR(scores->frames[0].at("lpips"), expected.get<double>(), 1e-5) << pair;
  }
}

#endif

}  // namespace
}  // namespace visq::test
