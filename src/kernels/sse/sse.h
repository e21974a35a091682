// Sum of squared differences of two planes of the same size. Exact.
#pragma once

#include <cstdint>

#include "base/plane.h"

namespace visq {

std::uint64_t sum_squared_error(PlaneView<const std::uint8_t> a, PlaneView<const std::uint8_t> b);
std::uint64_t sum_squared_error(PlaneView<const std::uint16_t> a, PlaneView<const std::uint16_t> b);

// The same in plain C++: what the fast ones are tested against.
std::uint64_t sum_squared_error_ref(PlaneView<const std::uint8_t> a,
                                    PlaneView<const std::uint8_t> b);
std::uint64_t sum_squared_error_ref(PlaneView<const std::uint16_t> a,
                                    PlaneView<const std::uint16_t> b);

}  // namespace visq
