// The plane is cut into strips of columns that fit the cache. Down a strip go pairs of rows:
//   prepare   the samples, their squares and products, interleaved with those of the next row
//   columns   the vertical filter of the pair, of all those, into one row buffer each
//   rows      the horizontal filter of the buffers, the moments, the logarithms, the sums
// Squares have more than 16 bits; their upper and lower halves are filtered separately ("channels")
// and meet after each pass, which gives the rounded sum exactly: the upper half's sum is a
// multiple of what is shifted out.
#include "kernels/vif/vif.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>

#include "base/reflect.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/vif/vif.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/conv/pairs-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

template <typename T>
Result<VifSums> sums(PlaneView<const T> ref, PlaneView<const T> dist, const VifScale& scale, Scratch&) {
  return vif_sums_ref(ref, dist, scale);
}
template <typename T>
Status downsample(PlaneView<const T> in, int bits, int scale, PlaneView<std::uint16_t> out, Scratch&) {
  vif_downsample_ref(in, bits, scale, out);
  return {};
}

#else

using DU16 = hn::RebindToUnsigned<D16>;
using DU32 = hn::RebindToUnsigned<D32>;
using DF32 = hn::RebindToFloat<D32>;
using D64 = hn::Repartition<double, D32>;
using DU64 = hn::Repartition<std::uint64_t, D32>;
using VU16 = hn::Vec<DU16>;
using VU32 = hn::Vec<DU32>;
using VD = hn::Vec<D64>;

inline int lanes16() { return static_cast<int>(hn::Lanes(D16())); }

HWY_INLINE V32 constant(std::uint32_t value) { return hn::Set(D32(), static_cast<std::int32_t>(value)); }
HWY_INLINE VU32 as_unsigned(V32 v) { return hn::BitCast(DU32(), v); }
HWY_INLINE V32 as_signed(VU32 v) { return hn::BitCast(D32(), v); }

HWY_INLINE V16 signed_offset(VU16 v) {
  const DU16 d;
  return hn::BitCast(D16(), hn::Xor(v, hn::Set(d, std::uint16_t{0x8000})));
}

HWY_INLINE VU16 load_samples(const std::uint8_t* p) {
  const hn::Rebind<std::uint8_t, DU16> d8;
  return hn::PromoteTo(DU16(), hn::LoadU(d8, p));
}
HWY_INLINE VU16 load_samples(const std::uint16_t* p) { return hn::LoadU(DU16(), p); }

// ---- prepare ----

// Channels of a ring of row pairs. Squares and the product of 8-bit samples have no lower half.
enum Channel { kRef, kDist, kRefHigh, kDistHigh, kProductHigh, kRefLow, kDistLow, kProductLow, kChannels };
enum class Depth { eight, some, sixteen };  // bits of a sample; `some`: between

constexpr int channels_of(Depth depth) { return depth == Depth::eight ? kRefLow : kChannels; }

struct Halves {
  VU16 high, low;
};

// x * y split at bit 2 * (bits - 8).
template <Depth kDepth>
HWY_INLINE Halves product(VU16 x, VU16 y, int shift) {
  const DU16 d;
  const VU16 low = hn::Mul(x, y);
  if constexpr (kDepth == Depth::eight) return {low, low};
  const VU16 high = hn::MulHigh(x, y);
  if constexpr (kDepth == Depth::sixteen) return {high, low};
  const VU16 mask = hn::Set(d, static_cast<std::uint16_t>((1 << shift) - 1));
  return {hn::Or(hn::ShiftLeftSame(high, 16 - shift), hn::ShiftRightSame(low, shift)), hn::And(low, mask)};
}

HWY_INLINE void store_pair(VU16 first, VU16 second, std::int16_t* out) {
  const D16 d;
  const V16 a = signed_offset(first), b = signed_offset(second);
  hn::Store(hn::InterleaveLower(d, a, b), d, out);
  hn::Store(hn::InterleaveUpper(d, a, b), d, out + hn::Lanes(d));
}

template <typename T>
struct PairRows {
  const T* ref[2];
  const T* dist[2];
};

// Samples of a pair of rows.
struct TwoRows {
  VU16 first, second;
};

// Products of pairs of rows, whose upper halves go to `high`.
template <Depth kDepth>
HWY_INLINE void store_products(const TwoRows& x, const TwoRows& y, int shift, std::int16_t* high, std::ptrdiff_t channel) {
  const Halves first = product<kDepth>(x.first, y.first, shift), second = product<kDepth>(x.second, y.second, shift);
  store_pair(first.high, second.high, high);
  if constexpr (kDepth != Depth::eight) store_pair(first.low, second.low, high + (kRefLow - kRefHigh) * channel);
}

