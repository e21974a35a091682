#include "collect/pool.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace visq {

Result<double> pool(const ScoreTable& table, std::size_t column, PoolMethod method,
                    FrameRange range) {
  if (range.lo > range.hi)
    return fail(EINVAL, fmt::format("cannot pool frames {} to {}: the first is after the last",
                                    range.lo, range.hi));
  double sum = 0, reciprocals = 0, count = 0;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (unsigned i = range.lo;; ++i) {
    if (range.subsample <= 1 || i % range.subsample == 0) {
      const auto value = table.get(column, i);
      if (!value)
        return fail(EINVAL, fmt::format("cannot pool frames {} to {}: frame {} has no score",
                                        range.lo, range.hi, i));
      sum += *value;
      reciprocals += 1 / (*value + 1);
      low = std::min(low, *value);
      high = std::max(high, *value);
      count += 1;
    }
    if (i == range.hi) break;
  }
  if (count == 0)
    return fail(EINVAL, fmt::format("cannot pool frames {} to {}: subsampling by {} leaves none",
                                    range.lo, range.hi, range.subsample));
  switch (method) {
    case PoolMethod::min:
      return low;
    case PoolMethod::max:
      return high;
    case PoolMethod::mean:
      return sum / count;
    case PoolMethod::harmonic_mean:
      return count / reciprocals - 1;
  }
  return fail(EINVAL, "unknown pooling method");
}

}  // namespace visq
