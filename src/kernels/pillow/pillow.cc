#include "kernels/pillow/pillow.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pillow/pillow.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace visq::pillow {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR

void columns(const std::uint8_t* row, const Filter& filter, std::uint8_t* out) {
  filter_columns_ref(row, filter, out);
}
void row_of(const std::uint8_t* rows, int width, const Filter& filter, int i, std::uint8_t* out) {
  filter_rows_ref(rows, width, filter, i, out);
}
void bytes(const float* pixels, int width, const BytePlanes& out) {
  bytes_of_pixels_ref(pixels, width, out);
}

#else

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<std::int32_t, kTapsTogether>;
using V = hn::Vec<D>;
using DBytes = hn::Rebind<std::uint8_t, D>;
using DFloat = hn::Rebind<float, D>;
using DFour = hn::CappedTag<std::int32_t, 4>;
using DFourBytes = hn::Rebind<std::uint8_t, DFour>;

HWY_INLINE V load(const std::uint8_t* bytes) {
  return hn::PromoteTo(D(), hn::LoadU(DBytes(), bytes));
}

constexpr std::int32_t kHalf = 1 << (kFractionBits - 1);

// What the samples under one column's weights add up to, in as many parts as a vector has lanes.
HWY_INLINE V column(const std::uint8_t* samples, const std::int32_t* weights, int taps) {
  const D d;
  V sums = hn::Zero(d);
  for (int k = 0; k < taps; k += static_cast<int>(hn::Lanes(d)))
    sums = hn::Add(sums, hn::Mul(load(samples + k), hn::LoadU(d, weights + k)));
  return sums;
}

// Blocks of four sums, added up.
template <class DSums>
HWY_INLINE hn::Vec<DFour> four_of(DSums d, hn::Vec<DSums> v) {
  if constexpr (hn::MaxLanes(d) > 4) {
    const hn::Half<DSums> half;
    return four_of(half, hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  } else {
    return v;
  }
}

// Four columns at a time, whose parts are added up together.
HWY_INLINE void store_four_columns(const V (&parts)[4], std::uint8_t* out) {
  const D d;
  const hn::Repartition<std::int64_t, D> pairs;
  const auto both = [&](V a, V b) HWY_ATTR {
    return hn::BitCast(pairs, hn::Add(hn::InterleaveLower(d, a, b), hn::InterleaveUpper(d, a, b)));
  };
  const auto first = both(parts[0], parts[1]), second = both(parts[2], parts[3]);
  const V all = hn::Add(hn::BitCast(d, hn::InterleaveLower(pairs, first, second)),
                        hn::BitCast(d, hn::InterleaveUpper(pairs, first, second)));
  const auto sums = hn::Add(four_of(d, all), hn::Set(DFour(), kHalf));
  hn::StoreU(hn::DemoteTo(DFourBytes(), hn::ShiftRight<kFractionBits>(sums)), DFourBytes(), out);
}

// Near the end of the row, where the zeros beyond the weights would read what is not there, samples
// are summed one by one.
void columns(const std::uint8_t* row, const Filter& filter, std::uint8_t* out) {
  const int taps = filter.taps;
  const int* const first = filter.first.data();
  const auto weights = [&](int i) { return filter.weights.data() + std::ptrdiff_t{i} * taps; };
  int i = 0;
  for (; i + 4 <= filter.to && first[i + 3] + taps <= filter.from; i += 4) {
    V parts[4];
    HWY_UNROLL(4)
    for (int k = 0; k < 4; ++k) parts[k] = column(row + first[i + k], weights(i + k), taps);
    store_four_columns(parts, out + i);
  }
  filter_columns_ref(row, filter, out, i);
}

// The samples of a vector of columns from x on.
HWY_INLINE void columns_of_row(const std::uint8_t* rows, int width, const std::int32_t* weights,
                               int count, std::uint8_t* out) {
  const D d;
  V sums = hn::Set(d, kHalf);
  for (int k = 0; k < count; ++k, rows += width)
    sums = hn::Add(sums, hn::Mul(load(rows), hn::Set(d, weights[k])));
  hn::StoreU(hn::DemoteTo(DBytes(), hn::ShiftRight<kFractionBits>(sums)), DBytes(), out);
}

// The last vector overlaps the one before.
void row_of(const std::uint8_t* rows, int width, const Filter& filter, int i, std::uint8_t* out) {
  const int lanes = static_cast<int>(hn::Lanes(D()));
  if (width < lanes) return filter_rows_ref(rows, width, filter, i, out);
  const auto at = static_cast<std::size_t>(i);
  const std::int32_t* const weights =
      filter.weights.data() + at * static_cast<std::size_t>(filter.taps);
  int count = std::min(filter.taps, filter.from - filter.first[at]);
  while (count > 1 && weights[count - 1] == 0) --count;
  const std::uint8_t* const from = rows + std::ptrdiff_t{filter.first[at]} * width;
  for (int next = 0; next < width; next += lanes) {
    const int x = std::min(next, width - lanes);
    columns_of_row(from + x, width, weights, count, out + x);
  }
}

// As the reference rounds.
HWY_INLINE void store_bytes(hn::Vec<DFloat> values, std::uint8_t* out) {
  const D d;
  const DFloat df;
  const auto inside = hn::Min(hn::Max(values, hn::Zero(df)), hn::Set(df, 255));
  const V whole = hn::ConvertTo(d, inside);
  const auto half = hn::Ge(hn::Sub(inside, hn::ConvertTo(df, whole)), hn::Set(df, 0.5f));
  const V rounded = hn::Add(whole, hn::IfThenElseZero(hn::RebindMask(d, half), hn::Set(d, 1)));
  hn::StoreU(hn::DemoteTo(DBytes(), rounded), DBytes(), out);
}

void bytes(const float* pixels, int width, const BytePlanes& out) {
  const DFloat df;
  const int lanes = static_cast<int>(hn::Lanes(df));
  int x = 0;
  for (; x + lanes <= width; x += lanes) {
    hn::Vec<DFloat> r, g, b;
    hn::LoadInterleaved3(df, pixels + std::ptrdiff_t{3} * x, r, g, b);
    store_bytes(r, out.rows[0] + x);
    store_bytes(g, out.rows[1] + x);
    store_bytes(b, out.rows[2] + x);
  }
  bytes_of_pixels_ref(pixels, width, out, x);
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::pillow
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::pillow {

HWY_EXPORT(columns);
HWY_EXPORT(row_of);
HWY_EXPORT(bytes);

void filter_columns(const std::uint8_t* row, const Filter& filter, std::uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(columns)(row, filter, out);
}
void filter_rows(const std::uint8_t* rows, int width, const Filter& filter, int i,
                 std::uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(row_of)(rows, width, filter, i, out);
}
void bytes_of_pixels(const float* pixels, int width, const BytePlanes& out) {
  HWY_DYNAMIC_DISPATCH(bytes)(pixels, width, out);
}

}  // namespace visq::pillow
#endif