template <Depth kDepth, bool kKnown, typename T>
HWY_INLINE void prepare_vector(const PairRows<T>& rows, int x, int shift, std::int16_t* out, std::ptrdiff_t channel) {
  const TwoRows ref{load_samples(rows.ref[0] + x), load_samples(rows.ref[1] + x)};
  const TwoRows dist{load_samples(rows.dist[0] + x), load_samples(rows.dist[1] + x)};
  if constexpr (!kKnown) {
    store_pair(ref.first, ref.second, out + kRef * channel);
    store_products<kDepth>(ref, ref, shift, out + kRefHigh * channel, channel);
  }
  store_pair(dist.first, dist.second, out + kDist * channel);
  store_products<kDepth>(dist, dist, shift, out + kDistHigh * channel, channel);
  store_products<kDepth>(ref, dist, shift, out + kProductHigh * channel, channel);
}

// The last columns, which do not fill a vector, by way of a copy: nothing beyond the plane is read.
template <Depth kDepth, bool kKnown, typename T>
void prepare_rest(const PairRows<T>& rows, int x, int count, int shift, std::int16_t* out, std::ptrdiff_t channel) {
  HWY_ALIGN T copy[4][hn::MaxLanes(D16())] = {};
  const T* const from[4] = {rows.ref[0], rows.ref[1], rows.dist[0], rows.dist[1]};
  for (int i = 0; i < 4; ++i) std::memcpy(copy[i], from[i] + x, static_cast<std::size_t>(count) * sizeof(T));
  prepare_vector<kDepth, kKnown>(PairRows<T>{{copy[0], copy[1]}, {copy[2], copy[3]}}, 0, shift, out, channel);
}

template <Depth kDepth, bool kKnown, typename T>
void prepare_pair(const PairRows<T>& rows, int width, int bits, std::int16_t* out, std::ptrdiff_t channel) {
  const int lanes = lanes16(), shift = 2 * (bits - 8);
  int x = 0;
  for (; x + lanes <= width; x += lanes) prepare_vector<kDepth, kKnown>(rows, x, shift, out + 2 * x, channel);
  if (x < width) prepare_rest<kDepth, kKnown>(rows, x, width - x, shift, out + 2 * x, channel);
}

// ---- columns ----

// Rows of vertically filtered values, two of each: the means and the halves of the squares.
enum Buffer { kMean1, kMean2, kHigh11, kLow11, kHigh22, kLow22, kHigh12, kLow12, kBuffers };

struct RowBuffers {
  std::int16_t* data;
  std::ptrdiff_t stride;
  std::int16_t* row(int odd, int buffer) const { return data + (odd * kBuffers + buffer) * stride; }
};

struct Columns {
  const std::int16_t* const* pairs;  // of the ring, from the first that the filter needs
  std::ptrdiff_t channel;            // from one channel to the next
  int width;                         // of the ring's rows, rounded up to whole vectors
  int bits;
  RowBuffers out;
  int first;  // column of `out` where the ring's begins
};

HWY_INLINE void store_row(V32 lower, V32 upper, std::int16_t* out) {
  const D16 d;
  hn::StoreU(hn::ReorderDemote2To(d, lower, upper), d, out);
}

template <const auto& kWeights>
HWY_INLINE void filter_mean(const Columns& c, int x, int channel, int buffer) {
  const std::uint32_t rounding = 1u << (c.bits - 1);
  const V32 start = constant(kOffsetSum + rounding - (32768u << c.bits));  // mean - 32768 after the shift
  Filtered sums{start, start, start, start};
  filter_pairs<kWeights>(ColumnPairs{c.pairs, channel * c.channel + 2 * x}, sums);
  store_row(hn::ShiftRightSame(sums.a_even, c.bits), hn::ShiftRightSame(sums.b_even, c.bits), c.out.row(0, buffer) + c.first + x);
  store_row(hn::ShiftRightSame(sums.a_odd, c.bits), hn::ShiftRightSame(sums.b_odd, c.bits), c.out.row(1, buffer) + c.first + x);
}

// The halves of v + 2^31.
HWY_INLINE void store_halves(V32 lower, V32 upper, std::int16_t* high, std::int16_t* low) {
  const D16 d;
  store_row(hn::ShiftRight<16>(lower), hn::ShiftRight<16>(upper), high);
  const V16 bits = hn::ReorderDemote2To(d, hn::ShiftRight<16>(hn::ShiftLeft<16>(lower)), hn::ShiftRight<16>(hn::ShiftLeft<16>(upper)));
  hn::StoreU(signed_offset(hn::BitCast(DU16(), bits)), d, low);
}

template <const auto& kWeights, Depth kDepth>
HWY_INLINE void filter_square(const Columns& c, int x, int high, int buffer) {
  const V32 zero = hn::Zero(D32());
  Filtered sums{zero, zero, zero, zero};
  filter_pairs<kWeights>(ColumnPairs{c.pairs, high * c.channel + 2 * x}, sums);
  if constexpr (kDepth != Depth::eight) {
    const int shift = 2 * (c.bits - 8);
    const V32 start = constant(kOffsetSum + (1u << (shift - 1)));
    Filtered lows{start, start, start, start};
    filter_pairs<kWeights>(ColumnPairs{c.pairs, (high + kRefLow - kRefHigh) * c.channel + 2 * x}, lows);
    sums.a_even = hn::Add(sums.a_even, as_signed(hn::ShiftRightSame(as_unsigned(lows.a_even), shift)));
    sums.a_odd = hn::Add(sums.a_odd, as_signed(hn::ShiftRightSame(as_unsigned(lows.a_odd), shift)));
    sums.b_even = hn::Add(sums.b_even, as_signed(hn::ShiftRightSame(as_unsigned(lows.b_even), shift)));
    sums.b_odd = hn::Add(sums.b_odd, as_signed(hn::ShiftRightSame(as_unsigned(lows.b_odd), shift)));
  }
  const int at = c.first + x;
  store_halves(sums.a_even, sums.b_even, c.out.row(0, buffer) + at, c.out.row(0, buffer + 1) + at);
  store_halves(sums.a_odd, sums.b_odd, c.out.row(1, buffer) + at, c.out.row(1, buffer + 1) + at);
}

