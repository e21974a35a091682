// a * b + c of floats, rounded once, with the same bits on every target. Included by kernels, once
// a target.
#if defined(VISQ_KERNELS_SSIMULACRA_FUSED_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VISQ_KERNELS_SSIMULACRA_FUSED_INL_H_
#undef VISQ_KERNELS_SSIMULACRA_FUSED_INL_H_
#else
#define VISQ_KERNELS_SSIMULACRA_FUSED_INL_H_
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace visq {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_NATIVE_FMA

template <class V>
HWY_INLINE V fused(V a, V b, V c) {
  return hn::MulAdd(a, b, c);
}

// a * b - c
template <class V>
HWY_INLINE V fused_less(V a, V b, V c) {
  return hn::MulSub(a, b, c);
}

#elif HWY_TARGET != HWY_SCALAR

// The product of two floats is exact in double precision. Of its sum with c, what rounding loses is
// kept in the last bit (rounding to odd), so that rounding again, to a float, is that of the exact
// sum.
template <class VF>
HWY_INLINE VF fused_half(VF a, VF b, VF c) {
  const hn::Rebind<double, hn::DFromV<VF>> d;
  const hn::RebindToSigned<decltype(d)> di;
  const auto product = hn::Mul(hn::PromoteTo(d, a), hn::PromoteTo(d, b)),
             addend = hn::PromoteTo(d, c);
  const auto sum = hn::Add(product, addend);
  const auto added = hn::Sub(sum, product);
  const auto lost = hn::Add(hn::Sub(product, hn::Sub(sum, added)), hn::Sub(addend, added));
  const auto bits = hn::BitCast(di, sum), one = hn::Set(di, 1);
  const auto outwards =
      hn::Or(hn::BroadcastSignBit(hn::Xor(bits, hn::BitCast(di, lost))), one);  // 1 or -1
  const auto is_even = hn::Eq(hn::And(bits, one), hn::Zero(di)),
             is_inexact = hn::RebindMask(di, hn::Ne(lost, hn::Zero(d)));
  const auto odd = hn::Add(bits, hn::IfThenElseZero(hn::And(is_even, is_inexact), outwards));
  return hn::DemoteTo(hn::DFromV<VF>(), hn::BitCast(d, odd));
}

template <class V>
HWY_INLINE V fused(V a, V b, V c) {
  const hn::DFromV<V> d;
  const hn::Half<decltype(d)> half;
  const auto upper =
      fused_half(hn::UpperHalf(half, a), hn::UpperHalf(half, b), hn::UpperHalf(half, c));
  return hn::Combine(
      d, upper, fused_half(hn::LowerHalf(half, a), hn::LowerHalf(half, b), hn::LowerHalf(half, c)));
}

template <class V>
HWY_INLINE V fused_less(V a, V b, V c) {
  return fused(a, b, hn::Neg(c));
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq
HWY_AFTER_NAMESPACE();

#endif  // include guard
