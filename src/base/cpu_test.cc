#include "base/cpu.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

namespace visq {
namespace {

TEST(Cpu, MaskTurnsTargetsOffAndOn) {
  disable_cpu_targets(0);
  const std::string best = cpu_target();
  disable_cpu_targets(~std::uint64_t{0});
  const std::string least = cpu_target();
  disable_cpu_targets(0);
  EXPECT_EQ(cpu_target(), best);
  for (const char* vectors : {"SSE4", "AVX2", "AVX3", "AVX3_DL", "AVX3_ZEN4", "AVX3_SPR"})
    EXPECT_NE(least, vectors);
}

// What HWY_DYNAMIC_DISPATCH looks at, before and after somebody asks for the target.
TEST(Cpu, MaskChangesTheKernelsThatRun) {
  disable_cpu_targets(0);
  const std::size_t best = hwy::GetChosenTarget().GetIndex();
  const bool has_choice = cpu_targets().size() > 1;
  disable_cpu_targets(~std::uint64_t{0});
  const std::size_t least = hwy::GetChosenTarget().GetIndex();
  cpu_target();
  EXPECT_EQ(hwy::GetChosenTarget().GetIndex(), least);
  EXPECT_EQ(least != best, has_choice);
  disable_cpu_targets(0);
  EXPECT_EQ(hwy::GetChosenTarget().GetIndex(), best);
}

TEST(Cpu, MasksOfAvx512LeaveWhatIsBelow) {
  const auto left = [](std::uint64_t mask) {
    disable_cpu_targets(mask);
    return cpu_targets();
  };
  for (const std::string& target : left(32)) EXPECT_NE(target.substr(0, 5), "AVX3_") << target;
  for (const std::string& target : left(16)) EXPECT_NE(target.substr(0, 4), "AVX3") << target;
  disable_cpu_targets(0);
}

TEST(Cpu, TargetsAreListedBestFirst) {
  disable_cpu_targets(0);
  const auto all = cpu_targets();
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all.front(), cpu_target());
  disable_cpu_targets(~std::uint64_t{0});
  EXPECT_EQ(cpu_targets().back(), all.back()) << "the baseline stays";
  EXPECT_LE(cpu_targets().size(), all.size());
  disable_cpu_targets(0);
  EXPECT_EQ(cpu_targets(), all);
}

TEST(Cpu, HasAName) { EXPECT_FALSE(cpu_name().empty()); }

}  // namespace
}  // namespace visq
