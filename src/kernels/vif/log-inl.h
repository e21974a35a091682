// Logarithms to the base 2, in units of 2^-11. Included once a target.
#if defined(VISQ_KERNELS_VIF_LOG_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VISQ_KERNELS_VIF_LOG_INL_H_
#undef VISQ_KERNELS_VIF_LOG_INL_H_
#else
#define VISQ_KERNELS_VIF_LOG_INL_H_
#endif

#include "kernels/vif/samples-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::vif {
namespace HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR

// log2(v) * 2048 of v from 2^17 to 2^31 - 1, rounded as the table of the reference is: of the upper
// 16 bits, and up from 0.49904 on, for its single precision adds up to 0.00106. Sums of it are
// "raised" by kRaised for each number, which differences do without.
#if HWY_TARGET <= HWY_AVX3

// In each 32nd of an octave, with m = v / 2^e and e(m) = m * inverse - 1, it is offset + e * (k1 +
// k2 * e + k3 * e^2). An offset is an integer, so that the last addition rounds; its inverse is the
// float whose logarithm is closest to it. That gives all 32768 logarithms exactly, which the test
// shows.
alignas(64) inline constexpr float kInverses[32] = {
    0.984885454f, 0.955337584f, 0.92761755f,  0.901616752f, 0.876938283f, 0.853512764f,
    0.831275702f, 0.810165942f, 0.790127039f, 0.771105528f, 0.753051579f, 0.735669255f,
    0.719174802f, 0.703288138f, 0.688218117f, 0.673699021f, 0.659932733f, 0.646447778f,
    0.633667111f, 0.621349514f, 0.60947758f,  0.598237216f, 0.587204099f, 0.576569557f,
    0.566319406f, 0.556627989f, 0.547102571f, 0.537922144f, 0.528895676f, 0.520372748f,
    0.511987388f, 0.503907561f};
inline constexpr float kRound = 8388608.0f;                     // below it there are no fractions
constexpr float offset(float value) { return kRound + value; }  // without 64 for each 32nd
alignas(64) inline constexpr float kOffsets[32] = {
    offset(45),  offset(71),  offset(94),  offset(114), offset(132), offset(148), offset(162),
    offset(174), offset(184), offset(192), offset(198), offset(203), offset(206), offset(208),
    offset(208), offset(207), offset(204), offset(201), offset(196), offset(190), offset(183),
    offset(174), offset(165), offset(155), offset(144), offset(131), offset(118), offset(104),
    offset(90),  offset(74),  offset(58),  offset(41)};

inline constexpr std::int32_t kRaised =
    0x4B000000 + (127 << 11);  // kRound, and the exponents' bias

class LogSum {
 public:
  HWY_INLINE LogSum()
      : inverses_{load(kInverses), load(kInverses + 16)},
        offsets_{load(kOffsets), load(kOffsets + 16)},
        parts_(hn::Zero(D32())),
        logs_(parts_) {}
  HWY_INLINE void add(V32 v) {
    const DF32 df;
    const __m512i bits = _mm512_castps_si512(
        _mm512_cvt_roundepi32_ps(v.raw, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC));
    const __m512i part = _mm512_srli_epi32(bits, 18);  // exponent and 32nd
    const hn::Vec<DF32> mantissa{_mm512_castsi512_ps(_mm512_ternarylogic_epi32(
        bits, _mm512_set1_epi32(0x7FFF00), _mm512_set1_epi32(0x3F800000), 0xEA))};
    const hn::Vec<DF32> inverse{_mm512_permutex2var_ps(inverses_[0].raw, part, inverses_[1].raw)};
    const hn::Vec<DF32> offset{_mm512_permutex2var_ps(offsets_[0].raw, part, offsets_[1].raw)};
    const auto e = hn::MulAdd(mantissa, inverse, hn::Set(df, -1.0f));
    const auto slope = hn::MulAdd(hn::MulAdd(e, hn::Set(df, 984.879822f), hn::Set(df, -1477.5f)), e,
                                  hn::Set(df, 2954.6394f));
    parts_ = hn::Add(parts_, V32{part});
    logs_ = hn::Add(logs_, hn::BitCast(D32(), hn::MulAdd(slope, e, offset)));
  }
  HWY_INLINE V32 raised() const { return hn::Add(logs_, hn::ShiftLeft<6>(parts_)); }

 private:
  static HWY_INLINE hn::Vec<DF32> load(const float* from) { return hn::Load(DF32(), from); }

  hn::Vec<DF32> inverses_[2], offsets_[2];
  V32 parts_, logs_;
};

#else

// The largest float that is not above v, of v from 0.
HWY_INLINE hn::Vec<DF32> truncated_float(V32 v) {
  // Clears the first bit that does not fit, so that the conversion has nothing to round.
  return hn::ConvertTo(DF32(), hn::AndNot(as_signed(hn::ShiftRight<24>(as_unsigned(v))), v));
}

// With m = v / 2^e = 1 + u, to 15 bits: 16 * log = 32768 * (e + u) + 32768 * (log2(m) - u). The
// last term is u * (1 - u) * q(u); this q, fitted to it in the largest error (2.4e-4), gives all
// 32768 logarithms exactly, which the test shows. The constant makes the shift round; 2^-6 of it is
// what single precision adds. All of that holds with and without fused multiplications.
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

class LogSum {
 public:
  HWY_INLINE LogSum() : sum_(hn::Zero(D32())) {}
  HWY_INLINE void add(V32 v) { sum_ = hn::Add(sum_, raised_log(v)); }
  HWY_INLINE V32 raised() const { return sum_; }

 private:
  V32 sum_;
};

#endif

#endif  // HWY_TARGET

}  // namespace HWY_NAMESPACE
}  // namespace visq::vif
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
