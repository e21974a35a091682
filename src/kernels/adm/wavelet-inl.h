// Rows of the db2 wavelet transform, with vectors. Included once a target.
//
// Everything is a sum of products of 16 bits. A value of 32 bits is kept in two rows: its upper
// half, and its lower half less 32768 ("centred"). With the sums H of the upper and L of the lower
// halves, (sum + rounding) >> 16 is H + ((L + rounding) >> 16) + 32768 * (sum of the taps) / 65536;
// the last term is 23171 for the low pass and 0 for the high pass.
#if defined(VISQ_KERNELS_ADM_WAVELET_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VISQ_KERNELS_ADM_WAVELET_INL_H_
#undef VISQ_KERNELS_ADM_WAVELET_INL_H_
#else
#define VISQ_KERNELS_ADM_WAVELET_INL_H_
#endif

#include <algorithm>
#include <array>

#include <hwy/cache_control.h>

#include "kernels/adm/plan.h"
#include "kernels/adm/scale.h"
#include "kernels/conv/pairs-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::adm::HWY_NAMESPACE {
using namespace visq::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR

using DU16 = hn::RebindToUnsigned<D16>;
using DU32 = hn::RebindToUnsigned<D32>;

inline int lanes16() { return static_cast<int>(hn::Lanes(D16())); }
inline int lanes32() { return static_cast<int>(hn::Lanes(D32())); }

// The first column of the vector that holds column x.
inline int whole_vectors(int x) { return x / lanes16() * lanes16(); }

// ---- 32 bits to 16 and back ----

// Upper and lower halves of two vectors, in order.
HWY_INLINE V16 upper_halves(V32 first, V32 second) {
  const D16 d;
  return hn::ConcatOdd(d, hn::BitCast(d, second), hn::BitCast(d, first));
}
HWY_INLINE V16 lower_halves(V32 first, V32 second) {
  const D16 d;
  return hn::ConcatEven(d, hn::BitCast(d, second), hn::BitCast(d, first));
}

HWY_INLINE V16 centred(V16 v) { return hn::Xor(v, hn::Set(D16(), std::int16_t{-32768})); }

// A row of values of 32 bits in halves; without `low`, of values of 16 bits.
struct HalfRow {
  std::int16_t* high = nullptr;
  std::int16_t* low = nullptr;
};

// ---- filters ----

struct Filter {
  V16 first, second;  // taps 0 and 1, 2 and 3, repeated
};

HWY_INLINE V16 repeated(std::int16_t first, std::int16_t second) {
  return hn::BitCast(D16(), hn::Set(D32(), packed_pair(static_cast<std::uint16_t>(first),
                                                       static_cast<std::uint16_t>(second))));
}
HWY_INLINE Filter filter_of(const std::array<std::int16_t, 4>& taps) {
  return {repeated(taps[0], taps[1]), repeated(taps[2], taps[3])};
}

// What a sum of lower halves lacks, after the shift by 16.
constexpr int low_pass_offset(bool low_pass) { return low_pass ? kLowPassSum / 2 : 0; }

// ---- columns ----

// Two sums of a vector of columns each, as InterleaveLower and InterleaveUpper have them.
struct TwoSums {
  V32 lower, upper;
};

// Four rows, interleaved by pairs.
struct Quad {
  V16 lower01, upper01, lower23, upper23;
};
HWY_INLINE Quad quad(V16 r0, V16 r1, V16 r2, V16 r3) {
  const D16 d;
  return {hn::InterleaveLower(d, r0, r1), hn::InterleaveUpper(d, r0, r1),
          hn::InterleaveLower(d, r2, r3), hn::InterleaveUpper(d, r2, r3)};
}
HWY_INLINE TwoSums filtered(const Quad& q, const Filter& f, V32 start) {
  return {add_pair_products(q.lower23, f.second, add_pair_products(q.lower01, f.first, start)),
          add_pair_products(q.upper23, f.second, add_pair_products(q.upper01, f.first, start))};
}

HWY_INLINE void store_halves(const TwoSums& v, const HalfRow& out, int x) {
  const D16 d;
  const V32 mask = hn::Set(D32(), 0xFFFF);
  hn::Store(hn::ReorderDemote2To(d, hn::ShiftRight<16>(v.lower), hn::ShiftRight<16>(v.upper)), d,
            out.high + x);
  const auto low = hn::ReorderDemote2To(DU16(), hn::And(v.lower, mask), hn::And(v.upper, mask));
  hn::Store(centred(hn::BitCast(d, low)), d, out.low + x);
}

