// Golden scores of speed_chroma are in tests/; here is what it refuses and what it warns of.
#include <gtest/gtest.h>

#include "extract/metric.h"

namespace visq {
namespace {

Status prepare(const PictureFormat& format, const OptionStrings& given = {},
               std::string* warning = nullptr) {
  const Descriptor& speed = *find_metric("speed_chroma");
  VISQ_ASSIGN(const Options options, Options::parse("speed_chroma", speed.options, given));
  Environment environment;
  if (warning != nullptr)
    environment.log =
        Log(LogLevel::warning, [warning](LogLevel, std::string_view text) { *warning = text; });
  VISQ_ASSIGN(const auto metric, speed.create(options, environment));
  return metric->prepare(format);
}

TEST(SpeedChroma, NeedsChroma) {
  const Status status = prepare({PixelFormat::yuv400, 8, 640, 360});
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("4:0:0"), std::string::npos);
}

TEST(SpeedChroma, RefusesOtherKernelScales) {
  EXPECT_TRUE(prepare({PixelFormat::yuv420, 8, 640, 360}, {{"speed_kernelscale", "1.5"}}));
  const Status status = prepare({PixelFormat::yuv420, 8, 640, 360}, {{"speed_kernelscale", "0.9"}});
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("0.9"), std::string::npos);
}

TEST(SpeedChroma, WarnsWhenSamplesAreTooFew) {
  std::string warning;
  EXPECT_TRUE(prepare({PixelFormat::yuv420, 8, 640, 360}, {}, &warning));
  EXPECT_EQ(warning, "");
  EXPECT_TRUE(prepare({PixelFormat::yuv420, 8, 256, 144}, {}, &warning));
  EXPECT_NE(warning.find("128x72"), std::string::npos) << warning;
}

}  // namespace
}  // namespace visq
