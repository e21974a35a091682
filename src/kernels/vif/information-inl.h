// What a row of moments says: logarithms, gains, and their sums. Included once a target.
#if defined(VISQ_KERNELS_VIF_INFORMATION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VISQ_KERNELS_VIF_INFORMATION_INL_H_
#undef VISQ_KERNELS_VIF_INFORMATION_INL_H_
#else
#define VISQ_KERNELS_VIF_INFORMATION_INL_H_
#endif

#include <span>

#include "kernels/vif/moments-inl.h"
#include "kernels/vif/vif.h"

HWY_BEFORE_NAMESPACE();
namespace visq::vif {
namespace HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR

// The largest float that is not above v, of v from 0.
HWY_INLINE hn::Vec<DF32> truncated_float(V32 v) {
#if HWY_TARGET <= HWY_AVX3
  return hn::Vec<DF32>{_mm512_cvt_roundepi32_ps(v.raw, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC)};
#else  // clears the first bit that does not fit, so that the conversion has nothing to round
  return hn::ConvertTo(DF32(), hn::AndNot(as_signed(hn::ShiftRight<24>(as_unsigned(v))), v));
#endif
}

// log2(v) * 2048 of v from 2^17 to 2^31 - 1, rounded as the table of the reference is.
//
// With m = v / 2^e = 1 + u, to 15 bits: 16 * log = 32768 * (e + u) + 32768 * (log2(m) - u). The
// last term is u * (1 - u) * q(u); this q, fitted to it in the largest error (2.4e-4), gives all
// 32768 logarithms exactly, which the test shows. The constant makes the shift round; 2^-6 of it is
// what the table's single precision adds. All of that holds with and without fused multiplications.
HWY_INLINE V32 raised_log(V32 v) {
  const D32 d;
  const DF32 df;
  const V32 bits = hn::BitCast(d, truncated_float(v));
  const V32 mantissa = hn::Or(hn::And(bits, hn::Set(d, 0x7FFF00)), hn::Set(d, 0x3F800000));
  const auto u = hn::Sub(hn::BitCast(df, mantissa), hn::Set(df, 1.0f));
  const auto u2 = hn::Mul(u, u);
  const auto linear = [u](float c0, float c1) HWY_ATTR {
    return hn::MulAdd(hn::Set(DF32(), c1), u, hn::Set(DF32(), c0));
  };
  const auto low = hn::MulAdd(linear(6607.345703125f, -5052.97998046875f), u2,
                              linear(14506.1982421875f, -9129.49609375f));
  const auto high = hn::MulAdd(linear(931.9389038085938f, -182.67752075195312f), u2,
                               linear(3714.450439453125f, -2263.924560546875f));
  const auto q = hn::MulAdd(high, hn::Mul(u2, u2), low);
  const auto curve = hn::MulAdd(hn::Sub(u, u2), q, hn::Set(df, 7.515625f));
  // Rounds to an integer in the low bits.
  const V32 integer = hn::BitCast(d, hn::Add(curve, hn::Set(df, 8388608.0f)));
  return hn::ShiftRight<4>(hn::Add(hn::ShiftRight<8>(bits), integer));
}

// What the exponents, and the bits of 2^23, add to it. Differences of logarithms do without.
inline constexpr std::int32_t kRaised = (0x4B000000 + (127 << 15)) / 16;

HWY_INLINE std::int64_t total(V32 v) { return hn::GetLane(hn::SumOfLanes(D32(), v)); }

struct Doubles {
  VD lower, upper;
};

HWY_INLINE Doubles doubles(V32 v) {
  const hn::Half<D32> half;
  return {hn::PromoteTo(D64(), hn::LowerHalf(v)), hn::PromoteTo(D64(), hn::UpperHalf(half, v))};
}

// Of the reference alone: of pixels that have detail.
inline void sum_reference(const ReferenceRow& row, int count, Sums& sums) {
  const D32 d;
  const V32 least = hn::Set(d, kNoise), unit = hn::Set(d, kRaised + 17 * kLogUnit);
  V32 sum = hn::Zero(d);
  std::size_t detailed = 0;
  for (int x = 0; x < count; x += static_cast<int>(hn::Lanes(d))) {
    const V32 v = hn::Load(d, row.variance + x);
    const auto detail = hn::Ge(v, least);
    detailed += hn::CountTrue(d, detail);
    const V32 log = hn::Sub(raised_log(hn::Add(hn::Max(v, least), least)), unit);
    sum = hn::Add(sum, hn::IfThenElseZero(detail, log));
  }
  sums.den_log += total(sum);
  sums.den_nonlog -= static_cast<std::int64_t>(detailed);
}

HWY_INLINE V32 truncated(VD lower, VD upper) {
  const hn::Half<D32> half;
  return hn::Combine(D32(), hn::DemoteTo(half, upper), hn::DemoteTo(half, lower));
}

struct Moments {
  Doubles s1, s2, s12;
};

// What the reference explains of the distorted picture, by its gain; the rest, and the eye's, is
// noise. Goes to place `at` of the row, in the place of s2 and, with what is kept under each limit
// of the gain, below the moments.
HWY_INLINE void split(const Moments& m, std::span<const double> limits, const MomentRows& out,
                      int at) {
  const D32 d;
  const D64 dd;
  const VD epsilon = hn::Set(dd, 65536e-10);
  const auto& [s1, s2, s12] = m;
  const Doubles gain{hn::Div(s12.lower, hn::Add(s1.lower, epsilon)),
                     hn::Div(s12.upper, hn::Add(s1.upper, epsilon))};
  const V32 left = truncated(hn::Sub(s2.lower, hn::Mul(gain.lower, s12.lower)),
                             hn::Sub(s2.upper, hn::Mul(gain.upper, s12.upper)));
  const V32 noise = hn::Add(hn::Max(left, hn::Zero(d)), hn::Set(d, kNoise));
  hn::Store(noise, d, out.s2() + at);
  for (std::size_t i = 0; i < limits.size(); ++i) {
    const VD limit = hn::Set(dd, limits[i]), lower = hn::Min(gain.lower, limit),
             upper = hn::Min(gain.upper, limit);
    const V32 kept = truncated(hn::Mul(hn::Mul(lower, lower), s1.lower),
                               hn::Mul(hn::Mul(upper, upper), s1.upper));
    hn::Store(hn::Add(kept, noise), d, out.kept(i) + at);
  }
}

// Pixels without detail, or beyond the strip (s1 = s2 = 0), take part in s2 only. The others are
// split; vectors in which nothing is common to both pictures are left out. Returns how many numbers
// there are.
inline int split_row(const ReferenceRow& reference, const MomentRows& moments, int count,
                     std::span<const double> limits, Sums& sums) {
  const D32 d;
  const V32 zero = hn::Zero(d), least = hn::Set(d, kNoise);
  V32 low = zero,
      high = zero;  // halves of what is lost; a row of a strip is short enough for 32 bits
  int common_count = 0;
  const int lanes = static_cast<int>(hn::Lanes(d));
  for (int x = 0; x < count; x += lanes) {
    const V32 s2 = hn::Load(d, moments.s2() + x), s12 = hn::Load(d, moments.s12() + x);
    const V32 s1 = hn::Load(d, reference.variance + x);
    const auto flat = hn::Lt(s1, least);
    const V32 loss = hn::IfThenElseZero(flat, s2);
    low = hn::Add(low, hn::And(loss, hn::Set(d, 0xFFFF)));
    high = hn::Add(high, hn::ShiftRight<16>(loss));
    const auto common = hn::AndNot(flat, hn::And(hn::Gt(s12, zero), hn::Gt(s2, zero)));
    if (hn::AllFalse(d, common)) continue;
    // Other lanes: gain 0, equal logarithms.
    split({doubles(s1), doubles(hn::IfThenElseZero(common, s2)),
           doubles(hn::IfThenElseZero(common, s12))},
          limits, moments, common_count);
    common_count += lanes;
  }
  sums.num_nonlog += total(low) + (total(high) << 16);
  return common_count;
}

// Divisions are begun long before their logarithms are wanted.
HWY_INLINE V32 sum_raised_logs(const std::int32_t* values, int count) {
  const D32 d;
  V32 sum = hn::Zero(d);
  for (int x = 0; x < count; x += static_cast<int>(hn::Lanes(d)))
    sum = hn::Add(sum, raised_log(hn::Load(d, values + x)));
  return sum;
}

template <bool kKnown>
void sum_row(const Rows& row, std::span<const double> limits, Sums& sums) {
  const MomentRows& moments = row.moments;
  const int count = (row.width + lanes16() - 1) / lanes16() * lanes16();
  if constexpr (!kKnown) {
    sums.den_nonlog += row.width;
    sum_reference(row.reference, count, sums);
  }
  const int common = split_row(row.reference, moments, count, limits, sums);
  if (common == 0) return;
  const V32 noise = sum_raised_logs(moments.s2(), common);
  for (std::size_t i = 0; i < limits.size(); ++i)
    sums.num_log[i] += total(hn::Sub(sum_raised_logs(moments.kept(i), common), noise));
}

#endif  // HWY_TARGET

}  // namespace HWY_NAMESPACE
}  // namespace visq::vif
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
