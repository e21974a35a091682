// Golden scores of cambi are in tests/; here is what they do not say.
#include <algorithm>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "metrics/cambi/visibility.h"
#include "tests/support/one_frame.h"

namespace visq {
namespace {

Result<std::unique_ptr<Metric>> make(const OptionStrings& given, const PictureFormat& format) {
  const Descriptor& cambi = *find_metric("cambi");
  VISQ_ASSIGN(const Options options, Options::parse("cambi", cambi.options, given));
  VISQ_ASSIGN(auto metric, cambi.create(options, {}));
  VISQ_TRY(metric->prepare(format));
  return metric;
}

struct Kept final : Scores {
  std::array<double, 3> values{-1, -1, -1};
  void set(std::size_t feature, double value) override { values.at(feature) = value; }
};

// A ramp from dark gray upwards in steps of `step` values every 40 columns, with `noise` on top.
PicturePtr ramp(int bits, int step, unsigned noise) {
  std::mt19937 random(2);
  return test::picture_of({PixelFormat::yuv400, bits, 480, 270}, [&](std::size_t, int x, int) {
    return 40 * (1 << (bits - 8)) + step * (x / 40) + static_cast<int>(random() % (noise + 1));
  });
}

std::array<double, 3> score(const PicturePtr& ref, const PicturePtr& dist,
                            const OptionStrings& given = {}) {
  const auto metric = make(given, dist->format());
  EXPECT_TRUE(metric) << metric.error().message;
  Scratch scratch;
  Kept kept;
  const Status done = (*metric)->extract({0, ref, dist, {}, {}}, scratch, kept);
  EXPECT_TRUE(done) << done.error().message;
  return kept.values;
}

TEST(Cambi, BandsScoreAndNoiseHidesThem) {
  const PicturePtr bands = ramp(8, 1, 0), smooth = ramp(10, 1, 0), noisy = ramp(8, 1, 3);
  EXPECT_GT(score(bands, bands)[0], 1);
  EXPECT_LT(score(smooth, smooth)[0], score(bands, bands)[0]);
  EXPECT_LT(score(noisy, noisy)[0], 0.1);
}

// The left columns are banded, the rest is noise that hides all bands.
PicturePtr banded_up_to(int column) {
  const PicturePtr bands = ramp(8, 1, 0), noise = ramp(8, 1, 15);
  return test::picture_of(bands->format(), [&](std::size_t, int x, int y) {
    return (x < column ? bands : noise)->plane<std::uint8_t>(0).row(y)[x];
  });
}

TEST(Cambi, MoreBandingNeverImprovesTheScore) {
  double before = 0;
  for (const int column : {0, 60, 120, 240, 360, 480}) {
    const PicturePtr picture = banded_up_to(column);
    const double banding = score(picture, picture)[0];
    EXPECT_GE(banding, before) << column;
    before = banding;
  }
  EXPECT_GT(before, 1);
}

TEST(Cambi, FullReferenceIsTheDifference) {
  const auto values = score(ramp(8, 1, 3), ramp(8, 1, 0), {{"full_ref", "true"}});
  EXPECT_NEAR(values[2], values[0] - values[1], 1e-12);
  const auto better = score(ramp(8, 1, 0), ramp(8, 1, 3), {{"full_ref", "true"}});
  EXPECT_EQ(better[2], 0);
}

TEST(Cambi, LargestValueAndTopk) {
  const PicturePtr bands = ramp(8, 1, 0);
  EXPECT_EQ(score(bands, bands, {{"cambi_max_val", "0.5"}})[0], 0.5);
  EXPECT_GT(score(bands, bands, {{"topk", "0.1"}})[0], score(bands, bands)[0]);
  EXPECT_EQ(score(bands, bands, {{"topk", "0.1"}})[0],
            score(bands, bands, {{"cambi_topk", "0.1"}})[0]);
  EXPECT_EQ(score(bands, bands, {{"topk", "0.1"}, {"cambi_topk", "0.9"}})[0],
            score(bands, bands, {{"topk", "0.1"}})[0]);
}

TEST(Cambi, DarknessHidesBands) {
  const PicturePtr bands = ramp(8, 1, 0);
  EXPECT_EQ(score(bands, bands, {{"cambi_vis_lum_threshold", "290"}})[0], 0);
}

TEST(Cambi, RefusesSamplesBeyondTheDepth) {
  const PictureFormat format{PixelFormat::yuv400, 10, 300, 300};
  const auto picture = test::picture_of(
      format, [](std::size_t, int x, int y) { return y == 0 && x == 7 ? 1024 : 0; });
  const auto metric = make({}, format);
  Scratch scratch;
  Kept kept;
  const Status done = (*metric)->extract({5, picture, picture, {}, {}}, scratch, kept);
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().message.find("frame 5"), std::string::npos);
}

TEST(Cambi, RefusesWhatHasNoWindow) {
  const auto wide = make({{"window_size", "127"}}, {PixelFormat::yuv400, 8, 4096, 2304});
  ASSERT_FALSE(wide);
  EXPECT_NE(wide.error().message.find("window"), std::string::npos);
  const auto bent = make({{"full_ref", "true"}, {"src_width", "1000"}, {"src_height", "200"}},
                         {PixelFormat::yuv400, 8, 640, 360});
  ASSERT_FALSE(bent);
  EXPECT_NE(bent.error().message.find("1000x200"), std::string::npos);
}

TEST(Cambi, ScoresPicturesOfAnySize) {
  for (const auto& [width, height] : {std::pair{1, 1}, {16, 9}, {215, 215}})
    EXPECT_TRUE(make({}, {PixelFormat::yuv400, 8, width, height}));
}

TEST(CambiVisibility, StepsAreSeenInTheDarkOnly) {
  const cambi::Visibility v = cambi::visibility_of({});
  EXPECT_EQ(v.differences, 4);
  EXPECT_EQ(v.of(100)[0], 1);
  EXPECT_EQ(v.of(100)[3], 4);
  EXPECT_EQ(v.of(900)[0], 0);
  EXPECT_EQ(v.of(900)[3], 0);
  EXPECT_GE(v.low, 0);
  EXPECT_LT(v.high, cambi::kValues);
}

TEST(CambiVisibility, FewerDifferencesHaveNoWeight) {
  const cambi::Visibility v = cambi::visibility_of({.log_differences = 0});
  EXPECT_EQ(v.of(100)[0], 1);
  for (int d = 2; d <= v.differences; ++d) EXPECT_EQ(v.of(100)[d - 1], 0);
}

TEST(CambiVisibility, LuminanceOfTheDisplays) {
  EXPECT_NEAR(cambi::luminance(940, cambi::Eotf::bt1886), 300, 1e-9);
  EXPECT_NEAR(cambi::luminance(64, cambi::Eotf::bt1886), 0.01, 1e-9);
  EXPECT_NEAR(cambi::luminance(940, cambi::Eotf::pq), 10000, 1e-6);
  EXPECT_EQ(cambi::luminance(0, cambi::Eotf::pq), cambi::luminance(64, cambi::Eotf::pq));
}

// A map of each scale, named after the frame or, all in one file, after none.
TEST(Cambi, GivesAHeatmapOfEachScale) {
  const PicturePtr bands = ramp(8, 1, 0);
  for (const bool png : {false, true}) {
    const auto metric =
        test::metric_with("cambi", {{"heatmaps_format", png ? "png" : "gray"}}, true);
    ASSERT_TRUE(metric && (*metric)->prepare(bands->format()));
    Scratch scratch;
    test::ScoreMap found;
    ASSERT_TRUE((*metric)->extract({4, bands, bands, {}, {}}, scratch, found));
    ASSERT_EQ(found.maps.size(), 5u);
    const std::string ending = png ? "frame_4" : "16b";
    EXPECT_EQ(found.maps[0].file, "cambi_heatmap_scale_0_480x270_" + ending);
    EXPECT_EQ(found.maps[4].file, "cambi_heatmap_scale_4_30x17_" + ending);
    EXPECT_EQ(found.maps[4].name, "cambi_heatmap_scale_4");
    for (const test::KeptMap& map : found.maps) {
      EXPECT_EQ(map.files, png ? MapFiles::png : MapFiles::sequence);
      EXPECT_EQ(map.gray.size(), static_cast<std::size_t>(map.width * map.height));
    }
    EXPECT_GT(*std::max_element(found.maps[0].gray.begin(), found.maps[0].gray.end()), 0);
  }
}

TEST(Cambi, MakesNoMapsThatNobodyTakes) {
  const PicturePtr bands = ramp(8, 1, 0);
  const auto metric = test::metric_with("cambi", {});
  ASSERT_TRUE(metric && (*metric)->prepare(bands->format()));
  Scratch scratch;
  test::ScoreMap found;
  ASSERT_TRUE((*metric)->extract({0, bands, bands, {}, {}}, scratch, found));
  EXPECT_TRUE(found.maps.empty());
}

}  // namespace
}  // namespace visq
