// Golden scores of psnr are in tests/; here is what they do not say.
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "tests/support/one_frame.h"

namespace visq {
namespace {

std::map<std::size_t, double> score(const PictureFormat& format, int a, int b,
                                    const OptionStrings& given,
                                    ChromaRounding rounding = ChromaRounding::up) {
  const auto flat = [&](int value) {
    return test::picture_of(format, [value](auto...) { return value; }, rounding);
  };
  return test::score_pair("psnr", flat(a), flat(b), given);
}

TEST(Psnr, OfIdenticalPicturesIsTheLargestOfTheDepth) {
  EXPECT_EQ(score({PixelFormat::yuv420, 8, 16, 16}, 7, 7, {})[0], 60);
  EXPECT_EQ(score({PixelFormat::yuv420, 10, 16, 16}, 7, 7, {})[0], 72);
  EXPECT_EQ(score({PixelFormat::yuv420, 8, 16, 16}, 7, 7, {{"min_sse", "0.5"}})[0], 76)
      << "ceil(10 log10(255^2 * 256 / 0.5))";
}

TEST(Psnr, PeakAboveEightBits) {
  const double full = score({PixelFormat::yuv444, 10, 8, 8}, 0, 1, {})[0];
  const double reduced =
      score({PixelFormat::yuv444, 10, 8, 8}, 0, 1, {{"reduced_hbd_peak", "true"}})[0];
  EXPECT_NEAR(full, 20 * std::log10(1023.0), 1e-12);
  EXPECT_NEAR(reduced, 20 * std::log10(1020.0), 1e-12);
}

TEST(Psnr, EveryDepthHasItsPeak) {
  for (int bits = 8; bits <= 16; ++bits) {
    const auto scores = score({PixelFormat::yuv420, bits, 9, 7}, 0, 1, {});
    for (std::size_t plane = 0; plane < 3; ++plane)
      EXPECT_NEAR(scores.at(2 * plane), 20 * std::log10((1 << bits) - 1.0), 1e-12) << bits;
  }
}

// The C API rounds chroma down: a picture one sample wide has chroma of no samples.
TEST(Psnr, PlaneWithoutSamplesHasNoError) {
  const auto scores = score({PixelFormat::yuv420, 8, 1, 1}, 0, 1, {}, ChromaRounding::down);
  EXPECT_NEAR(scores.at(0), 20 * std::log10(255.0), 1e-12);
  EXPECT_EQ(scores.at(2), 60);
  const auto limited = score({PixelFormat::yuv420, 8, 1, 1}, 0, 1, {{"min_sse", "0.5"}});
  EXPECT_EQ(limited.at(2), 20 * std::log10(255.0))
      << "the limit of a chroma of no samples is that of one";
}

TEST(Psnr, ChromaOnlyWhereItIsThereAndWanted) {
  EXPECT_EQ(score({PixelFormat::yuv420, 8, 1, 1}, 0, 1, {}).size(), 3u);
  EXPECT_EQ(score({PixelFormat::yuv400, 8, 1, 1}, 0, 1, {}).size(), 1u);
  EXPECT_EQ(score({PixelFormat::yuv420, 8, 1, 1}, 0, 1,
                  {{"enable_chroma", "false"}, {"enable_mse", "true"}})
                .size(),
            2u);
}

}  // namespace
}  // namespace visq
