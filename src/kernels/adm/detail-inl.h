// Coefficients of ADM at scales 1 to 3, with vectors: what is restored of a reference coefficient,
// how visible it is, and how much it masks; and what scale 0 has in common with them. Included once
// a target.
#if defined(VISQ_KERNELS_ADM_DETAIL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VISQ_KERNELS_ADM_DETAIL_INL_H_
#undef VISQ_KERNELS_ADM_DETAIL_INL_H_
#else
#define VISQ_KERNELS_ADM_DETAIL_INL_H_
#endif

#include "kernels/adm/adm.h"
#include "kernels/adm/scale.h"
#include "kernels/adm/wavelet-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::adm::HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR

using DF32 = hn::RebindToFloat<D32>;
using DF64 = hn::Repartition<double, D32>;
using DI64 = hn::Repartition<std::int64_t, D32>;
using DU64 = hn::Repartition<std::uint64_t, D32>;
using VU32 = hn::Vec<DU32>;
using VF32 = hn::Vec<DF32>;
using VU64 = hn::Vec<DU64>;

HWY_INLINE VU32 as_unsigned(V32 v) { return hn::BitCast(DU32(), v); }
HWY_INLINE V32 as_signed(VU32 v) { return hn::BitCast(D32(), v); }
HWY_INLINE V32 signs(V32 v) { return hn::ShiftRight<31>(v); }
HWY_INLINE VU64 wide(std::uint64_t value) { return hn::Set(DU64(), value); }

// ---- products of 64 bits ----

// Of even and of odd lanes. Wrapping 64-bit arithmetic serves signed and unsigned ones.
struct Products {
  VU64 even, odd;
};

HWY_INLINE V32 odd_lanes(V32 v) {
  return hn::BitCast(D32(), hn::ShiftRight<32>(hn::BitCast(DU64(), v)));
}

HWY_INLINE Products products(V32 a, V32 b) {
  return {hn::BitCast(DU64(), hn::MulEven(a, b)),
          hn::BitCast(DU64(), hn::MulEven(odd_lanes(a), odd_lanes(b)))};
}
HWY_INLINE Products unsigned_products(V32 a, V32 b) {
  return {hn::MulEven(as_unsigned(a), as_unsigned(b)),
          hn::MulEven(as_unsigned(odd_lanes(a)), as_unsigned(odd_lanes(b)))};
}

// (p + rounding) >> kShift, the lower 32 bits.
template <int kShift>
HWY_INLINE V32 rounded(const Products& p, VU64 rounding) {
  const D32 d;
  const VU64 even = hn::Add(p.even, rounding), odd = hn::Add(p.odd, rounding);
  if constexpr (kShift == 32)
    return hn::InterleaveOdd(d, hn::BitCast(d, even), hn::BitCast(d, odd));
  else
    return hn::OddEven(hn::BitCast(d, hn::ShiftLeft<32 - kShift>(odd)),
                       hn::BitCast(d, hn::ShiftRight<kShift>(even)));
}

// ---- what is restored ----

// 2^30 / m, rounded down, of m from 1 to 32768. The quotient in single precision is at most one
// too large where m is at least 64. Below, it is off by less than 64 / m + 1; times a distorted
// coefficient of at most m that is less than 128 in the share's product, whose distance to where
// its rounding changes is at least 2^14 / m: the share is right all the same.
HWY_INLINE V32 reciprocal(V32 m) {
  const D32 d;
  const DF32 df;
  const V32 quotient = hn::ConvertTo(d, hn::Div(hn::Set(df, 1073741824.0f), hn::ConvertTo(df, m)));
  const V32 rest = hn::Sub(hn::Set(d, 1 << 30), hn::Mul(quotient, m));
  return hn::Add(quotient, signs(rest));
}

// A distorted coefficient's size, or 0 where it has the sign opposite to the reference's.
HWY_INLINE V32 size_along(V32 o, V32 t) { return hn::AndNot(signs(hn::Xor(o, t)), hn::Abs(t)); }