template <const auto& kWeights, Depth kDepth, bool kKnown>
void filter_columns(const Columns& c) {
  for (int x = 0; x < c.width; x += lanes16()) {
    if constexpr (!kKnown) {
      filter_mean<kWeights>(c, x, kRef, kMean1);
      filter_square<kWeights, kDepth>(c, x, kRefHigh, kHigh11);
    }
    filter_mean<kWeights>(c, x, kDist, kMean2);
    filter_square<kWeights, kDepth>(c, x, kDistHigh, kHigh22);
    filter_square<kWeights, kDepth>(c, x, kProductHigh, kHigh12);
  }
}

// ---- rows ----

// log2(v) * 2048 of v from 2^17 to 2^31 - 1, rounded as the table of the reference is.
//
// With m = v / 2^e = 1 + u, to 15 bits: 16 * log = 32768 * (e + u) + 32768 * (log2(m) - u). The last
// term is u * (1 - u) * q(u); this q, fitted to it in the largest error (2.4e-4), gives all 32768
// logarithms exactly, which the test shows. The constant makes the shift round; 2^-6 of it is what
// the table's single precision adds. All of that holds with and without fused multiplications.
HWY_INLINE V32 log_units(V32 v) {
  const D32 d;
  const DF32 df;
  // Clears the first bit that does not fit a float, so that the conversion truncates.
  const V32 fitting = hn::AndNot(as_signed(hn::ShiftRight<24>(as_unsigned(v))), v);
  const V32 bits = hn::BitCast(d, hn::ConvertTo(df, fitting));
  const V32 mantissa = hn::Or(hn::And(bits, hn::Set(d, 0x7FFF00)), hn::Set(d, 0x3F800000));
  const auto u = hn::Sub(hn::BitCast(df, mantissa), hn::Set(df, 1.0f));
  const auto u2 = hn::Mul(u, u);
  const auto linear = [u](float c0, float c1) HWY_ATTR { return hn::MulAdd(hn::Set(DF32(), c1), u, hn::Set(DF32(), c0)); };
  const auto low = hn::MulAdd(linear(6607.345703125f, -5052.97998046875f), u2, linear(14506.1982421875f, -9129.49609375f));
  const auto high = hn::MulAdd(linear(931.9389038085938f, -182.67752075195312f), u2, linear(3714.450439453125f, -2263.924560546875f));
  const auto q = hn::MulAdd(high, hn::Mul(u2, u2), low);
  const auto curve = hn::MulAdd(hn::Sub(u, u2), q, hn::Set(df, 7.515625f));
  // Rounds to an integer in the low bits: those of 2^23 and of the exponents go with one subtraction.
  const V32 integer = hn::BitCast(d, hn::Add(curve, hn::Set(df, 8388608.0f)));
  const V32 sixteenths = hn::Sub(hn::Add(hn::ShiftRight<8>(bits), integer), hn::Set(d, 0x4B000000 + (127 << 15)));
  return hn::ShiftRight<4>(sixteenths);
}

// Lanes of a row's sums; a row of a strip is short enough for 32 bits.
struct RowSums {
  V32 den_log, nonlog_low, nonlog_high;
  std::array<V32, kVifMaxLimits> num_log;
  std::int64_t detailed = 0;
};

struct Moments {
  V32 s1, s2, s12;
};

// (a * b + 2^31) >> 32
HWY_INLINE V32 product_high(V32 a, V32 b) {
  const DU64 d64;
  const auto half = hn::Set(d64, std::uint64_t{1} << 31);
  const auto odd_of = [](V32 v) HWY_ATTR { return hn::BitCast(DU32(), hn::ShiftRight<32>(hn::BitCast(DU64(), v))); };
  const auto even = hn::Add(hn::MulEven(as_unsigned(a), as_unsigned(b)), half);
  const auto odd = hn::Add(hn::MulEven(odd_of(a), odd_of(b)), half);
  return hn::OddEven(hn::BitCast(D32(), odd), hn::BitCast(D32(), hn::ShiftRight<32>(even)));
}

HWY_INLINE V32 joined(V32 high, V32 low) { return hn::Add(high, as_signed(hn::ShiftRight<16>(as_unsigned(low)))); }

// Of the reference alone: its mean and variance.
struct Known {
  V32 m1, s1;
};

