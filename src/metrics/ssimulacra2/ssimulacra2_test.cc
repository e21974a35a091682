#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "tests/support/one_frame.h"
#include "tests/support/run_metric.h"

namespace visq {
namespace {

// `value` gives sample (x, y) of channel 0, 1, 2: R, G, B.
template <typename Value>
PicturePtr rgb(int width, int height, const Value& value, int transfer = 13) {
  const auto of_plane = [&value](std::size_t plane, int x, int y) {
    constexpr int kChannelOfPlane[] = {1, 2, 0};
    return value(kChannelOfPlane[plane], x, y);
  };
  return test::picture_of({PixelFormat::yuv444, 8, width, height}, of_plane, ChromaRounding::up,
                          {Matrix::identity, Range::full, transfer});
}

// `step` is how coarsely the pattern's values are kept.
PicturePtr pattern(int width, int height, int step, int transfer = 13) {
  const auto value = [step](int c, int x, int y) {
    const int exact = (x * x / (9 + c) + y * (5 + 2 * c) + x * y / 31) % 256;
    return step == 1 ? exact : std::min(255, exact / step * step + step / 2);
  };
  return rgb(width, height, value, transfer);
}

Result<double> score(PicturePtr ref, PicturePtr dist) {
  VISQ_ASSIGN(const test::MetricScores scores,
              test::run_metric(*find_metric("ssimulacra2"), {}, {{ref, dist}}));
  return scores.features.at("ssimulacra2")[0];
}

// Expected are the published program's scores of the same pictures as PNG, on a CPU with AVX2.
TEST(Ssimulacra2, IsThatOfThePublishedProgram) {
  struct Case {
    int width, height, step;
    double score;
  };
  for (const Case& c : {Case{8, 8, 24, 89.23514097},
                        {33, 20, 16, 81.46859212},
                        {64, 48, 8, 66.39562847},
                        {200, 150, 32, 77.00186164},
                        {320, 240, 12, 84.73741316}})
    EXPECT_NEAR(*score(pattern(c.width, c.height, 1), pattern(c.width, c.height, c.step)), c.score,
                1e-5)
        << c.width << "x" << c.height;
}

// Flat parts show nothing but rounding: a blur that is exact, or rounds otherwise, is off by up to
// 7 here.
TEST(Ssimulacra2, IsThatOfThePublishedProgramWhereItsRoundingDecides) {
  const auto gray = [](int level) { return rgb(64, 64, [level](int, int, int) { return level; }); };
  EXPECT_NEAR(*score(gray(128), gray(129)), 97.98672126, 1e-5);
  const auto cream = [](int red) {
    return rgb(640, 360, [red](int c, int, int) { return c == 0 ? red : c == 1 ? 250 : 240; });
  };
  EXPECT_NEAR(*score(cream(250), cream(249)), 92.34151733, 1e-5);
  const auto checkers = [](int level) {
    return rgb(64, 64, [level](int, int x, int y) { return level * ((x ^ y) & 1); });
  };
  EXPECT_NEAR(*score(checkers(255), checkers(254)), 98.64491860, 1e-5);
  const auto white_but = [](int red) {
    return rgb(300, 200,
               [red](int c, int x, int y) { return c == 0 && x == 100 && y == 31 ? red : 255; });
  };
  EXPECT_NEAR(*score(white_but(255), white_but(254)), 97.61920407, 1e-5);
  const auto ramp = [](int step) {
    return rgb(256, 64, [step](int, int x, int) { return x / step * step + step / 2; });
  };
  EXPECT_NEAR(*score(ramp(1), ramp(8)), 88.28085786, 1e-5);
}

// By position: the score, then structure, artefacts and lost detail of each scale.
using Parts = std::map<std::size_t, double>;
constexpr std::size_t kPartsOfScale = 3;
enum Part : std::size_t { kStructure = 1, kArtefacts, kLost };  // of the finest scale

Parts parts(const PicturePtr& ref, const PicturePtr& dist) {
  return test::score_pair("ssimulacra2", ref, dist, {{"enable_scales", "true"}});
}

// As the published program has it.
TEST(Ssimulacra2, IsAFunctionOfTheSumOfItsParts) {
  for (const auto& [width, height, scales] :
       {std::array{8, 8, 2}, std::array{33, 20, 3}, std::array{320, 240, 6}}) {
    const PicturePtr ref = pattern(width, height, 1), dist = pattern(width, height, 16);
    const Parts found = parts(ref, dist);
    ASSERT_EQ(found.size(), 1 + kPartsOfScale * static_cast<std::size_t>(scales));
    double sum = 0;
    for (const auto& [feature, value] : found) {
      EXPECT_GE(value, 0) << feature;
      if (feature > 0) sum += value;
    }
    sum *= 0.9562382616834844;
    sum = 6.248496625763138e-5 * sum * sum * sum - 0.020884521182843837 * sum * sum +
          2.326765642916932 * sum;
    EXPECT_NEAR(found.at(0), 100 - 10 * std::pow(sum, 0.6276336467831387), 1e-9);
    EXPECT_EQ(found.at(0), *score(ref, dist)) << "asking for parts changes nothing";
    for (const auto& [feature, value] : parts(ref, ref))
      EXPECT_EQ(value, feature == 0 ? 100 : 0) << feature;
  }
}

// Their sum over the scales that there are.
double sum_of(const Parts& parts, Part part) {
  double sum = 0;
  for (std::size_t feature = part; feature < parts.size(); feature += kPartsOfScale)
    sum += parts.at(feature);
  return sum;
}

// Turned by 180 degrees, each block of 2x2 has the mean that it had, but for rounding. Smaller
// pictures have no sixth scale, and weights of another one.
TEST(Ssimulacra2, WhatBlocksOf2x2HideIsOfTheFinestScaleAlone) {
  const auto value = [](int, int x, int y) { return (x * 37 + y * 91 + x * y) % 256; };
  const PicturePtr ref = rgb(128, 128, value),
                   turned =
                       rgb(128, 128, [&](int c, int x, int y) { return value(c, x ^ 1, y ^ 1); });
  const Parts found = parts(ref, turned);
  ASSERT_EQ(found.size(), 1 + 6 * kPartsOfScale);
  EXPECT_GT(found.at(kStructure), 5);
  EXPECT_GT(found.at(kLost), 1);
  for (std::size_t feature = 1 + kPartsOfScale; feature < found.size(); ++feature)
    EXPECT_LT(found.at(feature), 0.01) << feature;
}

TEST(Ssimulacra2, NoiseIsArtefactsAndBlurIsLostDetail) {
  const PicturePtr flat = rgb(128, 128, [](int, int, int) { return 120; }),
                   rough =
                       rgb(128, 128, [](int, int x, int y) { return 100 + 40 * ((x ^ y) & 1); });
  const Parts noise = parts(flat, rough), blur = parts(rough, flat);
  EXPECT_GT(sum_of(noise, kArtefacts), 100 * sum_of(blur, kArtefacts));
  EXPECT_GT(sum_of(blur, kLost), 2 * sum_of(noise, kLost));
  EXPECT_NEAR(sum_of(noise, kStructure), sum_of(blur, kStructure), 1e-9) << "it has no direction";
}

TEST(Ssimulacra2, RefusesTooSmallAndHdrPictures) {
  EXPECT_NE(score(pattern(7, 8, 1), pattern(7, 8, 1)).error().message.find("8x8"),
            std::string::npos);
  EXPECT_NE(score(pattern(8, 8, 1, 16), pattern(8, 8, 1, 16)).error().message.find("PQ"),
            std::string::npos);
}

}  // namespace
}  // namespace visq
