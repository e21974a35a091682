// Where a filter reads beyond the edge of a plane.
#pragma once

namespace visq {

// The sample that stands for sample `i` of a row of `n`: mirrored at the outer samples, which are
// not repeated, as often as it takes (-1 -> 1, n -> n - 2; a row of one sample is constant).
constexpr int reflect101(int i, int n) {
  if (n == 1) return 0;
  const int period = 2 * (n - 1);
  i %= period;
  if (i < 0) i += period;
  return i < n ? i : period - i;
}

}  // namespace visq
