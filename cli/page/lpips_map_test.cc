#include "cli/page/lpips_map.h"

#include <gtest/gtest.h>

namespace visq::cli {
namespace {

TEST(DistanceMaps, BecomeSmallerByMeans) {
  const DistanceMap map{
      6, 4, {0, 2, 1, 1, 0, 0, 0, 2, 1, 1, 0, 0, 4, 4, 0, 0, 8, 0, 4, 4, 0, 0, 0, 0}};
  const DistanceMap half = smaller(map, 3);
  EXPECT_EQ(half.width, 3u);
  EXPECT_EQ(half.height, 2u);
  EXPECT_EQ(half.values, (std::vector<float>{1, 1, 0, 4, 0, 2}));
  EXPECT_DOUBLE_EQ(half.mean(), map.mean());
  EXPECT_EQ(smaller(map, 6).values, map.values);
  EXPECT_EQ(smaller(DistanceMap{100, 1, std::vector<float>(100, 3)}, 7).values,
            std::vector<float>(7, 3))
      << "at least one row";
}

TEST(DistanceMaps, BrightenWithTheDistance) {
  const io::RgbImage image = drawn({5, 1, {0, 0.25f, 0.5f, 1, 2}}, 1);
  const auto brightness = [&](std::size_t pixel) {
    return image.samples[3 * pixel] + image.samples[3 * pixel + 1] + image.samples[3 * pixel + 2];
  };
  for (std::size_t i = 0; i + 2 < 5; ++i) EXPECT_LT(brightness(i), brightness(i + 1)) << i;
  EXPECT_EQ(brightness(3), brightness(4)) << "clamped";
  EXPECT_EQ(drawn({1, 1, {0}}, 0).samples, (std::vector<unsigned char>{0, 32, 77}))
      << "no distance at all";
}

TEST(DistanceMaps, AreWantedByTheFlagOrByTheMetric) {
  Settings settings;
  EXPECT_FALSE(LpipsMaps::are_wanted(settings));
  settings.job.features = {{"lpips", {}}};
  EXPECT_FALSE(LpipsMaps::are_wanted(settings));
  settings.job.features[0].options["spatial"] = "true";
  EXPECT_TRUE(LpipsMaps::are_wanted(settings));
  settings.job.features.clear();
  settings.map_of = "lpips";
  EXPECT_TRUE(LpipsMaps::are_wanted(settings));
}

}  // namespace
}  // namespace visq::cli
