// Sum and sum of squares of the samples of a plane. Exact.
#pragma once

#include <cstdint>

#include "base/plane.h"

namespace visq {

struct Moments {
  std::uint64_t sum = 0, squares = 0;
  friend bool operator==(const Moments&, const Moments&) = default;
};

// Planes of up to 2^32 samples.
Moments plane_moments(PlaneView<const std::uint8_t> plane);
Moments plane_moments(PlaneView<const std::uint16_t> plane);

// The same in plain C++: what the fast ones are tested against.
Moments plane_moments_ref(PlaneView<const std::uint8_t> plane);
Moments plane_moments_ref(PlaneView<const std::uint16_t> plane);

}  // namespace visq
