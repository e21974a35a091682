// Golden scores of float_adm are in tests/; here is what they do not say.
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "extract/metric.h"

namespace visq {
namespace {

enum Feature : std::size_t { kAdm2, kAim, kAdm3, kScale0 };

Result<std::unique_ptr<Metric>> adm(const OptionStrings& given) {
  const Descriptor& metric = *find_metric("float_adm");
  VISQ_ASSIGN(const Options options, Options::parse("float_adm", metric.options, given));
  return metric.create(options, {});
}

struct Map final : Scores {
  void set(std::size_t feature, double value) override { values[feature] = value; }
  std::map<std::size_t, double> values;
};

// A grating of some contrast about mid-grey.
PicturePtr grating(double contrast, int period) {
  const PictureFormat format{PixelFormat::yuv400, 8, 96, 64};
  auto memory = allocate_picture(format, ChromaRounding::up);
  for (int y = 0; y < format.height; ++y)
    for (int x = 0; x < format.width; ++x)
      memory->planes[0].data[y * memory->planes[0].stride + x] = static_cast<std::byte>(128 + static_cast<int>(std::lround(contrast * std::sin(2 * M_PI * (x + y) / period))));
  return std::make_shared<const Picture>(format, PictureColor{}, memory->planes, memory->owner);
}

std::map<std::size_t, double> score(const PicturePtr& ref, const PicturePtr& dist, const OptionStrings& given = {}) {
  const auto metric = adm(given);
  EXPECT_TRUE(metric && (*metric)->prepare(ref->format()));
  Scratch scratch;
  Map scores;
  EXPECT_TRUE((*metric)->extract({0, ref, dist, {}, {}}, scratch, scores));
  return scores.values;
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
  const OptionStrings quiet{{"adm_noise_weight", "0"}}, limited{{"adm_noise_weight", "0"}, {"adm_enhn_gain_limit", "1"}};
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
  EXPECT_FALSE(adm({{"adm_skip_aim_scale", "-1"}}));
}

TEST(FloatAdm, FactorsReplaceTheSensitivity) {
  const OptionStrings unseen{{"adm_f1s0", "0"}, {"adm_f2s0", "0"}, {"adm_f1s1", "0"}, {"adm_f2s1", "0"}, {"adm_f1s2", "0"},
                             {"adm_f2s2", "0"}, {"adm_f1s3", "0"}, {"adm_f2s3", "0"}};
  EXPECT_EQ(score(grating(80, 8), grating(10, 8), unseen).at(kAdm2), 1);
}

}  // namespace
}  // namespace visq
