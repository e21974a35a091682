// Golden scores of xpsnr are in tests/; here is what they do not say.
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "tests/support/one_frame.h"
#include "tests/support/run_metric.h"

namespace visq {
namespace {

constexpr PictureFormat kFormat{PixelFormat::yuv420, 8, 64, 48};

PicturePtr flat(const PictureFormat& format, int value,
                ChromaRounding rounding = ChromaRounding::up) {
  return test::picture_of(format, [value](auto...) { return value; }, rounding);
}

PicturePtr texture(const PictureFormat& format, int frame) {
  return test::picture_of(format, [frame](auto p, int x, int y) {
    return (7 * x + 5 * y * y + 11 * frame * x + static_cast<int>(p)) % 200;
  });
}

PicturePtr off_by(int difference, const PictureFormat& format, int frame) {
  return test::picture_of(format, [=](auto p, int x, int y) {
    return (7 * x + 5 * y * y + 11 * frame * x + static_cast<int>(p)) % 200 + difference;
  });
}

test::MetricScores run(const test::PicturePairs& pairs, const OptionStrings& given = {}) {
  const auto scores = test::run_metric(*find_metric("xpsnr"), given, pairs);
  EXPECT_TRUE(scores);
  return scores.value_or(test::MetricScores());
}

int window(const std::string& fps) {
  const auto metric = test::metric_with("xpsnr", {{"fps", fps}});
  EXPECT_TRUE(metric);
  return (*metric)->window();
}

TEST(Xpsnr, LooksAtTwoFramesBeforeFrom32FramesASecond) {
  EXPECT_EQ(window("0"), 1);
  EXPECT_EQ(window("31.99"), 1);
  EXPECT_EQ(window("32"), 2);
  EXPECT_EQ(window("59.94"), 2);
}

TEST(Xpsnr, NeedsTheFramesBefore) {
  const auto metric = test::metric_with("xpsnr", {{"fps", "50"}});
  ASSERT_TRUE(metric && (*metric)->prepare(kFormat));
  const PicturePtr picture = texture(kFormat, 0), before[] = {picture};
  Scratch scratch;
  test::ScoreMap scores;
  const auto status = (*metric)->extract({2, picture, picture, before, {}}, scratch, scores);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "xpsnr of frame 2 needs frame 0 before it");
  EXPECT_TRUE((*metric)->extract({1, picture, picture, before, {}}, scratch, scores));
}

// Below 2025 samples every error counts the same.
TEST(Xpsnr, OfSmallPicturesIsPsnr) {
  for (int bits = 8; bits <= 16; ++bits) {
    const PictureFormat format{PixelFormat::yuv422, bits, 45, 43};
    const auto scores = test::score_pair("xpsnr", flat(format, 3), flat(format, 5));
    for (std::size_t plane = 0; plane < 3; ++plane)
      EXPECT_NEAR(scores.at(plane), 20 * std::log10(((1 << bits) - 1) / 2.), 1e-12) << bits;
  }
}

TEST(Xpsnr, PlaneWithoutErrorsOrSamplesIsPerfect) {
  EXPECT_EQ(test::score_pair("xpsnr", texture(kFormat, 0), texture(kFormat, 0)).at(0), kInfinity);
  const PictureFormat tiny{PixelFormat::yuv420, 8, 1, 1};
  const auto scores = test::score_pair("xpsnr", flat(tiny, 0, ChromaRounding::down),
                                       flat(tiny, 9, ChromaRounding::down));
  EXPECT_NEAR(scores.at(0), 20 * std::log10(255. / 9), 1e-12);
  EXPECT_EQ(scores.at(1), kInfinity);
}

// The C API rounds chroma down, and leaves the last column and row out; the blocks stay.
TEST(Xpsnr, ChromaThatIsRoundedDownHasTheBlocksOfChromaThatIsRoundedUp) {
  const PictureFormat odd{PixelFormat::yuv420, 8, 333, 251};
  const auto pair = [&](ChromaRounding rounding) {
    const auto picture = [&](int error) {
      return test::picture_of(
          odd,
          [&](auto p, int x, int y) {
            const bool kept = p == 0 || (x < odd.width / 2 && y < odd.height / 2);
            return (x * x + 3 * y) % 99 + (kept ? error * ((x + y) % 5) : 0);
          },
          rounding);
    };
    return test::score_pair("xpsnr", picture(0), picture(1));
  };
  const auto up = pair(ChromaRounding::up), down = pair(ChromaRounding::down);
  EXPECT_EQ(up.at(0), down.at(0));
  for (const std::size_t plane : {1u, 2u}) {
    EXPECT_EQ(up.at(3 + plane), down.at(3 + plane)) << "the weighted error";
    EXPECT_NEAR(up.at(plane) - down.at(plane), 10 * std::log10(167. * 126 / (166. * 125)), 1e-9);
  }
}

TEST(Xpsnr, ChromaOnlyWhereItIsThereAndWanted) {
  const PictureFormat gray{PixelFormat::yuv400, 8, 64, 48};
  EXPECT_EQ(run({{texture(gray, 0), off_by(1, gray, 0)}}).aggregates.size(), 1u);
  const auto luma =
      run({{texture(kFormat, 0), off_by(1, kFormat, 0)}}, {{"enable_chroma", "false"}});
  EXPECT_EQ(luma.features.size(), 3u);
  EXPECT_EQ(luma.aggregates.size(), 1u);
}

// Roots of errors are averaged, which is not the mean of decibels.
TEST(Xpsnr, ClipsArePooledFromErrors) {
  const auto scores = run({{texture(kFormat, 0), off_by(1, kFormat, 0)},
                           {texture(kFormat, 1), off_by(20, kFormat, 1)}});
  for (const char* const plane : {"y", "cb", "cr"}) {
    const std::string name = std::string("xpsnr_") + plane;
    const auto& values = scores.features.at(name);
    const double root = (std::pow(10, -values[0] / 20) + std::pow(10, -values[1] / 20)) / 2;
    EXPECT_NEAR(scores.aggregates.at(name), -20 * std::log10(root), 1e-9) << name;
    EXPECT_GT((values[0] + values[1]) / 2 - scores.aggregates.at(name), 1);
  }
  const auto& all = scores.aggregates;
  EXPECT_EQ(all.at("xpsnr_min"),
            std::min({all.at("xpsnr_y"), all.at("xpsnr_cb"), all.at("xpsnr_cr")}));
  EXPECT_EQ(all.at("xpsnr_weighted"),
            (4 * all.at("xpsnr_y") + all.at("xpsnr_cb") + all.at("xpsnr_cr")) / 6);
}

// Where errors are next to nothing, it is the mean of decibels: infinite if one frame's are.
TEST(Xpsnr, ClipsThatAreAlmostPerfect) {
  const auto scores =
      run({{texture(kFormat, 0), texture(kFormat, 0)}, {texture(kFormat, 1), texture(kFormat, 1)}});
  EXPECT_EQ(scores.aggregates.at("xpsnr_y"), kInfinity);
}

// Frames before that are not the same have weights of their own.
TEST(Xpsnr, ClipsTogetherMayHaveUnlikeFramesBefore) {
  const auto metric = test::metric_with("xpsnr", {});
  ASSERT_TRUE(metric && (*metric)->prepare(kFormat));
  const PicturePtr ref = texture(kFormat, 5), dist = off_by(3, kFormat, 5),
                   one[] = {texture(kFormat, 1)}, other[] = {texture(kFormat, 4)};
  const Frame frames[] = {{5, ref, dist, one, {}}, {5, ref, dist, other, {}}};
  Scratch scratch;
  test::ScoreMap together[2], alone[2];
  Scores* const both[] = {&together[0], &together[1]};
  ASSERT_TRUE((*metric)->extract_batch(frames, scratch, both));
  for (std::size_t i = 0; i < 2; ++i) {
    ASSERT_TRUE((*metric)->extract(frames[i], scratch, alone[i]));
    EXPECT_EQ(together[i].values, alone[i].values);
  }
  EXPECT_NE(together[0].values, together[1].values);
}

}  // namespace
}  // namespace visq
