#include <algorithm>

#include <gtest/gtest.h>

#include "extract/metric.h"
#include "tests/support/run_metric.h"

namespace visq {
namespace {

// A pattern in planes G, B, R; `step` is how coarsely its values are kept.
PicturePtr pattern(int width, int height, int step, int transfer = 13) {
  const PictureFormat format{PixelFormat::yuv444, 8, width, height};
  auto memory = allocate_picture(format, ChromaRounding::up);
  constexpr int kChannelOfPlane[] = {1, 2, 0};
  for (std::size_t p = 0; p < 3; ++p)
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        const int c = kChannelOfPlane[p], value = (x * x / (9 + c) + y * (5 + 2 * c) + x * y / 31) % 256;
        const int kept = step == 1 ? value : std::min(255, value / step * step + step / 2);
        memory->planes[p].data[y * memory->planes[p].stride + x] = static_cast<std::byte>(kept);
      }
  return std::make_shared<const Picture>(format, PictureColor{Matrix::identity, Range::full, transfer}, memory->planes, memory->owner);
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
