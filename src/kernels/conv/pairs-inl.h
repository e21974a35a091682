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

inline constexpr std::uint32_t kOffsetSum =
    0x80000000;  // undoes the offset: samples of 32768, filtered

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
  const auto first = hn::Mul(hn::ShiftRight<16>(hn::ShiftLeft<16>(a32)),
                             hn::ShiftRight<16>(hn::ShiftLeft<16>(b32)));
  return hn::Add(sum, hn::Add(first, hn::Mul(hn::ShiftRight<16>(a32), hn::ShiftRight<16>(b32))));
#endif
}

// Keeps it in a register: GCC would make it an operand of every product that it is part of, and
// load it again for each, which takes long where it spans two cache lines.
HWY_INLINE V16 loaded_once(V16 pair) {
#if HWY_ARCH_X86 && HWY_COMPILER_GCC_ACTUAL
  asm("" : "+v"(pair.raw));
#endif
  return pair;
}

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

// The weights of every pair as vectors, even and odd ones in turn. From memory each is loaded once
// for all streams; of constants compilers make an operand of every product, and loads, of which a
// processor does two at a time, become the limit.
template <std::size_t kTaps>
constexpr std::size_t weights_size() {
  return (kTaps / 2 + 1) * 2 * hn::MaxLanes(D16());
}

template <const auto& kWeights, std::size_t J = 0>
void store_weights(std::int16_t* out) {
  const std::size_t lanes = hn::Lanes(D16());
  hn::Store(hn::BitCast(D16(), hn::Set(D32(), even_pair(kWeights, J))), D16(), out + 2 * J * lanes);
  hn::Store(hn::BitCast(D16(), hn::Set(D32(), odd_pair(kWeights, J))), D16(),
            out + (2 * J + 1) * lanes);
  if constexpr (J < kWeights.size() / 2) store_weights<kWeights, J + 1>(out);
}

// Streams of pairs that are filtered by the same weights: the sums of each.
template <int kStreams>
struct Filtered {
  V32 even[kStreams], odd[kStreams];
};

// Every stream's sums begin with what its entry of `start` says.
template <int kStreams>
HWY_INLINE Filtered<kStreams> started(const V32 (&start)[kStreams]) {
  Filtered<kStreams> sums;
  for (int s = 0; s < kStreams; ++s) sums.even[s] = sums.odd[s] = start[s];
  return sums;
}

// `source` gives the pairs: pair<J>(stream).
template <const auto& kWeights, std::size_t J = 0, class Source, int kStreams>
HWY_INLINE void filter_pairs(const std::int16_t* weights, const Source& source,
                             Filtered<kStreams>& sums) {
  const std::size_t lanes = hn::Lanes(D16());
  const V16 even = hn::Load(D16(), weights + 2 * J * lanes),
            odd = hn::Load(D16(), weights + (2 * J + 1) * lanes);
  for (int s = 0; s < kStreams; ++s)
    add_pair<kWeights, J>(loaded_once(source.template pair<J>(s)), even, odd, sums.even[s],
                          sums.odd[s]);
  if constexpr (J < kWeights.size() / 2) filter_pairs<kWeights, J + 1>(weights, source, sums);
}

// Of two windows of pairs, the second one pair further along: what both cover is loaded once.
template <const auto& kWeights, std::size_t J = 0, class Source, int kStreams>
HWY_INLINE void filter_two_windows(const std::int16_t* weights, const Source& source,
                                   Filtered<kStreams>& first, Filtered<kStreams>& second) {
  constexpr std::size_t kPairs = kWeights.size() / 2 + 1;
  const std::size_t lanes = hn::Lanes(D16());
  const auto weight = [=](std::size_t i) HWY_ATTR { return hn::Load(D16(), weights + i * lanes); };
  for (int s = 0; s < kStreams; ++s) {
    const V16 pair = loaded_once(source.template pair<J>(s));
    if constexpr (J < kPairs)
      add_pair<kWeights, J>(pair, weight(2 * J), weight(2 * J + 1), first.even[s], first.odd[s]);
    if constexpr (J > 0)
      add_pair<kWeights, J - 1>(pair, weight(2 * J - 2), weight(2 * J - 1), second.even[s],
                                second.odd[s]);
  }
  if constexpr (J < kPairs) filter_two_windows<kWeights, J + 1>(weights, source, first, second);
}

// The even outputs alone, of short filters, whose weights find room in registers.
template <const auto& kWeights, std::size_t J = 0, class Source, int kStreams>
HWY_INLINE void filter_even(const Source& source, V32 (&sums)[kStreams]) {
  constexpr std::size_t kCentre = kWeights.size() / 4;
  const V16 even = hn::BitCast(D16(), hn::Set(D32(), even_pair(kWeights, J)));
  for (int s = 0; s < kStreams; ++s) {
    const V16 pair = source.template pair<J>(s);
    sums[s] = add_pair_products(pair, even, sums[s]);
    if constexpr (J == kCentre && kWeights[2 * kCentre] > 32767)
      sums[s] = hn::Add(sums[s], hn::ShiftLeft<16>(hn::BitCast(D32(), pair)));
  }
  if constexpr (J < kWeights.size() / 2) filter_even<kWeights, J + 1>(source, sums);
}

// Pairs of neighbours in rows of samples, `stride` apart.
struct RowPairs {
  const std::int16_t* first;
  std::ptrdiff_t stride;
  template <std::size_t J>
  HWY_INLINE V16 pair(int s) const {
    return hn::LoadU(D16(), first + s * stride + 2 * J);
  }
};

// Pairs of rows, interleaved by InterleaveLower and InterleaveUpper, which ReorderDemote2To undoes:
// the lower and the upper columns of a vector of them.
struct ColumnPairs {
  const std::int16_t* const* rows;  // of row pairs
  std::ptrdiff_t offset;
  template <std::size_t J>
  HWY_INLINE V16 pair(int s) const {
    return hn::Load(D16(), rows[J] + offset + s * static_cast<int>(hn::Lanes(D16())));
  }
};

#endif  // HWY_TARGET

}  // namespace HWY_NAMESPACE
}  // namespace visq
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
