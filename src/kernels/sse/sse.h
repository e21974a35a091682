// Sum of squared differences of two planes of the same size and depth. Exact.
#pragma once

#include <cstdint>

#include "base/samples.h"

namespace visq {

std::uint64_t sum_squared_error(const Samples& a, const Samples& b);

// The same in plain C++: what the kernel is tested against.
std::uint64_t sum_squared_error_ref(const Samples& a, const Samples& b);

}  // namespace visq