HWY_INLINE Moments moments(const Known& ref, V32 m2, V32 yy, V32 xy) {
  return {ref.s1, hn::Max(hn::Sub(yy, product_high(m2, m2)), hn::Zero(D32())), hn::Sub(xy, product_high(ref.m1, m2))};
}

HWY_INLINE VD lower_double(V32 v) { return hn::PromoteTo(D64(), hn::LowerHalf(v)); }
HWY_INLINE VD upper_double(V32 v) {
  const hn::Half<D32> half;
  return hn::PromoteTo(D64(), hn::UpperHalf(half, v));
}
HWY_INLINE V32 truncated(VD lower, VD upper) {
  const hn::Half<D32> half;
  return hn::Combine(D32(), hn::DemoteTo(half, upper), hn::DemoteTo(half, lower));
}

struct Doubles {
  VD lower, upper;
};

HWY_INLINE Doubles gain(const Moments& m) {
  const VD epsilon = hn::Set(D64(), 65536e-10);
  return {hn::Div(lower_double(m.s12), hn::Add(lower_double(m.s1), epsilon)), hn::Div(upper_double(m.s12), hn::Add(upper_double(m.s1), epsilon))};
}

// The noise that the distortion leaves: 2 and the variance that the gain does not explain.
HWY_INLINE V32 noise(const Moments& m, const Doubles& g) {
  const V32 left = truncated(hn::Sub(lower_double(m.s2), hn::Mul(g.lower, lower_double(m.s12))),
                             hn::Sub(upper_double(m.s2), hn::Mul(g.upper, upper_double(m.s12))));
  return hn::Add(hn::Max(left, hn::Zero(D32())), hn::Set(D32(), kVifNoise));
}

HWY_INLINE V32 log_kept(const Moments& m, const Doubles& g, V32 noise_variance) {
  const V32 kept = truncated(hn::Mul(hn::Mul(g.lower, g.lower), lower_double(m.s1)), hn::Mul(hn::Mul(g.upper, g.upper), upper_double(m.s1)));
  return log_units(hn::Add(kept, noise_variance));
}

HWY_INLINE bool any_above(const Doubles& g, double limit) {
  const D64 d;
  return !hn::AllFalse(d, hn::Gt(hn::Max(g.lower, g.upper), hn::Set(d, limit)));
}

HWY_INLINE void add_gains(const Moments& m, std::span<const double> limits, RowSums& sums) {
  const D64 d;
  const Doubles g = gain(m);
  const V32 noise_variance = noise(m, g);
  const V32 log_noise = log_units(noise_variance);
  const V32 unlimited = hn::Sub(log_kept(m, g, noise_variance), log_noise);
  for (std::size_t i = 0; i < limits.size(); ++i) {
    V32 log_ratio = unlimited;
    if (any_above(g, limits[i])) {
      const VD limit = hn::Set(d, limits[i]);
      log_ratio = hn::Sub(log_kept(m, {hn::Min(g.lower, limit), hn::Min(g.upper, limit)}, noise_variance), log_noise);
    }
    sums.num_log[i] = hn::Add(sums.num_log[i], log_ratio);
  }
}

// Pixels without detail, or beyond the strip (s1 = s2 = 0), take part in s2 only.
template <bool kKnown>
HWY_INLINE void add_detail(V32 s1, V32 s2, RowSums& sums) {
  const D32 d;
  const V32 least = hn::Set(d, kVifNoise);
  const auto flat = hn::Lt(s1, least);
  const V32 loss = hn::IfThenElseZero(flat, s2);
  sums.nonlog_low = hn::Add(sums.nonlog_low, hn::And(loss, hn::Set(d, 0xFFFF)));
  sums.nonlog_high = hn::Add(sums.nonlog_high, hn::ShiftRight<16>(loss));
  const auto detail = hn::Not(flat);
  if (hn::AllFalse(d, detail)) return;
  sums.detailed += static_cast<std::int64_t>(hn::CountTrue(d, detail));
  if constexpr (kKnown) return;
  const V32 log_ref = hn::Sub(log_units(hn::Add(hn::Max(s1, least), least)), hn::Set(d, 17 * kVifLogUnit));
  sums.den_log = hn::Add(sums.den_log, hn::IfThenElseZero(detail, log_ref));
}

HWY_INLINE void add_common(const Moments& m, std::span<const double> limits, RowSums& sums) {
  const D32 d;
  const V32 zero = hn::Zero(d), least = hn::Set(d, kVifNoise);
  const auto common = hn::AndNot(hn::Lt(m.s1, least), hn::And(hn::Gt(m.s12, zero), hn::Gt(m.s2, zero)));
  if (hn::AllFalse(d, common)) return;
  // Lanes that have nothing in common with the reference: gain 0, logarithms equal.
  add_gains({hn::IfThenElse(common, m.s1, least), hn::IfThenElseZero(common, m.s2), hn::IfThenElseZero(common, m.s12)}, limits, sums);
}

// The moments of a row, in an order that does not matter. Between the filter and the logarithms
// they go through memory, so that neither waits for the other's registers and latencies.
struct MomentRows {
  std::int32_t* data;
  std::ptrdiff_t stride;
  std::int32_t* s1() const { return data; }
  std::int32_t* s2() const { return data + stride; }
  std::int32_t* s12() const { return data + 2 * stride; }
};

