#include "job/presets.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace visq::job {
namespace {

bool has(const Preset& preset, const std::string& feature) {
  return std::count(preset.features.begin(), preset.features.end(), feature) == 1;
}

// What the versions of AOM's document changed, one after the other.
TEST(AomCtc, ChangesWithItsVersions) {
  const Preset first = *aom_ctc("v1.0"), third = *aom_ctc("v3.0"), sixth = *aom_ctc("v6.0"),
               seventh = *aom_ctc("v7.0");
  EXPECT_FALSE(has(first, "cambi"));
  EXPECT_FALSE(has(*aom_ctc("v2.0"), "cambi"));
  EXPECT_TRUE(has(third, "cambi"));
  EXPECT_EQ(third.features.size(), first.features.size() + 1);
  EXPECT_FALSE(aom_ctc("v5.0")->common_depth);
  EXPECT_TRUE(sixth.common_depth);
  EXPECT_TRUE(has(sixth, "float_ssim=enable_db=true:clip_db=true"));
  EXPECT_TRUE(has(seventh, "float_ssim=scale=1:enable_db=true:clip_db=true"));
  EXPECT_EQ(sixth.features.size(), seventh.features.size());
  for (const std::string_view version : aom_versions())
    EXPECT_EQ(aom_ctc(std::string(version))->models, first.models) << version;
}

TEST(AomCtc, RefusesVersionsThatNobodyPublished) {
  for (const char* version : {"", "v0.9", "7.0", "v7", "v7.0 "}) {
    const auto refused = aom_ctc(version);
    ASSERT_FALSE(refused) << version;
    EXPECT_EQ(refused.error().message,
              std::string("there is no version \"") + version +
                  "\"; there are v1.0, v2.0, v3.0, v4.0, v5.0, v6.0, v7.0");
  }
}

TEST(NflxCtc, ScoresWithTheModelsOf4k) {
  const auto preset = nflx_ctc("v1.0");
  ASSERT_TRUE(preset) << preset.error().message;
  EXPECT_EQ(preset->models, (std::vector<std::string>{"version=vmaf_4k_v0.6.1:name=vmaf",
                                                      "version=vmaf_4k_v0.6.1neg:name=vmaf_neg"}));
  EXPECT_TRUE(has(*preset, "cambi"));
  EXPECT_FALSE(preset->common_depth);
  EXPECT_EQ(nflx_ctc("v2.0").error().message, "there is no version \"v2.0\"; there is v1.0");
}

}  // namespace
}  // namespace visq::job
