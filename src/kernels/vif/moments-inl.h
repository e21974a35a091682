// Local moments of a pair of rows: samples, squares and products, filtered vertically, then
// horizontally. Included once a target.
//
// Squares have more than 16 bits; their upper and lower halves are filtered separately ("channels")
// and meet after each pass, which gives the rounded sum exactly: the upper half's sum is a multiple
// of what is shifted out.
#if defined(VISQ_KERNELS_VIF_MOMENTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VISQ_KERNELS_VIF_MOMENTS_INL_H_
#undef VISQ_KERNELS_VIF_MOMENTS_INL_H_
#else
#define VISQ_KERNELS_VIF_MOMENTS_INL_H_
#endif

#include <hwy/cache_control.h>

#include <array>
#include <cstring>

#include "kernels/vif/samples-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::vif {
namespace HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR

// ---- prepare ----

// Channels of a ring of row pairs. Squares and products of 8-bit samples are made where they are
// filtered: it takes less time than a ring of them, which the first level of the cache does not
// hold.
enum Channel {
  kRef,
  kDist,
  kRefHigh,
  kDistHigh,
  kProductHigh,
  kRefLow,
  kDistLow,
  kProductLow,
  kChannels
};
enum class Depth { eight, some, sixteen };  // bits of a sample; `some`: between

constexpr int channels_of(Depth depth) { return depth == Depth::eight ? kRefHigh : kChannels; }

struct Halves {
  VU16 high, low;
};

// x * y split at bit 2 * (bits - 8).
template <Depth kDepth>
HWY_INLINE Halves product(VU16 x, VU16 y, int shift) {
  const DU16 d;
  const VU16 low = hn::Mul(x, y);
  const VU16 high = hn::MulHigh(x, y);
  if constexpr (kDepth == Depth::sixteen) return {high, low};
  const VU16 mask = hn::Set(d, static_cast<std::uint16_t>((1 << shift) - 1));
  return {hn::Or(hn::ShiftLeftSame(high, 16 - shift), hn::ShiftRightSame(low, shift)),
          hn::And(low, mask)};
}

template <typename T>
struct PairRows {
  const T* ref[2];
  const T* dist[2];
};

// A vector of columns of two rows, interleaved: the lower and the upper ones.
struct Pairs {
  VU16 lower, upper;
};

template <typename T>
HWY_INLINE Pairs load_pairs(const T* first, const T* second) {
  const DU16 d;
  const VU16 a = load_samples(first), b = load_samples(second);
  return {hn::InterleaveLower(d, a, b), hn::InterleaveUpper(d, a, b)};
}

HWY_INLINE void store(const Pairs& v, std::int16_t* out) {
  const D16 d;
  hn::Store(hn::BitCast(d, v.lower), d, out);
  hn::Store(hn::BitCast(d, v.upper), d, out + hn::Lanes(d));
}

HWY_INLINE void store_signed(const Pairs& v, std::int16_t* out) {
  const D16 d;
  hn::Store(signed_offset(v.lower), d, out);
  hn::Store(signed_offset(v.upper), d, out + hn::Lanes(d));
}

// The products' upper halves go to `high`.
template <Depth kDepth>
HWY_INLINE void store_products(const Pairs& x, const Pairs& y, int shift, std::int16_t* high,
                               std::ptrdiff_t channel) {
  const Halves lower = product<kDepth>(x.lower, y.lower, shift),
               upper = product<kDepth>(x.upper, y.upper, shift);
  store_signed({lower.high, upper.high}, high);
  store_signed({lower.low, upper.low}, high + (kRefLow - kRefHigh) * channel);
}

template <Depth kDepth, bool kKnown, typename T>
HWY_INLINE void prepare_vector(const PairRows<T>& rows, int x, int shift, std::int16_t* out,
                               std::ptrdiff_t channel) {
  const Pairs ref = load_pairs(rows.ref[0] + x, rows.ref[1] + x),
              dist = load_pairs(rows.dist[0] + x, rows.dist[1] + x);
  if constexpr (kDepth == Depth::eight) {
    store(ref, out + kRef * channel);
    store(dist, out + kDist * channel);
  } else {
    if constexpr (!kKnown) {
      store_signed(ref, out + kRef * channel);
      store_products<kDepth>(ref, ref, shift, out + kRefHigh * channel, channel);
    }
    store_signed(dist, out + kDist * channel);
    store_products<kDepth>(dist, dist, shift, out + kDistHigh * channel, channel);
    store_products<kDepth>(ref, dist, shift, out + kProductHigh * channel, channel);
  }
}

