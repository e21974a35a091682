// Golden scores of adm are in tests/; here is how it refuses, its tables, and the sizes that the
// reference cannot score.
#include <algorithm>
#include <array>
#include <cmath>

#include <gtest/gtest.h>

#include "extract/metric.h"
#include "kernels/contrast/contrast.h"
#include "tests/support/one_frame.h"

namespace visq {
namespace {

Status prepare(int width, int height, const OptionStrings& given = {}) {
  const Descriptor& adm = *find_metric("adm");
  VISQ_ASSIGN(const Options options, Options::parse("adm", adm.options, given));
  VISQ_ASSIGN(const auto metric, adm.create(options, {}));
  return metric->prepare({PixelFormat::yuv400, 8, width, height});
}

TEST(Adm, SaysWhichSizesItNeeds) {
  EXPECT_TRUE(prepare(17, 17));
  EXPECT_NE(prepare(16, 100).error().message.find("17x17"), std::string::npos);
  EXPECT_FALSE(prepare(100, 1));
}

// Sides of which the last band has two samples. The values are those of the formulas in double
// precision and 64-bit integers: spec/check/int_features.py, adm().
TEST(Adm, MirrorsTheSmallestBands) {
  struct Case {
    int width, height;
    std::array<double, 6> scores;  // adm2, aim, the four scales
  };
  const auto reference = [](std::size_t, int x, int y) {
    const int ramp = (9 * x + 4 * y) % 256;
    return 16 + std::min(ramp, 255 - ramp) + (7 * x * x + 13 * y * y + 5 * x * y) % 31;
  };
  const auto distorted = [&](std::size_t p, int x, int y) {
    return reference(p, x, y) / 12 * 12 + (5 * x + 3 * y) % 7;
  };
  for (const Case& c :
       {Case{
            17, 17, {0.986889795, 0.002877918, 0.946697563, 0.935550909, 0.992354300, 1.000329196}},
        Case{
            24, 40, {0.979993144, 0.003818985, 0.945847488, 0.943739549, 0.973134031, 0.996499264}},
        Case{
            32, 32, {0.979593402, 0.004627926, 0.953071367, 0.942236787, 0.985128483, 0.995722617}},
        Case{40,
             31,
             {0.984005202, 0.004955955, 0.949894685, 0.937045424, 0.991285205, 0.999244582}}}) {
    const PictureFormat format{PixelFormat::yuv400, 8, c.width, c.height};
    const auto scores = test::score_pair("adm", test::picture_of(format, reference),
                                         test::picture_of(format, distorted));
    const std::size_t features[] = {0, 1, 3, 4, 5, 6};
    for (std::size_t i = 0; i < c.scores.size(); ++i)
      EXPECT_NEAR(scores.at(features[i]), c.scores[i], 1e-7)
          << c.width << "x" << c.height << " " << i;
  }
}

TEST(Adm, ScoresSeveralDistortedPicturesAsItScoresEachAlone) {
  const auto reference = [](std::size_t, int x, int y) {
    return (7 * x * x + 13 * y * y + 5 * x * y) % 251 * 4;
  };
  const PictureFormat format{PixelFormat::yuv400, 10, 97, 63};
  const PicturePtr ref = test::picture_of(format, reference);
  const auto metric = test::metric_with("adm", {{"debug", "true"}});
  ASSERT_TRUE(metric);
  ASSERT_TRUE((*metric)->prepare(format));
  ASSERT_GE((*metric)->batch_limit(), 3u);

  std::vector<Frame> frames;
  std::array<test::ScoreMap, 3> together, alone;
  Scratch scratch;
  for (const int step : {1, 9, 40}) {
    frames.push_back(
        {0,
         ref,
         test::picture_of(
             format, [&](std::size_t p, int x, int y) { return reference(p, x, y) / step * step; }),
         {},
         {}});
    ASSERT_TRUE((*metric)->extract(frames.back(), scratch, alone[frames.size() - 1]));
  }
  Scores* const scores[] = {&together[0], &together[1], &together[2]};
  ASSERT_TRUE((*metric)->extract_batch(frames, scratch, scores));
  for (std::size_t i = 0; i < frames.size(); ++i)
    EXPECT_EQ(together[i].values, alone[i].values) << i;
  EXPECT_GT(alone[0].values.at(0), alone[2].values.at(0));
}

TEST(Adm, RefusesViewingConditionsWithoutATable) {
  EXPECT_FALSE(prepare(64, 64, {{"adm_norm_view_dist", "2"}}));
  EXPECT_FALSE(prepare(64, 64, {{"adm_csf_mode", "2"}, {"adm_norm_view_dist", "4"}}));
  EXPECT_TRUE(prepare(
      64, 64,
      {{"adm_csf_mode", "3"}, {"adm_norm_view_dist", "1.5"}, {"adm_ref_display_height", "2160"}}));
}

TEST(Contrast, WatsonAtThreeHeights) {
  const auto table = adm::contrast_table(adm::ContrastMode::watson, {});
  ASSERT_TRUE(table);
  const float straight[] = {.0173815f, .0319848f, .0433727f, .0456734f},
              diagonal[] = {.0058907f, .0142991f, .0243969f, .0313127f};
  for (std::size_t s = 0; s < 4; ++s) {
    EXPECT_NEAR(table->straight[s], straight[s], 1e-7);
    EXPECT_NEAR(table->diagonal[s], diagonal[s], 1e-7);
  }
}

}  // namespace
}  // namespace visq
