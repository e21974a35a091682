// Floats to the bfloat16 activations of bf16.h and back; for one CPU target at a time.
#if defined(VISQ_NN_NARROW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VISQ_NN_NARROW_INL_H_
#undef VISQ_NN_NARROW_INL_H_
#else
#define VISQ_NN_NARROW_INL_H_
#endif

#include <hwy/highway.h>

#include "kernels/nn/bf16.h"
#include "kernels/nn/gemm-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::nn {
namespace HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR

// Vectors of half a block of channels, or less.
using DHalf = hn::CappedTag<float, kBlock / 2>;
using VHalf = hn::Vec<DHalf>;
using DPairs = hn::RebindToUnsigned<DHalf>;
using VPairs = hn::Vec<DPairs>;
using DBf16 = hn::Repartition<Bfloat16, DHalf>;
inline constexpr int kHalfLanes =
    static_cast<int>(HWY_MIN(HWY_LANES(float), static_cast<std::size_t>(kBlock / 2)));

// Vectors as long as the CPU has them: of two blocks of channels with AVX-512, else those above.
using DAll = hn::ScalableTag<float>;
using VAll = hn::Vec<DAll>;

// Values whose lower channels are the lower halves of pairs.
template <class VBits>
HWY_INLINE auto lower_of(VBits pairs) {
  return hn::BitCast(hn::RebindToFloat<hn::DFromV<VBits>>(), hn::ShiftLeft<16>(pairs));
}
template <class VBits>
HWY_INLINE auto upper_of(VBits pairs) {
  const hn::DFromV<VBits> d;
  return hn::BitCast(hn::RebindToFloat<hn::DFromV<VBits>>(),
                     hn::And(pairs, hn::Set(d, 0xFFFF0000u)));
}
template <class DFloats = DHalf>
HWY_INLINE auto load_pairs(const Bfloat16* from) {
  const hn::Repartition<Bfloat16, DFloats> d;
  return hn::BitCast(hn::RebindToUnsigned<DFloats>(), hn::LoadU(d, from));
}

HWY_INLINE VPairs rounded_bits(VHalf value) {
  return hn::Add(hn::BitCast(DPairs(), value), hn::Set(DPairs(), 0x8000u));
}
HWY_INLINE void store_pairs(VHalf lower, VHalf upper, Bfloat16* to) {
  const DBf16 d;
  hn::StoreU(hn::OddEven(hn::BitCast(d, rounded_bits(upper)),
                         hn::BitCast(d, hn::ShiftRight<16>(rounded_bits(lower)))),
             d, to);
}

// A block of channels, in vectors V.
template <class VFloats>
HWY_INLINE void store_bf16(const VFloats* block, Bfloat16* to) {
  if constexpr (kVectors == 1) {
    store_pairs(hn::LowerHalf(DHalf(), block[0]), hn::UpperHalf(DHalf(), block[0]), to);
  } else {
    HWY_UNROLL(4)
    for (int j = 0; j < kVectors / 2; ++j)
      store_pairs(block[j], block[j + kVectors / 2], to + 2 * j * kLanes);
  }
}

// B blocks of channels side by side; a block that is stored as bfloat16 has them all.
template <int B>
HWY_INLINE void store_blocks(const V* blocks, int /*channels*/, Bfloat16* to) {
  if constexpr (B == 2 && kVectors == 1) {
    const hn::RebindToUnsigned<D> bits;
    const hn::Repartition<Bfloat16, D> d;
    const auto half = hn::Set(bits, 0x8000u);
    const auto first = hn::Add(hn::BitCast(bits, blocks[0]), half),
               second = hn::Add(hn::BitCast(bits, blocks[1]), half);
    const auto lower = hn::ConcatLowerLower(bits, second, first),
               upper = hn::ConcatUpperUpper(bits, second, first);
    hn::StoreU(hn::OddEven(hn::BitCast(d, upper), hn::BitCast(d, hn::ShiftRight<16>(lower))), d,
               to);
  } else {
    unrolled<B>([&](auto b) VISQ_NN_INLINE { store_bf16(blocks + b * kVectors, to + b * kBlock); });
  }
}
template <int B>
HWY_INLINE void store_blocks(const V* blocks, int channels, float* to) {
  unrolled<B>([&](auto b) VISQ_NN_INLINE {
    store_block(blocks + b * kVectors, channels - b * kBlock, to + b * kBlock);
  });
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::nn
HWY_AFTER_NAMESPACE();

#endif
