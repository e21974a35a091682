// Which instruction sets the kernels may use.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace visq {

// Bits of VmafConfiguration::cpumask disable instruction sets, for the whole process: 1 SSE2,
// 2 SSSE3, 4 SSE4.1, 8 AVX2, 16 and 32 AVX-512. A disabled set disables those above it.
void disable_cpu_targets(std::uint64_t cpumask);

// The best target that kernels run on now: "AVX2", ...
std::string cpu_target();

// Every target that kernels may run on now, best first.
std::vector<std::string> cpu_targets();

// What the processor calls itself, "Intel(R) Xeon(R) ..."; "unknown" where the system does not say.
std::string cpu_name();

}  // namespace visq
