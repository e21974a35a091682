// What a row of moments says: gains, logarithms, and their sums. Included once a target.
#if defined(VISQ_KERNELS_VIF_INFORMATION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VISQ_KERNELS_VIF_INFORMATION_INL_H_
#undef VISQ_KERNELS_VIF_INFORMATION_INL_H_
#else
#define VISQ_KERNELS_VIF_INFORMATION_INL_H_
#endif

#include <span>

#include "kernels/vif/log-inl.h"
#include "kernels/vif/moments-inl.h"
#include "kernels/vif/vif.h"

HWY_BEFORE_NAMESPACE();
namespace visq::vif {
namespace HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR

HWY_INLINE std::int64_t total(V32 v) { return hn::GetLane(hn::SumOfLanes(D32(), v)); }

struct Doubles {
  VD lower, upper;
};

HWY_INLINE Doubles load_doubles(const std::int32_t* from) {
  const hn::Half<D32> half;
  return {hn::PromoteTo(D64(), hn::Load(half, from)),
          hn::PromoteTo(D64(), hn::Load(half, from + hn::Lanes(half)))};
}

// Of the reference alone: of pixels that have detail. Others count as those that just have, and
// add a logarithm of 1 each.
inline void sum_reference(const ReferenceRow& row, int count, Sums& sums) {
  const D32 d;
  const V32 least = hn::Set(d, kNoise);
  LogSum sum;
  std::size_t detailed = 0;
  for (int x = 0; x < count; x += static_cast<int>(hn::Lanes(d))) {
    const V32 v = hn::Load(d, row.variance + x);
    detailed += hn::CountTrue(d, hn::Ge(v, least));
    sum.add(hn::Add(hn::Max(v, least), least));
  }
  const auto all = static_cast<std::int64_t>(count),
             with_detail = static_cast<std::int64_t>(detailed);
  const auto numbers = static_cast<std::uint32_t>(count) / static_cast<std::uint32_t>(hn::Lanes(d));
  const V32 raised = constant((kRaised + 17 * kLogUnit) * numbers);
  sums.den_log += total(hn::Sub(sum.raised(), raised)) - (all - with_detail) * kLogUnit;
  sums.den_nonlog -= with_detail;
}

// Towards zero; negative ones to some negative number or zero. What 32 bits do not hold gives some
// number or other.
HWY_INLINE V32 truncated(VD lower, VD upper) {
#if HWY_TARGET <= HWY_AVX3
  // Sums with this, rounded towards zero, have the integer in their low bits.
  const __m512d ones = _mm512_set1_pd(0x1.8p52);
  const auto integer = [=](VD v) HWY_ATTR {
    constexpr int kTowardsZero = _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC;
    return _mm512_castpd_si512(_mm512_add_round_pd(v.raw, ones, kTowardsZero));
  };
  const V32 even = hn::Add(hn::Iota(D32(), 0), hn::Iota(D32(), 0));
  return V32{_mm512_permutex2var_epi32(integer(lower), even.raw, integer(upper))};
#elif HWY_TARGET == HWY_AVX2
  // Highway's would first limit what 32 bits do not hold.
  return V32{_mm256_set_m128i(_mm256_cvttpd_epi32(upper.raw), _mm256_cvttpd_epi32(lower.raw))};
#else
  const hn::Half<D32> half;
  return hn::Combine(D32(), hn::DemoteTo(half, upper), hn::DemoteTo(half, lower));
#endif
}

using Common = decltype(hn::Eq(V32(), V32()));

// What the reference explains of the distorted picture, by its gain; the rest, and the eye's, is
// noise. Of column x of the row; goes to place `at`, in the place of s2 and, with what is kept
// under each limit of the gain, below the moments. Where nothing is common, nothing is kept.
HWY_INLINE void split(const ReferenceRow& reference, const MomentRows& moments, int x, int at,
                      Common common, std::span<const double> limits) {
  const D32 d;
  const D64 dd;
  const VD epsilon = hn::Set(dd, 65536e-10);
  const Doubles s1 = load_doubles(reference.variance + x), s2 = load_doubles(moments.s2() + x),
                s12 = load_doubles(moments.s12() + x);
  const Doubles gain{hn::Div(s12.lower, hn::Add(s1.lower, epsilon)),
                     hn::Div(s12.upper, hn::Add(s1.upper, epsilon))};
  const V32 left = truncated(hn::Sub(s2.lower, hn::Mul(gain.lower, s12.lower)),
                             hn::Sub(s2.upper, hn::Mul(gain.upper, s12.upper)));
  const V32 noise = hn::Add(hn::Max(left, hn::Zero(d)), hn::Set(d, kNoise));
  hn::Store(noise, d, moments.s2() + at);
  for (std::size_t i = 0; i < limits.size(); ++i) {
    const VD limit = hn::Set(dd, limits[i]), lower = hn::Min(gain.lower, limit),
             upper = hn::Min(gain.upper, limit);
    const V32 kept = truncated(hn::Mul(hn::Mul(lower, lower), s1.lower),
                               hn::Mul(hn::Mul(upper, upper), s1.upper));
    hn::Store(hn::Add(noise, hn::IfThenElseZero(common, kept)), d, moments.kept(i) + at);
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
    split(reference, moments, x, common_count, common, limits);
    common_count += lanes;
  }
  sums.num_nonlog += total(low) + (total(high) << 16);
  return common_count;
}

// Divisions are begun long before their logarithms are wanted.
HWY_INLINE V32 sum_raised_logs(const std::int32_t* values, int count) {
  const D32 d;
  LogSum sum;
  for (int x = 0; x < count; x += static_cast<int>(hn::Lanes(d))) sum.add(hn::Load(d, values + x));
  return sum.raised();
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