HWY_INLINE V16 load_samples(const std::uint8_t* p) {
  const hn::Rebind<std::uint8_t, DU16> d8;
  return hn::BitCast(D16(), hn::PromoteTo(DU16(), hn::LoadU(d8, p)));
}
HWY_INLINE V16 load_samples(const std::uint16_t* p) {
  return hn::BitCast(D16(), hn::LoadU(DU16(), p));
}

template <typename T>
struct FourRows {
  const T* row[4];
};

// Filtered columns of a row: low pass and, where wanted, high pass.
struct Columns {
  HalfRow low, high;
  bool want_high = true;
};

// The columns to filter of rows of `width`, and the rows that come next, which are fetched ahead.
template <typename T>
struct RowPart {
  Range columns;
  int width;
  std::array<const T*, 2> next;
};

// Of samples: results of 16 bits, in `high` halves. At least lanes16() samples; the last vector
// overlaps the one before.
template <typename T>
void filter_columns(const FourRows<T>& rows, const RowPart<T>& part, int bits, const Columns& out) {
  const D16 d;
  const Filter low = filter_of(kLowPass), high = filter_of(kHighPass);
  // Bytes are centred on zero in the sum, which saves a subtraction each.
  constexpr bool kCentred = sizeof(T) == 2;
  const int half = 1 << (bits - 1);
  const V16 middle = hn::Set(d, static_cast<std::int16_t>(half));
  const V32 start_high = hn::Set(D32(), half),
            start_low = hn::Set(D32(), kCentred ? half : half - half * kLowPassSum);
  for (int next = part.columns.first; next < part.columns.last; next += lanes16()) {
    const int x = std::min(next, part.width - lanes16());
    for (const T* row : part.next) hwy::Prefetch(row + x);
    const auto samples = [&](int k) HWY_ATTR {
      const V16 v = load_samples(rows.row[k] + x);
      return kCentred ? hn::Sub(v, middle) : v;
    };
    const Quad q = quad(samples(0), samples(1), samples(2), samples(3));
    const auto store = [&](const TwoSums& sums, std::int16_t* row) HWY_ATTR {
      hn::StoreU(hn::ReorderDemote2To(d, hn::ShiftRightSame(sums.lower, bits),
                                      hn::ShiftRightSame(sums.upper, bits)),
                 d, row + x);
    };
    store(filtered(q, low, start_low), out.low.high);
    if (out.want_high) store(filtered(q, high, start_high), out.high.high);
  }
}

HWY_INLINE Quad load_quad(const FourRows<std::int16_t>& rows, int x) {
  const D16 d;
  return quad(hn::Load(d, rows.row[0] + x), hn::Load(d, rows.row[1] + x),
              hn::Load(d, rows.row[2] + x), hn::Load(d, rows.row[3] + x));
}

// Of values of 16 bits, without a shift.
inline void filter_columns(const FourRows<std::int16_t>& rows, const Range& columns,
                           const Columns& out) {
  const Filter low = filter_of(kLowPass), high = filter_of(kHighPass);
  const V32 zero = hn::Zero(D32());
  for (int x = columns.first; x < columns.last; x += lanes16()) {
    const Quad q = load_quad(rows, x);
    store_halves(filtered(q, low, zero), out.low, x);
    if (out.want_high) store_halves(filtered(q, high, zero), out.high, x);
  }
}

HWY_INLINE TwoSums filtered_halves(const Quad& upper, const Quad& lower, const Filter& f,
                                   bool low_pass) {
  const D32 d;
  const TwoSums h = filtered(upper, f, hn::Set(d, low_pass_offset(low_pass))),
                l = filtered(lower, f, hn::Set(d, 32768));
  return {hn::Add(h.lower, hn::ShiftRight<16>(l.lower)),
          hn::Add(h.upper, hn::ShiftRight<16>(l.upper))};
}

