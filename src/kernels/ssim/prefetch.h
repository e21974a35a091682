// Asking for samples before they are read.
#pragma once

#include <algorithm>

#include <hwy/cache_control.h>

#include "kernels/conv/values.h"

namespace visq::ssim {

// Asks for columns from..to-1 of the row that is read some rows after row y: the rows of a few
// columns are too far apart for the processor to foresee. Always inline: GCC drops calls of a
// function that does nothing else.
HWY_INLINE void prefetch(const Samples& plane, int from, int to, int y) {
  constexpr int kAhead = 8, kLine = 64;
  const int first = std::max(from, 0), last = std::min(to, plane.width) - 1,
            row = std::clamp(y + kAhead, 0, plane.height - 1);
  const std::byte* const end = place_of(plane, last, row);
  for (const std::byte* p = place_of(plane, first, row); p < end; p += kLine) hwy::Prefetch(p);
  hwy::Prefetch(end);
}

}  // namespace visq::ssim
