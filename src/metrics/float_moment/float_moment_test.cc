// Golden scores of float_moment are in tests/; here is what they do not say.
#include <array>

#include <gtest/gtest.h>

#include "tests/support/one_frame.h"

namespace visq {
namespace {

// Columns alternate between two values.
PicturePtr stripes(const PictureFormat& format, int even, int odd) {
  return test::picture_of(format, [=](std::size_t, int x, int) { return x % 2 == 0 ? even : odd; });
}

struct Values final : Scores {
  void set(std::size_t feature, double score) override { values.at(feature) = score; }
  std::array<double, 4> values{};
};

TEST(FloatMoment, ScalesEveryDepthToEightBits) {
  for (const int bits : {9, 10, 12, 16}) {
    const PictureFormat format{PixelFormat::yuv400, bits, 18, 5};
    const int unit = 1 << (bits - 8);
    const auto metric =
        find_metric("float_moment")->create(*Options::parse("float_moment", {}, {}), {});
    Scratch scratch;
    Values scores;
    ASSERT_TRUE((*metric)->extract(
        {0, stripes(format, 100 * unit, 50 * unit), stripes(format, 20 * unit, 20 * unit), {}, {}},
        scratch, scores));
    EXPECT_EQ(scores.values, (std::array<double, 4>{75, 20, 6250, 400})) << bits;
  }
}

}  // namespace
}  // namespace visq