// Of values of 32 bits, with a shift of 16.
inline void filter_columns(const FourRows<std::int16_t>& upper, const FourRows<std::int16_t>& lower,
                           const Range& columns, const Columns& out) {
  const Filter low = filter_of(kLowPass), high = filter_of(kHighPass);
  for (int x = columns.first; x < columns.last; x += lanes16()) {
    const Quad u = load_quad(upper, x), l = load_quad(lower, x);
    store_halves(filtered_halves(u, l, low, true), out.low, x);
    if (out.want_high) store_halves(filtered_halves(u, l, high, false), out.high, x);
  }
}

// Beyond the ends of a row of `width`: what taps -1, width and width + 1 read.
inline void extend(std::int16_t* row, int width) {
  row[-1] = row[std::min(1, width - 1)];
  row[width] = row[width - 1];
  row[width + 1] = row[std::max(width - 2, 0)];
}
inline void extend(const HalfRow& row, int width) {
  extend(row.high, width);
  if (row.low != nullptr) extend(row.low, width);
}

// ---- rows ----

// The sums of outputs i, i + 1, ... of a row.
HWY_INLINE V32 row_sums(const std::int16_t* row, int i, const Filter& f, V32 start) {
  const D16 d;
  const std::int16_t* const at = row + 2 * i - 1;
  return add_pair_products(hn::LoadU(d, at + 2), f.second,
                           add_pair_products(hn::LoadU(d, at), f.first, start));
}

// Outputs of a row of the first level.
HWY_INLINE V16 filter_row(const std::int16_t* row, int i, const Filter& f) {
  const V32 rounding = hn::Set(D32(), 32768);
  return upper_halves(row_sums(row, i, f, rounding), row_sums(row, i + lanes32(), f, rounding));
}

// Outputs of a row of a later level, whose shift is 15 or 16.
template <int kShift, bool kLowPass>
HWY_INLINE V32 filter_row(const HalfRow& row, int i, const Filter& f) {
  const D32 d;
  const V32 high = row_sums(row.high, i, f, hn::Set(d, low_pass_offset(kLowPass))),
            low = row_sums(row.low, i, f, hn::Set(d, 1 << (kShift - 1)));
  return hn::Add(hn::ShiftLeft<16 - kShift>(high), hn::ShiftRight<kShift>(low));
}

// A row of detail: horizontal, vertical, diagonal. Of the first level: 16 bits.
using FineRow = std::array<std::int16_t*, kOrientations>;
using DetailRow = std::array<std::int32_t*, kOrientations>;

// The first level, from the vector of outputs `range.first` on. Detail only where wanted.
inline void split(const Columns& in, const Range& range, std::int16_t* approximation,
                  const FineRow& detail) {
  const D16 d;
  const Filter low = filter_of(kLowPass), high = filter_of(kHighPass);
  for (int i = range.first; i < range.last; i += lanes16()) {
    hn::Store(filter_row(in.low.high, i, low), d, approximation + i);
    if (!in.want_high) continue;
    hn::Store(filter_row(in.high.high, i, low), d, detail[0] + i);
    hn::Store(filter_row(in.low.high, i, high), d, detail[1] + i);
    hn::Store(filter_row(in.high.high, i, high), d, detail[2] + i);
  }
}

// A later level; the last has no approximation.
template <int kShift, bool kApproximation>
void split(const Columns& in, const Range& range, const HalfRow& approximation,
           const DetailRow& detail) {
  const D16 d;
  const D32 d32;
  const Filter low = filter_of(kLowPass), high = filter_of(kHighPass);
  for (int first = range.first; first < range.last; first += lanes16()) {
    if constexpr (kApproximation) {
      const V32 a = filter_row<kShift, true>(in.low, first, low),
                b = filter_row<kShift, true>(in.low, first + lanes32(), low);
      hn::Store(upper_halves(a, b), d, approximation.high + first);
      hn::Store(centred(lower_halves(a, b)), d, approximation.low + first);
    }
    if (!in.want_high) continue;
    for (int i = first; i < first + lanes16(); i += lanes32()) {
      hn::Store(filter_row<kShift, true>(in.high, i, low), d32, detail[0] + i);
      hn::Store(filter_row<kShift, false>(in.low, i, high), d32, detail[1] + i);
      hn::Store(filter_row<kShift, false>(in.high, i, high), d32, detail[2] + i);
    }
  }
}

#endif  // HWY_TARGET

}  // namespace visq::adm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
