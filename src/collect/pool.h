// One number for a range of frames.
#pragma once

#include "base/result.h"
#include "collect/table.h"

namespace visq {

// The values are those of VmafPoolingMethod.
enum class PoolMethod { min = 1, max = 2, mean = 3, harmonic_mean = 4 };

// Which frames count: lo..hi inclusive, those divisible by `subsample`.
struct FrameRange {
  unsigned lo = 0, hi = 0;
  unsigned subsample = 1;
};

// Harmonic mean is 1 / mean(1 / (x + 1)) - 1, so that a score of zero is possible.
// -EINVAL when lo > hi, when no frame counts, or when a frame has no value.
Result<double> pool(const ScoreTable& table, std::size_t column, PoolMethod method,
                    FrameRange range);

}  // namespace visq
