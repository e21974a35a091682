#include <algorithm>

#include <gtest/gtest.h>

#include "tests/support/one_frame.h"
#include "tests/support/run_metric.h"

namespace visq {
namespace {

// A pattern in planes G, B, R; `step` is how coarsely its values are kept.
PicturePtr pattern(int width, int height, int step, int transfer = 13) {
  const auto value = [step](std::size_t plane, int x, int y) {
    constexpr int kChannelOfPlane[] = {1, 2, 0};
    const int c = kChannelOfPlane[plane], exact = (x * x / (9 + c) + y * (5 + 2 * c) + x * y / 31) % 256;
    return step == 1 ? exact : std::min(255, exact / step * step + step / 2);
  };
  return test::picture_of({PixelFormat::yuv444, 8, width, height}, value, ChromaRounding::up, {Matrix::identity, Range::full, transfer});
}

Result<double> score(PicturePtr ref, PicturePtr dist) {
  VISQ_ASSIGN(const test::MetricScores scores, test::run_metric(*find_metric("ssimulacra2"), {}, {{ref, dist}}));
  return scores.features.at("ssimulacra2")[0];
}

// Of the published program, with its recursive blur evaluated exactly (in single precision the recursion
// itself is off by up to 0.03 on such patterns, by less than 0.01 on natural pictures).
TEST(Ssimulacra2, IsThatOfThePublishedProgram) {
  struct Case {
    int width, height, step;
    double score;
  };
  for (const Case& c : {Case{8, 8, 24, 89.23513989}, {33, 20, 16, 81.47634348}, {64, 48, 8, 66.40564999}, {200, 150, 32, 77.04230892}, {320, 240, 12, 84.71894662}})
    EXPECT_NEAR(*score(pattern(c.width, c.height, 1), pattern(c.width, c.height, c.step)), c.score, 0.01) << c.width << "x" << c.height;
}

TEST(Ssimulacra2, RefusesTooSmallAndHdrPictures) {
  EXPECT_NE(score(pattern(7, 8, 1), pattern(7, 8, 1)).error().message.find("8x8"), std::string::npos);
  EXPECT_NE(score(pattern(8, 8, 1, 16), pattern(8, 8, 1, 16)).error().message.find("PQ"), std::string::npos);
}

}  // namespace
}  // namespace visq
