// Golden scores of float_ssim are in tests/; here is what they do not say.
#include <gtest/gtest.h>

#include "tests/support/one_frame.h"

namespace visq {
namespace {

Result<std::unique_ptr<Metric>> ssim(const OptionStrings& given) {
  return test::metric_with("float_ssim", given);
}

std::map<std::size_t, double> score(const PictureFormat& format, int a, int b,
                                    const OptionStrings& given) {
  const auto flat = [&](int value) {
    return test::picture_of(format, [value](auto...) { return value; });
  };
  return test::score_pair("float_ssim", flat(a), flat(b), given);
}

TEST(FloatSsim, SaysWhichSizesItNeeds) {
  const auto metric = ssim({{"scale", "10"}});
  const Status small = (*metric)->prepare({PixelFormat::yuv400, 8, 640, 100});
  ASSERT_FALSE(small);
  EXPECT_NE(small.error().message.find("64x10"), std::string::npos) << small.error().message;
  EXPECT_TRUE((*ssim({}))->prepare({PixelFormat::yuv400, 8, 11, 11}));
  EXPECT_FALSE((*ssim({}))->prepare({PixelFormat::yuv400, 8, 10, 11}));
}

// Without structure only luminance counts: (2 a b + C1) / (a^2 + b^2 + C1).
TEST(FloatSsim, OfFlatPicturesIsTheirLuminanceAtEveryDepthAndScale) {
  const double expected = (2 * 100 * 120 + 6.5025) / (100 * 100 + 120 * 120 + 6.5025);
  for (int bits = 8; bits <= 16; ++bits)
    for (const char* scale : {"0", "1", "3", "4"}) {
      const int unit = 1 << (bits - 8);
      const auto scores = score({PixelFormat::yuv400, bits, 64, 48}, 100 * unit, 120 * unit,
                                {{"scale", scale}, {"enable_lcs", "true"}});
      EXPECT_NEAR(scores.at(0), expected, 2e-6) << bits << " bits, scale " << scale;
      EXPECT_NEAR(scores.at(1), expected, 2e-6);
      EXPECT_EQ(scores.at(2), 1);
      EXPECT_EQ(scores.at(3), 1);
    }
}

TEST(FloatSsim, DecibelsOfIdenticalPictures) {
  const PictureFormat format{PixelFormat::yuv400, 8, 64, 48};
  EXPECT_EQ(score(format, 9, 9, {{"enable_db", "true"}}).at(0), kInfinity);
  EXPECT_EQ(score(format, 9, 9, {{"enable_db", "true"}, {"clip_db", "true"}}).at(0), 87)
      << "ceil(10 log10(255^2 * 64 * 48 / 0.5))";
}

TEST(FloatSsim, PicturesAreMadeSmallerByTheirSize) {
  const auto scale = [](int width, int height) {
    return (*ssim({}))->prepare({PixelFormat::yuv400, 8, width, height}).has_value();
  };
  EXPECT_TRUE(scale(32768, 32768)) << "128 is the largest factor";
}

}  // namespace
}  // namespace visq
