#include "base/cpu.h"

#include <bit>
#include <fstream>

#include <hwy/targets.h>

namespace visq {
namespace {

struct TargetBit {
  std::uint64_t mask;
  std::int64_t targets;
};

#if HWY_ARCH_X86
constexpr TargetBit kBits[] = {
    {2, HWY_SSSE3},
    {4, HWY_SSE4},
    {8, HWY_AVX2},
    {16, HWY_AVX3},
    {32, HWY_AVX3_DL | HWY_AVX3_ZEN4 | HWY_AVX3_SPR},
};
#elif HWY_ARCH_ARM_A64
constexpr TargetBit kBits[] = {{1, HWY_NEON}};
#else
constexpr TargetBit kBits[] = {{0, 0}};
#endif

// Highway 1.0's SupportedTargets() also lets kernels run on targets that are disabled; this puts it
// right.
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

std::string cpu_target() { return cpu_targets().front(); }

std::vector<std::string> cpu_targets() {
  std::vector<std::string> names;
  auto targets =
      static_cast<std::uint64_t>(enabled_targets() & HWY_TARGETS);  // those that were compiled
  for (; targets != 0; targets &= targets - 1)  // Highway numbers better targets lower
    names.emplace_back(hwy::TargetName(static_cast<std::int64_t>(targets & (~targets + 1))));
  return names;
}

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos)
      return line.substr(colon + 2, 200);
  }
  return "unknown";
}

}  // namespace visq