// The last columns, which do not fill a vector, by way of a copy: nothing beyond the plane is read.
template <Depth kDepth, bool kKnown, typename T>
void prepare_rest(const PairRows<T>& rows, int x, int count, int shift, std::int16_t* out,
                  std::ptrdiff_t channel) {
  HWY_ALIGN T copy[4][hn::MaxLanes(D16())] = {};
  const T* const from[4] = {rows.ref[0], rows.ref[1], rows.dist[0], rows.dist[1]};
  for (int i = 0; i < 4; ++i)
    std::memcpy(copy[i], from[i] + x, static_cast<std::size_t>(count) * sizeof(T));
  prepare_vector<kDepth, kKnown>(PairRows<T>{{copy[0], copy[1]}, {copy[2], copy[3]}}, 0, shift, out,
                                 channel);
}

template <Depth kDepth, bool kKnown, typename T>
void prepare_pair(const PairRows<T>& rows, int width, int bits, std::int16_t* out,
                  std::ptrdiff_t channel) {
  const int lanes = lanes16(), shift = 2 * (bits - 8);
  int x = 0;
  for (; x + lanes <= width; x += lanes)
    prepare_vector<kDepth, kKnown>(rows, x, shift, out + 2 * x, channel);
  if (x < width) prepare_rest<kDepth, kKnown>(rows, x, width - x, shift, out + 2 * x, channel);
}

// ---- columns ----

// Rows that are filtered together: pairs of rows then come from afar for half as many sums.
inline constexpr int kRowsTogether = 4;

// Rows of vertically filtered values, so many of each: the means and the halves of the squares.
enum Buffer { kMean1, kHigh11, kLow11, kMean2, kHigh22, kLow22, kHigh12, kLow12, kBuffers };

struct RowBuffers {
  std::int16_t* data;
  std::ptrdiff_t stride;
  std::int16_t* row(int y, int buffer) const { return data + (y * kBuffers + buffer) * stride; }
};

// Rows of samples that are read after these. They are too far apart for the processor to foresee,
// and all at once they are more than it can wait for: a line of each is brought near with every
// vector of columns.
template <typename T>
using LaterRows = std::array<const T*, std::size_t{2} * kRowsTogether>;

struct Columns {
  const std::int16_t* const* pairs;  // of the ring, from the first that the filter needs
  std::ptrdiff_t channel;            // from one channel to the next
  const std::int16_t* weights;
  int width;  // of the ring's rows, rounded up to whole vectors
  int bits;
  RowBuffers out;
  int first;  // column of `out` where the ring's begins
};

// A vector of columns of each row that is filtered: their lower and their upper half.
struct FilteredRows {
  V32 lower[kRowsTogether], upper[kRowsTogether];
};

template <const auto& kWeights, class Source>
HWY_INLINE FilteredRows filter_pairs_of(const Columns& c, const Source& source, V32 start) {
  auto first = started<2>({start, start}), second = first;
  filter_two_windows<kWeights>(c.weights, source, first, second);
  return {{first.even[0], first.odd[0], second.even[0], second.odd[0]},
          {first.even[1], first.odd[1], second.even[1], second.odd[1]}};
}

HWY_INLINE ColumnPairs pairs_of(const Columns& c, int x, int channel) {
  return {c.pairs, channel * c.channel + 2 * x};
}

// Products of 8-bit samples, as pairs of rows.
struct ProductPairs {
  ColumnPairs x, y;
  template <std::size_t J>
  HWY_INLINE V16 pair(int s) const {
    return signed_offset(hn::BitCast(DU16(), hn::Mul(x.pair<J>(s), y.pair<J>(s))));
  }
};

template <const auto& kWeights>
HWY_INLINE FilteredRows filter_channel(const Columns& c, int x, int channel, V32 start) {
  return filter_pairs_of<kWeights>(c, pairs_of(c, x, channel), start);
}

template <const auto& kWeights, Depth kDepth>
HWY_INLINE void filter_mean(const Columns& c, int x, int channel, int buffer) {
  const std::uint32_t offset = kDepth == Depth::eight ? 0 : kOffsetSum,
                      rounding = 1u << (c.bits - 1);
  const V32 start = constant(offset + rounding - (32768u << c.bits));  // the shifted less 32768
  const FilteredRows sums = filter_channel<kWeights>(c, x, channel, start);
  for (int y = 0; y < kRowsTogether; ++y)
    store_row(hn::ShiftRightSame(sums.lower[y], c.bits), hn::ShiftRightSame(sums.upper[y], c.bits),
              c.out.row(y, buffer) + c.first + x);
}

