#include "kernels/moments/moments.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>
#include <hwy/targets.h>

namespace visq {
namespace {

void on_every_target(const auto& check) {
  for (std::int64_t rest = hwy::SupportedTargets(); rest != 0; rest &= rest - 1) {
    hwy::SetSupportedTargetsForTest(rest & -rest);
    SCOPED_TRACE(hwy::TargetName(rest & -rest));
    check();
  }
  hwy::SetSupportedTargetsForTest(0);
}

// Noise in the middle of poisoned memory, with an odd stride and a misaligned start.
template <typename T>
void compare(int width, int height, unsigned top) {
  std::mt19937 random(7);
  const int stride = width + 13;
  std::vector<T> memory(static_cast<std::size_t>(stride * (height + 2) + 1), static_cast<T>(0xABCD));
  const PlaneView<T> plane{memory.data() + 1 + stride, stride, width, height};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) plane.row(y)[x] = static_cast<T>(random() % (top + 1));
  const PlaneView<const T> view = plane;
  EXPECT_EQ(plane_moments(view), plane_moments_ref(view)) << width << "x" << height;
}

TEST(PlaneMoments, EveryTargetEqualsTheReference) {
  on_every_target([] {
    for (const int width : {1, 2, 7, 8, 15, 16, 17, 31, 33, 64, 100, 257})
      for (const int height : {1, 2, 5}) {
        compare<std::uint8_t>(width, height, 255);
        compare<std::uint16_t>(width, height, 1023);
        compare<std::uint16_t>(width, height, 65535);
      }
  });
}

TEST(PlaneMoments, DoNotOverflowOnTheWidestRow) {
  on_every_target([] {
    const std::vector<std::uint8_t> white(32768, 255);
    EXPECT_EQ(plane_moments(PlaneView<const std::uint8_t>{white.data(), 0, 32768, 300}), (Moments{32768ull * 300 * 255, 32768ull * 300 * 255 * 255}));
    const std::vector<std::uint16_t> high(32768, 65535);
    EXPECT_EQ(plane_moments(PlaneView<const std::uint16_t>{high.data(), 0, 32768, 300}), (Moments{32768ull * 300 * 65535, 32768ull * 300 * 65535 * 65535}));
  });
}

}  // namespace
}  // namespace visq
