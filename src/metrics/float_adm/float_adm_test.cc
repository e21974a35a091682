// Golden scores of float_adm are in tests/; here is what they do not say.
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "tests/support/one_frame.h"

namespace visq {
namespace {

enum Feature : std::size_t { kAdm2, kAim, kAdm3, kScale0 };

Result<std::unique_ptr<Metric>> adm(const OptionStrings& given) {
  return test::metric_with("float_adm", given);
}

// A grating of some contrast about mid-grey.
PicturePtr grating(double contrast, int period) {
  return test::picture_of({PixelFormat::yuv400, 8, 96, 64}, [=](std::size_t, int x, int y) {
    return 128 + static_cast<int>(std::lround(contrast * std::sin(2 * M_PI * (x + y) / period)));
  });
}

std::map<std::size_t, double> score(const PicturePtr& ref, const PicturePtr& dist,
                                    const OptionStrings& given = {}) {
  return test::score_pair("float_adm", ref, dist, given);
}

TEST(FloatAdm, SaysWhichSizesItNeeds) {
  const auto metric = adm({});
  const Status small = (*metric)->prepare({PixelFormat::yuv400, 8, 640, 16});
  ASSERT_FALSE(small);
  EXPECT_NE(small.error().message.find("640x16"), std::string::npos);
  EXPECT_TRUE((*metric)->prepare({PixelFormat::yuv400, 8, 17, 17}));
}

TEST(FloatAdm, LosesDetailThatLosesContrast) {
  const auto half = score(grating(80, 8), grating(40, 8), {{"adm_noise_weight", "0"}});
  EXPECT_NEAR(half.at(kAdm2), 0.5, 0.02);
  EXPECT_NEAR(half.at(kAim), 0, 0.01);
}

TEST(FloatAdm, EnhancementCountsUpToTheLimit) {
  const OptionStrings quiet{{"adm_noise_weight", "0"}},
      limited{{"adm_noise_weight", "0"}, {"adm_enhn_gain_limit", "1"}};
  const double unlimited = score(grating(40, 8), grating(60, 8), quiet).at(kAdm2);
  EXPECT_GT(unlimited, 1.3);  // where rounding does not turn the direction of the detail
  EXPECT_LT(unlimited, 1.52);
  EXPECT_LT(score(grating(40, 8), grating(60, 8), limited).at(kAdm2), 1.001);
}

TEST(FloatAdm, WhatWasNotThereIsAdded) {
  const auto scores = score(grating(20, 32), grating(60, 5));
  EXPECT_GT(scores.at(kAim), 0.3);
  EXPECT_LE(scores.at(kAim), 1);
}

TEST(FloatAdm, SkipsWhatItIsAskedTo) {
  EXPECT_EQ(score(grating(80, 8), grating(40, 8), {{"adm_skip_scale0", "true"}}).at(kScale0), 0);
  const double all = score(grating(20, 32), grating(30, 3)).at(kAim);
  EXPECT_LT(score(grating(20, 32), grating(30, 3), {{"adm_skip_aim_scale", "0"}}).at(kAim), all);
  EXPECT_FALSE(adm({{"adm_skip_aim_scale", "-2"}}));
}

TEST(FloatAdm, FactorsReplaceTheSensitivity) {
  const OptionStrings unseen{{"adm_f1s0", "0"}, {"adm_f2s0", "0"}, {"adm_f1s1", "0"},
                             {"adm_f2s1", "0"}, {"adm_f1s2", "0"}, {"adm_f2s2", "0"},
                             {"adm_f1s3", "0"}, {"adm_f2s3", "0"}};
  EXPECT_EQ(score(grating(80, 8), grating(10, 8), unseen).at(kAdm2), 1);
}

}  // namespace
}  // namespace visq
