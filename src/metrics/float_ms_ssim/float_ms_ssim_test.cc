// Golden scores of float_ms_ssim are in tests/; here is what they do not say.
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "tests/support/one_frame.h"

namespace visq {
namespace {

// Luma of a checkerboard of `low` and `high`.
PicturePtr board(const PictureFormat& format, int low, int high) {
  return test::picture_of(
      format, [=](std::size_t, int x, int y) { return (x / 16 + y / 16) % 2 == 0 ? low : high; });
}

std::map<std::size_t, double> score(const PicturePtr& ref, const PicturePtr& dist,
                                    const OptionStrings& given) {
  return test::score_pair("float_ms_ssim", ref, dist, given);
}

TEST(FloatMsSsim, SaysWhichSizesItNeeds) {
  const auto metric = test::metric_with("float_ms_ssim", {});
  const Status small = (*metric)->prepare({PixelFormat::yuv400, 8, 640, 10});
  ASSERT_FALSE(small);
  EXPECT_NE(small.error().message.find("640x10"), std::string::npos);
  EXPECT_TRUE((*metric)->prepare({PixelFormat::yuv400, 8, 11, 11}));
}

TEST(FloatMsSsim, SmallPicturesHaveTheScalesThatFit) {
  const auto scales = [](int side) {
    const PictureFormat format{PixelFormat::yuv400, 8, side, side + 7};
    return (score(board(format, 50, 60), board(format, 50, 70), {{"enable_lcs", "true"}}).size() -
            1) /
           3;
  };
  EXPECT_EQ(scales(11), 1u);
  EXPECT_EQ(scales(20), 1u);
  EXPECT_EQ(scales(21), 2u);
  EXPECT_EQ(scales(160), 4u);
  EXPECT_EQ(scales(161), 5u);
}

// The exponents of one scale: those of contrast and structure sum to what five scales have, and
// luminance has the same.
TEST(FloatMsSsim, OneScaleCountsAsMuchAsFive) {
  const PictureFormat format{PixelFormat::yuv400, 8, 16, 16};
  const auto scores = score(board(format, 100, 100), board(format, 120, 120), {});
  const double luminance = (2 * 100 * 120 + 6.5025) / (100 * 100 + 120 * 120 + 6.5025);
  EXPECT_NEAR(scores.at(0), std::pow(luminance, .0448 + .2856 + .3001 + .2363 + .1333), 1e-5);
}

TEST(FloatMsSsim, OfAnInvertedPictureIsZero) {
  const PictureFormat format{PixelFormat::yuv400, 8, 192, 192};
  EXPECT_EQ(score(board(format, 0, 255), board(format, 255, 0), {}).at(0), 0);
}

TEST(FloatMsSsim, IsTheSameAtEveryDepth) {
  const auto at = [](int bits) {
    const PictureFormat format{PixelFormat::yuv400, bits, 200, 180};
    const int unit = 1 << (bits - 8);
    return score(board(format, 60 * unit, 200 * unit), board(format, 70 * unit, 190 * unit), {})
        .at(0);
  };
  for (int bits = 9; bits <= 16; ++bits) EXPECT_EQ(at(bits), at(8)) << bits;
}

TEST(FloatMsSsim, DecibelsOfIdenticalPictures) {
  const PicturePtr picture = board({PixelFormat::yuv400, 10, 192, 192}, 100, 700);
  EXPECT_EQ(score(picture, picture, {{"enable_db", "true"}}).at(0), kInfinity);
  EXPECT_EQ(score(picture, picture, {{"enable_db", "true"}, {"clip_db", "true"}}).at(0), 109)
      << "ceil(10 log10(1023^2 * 192^2 / 0.5))";
}

}  // namespace
}  // namespace visq
