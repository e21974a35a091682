// Sum and sum of squares of the samples of a plane. Exact.
#pragma once

#include <cstdint>

#include "base/samples.h"

namespace visq::moments {

struct Sums {
  std::uint64_t samples = 0, squares = 0;
  friend bool operator==(const Sums&, const Sums&) = default;
};

// A plane of up to 2^32 samples.
Sums sums(const Samples& plane);

// The same in plain C++: what the vector code is tested against.
Sums sums_ref(const Samples& plane);

}  // namespace visq::moments
