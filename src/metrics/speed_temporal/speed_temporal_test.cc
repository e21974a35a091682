// Golden scores of speed_temporal are in tests/; here is what they do not say.
#include <gtest/gtest.h>

#include "tests/support/one_frame.h"

namespace visq {
namespace {

std::unique_ptr<Metric> make(const OptionStrings& given = {}) {
  const Descriptor& speed = *find_metric("speed_temporal");
  return *speed.create(*Options::parse("speed_temporal", speed.options, given), {});
}

struct Kept final : Scores {
  double value = -1;
  void set(std::size_t, double v) override { value = v; }
};

PicturePtr picture(unsigned seed) {
  return test::picture_of({PixelFormat::yuv400, 8, 320, 240}, [&](std::size_t, int x, int y) {
    seed = seed * 1664525u + 1013904223u;
    return 64 + (x * y / 50 + static_cast<int>(seed >> 26)) % 128;
  });
}

double score(const PicturePtr& ref0, const PicturePtr& ref1, const PicturePtr& dist0,
             const PicturePtr& dist1, const OptionStrings& given = {}) {
  const auto metric = make(given);
  EXPECT_TRUE(metric->prepare(ref0->format()));
  Scratch scratch;
  Kept kept;
  EXPECT_TRUE(metric->extract({1, ref1, dist1, {&ref0, 1}, {&dist0, 1}}, scratch, kept));
  return kept.value;
}

TEST(SpeedTemporal, TheFirstFrameIsZero) {
  const auto metric = make();
  const PicturePtr p = picture(1);
  ASSERT_TRUE(metric->prepare(p->format()));
  EXPECT_EQ(metric->window(), 1);
  Scratch scratch;
  Kept kept;
  ASSERT_TRUE(metric->extract({0, p, p, {}, {}}, scratch, kept));
  EXPECT_EQ(kept.value, 0);
}

TEST(SpeedTemporal, NeedsTheFrameBefore) {
  const auto metric = make();
  const PicturePtr p = picture(1);
  ASSERT_TRUE(metric->prepare(p->format()));
  Scratch scratch;
  Kept kept;
  const Status status = metric->extract({3, p, p, {}, {}}, scratch, kept);
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("frame 3"), std::string::npos);
}

TEST(SpeedTemporal, EqualMotionIsZeroOtherMotionIsNot) {
  const PicturePtr a = picture(1), b = picture(2), c = picture(3);
  EXPECT_EQ(score(a, b, a, b), 0);
  EXPECT_GT(score(a, b, a, c), 0);
  EXPECT_EQ(score(a, b, a, c, {{"speed_use_ref_diff", "true"}}), 0)
      << "D[0] - R[1] equals R[0] - R[1] here";
}

}  // namespace
}  // namespace visq
