// The kernels' tests as a program of one target: what they need of Highway's library, and main.
#include <cstdint>

#include <gtest/gtest.h>
#include <hwy/targets.h>

namespace hwy {

std::int64_t SupportedTargets() { return HWY_STATIC_TARGET; }
void SetSupportedTargetsForTest(std::int64_t) {}

}  // namespace hwy

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
