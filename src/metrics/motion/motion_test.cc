// Golden scores of motion are in tests/; here is what they do not say.
#include <gtest/gtest.h>

#include "extract/metric.h"
#include "kernels/motion/motion.h"

namespace visq {
namespace {

TEST(Motion, SaysWhichSizesItNeeds) {
  const Descriptor& motion = *find_metric("motion");
  const auto metric = motion.create(*Options::parse("motion", motion.options, {}), {});
  EXPECT_FALSE((*metric)->prepare({PixelFormat::yuv400, 8, 2, 64}));
  EXPECT_TRUE((*metric)->prepare({PixelFormat::yuv400, 8, 3, 3}));
}

TEST(Motion, LooksBackOneFrameOrTwo) {
  const Descriptor& motion = *find_metric("motion");
  EXPECT_EQ((*motion.create(*Options::parse("motion", motion.options, {}), {}))->window(), 1);
  EXPECT_EQ(
      (*motion.create(
           *Options::parse("motion", motion.options, {{"motion_five_frame_window", "true"}}), {}))
          ->window(),
      2);
}

// A step of d everywhere passes the blur as it is: 256 d a sample.
TEST(MotionSad, OfAFlatStepIsTheStepAtEveryDepth) {
  Scratch scratch;
  Plane<std::uint8_t> a(31, 17), b(31, 17);
  Plane<std::uint16_t> c(31, 17), d(31, 17);
  for (int y = 0; y < 17; ++y)
    for (int x = 0; x < 31; ++x) {
      a.row(y)[x] = 100;
      b.row(y)[x] = 103;
      c.row(y)[x] = 400;
      d.row(y)[x] = 412;
    }
  const auto words = [](Plane<std::uint16_t>& plane) {
    return Samples(PlaneView<const std::uint16_t>(plane.view()), 10);
  };
  EXPECT_EQ(motion::sad(words(c), words(d), *serial(), scratch), 31u * 17 * 3 * 256);
  EXPECT_EQ(motion::sad(PlaneView<const std::uint8_t>(a.view()),
                        PlaneView<const std::uint8_t>(b.view()), *serial(), scratch),
            31u * 17 * 3 * 256);
}

}  // namespace
}  // namespace visq