HWY_INLINE void store_moments(const Moments& m, const MomentRows& out, int at) {
  const D32 d;
  hn::Store(m.s1, d, out.s1() + at);
  hn::Store(m.s2, d, out.s2() + at);
  hn::Store(m.s12, d, out.s12() + at);
}

struct Rows {
  RowBuffers in;
  MomentRows moments;
  int width;
  std::span<const double> limits;
  const std::int32_t* known;  // of the reference in this row: as `keep` was filled
  std::int32_t* keep;         // nullptr: not kept
};

// Numbers of a row of the reference, for every vector of columns: even means and variances, odd ones.
inline int kept_length(int width) { return 2 * (width + lanes16() - 1) / lanes16() * lanes16(); }

HWY_INLINE Known load_known(const std::int32_t* p) { return {hn::Load(D32(), p), hn::Load(D32(), p + hn::Lanes(D32()))}; }
HWY_INLINE void store_known(const Known& known, std::int32_t* p) {
  hn::Store(known.m1, D32(), p);
  hn::Store(known.s1, D32(), p + hn::Lanes(D32()));
}

// Even and odd columns of one buffer, or of two halves that meet.
struct EvenOdd {
  V32 even, odd;
};

template <const auto& kWeights>
HWY_INLINE EvenOdd filter_halves(const RowBuffers& in, int odd, int high, int x) {
  const V32 start_high = constant(kOffsetSum), start_low = constant(kOffsetSum + 32768);
  Filtered sums{start_high, start_high, start_low, start_low};
  filter_pairs<kWeights>(RowPairs{in.row(odd, high) + x, in.row(odd, high + 1) + x}, sums);
  return {joined(sums.a_even, sums.b_even), joined(sums.a_odd, sums.b_odd)};
}

HWY_INLINE Moments inside(const Moments& m, int first, int width) {
  const D32 d;
  const V32 column = hn::Add(hn::Add(hn::Iota(d, 0), hn::Iota(d, 0)), hn::Set(d, first));
  const auto mask = hn::Lt(column, hn::Set(d, width));
  return {hn::IfThenElseZero(mask, m.s1), hn::IfThenElseZero(mask, m.s2), m.s12};
}

template <const auto& kWeights, bool kKnown>
void filter_row(const Rows& r, int odd) {
  const V32 start = constant(kOffsetSum);
  const int one = lanes16();  // of the numbers kept for a vector of columns, those of a parity
  for (int x = 0; x < r.width; x += lanes16()) {
    Known ref_even, ref_odd;
    EvenOdd m2;
    if constexpr (kKnown) {
      ref_even = load_known(r.known + 2 * x);
      ref_odd = load_known(r.known + 2 * x + one);
      Filtered mean{start, start, start, start};
      filter_pairs<kWeights>(RowPairsAlone{r.in.row(odd, kMean2) + x}, mean);
      m2 = {mean.a_even, mean.a_odd};
    } else {
      Filtered means{start, start, start, start};
      filter_pairs<kWeights>(RowPairs{r.in.row(odd, kMean1) + x, r.in.row(odd, kMean2) + x}, means);
      const EvenOdd xx = filter_halves<kWeights>(r.in, odd, kHigh11, x);
      ref_even = {means.a_even, hn::Sub(xx.even, product_high(means.a_even, means.a_even))};
      ref_odd = {means.a_odd, hn::Sub(xx.odd, product_high(means.a_odd, means.a_odd))};
      m2 = {means.b_even, means.b_odd};
      if (r.keep != nullptr) {
        store_known(ref_even, r.keep + 2 * x);
        store_known(ref_odd, r.keep + 2 * x + one);
      }
    }
    const EvenOdd yy = filter_halves<kWeights>(r.in, odd, kHigh22, x);
    const EvenOdd xy = filter_halves<kWeights>(r.in, odd, kHigh12, x);
    Moments even = moments(ref_even, m2.even, yy.even, xy.even);
    Moments odds = moments(ref_odd, m2.odd, yy.odd, xy.odd);
    if (x + lanes16() > r.width) {
      even = inside(even, x, r.width);
      odds = inside(odds, x + 1, r.width);
    }
    store_moments(even, r.moments, x);
    store_moments(odds, r.moments, x + lanes16() / 2);
  }
}

HWY_INLINE std::int64_t total(V32 v) { return hn::GetLane(hn::SumOfLanes(D32(), v)); }

template <bool kKnown>
void sum_row(const Rows& r, VifSums& sums) {
  const D32 d;
  const V32 zero = hn::Zero(d);
  RowSums row{zero, zero, zero, {zero, zero, zero, zero}, 0};
  const int lanes = static_cast<int>(hn::Lanes(d)), count = (r.width + lanes16() - 1) / lanes16() * lanes16();
  for (int x = 0; x < count; x += lanes) add_detail<kKnown>(hn::Load(d, r.moments.s1() + x), hn::Load(d, r.moments.s2() + x), row);
  for (int x = 0; row.detailed != 0 && x < count; x += lanes)
    add_common({hn::Load(d, r.moments.s1() + x), hn::Load(d, r.moments.s2() + x), hn::Load(d, r.moments.s12() + x)}, r.limits, row);
  sums.den_log += total(row.den_log);
  sums.den_nonlog += r.width - row.detailed;
  sums.num_nonlog += total(row.nonlog_low) + (total(row.nonlog_high) << 16);
  for (std::size_t i = 0; i < r.limits.size(); ++i) sums.num_log[i] += total(row.num_log[i]);
}

