#include "kernels/contrast/contrast.h"

#include <cmath>

#include <gtest/gtest.h>

namespace visq::adm {
namespace {

// The thresholds of Watson et al. at 56.5 pixels a degree, as ADM has always used them.
TEST(Contrast, WatsonsTableAtTheUsualDistance) {
  const ContrastTable table = *contrast_table(ContrastMode::watson, {});
  EXPECT_NEAR(table.straight[0], 1 / 57.5344, 1e-6);
  EXPECT_NEAR(table.diagonal[0], 1 / 169.7682, 1e-6);
}

// From pixels a degree alone: a display twice as high at half the distance looks the same.
TEST(Contrast, DependsOnPixelsADegree) {
  for (const ContrastMode mode : {ContrastMode::watson, ContrastMode::barten, ContrastMode::native,
                                  ContrastMode::blend, ContrastMode::blend_mae}) {
    const ContrastTable near = *contrast_table(mode, {1.5, 2160, 1, 1}),
                        far = *contrast_table(mode, {3, 1080, 1, 1});
    EXPECT_EQ(near.straight, far.straight);
    EXPECT_EQ(near.diagonal, far.diagonal);
  }
}

TEST(Contrast, FineDetailIsSeenLessThanCoarse) {
  for (const ContrastMode mode :
       {ContrastMode::watson, ContrastMode::barten, ContrastMode::native, ContrastMode::blend}) {
    const ContrastTable table = *contrast_table(mode, {});
    for (std::size_t scale = 0; scale < 2; ++scale) {
      EXPECT_LT(table.straight[scale], table.straight[scale + 1]);
      EXPECT_LT(table.diagonal[scale], table.diagonal[scale + 1]);
    }
  }
}

TEST(Contrast, NativeFollowsItsFormula) {
  const ContrastTable table = *contrast_table(ContrastMode::native, {});
  const double cycles = 3 * 1080 * 3.14159265358979 / 180 / 16;  // of the coarsest scale
  EXPECT_NEAR(table.straight[3], (0.31 + 0.69 * cycles) * std::exp(-0.29 * cycles), 1e-6);
  EXPECT_NEAR(table.diagonal[3], (0.31 + 0.69 * cycles / 0.7) * std::exp(-0.29 * cycles / 0.7),
              1e-6);
}

TEST(Contrast, BlendsSayWhatTheyKnow) {
  const auto table = contrast_table(ContrastMode::blend, {4, 1080, 1, 1});
  ASSERT_FALSE(table);
  EXPECT_NE(table.error().message.find("4 at 1080"), std::string::npos);
}

}  // namespace
}  // namespace visq::adm
