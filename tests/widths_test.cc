// ADM, VIF and motion at every width: where libvmaf's vector code goes wrong, its plain C path is
// the truth.
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/generated_clips.h"
#include "tests/support/sanitized.h"
#include "tests/support/score.h"

namespace visq::test {
namespace {

TEST(Widths, ScoresEqualTheReferenceAtEveryOne) {
  std::ifstream file(VISQ_SOURCE_DIR "/tests/golden/widths.json");
  const auto golden = nlohmann::json::parse(file);
  const auto features = golden["features"].get<std::vector<std::string>>();
  ASSERT_EQ(golden["widths"].size(), 568u);
  int count = 0;
  for (const auto& [width, values] : golden["widths"].items()) {
    if (kSlow && count++ % 15 != 0) continue;
    const GeneratedClip clip{static_cast<unsigned>(std::stoi(width)), golden["height"],
                             VMAF_PIX_FMT_YUV420P, 8, 2};
    const auto scores =
        score_clip(split_words("--no_prediction --feature adm --feature vif --feature motion"),
                   generated_pair(clip));
    ASSERT_TRUE(scores) << scores.error().message;
    std::map<std::string, double> expected;
    for (std::size_t i = 0; i < features.size(); ++i) expected[features[i]] = values[i];
    expect_equal(expected, scores->frames[1], Oracle::reference, fmt::format("width {}", width));
  }
}

}  // namespace
}  // namespace visq::test