// ---- the strip ----

constexpr int kStrip = 256;  // columns: the ring stays in the second level of the cache

template <typename T>
struct Planes {
  PlaneView<const T> ref, dist;
};

struct Memory {
  std::int16_t* ring;
  RowBuffers rows;
  MomentRows moments;
  std::ptrdiff_t channel;
};

// Columns left and right of the plane, mirrored; `x0` is the column of buffer position `radius`.
inline void mirror(std::int16_t* row, int radius, int x0, int x1, int width) {
  if (x0 == 0)
    for (int k = 1; k <= radius; ++k) row[radius - k] = row[radius + reflect101(-k, width)];
  if (x1 == width)
    for (int k = 0; k < radius; ++k) row[radius + width - x0 + k] = row[radius + reflect101(width + k, width) - x0];
}

template <const auto& kWeights, Depth kDepth, bool kKnown, typename T>
class Strip {
 public:
  static constexpr int kRadius = static_cast<int>(kWeights.size()) / 2;
  static constexpr int kPairs = kRadius + 1;

  // `kept`: where what is kept of the reference begins in its rows.
  Strip(const Planes<T>& planes, const VifScale& scale, const Memory& memory, int x0, int x1, std::ptrdiff_t kept)
      : planes_(planes), scale_(scale), memory_(memory), x0_(x0), x1_(x1), kept_(kept),
        left_(std::max(0, x0 - kRadius)), width_(std::min(planes.ref.width, x1 + kRadius) - left_) {}

  void add_to(VifSums& sums) {
    for (int pair = -kRadius / 2; pair < kRadius / 2; ++pair) prepare(pair);
    for (int y = 0; y < planes_.ref.height; y += 2) {
      prepare((y + kRadius) / 2);
      columns(y);
      for (int odd = 0; odd < std::min(2, planes_.ref.height - y); ++odd) rows(y + odd, odd, sums);
    }
  }

 private:
  std::int16_t* slot(int pair) const { return memory_.ring + (pair + kRadius / 2) % kPairs * channels_of(kDepth) * memory_.channel; }

  void prepare(int pair) {
    const int first = reflect101(2 * pair, planes_.ref.height), second = reflect101(2 * pair + 1, planes_.ref.height);
    const PairRows<T> rows{{planes_.ref.row(first) + left_, planes_.ref.row(second) + left_},
                           {planes_.dist.row(first) + left_, planes_.dist.row(second) + left_}};
    prepare_pair<kDepth, kKnown>(rows, width_, scale_.bits, slot(pair), memory_.channel);
  }

  void columns(int y) {
    const std::int16_t* pairs[kPairs];
    for (int j = 0; j < kPairs; ++j) pairs[j] = slot(y / 2 - kRadius / 2 + j);
    filter_columns<kWeights, kDepth, kKnown>({pairs, memory_.channel, width_, scale_.bits, memory_.rows, left_ - (x0_ - kRadius)});
  }

  void rows(int y, int odd, VifSums& sums) {
    for (int buffer = 0; buffer < kBuffers; ++buffer) mirror(memory_.rows.row(odd, buffer), kRadius, x0_, x1_, planes_.ref.width);
    const std::ptrdiff_t row = kept_ + std::ptrdiff_t{y} * kept_length(x1_ - x0_);
    const Rows rows{memory_.rows, memory_.moments, x1_ - x0_, scale_.limits, kKnown ? scale_.known->moments.data() + row : nullptr,
                    !kKnown && scale_.keep != nullptr ? scale_.keep->moments.data() + row : nullptr};
    filter_row<kWeights, kKnown>(rows, odd);
    sum_row<kKnown>(rows, sums);
  }

  Planes<T> planes_;
  const VifScale& scale_;
  Memory memory_;
  int x0_, x1_;        // columns that are summed
  std::ptrdiff_t kept_;
  int left_, width_;   // those that their filter reads
};

// The first column of a strip of several.
inline int edge(int width, int strips, int strip) { return static_cast<int>(std::int64_t{width} * strip / strips); }

// Memory for what is kept of the reference.
Status make_room(VifReference& keep, int width, int height, int strips) {
  std::size_t row = 0;
  for (int i = 0; i < strips; ++i) row += static_cast<std::size_t>(kept_length(edge(width, strips, i + 1) - edge(width, strips, i)));
  const std::size_t size = row * static_cast<std::size_t>(height);
  if (keep.moments.size() != size) keep.moments = AlignedBuffer<std::int32_t>(size);
  keep.lanes = lanes16();
  return keep.moments.data() == nullptr ? Status(fail(ENOMEM, "vif: no memory for the moments of the reference")) : Status();
}

