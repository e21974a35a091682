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

// The largest float that is not above v, of v from 0.
HWY_INLINE hn::Vec<DF32> truncated_float(V32 v) {
#if HWY_TARGET <= HWY_AVX3
  return hn::Vec<DF32>{_mm512_cvt_roundepi32_ps(v.raw, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC)};
#else
  // Clears the first bit that does not fit, so that the conversion has nothing to round.
  return hn::ConvertTo(DF32(), hn::AndNot(as_signed(hn::ShiftRight<24>(as_unsigned(v))), v));
#endif
}

// log2(v) * 2048 of v from 2^17 to 2^31 - 1, rounded as the table of the reference is: of the upper
// 16 bits, and up from 0.49904 on, for its single precision adds up to 0.00106. Sums of it are
// "raised" by kRaised for each number, which differences do without.
#if HWY_TARGET <= HWY_AVX2

// An octave has as many parts as vectors can look up, 32 or 8. In each, with m = v / 2^e and e(m) =
// m * inverse - 1, it is offset + e * slope(e). An offset is an integer, so that the last addition
// rounds; its inverse is a float whose logarithm is close to it. Constants were sought that give
// all 32768 logarithms exactly, which the test shows.
inline constexpr float kRound = 8388608.0f;                     // below it there are no fractions
constexpr float offset(float value) { return kRound + value; }  // without what a part's number adds

using VF32 = hn::Vec<DF32>;

#if HWY_TARGET <= HWY_AVX3

inline constexpr int kPartBits = 5;
alignas(64) inline constexpr float kInverses[32] = {
    0.984885573f, 0.955337465f, 0.927617669f, 0.901616633f, 0.876938283f, 0.853512764f,
    0.832401872f, 0.810165763f, 0.79012686f,  0.771105409f, 0.753051639f, 0.735669315f,
    0.719174743f, 0.702336788f, 0.688217998f, 0.673698962f, 0.659932613f, 0.646447718f,
    0.633667111f, 0.621349454f, 0.609271407f, 0.598237157f, 0.587204039f, 0.576569617f,
    0.566319287f, 0.556627929f, 0.547102511f, 0.537922084f, 0.528895676f, 0.520372689f,
    0.511987329f, 0.503907621f};
alignas(64) inline constexpr float kOffsets[32] = {
    offset(45),  offset(71),  offset(94),  offset(114), offset(132), offset(148), offset(158),
    offset(174), offset(184), offset(192), offset(198), offset(203), offset(206), offset(212),
    offset(208), offset(207), offset(204), offset(201), offset(196), offset(190), offset(184),
    offset(174), offset(165), offset(155), offset(144), offset(131), offset(118), offset(104),
    offset(90),  offset(74),  offset(58),  offset(41)};

// Of 32 floats.
class PartTable {
 public:
  explicit PartTable(const float* from)
      : lower_(hn::Load(DF32(), from)), upper_(hn::Load(DF32(), from + 16)) {}
  HWY_INLINE VF32 at(V32 part) const {
    return VF32{_mm512_permutex2var_ps(lower_.raw, part.raw, upper_.raw)};
  }

 private:
  VF32 lower_, upper_;
};

HWY_INLINE VF32 slope(VF32 e) {
  const DF32 d;
  return hn::MulAdd(e, hn::Set(d, -1479.896f), hn::Set(d, 2954.75781f));
}

#else

inline constexpr int kPartBits = 3;
alignas(32) inline constexpr float kInverses[8] = {0.942810416f, 0.843176603f, 0.762799203f,
                                                   0.69641912f,  0.640567362f, 0.592996001f,
                                                   0.552125037f, 0.516337812f};
alignas(32) inline constexpr float kOffsets[8] = {offset(174), offset(248), offset(288),
                                                  offset(301), offset(292), offset(264),
                                                  offset(219), offset(161)};

// Of 8 floats.
class PartTable {
 public:
  explicit PartTable(const float* from) : table_(hn::Load(DF32(), from)) {}
  HWY_INLINE VF32 at(V32 part) const {
    return VF32{_mm256_permutevar8x32_ps(table_.raw, part.raw)};
  }

 private:
  VF32 table_;
};

HWY_INLINE VF32 slope(VF32 e) {
  const DF32 d;
  const VF32 last = hn::MulAdd(e, hn::Set(d, -736.829834f), hn::Set(d, 987.40918f));
  return hn::MulAdd(hn::MulAdd(last, e, hn::Set(d, -1477.32629f)), e, hn::Set(d, 2954.63721f));
}

#endif

// What the exponents, and the bits of kRound, add to it. Differences of logarithms do without.
inline constexpr std::int32_t kRaised = 0x4B000000 + (127 << 11);

class LogSum {
 public:
  HWY_INLINE LogSum()
      : inverses_(kInverses), offsets_(kOffsets), parts_(hn::Zero(D32())), logs_(parts_) {}
  HWY_INLINE void add(V32 v) {
    const D32 d;
    const DF32 df;
    const V32 bits = hn::BitCast(d, truncated_float(v));
    const V32 part = hn::ShiftRight<23 - kPartBits>(bits);  // and exponent
    const V32 mantissa = hn::OrAnd(hn::Set(d, 0x3F800000), bits, hn::Set(d, 0x7FFF00));
    const VF32 e = hn::MulAdd(hn::BitCast(df, mantissa), inverses_.at(part), hn::Set(df, -1.0f));
    parts_ = hn::Add(parts_, part);
    logs_ = hn::Add(logs_, hn::BitCast(d, hn::MulAdd(slope(e), e, offsets_.at(part))));
  }
  HWY_INLINE V32 raised() const { return hn::Add(logs_, hn::ShiftLeft<11 - kPartBits>(parts_)); }

 private:
  PartTable inverses_, offsets_;
  V32 parts_, logs_;
};

#else

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
