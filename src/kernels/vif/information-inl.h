// What a row of moments says: logarithms, gains, and their sums. Included once a target.
#if defined(VISQ_KERNELS_VIF_INFORMATION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VISQ_KERNELS_VIF_INFORMATION_INL_H_
#undef VISQ_KERNELS_VIF_INFORMATION_INL_H_
#else
#define VISQ_KERNELS_VIF_INFORMATION_INL_H_
#endif

#include <algorithm>
#include <span>

#include "kernels/vif/moments-inl.h"
#include "kernels/vif/vif.h"

HWY_BEFORE_NAMESPACE();
namespace visq {
namespace HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR

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
struct DetailSums {
  V32 den_log, nonlog_low, nonlog_high;
  std::int64_t detailed = 0;
};

// Pixels without detail, or beyond the strip (s1 = s2 = 0), take part in s2 only.
template <bool kKnown>
HWY_INLINE void add_detail(V32 s1, V32 s2, DetailSums& sums) {
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

struct Doubles {
  VD lower, upper;
};

HWY_INLINE Doubles doubles(V32 v) {
  const hn::Half<D32> half;
  return {hn::PromoteTo(D64(), hn::LowerHalf(v)), hn::PromoteTo(D64(), hn::UpperHalf(half, v))};
}

HWY_INLINE V32 truncated(VD lower, VD upper) {
  const hn::Half<D32> half;
  return hn::Combine(D32(), hn::DemoteTo(half, upper), hn::DemoteTo(half, lower));
}

// What becomes of the moments of a row, in their place: pixels that have nothing in common with the reference are
// left out as far as whole vectors are. Divisions are begun long before their logarithms want them.
struct Transfer {
  double* gain;         // of the distorted picture
  std::int32_t* s1;     // of the reference
  std::int32_t* noise;  // variance: the eye's, and what the gain does not explain
  int count = 0;
  double largest = 0;  // gain
};

HWY_INLINE Doubles store_gains(const Moments& m, const Transfer& out) {
  const VD epsilon = hn::Set(D64(), 65536e-10);
  const Doubles s1 = doubles(m.s1), s2 = doubles(m.s2), s12 = doubles(m.s12);
  const Doubles gain{hn::Div(s12.lower, hn::Add(s1.lower, epsilon)), hn::Div(s12.upper, hn::Add(s1.upper, epsilon))};
  const V32 left = truncated(hn::Sub(s2.lower, hn::Mul(gain.lower, s12.lower)), hn::Sub(s2.upper, hn::Mul(gain.upper, s12.upper)));
  hn::Store(gain.lower, D64(), out.gain + out.count);
  hn::Store(gain.upper, D64(), out.gain + out.count + hn::Lanes(D64()));
  hn::Store(m.s1, D32(), out.s1 + out.count);
  hn::Store(hn::Add(hn::Max(left, hn::Zero(D32())), hn::Set(D32(), kVifNoise)), D32(), out.noise + out.count);
  return gain;
}

HWY_INLINE Transfer find_gains(const MomentRows& moments, int count) {
  const D32 d;
  const V32 zero = hn::Zero(d), least = hn::Set(d, kVifNoise);
  Transfer out{moments.gain, moments.s1(), moments.s2()};
  VD largest = hn::Zero(D64());
  const int lanes = static_cast<int>(hn::Lanes(d));
  for (int x = 0; x < count; x += lanes) {
    const Moments m{hn::Load(d, moments.s1() + x), hn::Load(d, moments.s2() + x), hn::Load(d, moments.s12() + x)};
    const auto common = hn::AndNot(hn::Lt(m.s1, least), hn::And(hn::Gt(m.s12, zero), hn::Gt(m.s2, zero)));
    if (hn::AllFalse(d, common)) continue;
    // Other lanes: gain 0, equal logarithms.
    const Doubles gain = store_gains({hn::IfThenElse(common, m.s1, least), hn::IfThenElseZero(common, m.s2), hn::IfThenElseZero(common, m.s12)}, out);
    largest = hn::Max(largest, hn::Max(gain.lower, gain.upper));
    out.count += lanes;
  }
  out.largest = hn::GetLane(hn::MaxOfLanes(D64(), largest));
  return out;
}

HWY_INLINE std::int64_t total(V32 v) { return hn::GetLane(hn::SumOfLanes(D32(), v)); }

HWY_INLINE std::int64_t sum_noise_logs(const Transfer& in) {
  const D32 d;
  V32 sum = hn::Zero(d);
  for (int x = 0; x < in.count; x += static_cast<int>(hn::Lanes(d))) sum = hn::Add(sum, log_units(hn::Load(d, in.noise + x)));
  return total(sum);
}

// Of the noise and the detail that is kept with gains of at most `limit`.
HWY_INLINE std::int64_t sum_kept_logs(const Transfer& in, double limit) {
  const D32 d;
  const VD most = hn::Set(D64(), limit);
  V32 sum = hn::Zero(d);
  for (int x = 0; x < in.count; x += static_cast<int>(hn::Lanes(d))) {
    const VD lower = hn::Min(hn::Load(D64(), in.gain + x), most), upper = hn::Min(hn::Load(D64(), in.gain + x + hn::Lanes(D64())), most);
    const Doubles s1 = doubles(hn::Load(d, in.s1 + x));
    const V32 kept = truncated(hn::Mul(hn::Mul(lower, lower), s1.lower), hn::Mul(hn::Mul(upper, upper), s1.upper));
    sum = hn::Add(sum, log_units(hn::Add(kept, hn::Load(d, in.noise + x))));
  }
  return total(sum);
}

inline void sum_gains(const Transfer& in, std::span<const double> limits, VifSums& sums) {
  const std::int64_t noise = sum_noise_logs(in);
  std::int64_t kept = 0;
  double last = 0;
  for (std::size_t i = 0; i < limits.size(); ++i) {
    const double limit = std::min(limits[i], in.largest);
    if (i == 0 || limit != last) kept = sum_kept_logs(in, limit);
    last = limit;
    sums.num_log[i] += kept - noise;
  }
}

template <bool kKnown>
void sum_row(const MomentRows& moments, int width, std::span<const double> limits, VifSums& sums) {
  const D32 d;
  const V32 zero = hn::Zero(d);
  DetailSums row{zero, zero, zero};
  const int lanes = static_cast<int>(hn::Lanes(d)), count = (width + lanes16() - 1) / lanes16() * lanes16();
  for (int x = 0; x < count; x += lanes) add_detail<kKnown>(hn::Load(d, moments.s1() + x), hn::Load(d, moments.s2() + x), row);
  sums.den_log += total(row.den_log);
  sums.den_nonlog += width - row.detailed;
  sums.num_nonlog += total(row.nonlog_low) + (total(row.nonlog_high) << 16);
  if (row.detailed != 0) sum_gains(find_gains(moments, count), limits, sums);
}

#endif  // HWY_TARGET

}  // namespace HWY_NAMESPACE
}  // namespace visq
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
