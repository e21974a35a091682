// Golden scores of float_ansnr are in tests/; here is what they do not say.
#include <gtest/gtest.h>

#include "extract/metric.h"

namespace visq {
namespace {

TEST(FloatAnsnr, SaysWhichSizesItNeeds) {
  const auto metric =
      find_metric("float_ansnr")->create(*Options::parse("float_ansnr", {}, {}), {});
  const Status small = (*metric)->prepare({PixelFormat::yuv400, 8, 640, 2});
  ASSERT_FALSE(small);
  EXPECT_NE(small.error().message.find("640x2"), std::string::npos);
  EXPECT_TRUE((*metric)->prepare({PixelFormat::yuv400, 8, 3, 3}));
}

TEST(FloatAnsnr, IsFoundByBothItsFeatures) {
  EXPECT_EQ(find_metric_of_feature("float_ansnr"), find_metric("float_ansnr"));
  EXPECT_EQ(find_metric_of_feature("float_anpsnr"), find_metric("float_ansnr"));
}

}  // namespace
}  // namespace visq
