// Golden scores of float_vif are in tests/; here is what they do not say.
#include <gtest/gtest.h>

#include "extract/metric.h"

namespace visq {
namespace {

Result<std::unique_ptr<Metric>> vif(const OptionStrings& given) {
  const Descriptor& metric = *find_metric("float_vif");
  VISQ_ASSIGN(const Options options, Options::parse("float_vif", metric.options, given));
  return metric.create(options, {});
}

TEST(FloatVif, SaysWhichSizesItNeeds) {
  const auto metric = vif({});
  ASSERT_TRUE(metric);
  const Status small = (*metric)->prepare({PixelFormat::yuv400, 8, 640, 7});
  ASSERT_FALSE(small);
  EXPECT_NE(small.error().message.find("640x7"), std::string::npos);
  EXPECT_TRUE((*metric)->prepare({PixelFormat::yuv400, 8, 8, 8}));
}

TEST(FloatVif, NeedsThatSizeAfterScaling) {
  const auto metric = vif({{"vif_prescale", "0.5"}});
  ASSERT_TRUE(metric);
  EXPECT_FALSE((*metric)->prepare({PixelFormat::yuv400, 8, 14, 14}));
  EXPECT_TRUE((*metric)->prepare({PixelFormat::yuv400, 8, 15, 15}));
}

TEST(FloatVif, TakesTheKernelScalesOfTheListAndNoOther) {
  EXPECT_TRUE(vif({{"vif_kernelscale", "0.6667"}}));
  EXPECT_TRUE(vif({{"vif_kernelscale", "3.7113"}}));
  const auto other = vif({{"vif_kernelscale", "0.9"}});
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().message.find("0.9"), std::string::npos);
  EXPECT_NE(other.error().message.find("1.4746"), std::string::npos);
}

TEST(FloatVif, RefusesAnUnknownMethod) { EXPECT_FALSE(vif({{"vif_prescale_method", "area"}})); }

}  // namespace
}  // namespace visq
