// The sum of absolute differences of two planes: a small kernel to copy (docs/kernels.md). Exact.
#pragma once

#include <cstdint>

#include "base/parallel.h"
#include "base/samples.h"
#include "base/scratch.h"

namespace visq::skeleton {

// Planes of one format.
std::uint64_t difference(const Samples& ref, const Samples& dist, Scratch& scratch,
                         Parallel& parallel);

// The same from plain C++: what the vector code is tested against.
std::uint64_t difference_ref(const Samples& ref, const Samples& dist);

}  // namespace visq::skeleton
