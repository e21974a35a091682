// Golden scores of psnr are in tests/; here is what they do not say.
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "extract/metric.h"

namespace visq {
namespace {

PicturePtr flat(const PictureFormat& format, int value) {
  auto memory = allocate_picture(format, ChromaRounding::up);
  for (const PlaneLayout& plane : memory->planes)
    for (int y = 0; y < plane.height; ++y)
      for (int x = 0; x < plane.width; ++x) {
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

std::map<std::size_t, double> score(const PictureFormat& format, int a, int b, const OptionStrings& given) {
  const Descriptor& psnr = *find_metric("psnr");
  const auto options = Options::parse("psnr", psnr.options, given);
  auto metric = psnr.create(*options, {});
  EXPECT_TRUE((*metric)->prepare(format));
  Scratch scratch;
  Map scores;
  EXPECT_TRUE((*metric)->extract({0, flat(format, a), flat(format, b), {}, {}}, scratch, scores));
  return scores.values;
}

TEST(Psnr, OfIdenticalPicturesIsTheLargestOfTheDepth) {
  EXPECT_EQ(score({PixelFormat::yuv420, 8, 16, 16}, 7, 7, {})[0], 60);
  EXPECT_EQ(score({PixelFormat::yuv420, 10, 16, 16}, 7, 7, {})[0], 72);
  EXPECT_EQ(score({PixelFormat::yuv420, 8, 16, 16}, 7, 7, {{"min_sse", "0.5"}})[0], 76) << "ceil(10 log10(255^2 * 256 / 0.5))";
}

TEST(Psnr, PeakAboveEightBits) {
  const double full = score({PixelFormat::yuv444, 10, 8, 8}, 0, 1, {})[0];
  const double reduced = score({PixelFormat::yuv444, 10, 8, 8}, 0, 1, {{"reduced_hbd_peak", "true"}})[0];
  EXPECT_NEAR(full, 20 * std::log10(1023.0), 1e-12);
  EXPECT_NEAR(reduced, 20 * std::log10(1020.0), 1e-12);
}

TEST(Psnr, ChromaOnlyWhereItIsThereAndWanted) {
  EXPECT_EQ(score({PixelFormat::yuv420, 8, 1, 1}, 0, 1, {}).size(), 3u);
  EXPECT_EQ(score({PixelFormat::yuv400, 8, 1, 1}, 0, 1, {}).size(), 1u);
  EXPECT_EQ(score({PixelFormat::yuv420, 8, 1, 1}, 0, 1, {{"enable_chroma", "false"}, {"enable_mse", "true"}}).size(), 2u);
}

}  // namespace
}  // namespace visq