// The halves of v + 2^31.
HWY_INLINE void store_halves(V32 lower, V32 upper, const Columns& c, int x, int y, int buffer) {
  const D16 d;
  store_row(hn::ShiftRight<16>(lower), hn::ShiftRight<16>(upper),
            c.out.row(y, buffer) + c.first + x);
  const V32 mask = hn::Set(D32(), 0xFFFF);
  const VU16 bits = hn::ReorderDemote2To(DU16(), hn::And(lower, mask), hn::And(upper, mask));
  hn::StoreU(signed_offset(bits), d, c.out.row(y, buffer + 1) + c.first + x);
}

// The upper halves' sums, and what those of the lower ones add.
HWY_INLINE V32 with_lows(V32 high, V32 low, int shift) {
  return hn::Add(high, as_signed(hn::ShiftRightSame(as_unsigned(low), shift)));
}

template <const auto& kWeights, Depth kDepth>
HWY_INLINE FilteredRows filter_products(const Columns& c, int x, int high) {
  if constexpr (kDepth == Depth::eight) {
    const ProductPairs pairs{pairs_of(c, x, high == kDistHigh ? kDist : kRef),
                             pairs_of(c, x, high == kRefHigh ? kRef : kDist)};
    return filter_pairs_of<kWeights>(c, pairs, hn::Zero(D32()));
  } else {
    FilteredRows sums = filter_channel<kWeights>(c, x, high, hn::Zero(D32()));
    const int shift = 2 * (c.bits - 8);
    const FilteredRows lows = filter_channel<kWeights>(c, x, high + kRefLow - kRefHigh,
                                                       constant(kOffsetSum + (1u << (shift - 1))));
    for (int y = 0; y < kRowsTogether; ++y) {
      sums.lower[y] = with_lows(sums.lower[y], lows.lower[y], shift);
      sums.upper[y] = with_lows(sums.upper[y], lows.upper[y], shift);
    }
    return sums;
  }
}

template <const auto& kWeights, Depth kDepth>
HWY_INLINE void filter_square(const Columns& c, int x, int high, int buffer) {
  const FilteredRows sums = filter_products<kWeights, kDepth>(c, x, high);
  for (int y = 0; y < kRowsTogether; ++y)
    store_halves(sums.lower[y], sums.upper[y], c, x, y, buffer);
}

template <const auto& kWeights, Depth kDepth, bool kKnown, typename T>
void filter_columns(const Columns& c, const LaterRows<T>& later) {
  for (int x = 0; x < c.width; x += lanes16()) {
    for (const T* row : later) hwy::Prefetch(row + x);
    if constexpr (!kKnown) {
      filter_mean<kWeights, kDepth>(c, x, kRef, kMean1);
      filter_square<kWeights, kDepth>(c, x, kRefHigh, kHigh11);
    }
    filter_mean<kWeights, kDepth>(c, x, kDist, kMean2);
    filter_square<kWeights, kDepth>(c, x, kDistHigh, kHigh22);
    filter_square<kWeights, kDepth>(c, x, kProductHigh, kHigh12);
  }
}

// ---- rows ----

// What is known of a row of the reference, for each picture that is compared with it.
struct ReferenceRow {
  std::int32_t *mean, *variance;
};

// The moments of a row with a distorted picture, in an order that does not matter. Between the
// filter and the logarithms they go through memory, so that neither waits for the other's registers
// and latencies.
struct MomentRows {
  std::int32_t* data;
  std::ptrdiff_t stride;
  std::int32_t* s2() const { return data; }
  std::int32_t* s12() const { return data + stride; }
  std::int32_t* kept(std::size_t limit) const {
    return data + (2 + static_cast<std::ptrdiff_t>(limit)) * stride;
  }  // room for what is found
};

struct Rows {
  RowBuffers in;
  const std::int16_t* weights;
  ReferenceRow reference;  // found with the first picture, known with the others
  MomentRows moments;
  int width;
};

// Of a vector of columns, whose even or odd lanes are those of `first`, `first` + 2, ...
struct Lanes {
  int first, at;  // where they go
  bool whole;     // else some are beyond the width
  int width;
};

HWY_INLINE V32 inside(V32 v, const Lanes& lanes) {
  if (lanes.whole) return v;
  const D32 d;
  const V32 column = hn::Add(hn::Add(hn::Iota(d, 0), hn::Iota(d, 0)), hn::Set(d, lanes.first));
  return hn::IfThenElseZero(hn::Lt(column, hn::Set(d, lanes.width)), v);
}

