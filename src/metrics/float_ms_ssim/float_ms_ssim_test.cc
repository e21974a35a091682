// Golden scores of float_ms_ssim are in tests/; here is what they do not say.
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "extract/metric.h"

namespace visq {
namespace {

Result<std::unique_ptr<Metric>> ms_ssim(const OptionStrings& given) {
  const Descriptor& metric = *find_metric("float_ms_ssim");
  VISQ_ASSIGN(const Options options, Options::parse("float_ms_ssim", metric.options, given));
  return metric.create(options, {});
}

// Luma of a checkerboard of `low` and `high`.
PicturePtr board(const PictureFormat& format, int low, int high) {
  auto memory = allocate_picture(format, ChromaRounding::up);
  for (int y = 0; y < format.height; ++y)
    for (int x = 0; x < format.width; ++x) {
      std::byte* row = memory->planes[0].data + y * memory->planes[0].stride;
      const int value = (x / 16 + y / 16) % 2 == 0 ? low : high;
      if (format.bits == 8) row[x] = static_cast<std::byte>(value);
      else reinterpret_cast<std::uint16_t*>(row)[x] = static_cast<std::uint16_t>(value);
    }
  return std::make_shared<const Picture>(format, PictureColor{}, memory->planes, memory->owner);
}

struct Map final : Scores {
  void set(std::size_t feature, double value) override { values[feature] = value; }
  std::map<std::size_t, double> values;
};

std::map<std::size_t, double> score(const PicturePtr& ref, const PicturePtr& dist, const OptionStrings& given) {
  const auto metric = ms_ssim(given);
  EXPECT_TRUE((*metric)->prepare(ref->format()));
  Scratch scratch;
  Map scores;
  EXPECT_TRUE((*metric)->extract({0, ref, dist, {}, {}}, scratch, scores));
  return scores.values;
}

TEST(FloatMsSsim, SaysWhichSizesItNeeds) {
  const auto metric = ms_ssim({});
  const Status small = (*metric)->prepare({PixelFormat::yuv400, 8, 640, 10});
  ASSERT_FALSE(small);
  EXPECT_NE(small.error().message.find("640x10"), std::string::npos);
  EXPECT_TRUE((*metric)->prepare({PixelFormat::yuv400, 8, 11, 11}));
}

TEST(FloatMsSsim, SmallPicturesHaveTheScalesThatFit) {
  const auto scales = [](int side) {
    const PictureFormat format{PixelFormat::yuv400, 8, side, side + 7};
    return (score(board(format, 50, 60), board(format, 50, 70), {{"enable_lcs", "true"}}).size() - 1) / 3;
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
    return score(board(format, 60 * unit, 200 * unit), board(format, 70 * unit, 190 * unit), {}).at(0);
  };
  for (int bits = 9; bits <= 16; ++bits) EXPECT_EQ(at(bits), at(8)) << bits;
}

TEST(FloatMsSsim, DecibelsOfIdenticalPictures) {
  const PicturePtr picture = board({PixelFormat::yuv400, 10, 192, 192}, 100, 700);
  EXPECT_EQ(score(picture, picture, {{"enable_db", "true"}}).at(0), kInfinity);
  EXPECT_EQ(score(picture, picture, {{"enable_db", "true"}, {"clip_db", "true"}}).at(0), 109) << "ceil(10 log10(1023^2 * 192^2 / 0.5))";
}

}  // namespace
}  // namespace visq
