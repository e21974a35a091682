// Golden scores of ciede are in tests/; here is what they do not say.
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "kernels/ciede/ciede.h"
#include "tests/support/one_frame.h"

namespace visq {
namespace {

// Chroma of column x is 100 + 3 x, of every row the same.
PicturePtr picture(const PictureFormat& format, int luma,
                   ChromaRounding rounding = ChromaRounding::up) {
  return test::picture_of(
      format,
      [&](std::size_t plane, int x, int) {
        return (plane == 0 ? luma : 100 + 3 * x) << (format.bits - 8);
      },
      rounding);
}

double score(const PicturePtr& ref, const PicturePtr& dist, const OptionStrings& given = {}) {
  return test::score_pair("ciede", ref, dist, given).at(0);
}

TEST(Ciede, OfGreysIsThatOfTheirLightness) {
  const auto lightness = [](double y) {
    const double v = (y - 16) / 219;
    return 116 * std::cbrt(std::pow((v + 0.055) / 1.055, 2.4)) - 16;
  };
  const double expected =
      45 - 20 * std::log10(ciede::ciede2000({lightness(100), 0, 0}, {lightness(110), 0, 0}));
  for (int bits = 8; bits <= 16; ++bits) {
    const PictureFormat grey{PixelFormat::yuv400, bits, 40, 20};
    EXPECT_NEAR(score(picture(grey, 100), picture(grey, 110)), expected, 1e-3)
        << bits << ": white is not quite neutral in this matrix";
  }
}

// The same colours, stored with different chroma: columns of chroma belong to two columns of luma
// in 4:2:2 as in 4:2:0.
TEST(Ciede, ChromaBelongsToItsColumns) {
  const auto of = [](PixelFormat layout) {
    return score(picture({layout, 10, 32, 24}, 60), picture({layout, 10, 32, 24}, 70),
                 {{"true_chroma", "true"}});
  };
  EXPECT_NEAR(of(PixelFormat::yuv422), of(PixelFormat::yuv420), 1e-9);
  EXPECT_GT(std::abs(of(PixelFormat::yuv444) - of(PixelFormat::yuv420)), 1e-3);
}

TEST(Ciede, OfIdenticalPicturesIsInfinite) {
  const PicturePtr same = picture({PixelFormat::yuv420, 8, 35, 17}, 90);
  EXPECT_EQ(score(same, same), kInfinity);
}

// Like libvmaf by default: the 16 columns of 4:2:2 chroma are followed by 16 zeros, and none of
// that is repeated.
TEST(Ciede, ChromaOf422IsMisreadLikeTheReference) {
  const PictureFormat format{PixelFormat::yuv422, 8, 32, 24};
  const PicturePtr ref = picture(format, 60), dist = picture(format, 70);
  std::uint8_t chroma[32] = {};
  for (int x = 0; x < 16; ++x) chroma[x] = static_cast<std::uint8_t>(100 + 3 * x);
  const PlaneView<const std::uint8_t> misread{chroma, 0, 32, 24};
  const auto view = [&](const PicturePtr& p) {
    return ciede::Ycbcr{p->samples(0), misread, misread, 0, 0};
  };
  Scratch scratch;
  EXPECT_NEAR(
      score(ref, dist),
      45 - 20 * std::log10(ciede::sum(view(ref), view(dist), scratch, *serial()) / (32 * 24)),
      1e-9);
  EXPECT_GT(std::abs(score(ref, dist) - score(ref, dist, {{"true_chroma", "true"}})), 1e-3);
}

// The C API rounds chroma down: the last column repeats, if asked for; where there is none, it is
// neutral.
TEST(Ciede, ChromaThatRoundsDownRepeats) {
  const auto of = [](int width, ChromaRounding rounding) {
    const PictureFormat format{PixelFormat::yuv420, 8, width, 8};
    return score(picture(format, 50, rounding), picture(format, 60, rounding),
                 {{"true_chroma", "true"}});
  };
  EXPECT_TRUE(std::isfinite(of(33, ChromaRounding::down)));
  EXPECT_NEAR(of(33, ChromaRounding::down), of(33, ChromaRounding::up), 0.1)
      << "only the last column is another";
  EXPECT_EQ(of(32, ChromaRounding::down), of(32, ChromaRounding::up));
  const PictureFormat thin{PixelFormat::yuv420, 8, 1, 9}, grey{PixelFormat::yuv400, 8, 1, 9};
  EXPECT_EQ(score(picture(thin, 50, ChromaRounding::down), picture(thin, 60, ChromaRounding::down)),
            score(picture(grey, 50), picture(grey, 60)));
}

}  // namespace
}  // namespace visq
