// Golden scores of adm are in tests/; here is how it refuses, and its tables.
#include <cmath>

#include <gtest/gtest.h>

#include "extract/metric.h"
#include "kernels/contrast/contrast.h"

namespace visq {
namespace {

Status prepare(int width, int height, const OptionStrings& given = {}) {
  const Descriptor& adm = *find_metric("adm");
  VISQ_ASSIGN(const Options options, Options::parse("adm", adm.options, given));
  VISQ_ASSIGN(const auto metric, adm.create(options, {}));
  return metric->prepare({PixelFormat::yuv400, 8, width, height});
}

TEST(Adm, SaysWhichSizesItNeeds) {
  EXPECT_TRUE(prepare(17, 17));
  EXPECT_NE(prepare(16, 100).error().message.find("17x17"), std::string::npos);
  EXPECT_FALSE(prepare(100, 1));
}

TEST(Adm, RefusesViewingConditionsWithoutATable) {
  EXPECT_FALSE(prepare(64, 64, {{"adm_norm_view_dist", "2"}}));
  EXPECT_FALSE(prepare(64, 64, {{"adm_csf_mode", "2"}, {"adm_norm_view_dist", "4"}}));
  EXPECT_TRUE(prepare(64, 64, {{"adm_csf_mode", "3"}, {"adm_norm_view_dist", "1.5"}, {"adm_ref_display_height", "2160"}}));
}

TEST(Contrast, WatsonAtThreeHeights) {
  const auto table = adm::contrast_table(adm::ContrastMode::watson, {});
  ASSERT_TRUE(table);
  const float straight[] = {.0173815f, .0319848f, .0433727f, .0456734f}, diagonal[] = {.0058907f, .0142991f, .0243969f, .0313127f};
  for (std::size_t s = 0; s < 4; ++s) {
    EXPECT_NEAR(table->straight[s], straight[s], 1e-7);
    EXPECT_NEAR(table->diagonal[s], diagonal[s], 1e-7);
  }
}

}  // namespace
}  // namespace visq
