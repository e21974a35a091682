// Golden scores of psnr_hvs are in tests/; here is what they do not say.
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "extract/metric.h"

namespace visq {
namespace {

std::unique_ptr<Metric> psnr_hvs() {
  const Descriptor& metric = *find_metric("psnr_hvs");
  return *metric.create(*Options::parse("psnr_hvs", metric.options, {}), {});
}

PicturePtr flat(const PictureFormat& format, int luma, int chroma, ChromaRounding rounding = ChromaRounding::up) {
  auto memory = allocate_picture(format, rounding);
  for (const PlaneLayout& plane : memory->planes)
    for (int y = 0; y < plane.height; ++y)
      for (int x = 0; x < plane.width; ++x) {
        const int value = &plane == &memory->planes[0] ? luma : chroma;
        std::byte* row = plane.data + y * plane.stride;
        if (format.bits == 8) row[x] = static_cast<std::byte>(value);
        else reinterpret_cast<std::uint16_t*>(row)[x] = static_cast<std::uint16_t>(value);
      }
  return std::make_shared<const Picture>(format, PictureColor{}, memory->planes, memory->owner);
}

struct Map final : Scores {
  void set(std::size_t feature, double value) override { values[feature] = value; }
  std::map<std::size_t, double> values;
};

std::map<std::size_t, double> score(const PicturePtr& ref, const PicturePtr& dist) {
  const auto metric = psnr_hvs();
  EXPECT_TRUE(metric->prepare(ref->format()));
  Scratch scratch;
  Map scores;
  EXPECT_TRUE(metric->extract({0, ref, dist, {}, {}}, scratch, scores));
  return scores.values;
}

// A step of d in every sample has the coefficient 8 d and no other, and a block counts as 64 samples.
double of_step(double step, double peak, double sensitivity) { return -20 * std::log10(step * sensitivity / peak); }

TEST(PsnrHvs, OfAFlatStepIsThatOfItsMeanAtEveryDepth) {
  for (int bits = 8; bits <= 16; ++bits) {
    const PictureFormat format{PixelFormat::yuv420, bits, 64, 48};
    const int unit = 1 << (bits - 8);
    const auto scores = score(flat(format, 100 * unit, 90 * unit), flat(format, 164 * unit, 186 * unit));
    const double peak = (1 << bits) - 1;
    EXPECT_NEAR(scores.at(0), of_step(64 * unit, peak, 1.6193873005), 0.05) << bits;
    EXPECT_NEAR(scores.at(1), of_step(96 * unit, peak, 1.91113096927), 0.05) << bits;
    EXPECT_NEAR(scores.at(2), of_step(96 * unit, peak, 2.03871978502), 0.05) << bits;
    const auto linear = [&](std::size_t i) { return std::pow(10, -scores.at(i) / 10); };
    EXPECT_NEAR(scores.at(3), -10 * std::log10(.8 * linear(0) + .1 * (linear(1) + linear(2))), 1e-9);
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
  for (const auto& [feature, value] : score(picture, picture)) EXPECT_EQ(value, kInfinity) << feature;
}

TEST(PsnrHvs, SaysWhichSizesItNeeds) {
  const auto metric = psnr_hvs();
  const Status small = metric->prepare({PixelFormat::yuv420, 8, 64, 14});
  ASSERT_FALSE(small);
  EXPECT_NE(small.error().message.find("32x7"), std::string::npos) << small.error().message;
  EXPECT_TRUE(metric->prepare({PixelFormat::yuv400, 8, 8, 8}));
}

// Chroma that rounds down, as in libvmaf's pictures, may be too small where chroma that rounds up is not.
TEST(PsnrHvs, RefusesChromaThatRoundsDownToTooLittle) {
  const PictureFormat format{PixelFormat::yuv420, 8, 15, 15};
  const auto metric = psnr_hvs();
  ASSERT_TRUE(metric->prepare(format));
  const PicturePtr picture = flat(format, 1, 2, ChromaRounding::down);
  Scratch scratch;
  Map scores;
  const Status status = metric->extract({0, picture, picture, {}, {}}, scratch, scores);
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("7x7"), std::string::npos) << status.error().message;
}

}  // namespace
}  // namespace visq