// (a * b + 2^31) >> 32
HWY_INLINE V32 product_high(V32 a, V32 b) {
  const DU64 d64;
  const auto half = hn::Set(d64, std::uint64_t{1} << 31);
  const auto odd_of = [](V32 v) HWY_ATTR {
    return hn::BitCast(DU32(), hn::ShiftRight<32>(hn::BitCast(DU64(), v)));
  };
  const auto even = hn::Add(hn::MulEven(as_unsigned(a), as_unsigned(b)), half);
  const auto odd = hn::Add(hn::MulEven(odd_of(a), odd_of(b)), half);
  return hn::OddEven(hn::BitCast(D32(), odd), hn::BitCast(D32(), hn::ShiftRight<32>(even)));
}

HWY_INLINE V32 joined(V32 high, V32 low) {
  return hn::Add(high, as_signed(hn::ShiftRight<16>(as_unsigned(low))));
}

// Of sums of kMean1, kHigh11 and kLow11.
HWY_INLINE void store_reference(const V32 (&sums)[3], const ReferenceRow& out, const Lanes& lanes) {
  const D32 d;
  hn::Store(sums[0], d, out.mean + lanes.at);
  hn::Store(inside(hn::Sub(joined(sums[1], sums[2]), product_high(sums[0], sums[0])), lanes), d,
            out.variance + lanes.at);
}

// Of those from kMean2 on.
HWY_INLINE void store_moments(const V32 (&sums)[5], const ReferenceRow& reference,
                              const MomentRows& out, const Lanes& lanes) {
  const D32 d;
  const V32 s2 = hn::Sub(joined(sums[1], sums[2]), product_high(sums[0], sums[0]));
  hn::Store(inside(hn::Max(s2, hn::Zero(d)), lanes), d, out.s2() + lanes.at);
  hn::Store(hn::Sub(joined(sums[3], sums[4]),
                    product_high(hn::Load(d, reference.mean + lanes.at), sums[0])),
            d, out.s12() + lanes.at);
}

// Pairs of neighbours in rows of samples that begin at a vector's boundary, `stride` apart. On
// AVX-512 every vector that begins elsewhere spans two cache lines and is loaded in two halves, so
// half of them are put together from registers, which leaves loads and shuffles equally busy.
template <int kStreams>
struct AlignedRowPairs {
  const std::int16_t* first;
  std::ptrdiff_t stride;
#if HWY_TARGET <= HWY_AVX3
  V16 current[kStreams], next[kStreams];
#endif

  HWY_INLINE AlignedRowPairs(const std::int16_t* row, std::ptrdiff_t from_row_to_row)
      : first(row), stride(from_row_to_row) {
#if HWY_TARGET <= HWY_AVX3
    const D16 d;
    for (int s = 0; s < kStreams; ++s) {
      current[s] = hn::Load(d, row + s * stride);
      next[s] = hn::Load(d, row + s * stride + hn::Lanes(d));
    }
#endif
  }

  template <std::size_t J>
  HWY_INLINE V16 pair(int s) const {
#if HWY_TARGET <= HWY_AVX3
    if constexpr (J == 0) return current[s];
    if constexpr (J % 2 == 1) return V16{_mm512_alignr_epi32(next[s].raw, current[s].raw, J)};
#endif
    return hn::LoadU(D16(), first + s * stride + 2 * J);
  }
};

template <const auto& kWeights, bool kKnown>
void filter_row(const Rows& r, int y) {
  const V32 high = constant(kOffsetSum), low = constant(kOffsetSum + 32768);
  for (int x = 0; x < r.width; x += lanes16()) {
    const bool whole = x + lanes16() <= r.width;
    const Lanes even{x, x, whole, r.width}, odds{x + 1, x + lanes16() / 2, whole, r.width};
    if constexpr (!kKnown) {
      auto sums = started<3>({high, high, low});
      filter_pairs<kWeights>(r.weights, AlignedRowPairs<3>(r.in.row(y, kMean1) + x, r.in.stride),
                             sums);
      store_reference(sums.even, r.reference, even);
      store_reference(sums.odd, r.reference, odds);
    }
    auto sums = started<5>({high, high, low, high, low});
    filter_pairs<kWeights>(r.weights, AlignedRowPairs<5>(r.in.row(y, kMean2) + x, r.in.stride),
                           sums);
    store_moments(sums.even, r.reference, r.moments, even);
    store_moments(sums.odd, r.reference, r.moments, odds);
  }
}

#endif  // HWY_TARGET

}  // namespace HWY_NAMESPACE
}  // namespace visq::vif
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
