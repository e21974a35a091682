// Every option set of tests/golden/generated.json on clips that the test makes itself.
#include <cmath>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/generated_clips.h"
#include "tests/support/sanitized.h"
#include "tests/support/score.h"
#include "tests/support/shared.h"

namespace visq::test {
namespace {

using Json = nlohmann::json;

const Json& golden() {
  static const Json document = [] {
    std::ifstream file(VISQ_SOURCE_DIR "/tests/golden/generated.json");
    return Json::parse(file);
  }();
  return document;
}

class Generated : public testing::TestWithParam<std::size_t> {};

TEST_P(Generated, ScoresEqualTheReference) {
  const GeneratedClip& clip = generated_clips()[GetParam()];
  if (kSlow && clip.width > 500) GTEST_SKIP() << "it takes minutes in this build";
  std::size_t compared = 0;
  std::string absent;  // the model store's fault, which CI does not forgive
  for (const Json& result : golden()["clips"][GetParam()]["results"]) {
    const std::string arguments = result["args"];
    if (result["rc"] != 0) continue;
    const auto scores = score_clip(split_words(arguments), generated_pair(clip));
    if (!scores && scores.error().kind == ErrorKind::model && !shared_is_required()) {
      absent = scores.error().message;
      continue;
    }
    ASSERT_TRUE(scores) << arguments << ": " << scores.error().message;
    ASSERT_EQ(scores->frames.size(), result["frames"].size()) << arguments;
    for (std::size_t i = 0; i < scores->frames.size(); ++i) {
      std::map<std::string, double> expected;
      for (const auto& [name, value] : result["frames"][i].items())
        expected[name] = value.is_null() ? NAN : value.get<double>();
      expect_equal(expected, scores->frames[i], Oracle::reference,
                   fmt::format("{} frame {}", arguments, i));
    }
    ++compared;
  }
  EXPECT_GE(compared, 1u);
  VISQ_NEED(absent.empty(), absent);
}

// Where the reference fails (rc not 0), so may we, but with a sentence and without a crash.
TEST_P(Generated, WhatTheReferenceCannotScoreIsScoredOrExplained) {
  const GeneratedClip& clip = generated_clips()[GetParam()];
  for (const Json& result : golden()["clips"][GetParam()]["results"]) {
    const std::string arguments = result["args"];
    if (result["rc"] == 0) continue;
    const auto scores = score_clip(split_words(arguments), generated_pair(clip));
    if (!scores) {
      EXPECT_FALSE(scores.error().message.empty()) << arguments;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Clips, Generated,
                         testing::Range(std::size_t{0}, generated_clips().size()));

}  // namespace
}  // namespace visq::test
