#include "base/cpu.h"

#include <gtest/gtest.h>

namespace visq {
namespace {

TEST(Cpu, MaskTurnsTargetsOffAndOn) {
  disable_cpu_targets(0);
  const std::string best = cpu_target();
  disable_cpu_targets(~std::uint64_t{0});
  const std::string least = cpu_target();
  disable_cpu_targets(0);
  EXPECT_EQ(cpu_target(), best);
  EXPECT_NE(least, "AVX2");
  EXPECT_NE(least, "AVX3");
}

}  // namespace
}  // namespace visq
