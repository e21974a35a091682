// How SSIM and MS-SSIM make a luma plane smaller: by the mean of a box, and by the low-pass of the
// 9/7 wavelet. Beyond its edge a plane is mirrored with the edge repeated (-1 -> 0, n -> n - 1).
// Deterministic: one order of operations on every CPU target.
#pragma once

#include <array>

#include "base/parallel.h"
#include "base/samples.h"
#include "base/scratch.h"

namespace visq::ssim {

inline constexpr int kMaxShrink = 128;

// Half of the low-pass filter, from its centre.
inline constexpr std::array<float, 5> kHalveTaps{.602914f, .266846f, -.078201f, -.016828f,
                                                 .026727f};

// Odd sizes get one sample more, whatever the factor.
constexpr int shrunk_size(int size, int factor) { return size / factor + (size & 1); }

constexpr int reflect_edge(int i, int n) {
  i %= 2 * n;
  if (i < 0) i += 2 * n;
  return i < n ? i : 2 * n - 1 - i;
}

// Fills `reach` places before and after a row.
template <typename T>
void mirror_edges(T* row, int width, int reach) {
  for (int k = 1; k <= reach; ++k) {
    row[-k] = row[reflect_edge(-k, width)];
    row[width - 1 + k] = row[reflect_edge(width - 1 + k, width)];
  }
}

// Means of boxes of `factor` (2..kMaxShrink) squared samples around every factor-th sample, in
// units of 8-bit code values. `out` has shrunk_size of both sides. No floats.
void shrink_by_box(const Samples& in, int factor, PlaneView<float> out, Scratch& scratch,
                   Parallel& parallel);

// Every second sample of every second row, low-passed. `out` has shrunk_size of both sides.
void halve(const Samples& in, PlaneView<float> out, Scratch& scratch, Parallel& parallel);

// The same bits from plain C++: what the vector code is tested against.
void shrink_by_box_ref(const Samples& in, int factor, PlaneView<float> out);
void halve_ref(const Samples& in, PlaneView<float> out);

}  // namespace visq::ssim
