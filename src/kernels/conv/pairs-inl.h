// Convolution of 16-bit samples with 16-bit weights, two outputs at a time. Included by kernels,
// once a target.
//
// Samples v of 0..65535 are kept as the signed v - 32768. A filter of 2R + 1 weights (R even) with
// the sum 65536 meets R + 1 pairs of neighbouring samples; the same pairs give two outputs: one
// centred at the first sample of the middle pair ("even"), one at its second ("odd"). Sums are
// modulo 2^32: that of the offset is 2^31.
#include <array>
#include <cstdint>

#if defined(VISQ_KERNELS_CONV_PAIRS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VISQ_KERNELS_CONV_PAIRS_INL_H_
#undef VISQ_KERNELS_CONV_PAIRS_INL_H_
#else
#define VISQ_KERNELS_CONV_PAIRS_INL_H_
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace visq {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR

using D16 = hn::ScalableTag<std::int16_t>;
using D32 = hn::Repartition<std::int32_t, D16>;
using V16 = hn::Vec<D16>;
using V32 = hn::Vec<D32>;

inline constexpr std::uint32_t kOffsetSum = 0x80000000;  // undoes the offset: samples of 32768, filtered

constexpr std::int32_t packed_pair(std::uint16_t first, std::uint16_t second) {
  return static_cast<std::int32_t>(first | std::uint32_t{second} << 16);
}

template <std::size_t kTaps>
constexpr std::int32_t even_pair(const std::array<std::uint16_t, kTaps>& w, std::size_t j) {
  return packed_pair(w[2 * j], 2 * j + 1 < kTaps ? w[2 * j + 1] : 0);
}
template <std::size_t kTaps>
constexpr std::int32_t odd_pair(const std::array<std::uint16_t, kTaps>& w, std::size_t j) {
  return packed_pair(j > 0 ? w[2 * j - 1] : 0, w[2 * j]);
}

// sum + a[2i] * b[2i] + a[2i + 1] * b[2i + 1]
HWY_INLINE V32 add_pair_products(V16 a, V16 b, V32 sum) {
  const D32 d;
#if HWY_ARCH_X86
  V32 unused = hn::Zero(d);
  return hn::ReorderWidenMulAccumulate(d, a, b, sum, unused);
#else  // elsewhere the operation may pair other samples
  const auto a32 = hn::BitCast(d, a), b32 = hn::BitCast(d, b);
  const auto first = hn::Mul(hn::ShiftRight<16>(hn::ShiftLeft<16>(a32)), hn::ShiftRight<16>(hn::ShiftLeft<16>(b32)));
  return hn::Add(sum, hn::Add(first, hn::Mul(hn::ShiftRight<16>(a32), hn::ShiftRight<16>(b32))));
#endif
}

// Two streams of pairs, `a` and `b`, filtered by the same weights.
struct Filtered {
  V32 a_even, a_odd, b_even, b_odd;
};

template <const auto& kWeights, std::size_t J>
HWY_INLINE void add_pair(V16 pair, V16 even, V16 odd, V32& even_sum, V32& odd_sum) {
  constexpr std::size_t kCentre = kWeights.size() / 2 / 2 * 2;
  const D32 d;
  even_sum = add_pair_products(pair, even, even_sum);
  odd_sum = add_pair_products(pair, odd, odd_sum);
  // A weight above 32767 was taken as that less 65536.
  if constexpr (2 * J == kCentre && kWeights[kCentre] > 32767) {
    const V32 pair32 = hn::BitCast(d, pair);
    even_sum = hn::Add(even_sum, hn::ShiftLeft<16>(pair32));
    odd_sum = hn::Add(odd_sum, hn::And(pair32, hn::Set(d, static_cast<std::int32_t>(0xFFFF0000))));
  }
}

// `source` gives the pairs: a<J>() and, unless there is one stream only, b<J>(). `sums` starts at what is
// to be added.
template <const auto& kWeights, std::size_t J = 0, class Source>
HWY_INLINE void filter_pairs(const Source& source, Filtered& sums) {
  constexpr std::size_t kPairs = kWeights.size() / 2 + 1;
  const D16 d16;
  const D32 d32;
  const V16 even = hn::BitCast(d16, hn::Set(d32, even_pair(kWeights, J)));
  const V16 odd = hn::BitCast(d16, hn::Set(d32, odd_pair(kWeights, J)));
  add_pair<kWeights, J>(source.template a<J>(), even, odd, sums.a_even, sums.a_odd);
  if constexpr (requires { source.template b<J>(); }) add_pair<kWeights, J>(source.template b<J>(), even, odd, sums.b_even, sums.b_odd);
  if constexpr (J + 1 < kPairs) filter_pairs<kWeights, J + 1>(source, sums);
}

// The even outputs alone.
struct FilteredEven {
  V32 a, b;
};

template <const auto& kWeights, std::size_t J = 0, class Source>
HWY_INLINE void filter_even(const Source& source, FilteredEven& sums) {
  constexpr std::size_t kPairs = kWeights.size() / 2 + 1;
  constexpr std::size_t kCentre = kPairs / 2;
  const D32 d32;
  const V16 a = source.template a<J>(), b = source.template b<J>();
  const V16 even = hn::BitCast(D16(), hn::Set(d32, even_pair(kWeights, J)));
  sums.a = add_pair_products(a, even, sums.a);
  sums.b = add_pair_products(b, even, sums.b);
  if constexpr (J == kCentre && kWeights[2 * kCentre] > 32767) {
    sums.a = hn::Add(sums.a, hn::ShiftLeft<16>(hn::BitCast(d32, a)));
    sums.b = hn::Add(sums.b, hn::ShiftLeft<16>(hn::BitCast(d32, b)));
  }
  if constexpr (J + 1 < kPairs) filter_even<kWeights, J + 1>(source, sums);
}

// Pairs of neighbours in two rows of samples.
struct RowPairs {
  const std::int16_t* row_a;
  const std::int16_t* row_b;
  template <std::size_t J>
  HWY_INLINE V16 a() const {
    return hn::LoadU(D16(), row_a + 2 * J);
  }
  template <std::size_t J>
  HWY_INLINE V16 b() const {
    return hn::LoadU(D16(), row_b + 2 * J);
  }
};

// The same in one row.
struct RowPairsAlone {
  const std::int16_t* row;
  template <std::size_t J>
  HWY_INLINE V16 a() const {
    return hn::LoadU(D16(), row + 2 * J);
  }
};

// Pairs of rows, interleaved by InterleaveLower and InterleaveUpper, which ReorderDemote2To
// undoes: `a` is the lower, `b` the upper one of a vector of columns.
struct ColumnPairs {
  const std::int16_t* const* rows;  // of row pairs
  std::ptrdiff_t offset;
  template <std::size_t J>
  HWY_INLINE V16 a() const {
    return hn::Load(D16(), rows[J] + offset);
  }
  template <std::size_t J>
  HWY_INLINE V16 b() const {
    return hn::Load(D16(), rows[J] + offset + hn::Lanes(D16()));
  }
};

#endif  // HWY_TARGET

}  // namespace HWY_NAMESPACE
}  // namespace visq
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