template <const auto& kWeights, Depth kDepth, bool kKnown, typename T>
Result<VifSums> sums_of_strips(const Planes<T>& planes, const VifScale& scale, Scratch& scratch) {
  using Worker = Strip<kWeights, kDepth, kKnown, T>;
  constexpr std::size_t kSlack = 4 * hn::MaxLanes(D16());
  constexpr std::size_t kRow = round_up(kStrip + 2 * Worker::kRadius + kSlack, 64);
  std::int16_t* ring = scratch.take<std::int16_t>(Worker::kPairs * channels_of(kDepth) * 2 * kRow);
  std::int16_t* rows = scratch.take<std::int16_t>(2 * kBuffers * kRow);
  std::int32_t* moment_rows = scratch.take<std::int32_t>(3 * kRow);
  if (ring == nullptr || rows == nullptr || moment_rows == nullptr) return fail(ENOMEM, "vif: no memory for a strip of the picture");
  const Memory memory{ring, {rows, kRow}, {moment_rows, kRow}, 2 * kRow};
  const int width = planes.ref.width, height = planes.ref.height, strips = (width + kStrip - 1) / kStrip;
  if (!kKnown && scale.keep != nullptr) VISQ_TRY(make_room(*scale.keep, width, height, strips));
  VifSums sums;
  std::ptrdiff_t kept = 0;
  for (int i = 0; i < strips; ++i) {
    const int x0 = edge(width, strips, i), x1 = edge(width, strips, i + 1);
    Worker(planes, scale, memory, x0, x1, kept).add_to(sums);
    kept += std::ptrdiff_t{kept_length(x1 - x0)} * height;
  }
  if (kKnown) sums.den_log = scale.known->den_log;
  else if (scale.keep != nullptr) scale.keep->den_log = sums.den_log;
  return sums;
}

template <const auto& kWeights, Depth kDepth, typename T>
Result<VifSums> sums_by(const Planes<T>& planes, const VifScale& scale, Scratch& scratch) {
  const bool known = scale.known != nullptr && scale.known->lanes == lanes16();
  return known ? sums_of_strips<kWeights, kDepth, true>(planes, scale, scratch) : sums_of_strips<kWeights, kDepth, false>(planes, scale, scratch);
}

template <Depth kDepth, typename T>
Result<VifSums> sums_of_depth(const Planes<T>& planes, const VifScale& scale, Scratch& scratch) {
  if (scale.scale == 0) return sums_by<kVifFilter0, kDepth>(planes, scale, scratch);
  if constexpr (kDepth == Depth::sixteen) {
    if (scale.scale == 1) return sums_by<kVifFilter1, kDepth>(planes, scale, scratch);
    if (scale.scale == 2) return sums_by<kVifFilter2, kDepth>(planes, scale, scratch);
    return sums_by<kVifFilter3, kDepth>(planes, scale, scratch);
  }
  return fail(EINVAL, "vif: scales 1 to 3 have 16 bits");
}

template <typename T>
Result<VifSums> sums(PlaneView<const T> ref, PlaneView<const T> dist, const VifScale& scale, Scratch& scratch) {
  const Planes<T> planes{ref, dist};
  if constexpr (std::is_same_v<T, std::uint8_t>) {
    return sums_of_depth<Depth::eight>(planes, scale, scratch);
  } else {
    if (scale.bits == 16) return sums_of_depth<Depth::sixteen>(planes, scale, scratch);
    return sums_of_depth<Depth::some>(planes, scale, scratch);
  }
}

// ---- downsampling ----

// Pairs of rows of the plane itself, interleaved when they are read.
template <typename T>
struct PlanePairs {
  const T* const* rows;
  int x;
  template <std::size_t J>
  HWY_INLINE V16 a() const {
    return hn::InterleaveLower(D16(), row(2 * J), row(2 * J + 1));
  }
  template <std::size_t J>
  HWY_INLINE V16 b() const {
    return hn::InterleaveUpper(D16(), row(2 * J), row(2 * J + 1));
  }
  HWY_INLINE V16 row(std::size_t i) const { return signed_offset(load_samples(rows[i] + x)); }
};

// A filtered row, of every column. The last vector overlaps the one before.
template <const auto& kWeights, typename T>
void filter_plane_row(const T* const* rows, int width, int bits, std::int16_t* out) {
  const V32 start = constant(kOffsetSum + (1u << (bits - 1)) - (32768u << bits));
  for (int next = 0; next < width; next += lanes16()) {
    const int x = std::min(next, width - lanes16());
    FilteredEven sums{start, start};
    filter_even<kWeights>(PlanePairs<T>{rows, x}, sums);
    store_row(hn::ShiftRightSame(sums.a, bits), hn::ShiftRightSame(sums.b, bits), out + x);
  }
}