HWY_INLINE V32 whole_at_most(VU32 share) {
  return as_signed(hn::Min(share, hn::Set(DU32(), 32768u)));
}

struct Masks {
  V32 neighbour, centre;  // what a coefficient masks around it and at its own place
};

// Bits of a value beyond the 15 that a reciprocal is known for.
HWY_INLINE V32 spare_bits(V32 size) {
  const D32 d;
#if HWY_TARGET <= HWY_AVX3 && HWY_ARCH_X86  // which counts zeros in one instruction
  return hn::Max(hn::Sub(hn::Set(d, 17), hn::LeadingZeroCount(size)), hn::Zero(d));
#else
  // Clears the first bit that does not fit a float, so that the conversion rounds down.
  const V32 fitting = hn::AndNot(hn::ShiftRight<24>(size), size);
  const V32 exponent = hn::ShiftRight<23>(hn::BitCast(d, hn::ConvertTo(DF32(), fitting)));
  return hn::Max(hn::Sub(exponent, hn::Set(d, 127 + 14)), hn::Zero(d));
#endif
}

HWY_INLINE hn::Mask<D32> has_spare(V32 size) { return hn::Gt(size, hn::Set(D32(), (1 << 15) - 1)); }

// This or the distorted coefficient is shifted so that all lanes have 31 bits too many; a
// reciprocal of few bits is large.
HWY_INLINE V32 inverse_of(V32 o) {
  const D32 d;
  const V32 size = hn::Abs(o), shift = spare_bits(size);
  const V32 half = hn::ShiftRight<1>(hn::Shl(hn::Set(d, 1), shift));
  const V32 mantissa = hn::Shr(hn::Add(size, half), shift);
  return hn::Shl(reciprocal(mantissa),
                 hn::IfThenElseZero(has_spare(size), hn::Sub(hn::Set(d, 16), shift)));
}

// How much of o is found in t, 0 to 2^15. 0 where both are 0.
HWY_INLINE V32 share_of(V32 o, V32 inverse, V32 t) {
  const V32 size = hn::Abs(o);
  const V32 along =
      as_signed(hn::Min(as_unsigned(size_along(o, t)), as_unsigned(hn::Add(size, size))));
  const V32 shifted = hn::IfThenElse(has_spare(size), along, hn::ShiftLeft<16>(along));
  return whole_at_most(
      as_unsigned(rounded<31>(unsigned_products(inverse, shifted), wide(std::uint64_t{1} << 30))));
}

// What is restored of o by t, without enhancement.
HWY_INLINE V32 restored_of(V32 o, V32 inverse, V32 t) {
  return rounded<15>(products(share_of(o, inverse, t), o), wide(1 << 14));
}

// A coefficient times the eye's sensitivity.
HWY_INLINE V32 weighted(V32 value, V32 factor) {
  return hn::Abs(rounded<28>(products(value, factor), wide(1 << 27)));
}

HWY_INLINE Masks masks(V32 masking) {
  const D32 d;
  const VU64 rounding =
      wide(0 - (std::uint64_t{1} << 31));  // a sign slip of the reference that scores depend on
  return {rounded<32>(unsigned_products(masking, hn::Set(d, 143165577)), rounding),
          rounded<32>(unsigned_products(masking, hn::Set(d, 286331153)), rounding)};
}

// ---- enhancement ----

struct GainLimit {
  double value = 100;
  std::int32_t whole = 100;  // the same, or 0 where it is no whole number
  GainLimit() = default;
  explicit GainLimit(double gain) : value(gain), whole(static_cast<std::int32_t>(gain)) {
    if (whole != gain) whole = 0;
  }
};

