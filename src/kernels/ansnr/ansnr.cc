// Every input row is filtered horizontally once, by each of the three rows of taps; the results
// wait in a ring until the five rows that an output needs are there. The order of the operations is
// that of libvmaf, so that its rounding is ours.
#include "kernels/ansnr/ansnr.h"

#include <algorithm>

#include "kernels/conv/values.h"
#include "kernels/parts.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/ansnr/ansnr.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/conv/float-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::ansnr {
namespace HWY_NAMESPACE {
using namespace visq::HWY_NAMESPACE;

inline constexpr int kRing = 2 * kRadius + 1;  // rows that wait
inline constexpr int kPad = kSumLanes;         // columns before and after a row

enum Filter {
  kEdge,
  kNear,
  kMiddle,
  kRefSum,
  kFilters
};  // of a row; kRefSum: {1, 2, 1} of the reference

struct Buffers {
  float* input;  // one row, with its mirrored borders
  float* rings;
  std::ptrdiff_t stride;
  float* row(int y, Filter filter) const {
    return rings + (y % kRing * kFilters + filter) * stride;
  }
};

inline void mirror_borders(float* row, int width) {
  for (int k = 1; k <= kRadius; ++k) {
    row[-k] = row[mirror(-k, width)];
    row[width - 1 + k] = row[mirror(width - 1 + k, width)];
  }
}

HWY_INLINE VF filter_five(const VF (&v)[5], const float (&taps)[5]) {
  VF sum = hn::Mul(constant(taps[0]), v[0]);
  for (int k = 1; k < 5; ++k) sum = hn::Add(sum, hn::Mul(constant(taps[k]), v[k]));
  return sum;
}

HWY_INLINE const float* load_row(const Samples& plane, int y, const Buffers& buffers) {
  float* const row = buffers.input + kPad;
  convert_part(plane, y, {0, plane.width}, value_range(plane.bits, kCentre), row);
  mirror_borders(row, plane.width);
  return row;
}

HWY_INLINE void filter_dist_row(const float* row, int y, int width, const Buffers& buffers) {
  float *const edge = buffers.row(y, kEdge), *const near = buffers.row(y, kNear),
               *const middle = buffers.row(y, kMiddle);
  for (int x = 0; x < width; x += lanes()) {
    VF v[5];
    for (int k = 0; k < 5; ++k) v[k] = hn::LoadU(DF(), row + x - kRadius + k);
    hn::Store(filter_five(v, kTaps[0]), DF(), edge + x);
    hn::Store(filter_five(v, kTaps[1]), DF(), near + x);
    hn::Store(filter_five(v, kTaps[2]), DF(), middle + x);
  }
}

// Sums of up to 20 bits: exact.
HWY_INLINE void filter_ref_row(const float* row, int y, int width, const Buffers& buffers) {
  float* const out = buffers.row(y, kRefSum);
  for (int x = 0; x < width; x += lanes()) {
    const VF left = hn::LoadU(DF(), row + x - 1), centre = hn::Load(DF(), row + x),
             right = hn::LoadU(DF(), row + x + 1);
    hn::Store(hn::Add(hn::Add(left, right), hn::Add(centre, centre)), DF(), out + x);
  }
}

// The rows around an output row.
struct Rows {
  const float* dist[5];
  const float* ref[3];
};

inline Rows rows_around(int y, int height, const Buffers& buffers) {
  static constexpr Filter kOrder[5] = {kEdge, kNear, kMiddle, kNear, kEdge};
  Rows rows;
  for (int k = 0; k < 5; ++k)
    rows.dist[k] = buffers.row(mirror(y - kRadius + k, height), kOrder[k]);
  for (int k = 0; k < 3; ++k) rows.ref[k] = buffers.row(mirror(y - 1 + k, height), kRefSum);
  return rows;
}

struct Smooth {
  VF ref, difference;
};

HWY_INLINE Smooth smooth(const Rows& rows, int x) {
  VF dist = hn::Load(DF(), rows.dist[0] + x);
  for (int k = 1; k < 5; ++k) dist = hn::Add(dist, hn::Load(DF(), rows.dist[k] + x));
  const VF centre = hn::Load(DF(), rows.ref[1] + x);
  const VF sides = hn::Add(hn::Load(DF(), rows.ref[0] + x), hn::Load(DF(), rows.ref[2] + x));
  const VF ref = hn::Mul(hn::Add(sides, hn::Add(centre, centre)), constant(1.f / 16));
  return {ref, hn::Sub(ref, dist)};
}

HWY_INLINE Sums sums_of_row(const Rows& rows, int width) {
  RowSum signal, noise;
  const int whole = width / kSumLanes * kSumLanes;
  for_columns(0, whole, [&](int x, auto vector) HWY_ATTR {
    const Smooth s = smooth(rows, x);
    signal.add(vector, hn::Mul(s.ref, s.ref));
    noise.add(vector, hn::Mul(s.difference, s.difference));
  });
  if (whole < width)
    for_vectors(whole, [&](int x, auto vector) HWY_ATTR {
      const Smooth s = smooth(rows, x);
      signal.add(vector, inside(hn::Mul(s.ref, s.ref), x, 0, width));
      noise.add(vector, inside(hn::Mul(s.difference, s.difference), x, 0, width));
    });
  return {signal.total(), noise.total()};
}

void sum_rows(const Samples& ref, const Samples& dist, Band band, Sums* rows, Scratch& scratch) {
  const int width = ref.width, height = ref.height;
  const auto stride = round_up(static_cast<std::size_t>(width) + 2 * kPad, kSumLanes);
  const Buffers buffers{scratch.take<float>(stride), scratch.take<float>(stride * kRing * kFilters),
                        static_cast<std::ptrdiff_t>(stride)};
  const int first = std::max(0, band.from - kRadius);
  for (int y = first; y < band.to + kRadius; ++y) {
    if (y < height) {
      filter_ref_row(load_row(ref, y, buffers), y, width, buffers);
      filter_dist_row(load_row(dist, y, buffers), y, width, buffers);
    }
    const int done = y - kRadius;
    if (done >= band.from) rows[done] = sums_of_row(rows_around(done, height, buffers), width);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace visq::ansnr
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::ansnr {

HWY_EXPORT(sum_rows);

Sums sums(const Samples& ref, const Samples& dist, Scratch& scratch, Parallel& parallel) {
  constexpr int kLeastRows = 256;  // of a band, which filters four rows of its neighbours again
  const Bands bands(ref.height, kLeastRows);
  Sums* const rows = scratch.take<Sums>(static_cast<std::size_t>(ref.height));
  parallel.run(bands.count(), scratch, [&](std::size_t i, Scratch& own) {
    HWY_DYNAMIC_DISPATCH(sum_rows)(ref, dist, bands[i], rows, own);
  });
  Sums total;
  for (int y = 0; y < ref.height; ++y) {
    total.signal += rows[y].signal;
    total.noise += rows[y].noise;
  }
  return total;
}

}  // namespace visq::ansnr
#endif