// Even columns of the filtered row; `row` begins `radius` columns left of the plane.
template <const auto& kWeights>
void filter_even_columns(const std::int16_t* row, int width, std::uint16_t* out) {
  const hn::Rebind<std::uint16_t, D32> half;
  const int lanes = lanes16();
  HWY_ALIGN std::uint16_t last[hn::MaxLanes(D16())];
  for (int x = 0; x < width; x += lanes) {
    const V32 start = constant(kOffsetSum + 32768);
    FilteredEven sums{start, start};
    filter_even<kWeights>(RowPairs{row + 2 * x, row + 2 * x + lanes}, sums);
    std::uint16_t* const to = x + lanes <= width ? out + x : last;
    hn::StoreU(hn::DemoteTo(half, as_signed(hn::ShiftRight<16>(as_unsigned(sums.a)))), half, to);
    hn::StoreU(hn::DemoteTo(half, as_signed(hn::ShiftRight<16>(as_unsigned(sums.b)))), half, to + lanes / 2);
    if (to == last) std::memcpy(out + x, last, static_cast<std::size_t>(width - x) * sizeof(*out));
  }
}

template <const auto& kWeights, typename T>
Status downsample_by(PlaneView<const T> in, int bits, PlaneView<std::uint16_t> out, Scratch& scratch) {
  constexpr int kTaps = static_cast<int>(kWeights.size()), kRadius = kTaps / 2;
  std::int16_t* const row = scratch.take<std::int16_t>(static_cast<std::size_t>(in.width) + kTaps + 4 * hn::MaxLanes(D16()));
  if (row == nullptr) return fail(ENOMEM, "vif: no memory for a row of the picture");
  for (int y = 0; y < out.height; ++y) {
    const T* rows[kTaps + 1];
    for (int k = 0; k < kTaps; ++k) rows[k] = in.row(reflect101(2 * y - kRadius + k, in.height));
    rows[kTaps] = rows[kTaps - 1];  // of weight 0
    filter_plane_row<kWeights>(rows, in.width, bits, row + kRadius);
    mirror(row, kRadius, 0, in.width, in.width);
    filter_even_columns<kWeights>(row, out.width, out.row(y));
  }
  return {};
}

template <typename T>
Status downsample(PlaneView<const T> in, int bits, int scale, PlaneView<std::uint16_t> out, Scratch& scratch) {
  if (in.width < lanes16()) {
    vif_downsample_ref(in, bits, scale, out);
    return {};
  }
  if (scale == 1) return downsample_by<kVifFilter1>(in, bits, out, scratch);
  if (scale == 2) return downsample_by<kVifFilter2>(in, bits, out, scratch);
  return downsample_by<kVifFilter3>(in, bits, out, scratch);
}

#endif

#if HWY_TARGET == HWY_SCALAR
void logs(std::span<const std::int32_t> values, std::span<std::int32_t> out) {
  for (std::size_t i = 0; i < values.size(); ++i) out[i] = vif_log_ref(static_cast<std::uint64_t>(values[i]));
}
#else
void logs(std::span<const std::int32_t> values, std::span<std::int32_t> out) {
  const D32 d;
  for (std::size_t i = 0; i + hn::Lanes(d) <= values.size(); i += hn::Lanes(d)) hn::StoreU(log_units(hn::LoadU(d, &values[i])), d, &out[i]);
}
#endif

Result<VifSums> sums8(PlaneView<const std::uint8_t> ref, PlaneView<const std::uint8_t> dist, const VifScale& scale, Scratch& scratch) {
  return sums(ref, dist, scale, scratch);
}
Result<VifSums> sums16(PlaneView<const std::uint16_t> ref, PlaneView<const std::uint16_t> dist, const VifScale& scale, Scratch& scratch) {
  return sums(ref, dist, scale, scratch);
}
Status downsample8(PlaneView<const std::uint8_t> in, int bits, int scale, PlaneView<std::uint16_t> out, Scratch& scratch) {
  return downsample(in, bits, scale, out, scratch);
}
Status downsample16(PlaneView<const std::uint16_t> in, int bits, int scale, PlaneView<std::uint16_t> out, Scratch& scratch) {
  return downsample(in, bits, scale, out, scratch);
}

}  // namespace HWY_NAMESPACE
}  // namespace visq
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq {

HWY_EXPORT(logs);
HWY_EXPORT(sums8);
HWY_EXPORT(sums16);
HWY_EXPORT(downsample8);
HWY_EXPORT(downsample16);

void vif_logs(std::span<const std::int32_t> values, std::span<std::int32_t> out) { HWY_DYNAMIC_DISPATCH(logs)(values, out); }

Result<VifSums> vif_sums(PlaneView<const std::uint8_t> ref, PlaneView<const std::uint8_t> dist, const VifScale& scale, Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(sums8)(ref, dist, scale, scratch);
}
Result<VifSums> vif_sums(PlaneView<const std::uint16_t> ref, PlaneView<const std::uint16_t> dist, const VifScale& scale, Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(sums16)(ref, dist, scale, scratch);
}
Status vif_downsample(PlaneView<const std::uint8_t> in, int bits, int scale, PlaneView<std::uint16_t> out, Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(downsample8)(in, bits, scale, out, scratch);
}
Status vif_downsample(PlaneView<const std::uint16_t> in, int bits, int scale, PlaneView<std::uint16_t> out, Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(downsample16)(in, bits, scale, out, scratch);
}

}  // namespace visq
#endif