HWY_INLINE V32 product_truncated(V32 size, V32 most, double gain) {
  const D32 d;
  const hn::Half<D32> half;
  const DF64 d64;
  const auto limited = [&](auto s, auto m) HWY_ATTR {
    return hn::DemoteTo(
        half, hn::Min(hn::Mul(hn::PromoteTo(d64, s), hn::Set(d64, gain)), hn::PromoteTo(d64, m)));
  };
  return hn::Combine(d, limited(hn::UpperHalf(half, size), hn::UpperHalf(half, most)),
                     limited(hn::LowerHalf(half, size), hn::LowerHalf(half, most)));
}

// A restored size, times the gain, but not above the distorted one. Larger sizes than fit give
// that, too.
HWY_INLINE V32 enhanced(V32 size, V32 most, const GainLimit& gain) {
  const D32 d;
  if (gain.whole == 0) return product_truncated(size, most, gain.value);
  const V32 fitting = hn::Min(size, hn::Set(d, 2147483647 / gain.whole));
  return hn::Min(hn::Mul(fitting, hn::Set(d, gain.whole)), most);
}

struct PairOfVectors {
  V32 oh, ov, th, tv;
};

inline void exactly_aligned(const PairOfVectors& v, std::int32_t* flags) {
  const D32 d;
  HWY_ALIGN std::int32_t lanes[4][hn::MaxLanes(D32())];
  hn::Store(v.oh, d, lanes[0]);
  hn::Store(v.ov, d, lanes[1]);
  hn::Store(v.th, d, lanes[2]);
  hn::Store(v.tv, d, lanes[3]);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i)
    flags[i] = is_aligned({lanes[0][i], lanes[1][i], lanes[2][i], lanes[3][i]}) ? -1 : 0;
}

// All bits of a lane whose vectors are aligned (is_aligned), from their scalar product and the
// squares of their lengths. Where both sides of the comparison are closer than 2^-kBits, to which
// they are right in single precision, it is made exactly, of what `vectors` returns: rarely.
template <int kBits, class Vectors>
HWY_INLINE V32 aligned_by(VF32 product, VF32 reference, VF32 distorted, const Vectors& vectors) {
  const D32 d;
  const DF32 df;
  const VF32 square = hn::Mul(product, product);
  const VF32 limit = hn::Mul(hn::Mul(hn::Set(df, kAlignedCosine), reference), distorted);
  const auto unsure =
      hn::Lt(hn::Abs(hn::Sub(square, limit)), hn::Mul(limit, hn::Set(df, 1.0f / (1 << kBits))));
  if (HWY_UNLIKELY(!hn::AllFalse(df, unsure))) {
    HWY_ALIGN std::int32_t flags[hn::MaxLanes(D32())];
    exactly_aligned(vectors(), flags);
    return hn::Load(d, flags);
  }
  return hn::BitCast(
      d, hn::VecFromMask(df, hn::And(hn::Ge(product, hn::Zero(df)), hn::Ge(square, limit))));
}

HWY_INLINE V32 aligned(const PairOfVectors& v) {
  const DF32 df;
  const VF32 oh = hn::ConvertTo(df, v.oh), ov = hn::ConvertTo(df, v.ov),
             th = hn::ConvertTo(df, v.th), tv = hn::ConvertTo(df, v.tv);
  const auto dot = [](VF32 a, VF32 b, VF32 x, VF32 y)
                       HWY_ATTR { return hn::Add(hn::Mul(a, x), hn::Mul(b, y)); };
  return aligned_by<17>(dot(oh, ov, th, tv), dot(oh, ov, oh, ov), dot(th, tv, th, tv),
                        [&v]() HWY_ATTR { return v; });
}

// What counts as restored, with its sign, of what is. Nothing restored: nothing to enhance.
HWY_INLINE V32 credited(V32 restored, V32 t, V32 aligned_lanes, const GainLimit& gain) {
  const V32 sign = signs(restored), size = hn::Abs(restored);
  const V32 credit =
      hn::IfThenElse(hn::MaskFromVec(aligned_lanes), enhanced(size, hn::Abs(t), gain), size);
  return hn::Sub(hn::Xor(credit, sign), sign);
}

#endif  // HWY_TARGET

}  // namespace visq::adm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
