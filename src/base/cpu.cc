#include "base/cpu.h"

#include <bit>

#include <hwy/targets.h>

namespace visq {
namespace {

struct TargetBit {
  std::uint64_t mask;
  std::int64_t targets;
};

#if HWY_ARCH_X86
constexpr TargetBit kBits[] = {
    {2, HWY_SSSE3}, {4, HWY_SSE4}, {8, HWY_AVX2}, {16, HWY_AVX3}, {32, HWY_AVX3_DL}};
#elif HWY_ARCH_ARM_A64
constexpr TargetBit kBits[] = {{1, HWY_NEON}};
#else
constexpr TargetBit kBits[] = {{0, 0}};
#endif

// Highway 1.0's SupportedTargets() also lets kernels run on targets that are disabled; this puts it right.
std::int64_t enabled_targets() {
  const std::int64_t targets = hwy::SupportedTargets();
  hwy::GetChosenTarget().Update(targets);
  return targets;
}

}  // namespace

void disable_cpu_targets(std::uint64_t cpumask) {
  std::int64_t disabled = 0;
  bool below = (cpumask & 1) != 0;  // plain C in the reference: the baseline target here
  for (const TargetBit& bit : kBits) {
    below = below || (cpumask & bit.mask) != 0;
    if (below) disabled |= bit.targets;
  }
  hwy::DisableTargets(disabled);
  enabled_targets();
}

std::string cpu_target() {
  const auto targets = static_cast<std::uint64_t>(enabled_targets());
  const auto best = targets & (~targets + 1);  // Highway numbers better targets lower
  return hwy::TargetName(static_cast<std::int64_t>(best));
}

}  // namespace visq
