// Golden scores of psnr_hvs are in tests/; here is what they do not say.
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "tests/support/one_frame.h"

namespace visq {
namespace {

PicturePtr flat(const PictureFormat& format, int luma, int chroma,
                ChromaRounding rounding = ChromaRounding::up) {
  return test::picture_of(
      format, [=](std::size_t plane, int, int) { return plane == 0 ? luma : chroma; }, rounding);
}

std::map<std::size_t, double> score(const PicturePtr& ref, const PicturePtr& dist) {
  return test::score_pair("psnr_hvs", ref, dist);
}

// A step of d in every sample has the coefficient 8 d and no other, and a block counts as 64
// samples.
double of_step(double step, double peak, double sensitivity) {
  return -20 * std::log10(step * sensitivity / peak);
}

TEST(PsnrHvs, OfAFlatStepIsThatOfItsMeanAtEveryDepth) {
  for (int bits = 8; bits <= 16; ++bits) {
    const PictureFormat format{PixelFormat::yuv420, bits, 64, 48};
    const int unit = 1 << (bits - 8);
    const auto scores =
        score(flat(format, 100 * unit, 90 * unit), flat(format, 164 * unit, 186 * unit));
    const double peak = (1 << bits) - 1;
    EXPECT_NEAR(scores.at(0), of_step(64 * unit, peak, 1.6193873005), 0.05) << bits;
    EXPECT_NEAR(scores.at(1), of_step(96 * unit, peak, 1.91113096927), 0.05) << bits;
    EXPECT_NEAR(scores.at(2), of_step(96 * unit, peak, 2.03871978502), 0.05) << bits;
    const auto linear = [&](std::size_t i) { return std::pow(10, -scores.at(i) / 10); };
    EXPECT_NEAR(scores.at(3), -10 * std::log10(.8 * linear(0) + .1 * (linear(1) + linear(2))),
                1e-9);
  }
}

TEST(PsnrHvs, OfLumaOnlyPicturesHasNoErrorOfChroma) {
  const PictureFormat format{PixelFormat::yuv400, 8, 64, 48};
  const auto scores = score(flat(format, 100, 0), flat(format, 104, 0));
  ASSERT_EQ(scores.size(), 2u);
  EXPECT_NEAR(scores.at(3) - scores.at(0), -10 * std::log10(.8), 1e-9);
}

TEST(PsnrHvs, OfIdenticalPicturesIsInfinite) {
  const PicturePtr picture = flat({PixelFormat::yuv444, 12, 33, 21}, 500, 600);
  for (const auto& [feature, value] : score(picture, picture))
    EXPECT_EQ(value, kInfinity) << feature;
}

TEST(PsnrHvs, SaysWhichSizesItNeeds) {
  const auto metric = *test::metric_with("psnr_hvs", {});
  const Status small = metric->prepare({PixelFormat::yuv420, 8, 64, 14});
  ASSERT_FALSE(small);
  EXPECT_NE(small.error().message.find("32x7"), std::string::npos) << small.error().message;
  EXPECT_TRUE(metric->prepare({PixelFormat::yuv400, 8, 8, 8}));
}

// Chroma that rounds down, as in libvmaf's pictures, may be too small where chroma that rounds up
// is not.
TEST(PsnrHvs, RefusesChromaThatRoundsDownToTooLittle) {
  const PictureFormat format{PixelFormat::yuv420, 8, 15, 15};
  const auto metric = *test::metric_with("psnr_hvs", {});
  ASSERT_TRUE(metric->prepare(format));
  const PicturePtr picture = flat(format, 1, 2, ChromaRounding::down);
  Scratch scratch;
  test::ScoreMap scores;
  const Status status = metric->extract({0, picture, picture, {}, {}}, scratch, scores);
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("7x7"), std::string::npos) << status.error().message;
}

}  // namespace
}  // namespace visq
