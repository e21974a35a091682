// Golden scores of vif are in tests/; here is what they do not say.
#include <gtest/gtest.h>

#include "extract/metric.h"

namespace visq {
namespace {

Result<std::unique_ptr<Metric>> vif(const OptionStrings& given) {
  const Descriptor& metric = *find_metric("vif");
  VISQ_ASSIGN(const Options options, Options::parse("vif", metric.options, given));
  return metric.create(options, {});
}

TEST(Vif, SaysWhichSizesItNeeds) {
  const auto metric = vif({});
  ASSERT_TRUE(metric);
  const Status small = (*metric)->prepare({PixelFormat::yuv400, 8, 640, 7});
  ASSERT_FALSE(small);
  EXPECT_NE(small.error().message.find("640x7"), std::string::npos);
  EXPECT_TRUE((*metric)->prepare({PixelFormat::yuv400, 8, 64, 64}));
}

TEST(Vif, RefusesAGainBelowOne) { EXPECT_FALSE(vif({{"vif_enhn_gain_limit", "0.5"}})); }

TEST(Vif, IsFoundByItsFeatures) {
  EXPECT_EQ(find_metric_of_feature("VMAF_integer_feature_vif_scale2_score"), find_metric("vif"));
  EXPECT_EQ(find_metric_of_feature("integer_vif_scale2"), find_metric("vif"));
}

}  // namespace
}  // namespace visq
