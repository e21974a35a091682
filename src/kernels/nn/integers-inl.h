// Activations to the whole numbers of int16.h; for one CPU target at a time.
#if defined(VISQ_NN_INTEGERS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VISQ_NN_INTEGERS_INL_H_
#undef VISQ_NN_INTEGERS_INL_H_
#else
#define VISQ_NN_INTEGERS_INL_H_
#endif

#include <hwy/highway.h>

#include "kernels/conv/pairs-inl.h"
#include "kernels/nn/bf16-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::nn {
namespace HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR

using visq::HWY_NAMESPACE::D16;
using visq::HWY_NAMESPACE::D32;
using visq::HWY_NAMESPACE::V16;
using visq::HWY_NAMESPACE::V32;
static_assert(hn::MaxLanes(D32()) == kLanes);

HWY_INLINE float largest_of(V v) { return hn::GetLane(hn::MaxOfLanes(D(), v)); }

// The last vector of more than one may be partly of the one before: that changes no value.
HWY_INLINE float largest_of(const float* HWY_RESTRICT values, std::ptrdiff_t count) {
  const D d;
  std::ptrdiff_t i = 0;
  V so_far = hn::Zero(d), other = so_far;
  for (; i + 2 * kLanes <= count; i += 2 * kLanes) {
    so_far = hn::Max(so_far, hn::Abs(hn::LoadU(d, values + i)));
    other = hn::Max(other, hn::Abs(hn::LoadU(d, values + i + kLanes)));
  }
  if (i + kLanes <= count) so_far = hn::Max(so_far, hn::Abs(hn::LoadU(d, values + i)));
  if (count >= kLanes) other = hn::Max(other, hn::Abs(hn::LoadU(d, values + count - kLanes)));
  for (; count < kLanes && i < count; ++i) so_far = hn::Max(so_far, hn::Abs(hn::Set(d, values[i])));
  return largest_of(hn::Max(so_far, other));
}

// Bits of values that are not negative are ordered as the values are.
HWY_INLINE float largest_of(const Bfloat16* HWY_RESTRICT values, std::ptrdiff_t count) {
  const hn::ScalableTag<Bfloat16> d;
  constexpr auto kStep = static_cast<std::ptrdiff_t>(hn::MaxLanes(d));
  auto so_far = hn::Zero(d), other = so_far;
  std::ptrdiff_t i = 0;
  for (; i + 2 * kStep <= count; i += 2 * kStep) {
    so_far = hn::Max(so_far, hn::LoadU(d, values + i));
    other = hn::Max(other, hn::LoadU(d, values + i + kStep));
  }
  for (; i + kStep <= count; i += kStep) so_far = hn::Max(so_far, hn::LoadU(d, values + i));
  if (i < count)
    other = hn::Max(other, hn::LoadN(d, values + i, static_cast<std::size_t>(count - i)));
  const auto pairs = hn::BitCast(hn::RebindToUnsigned<DAll>(), hn::Max(so_far, other));
  return hn::GetLane(hn::MaxOfLanes(DAll(), hn::Max(lower_of(pairs), upper_of(pairs))));
}

// Of two values in a bfloat16 activation's places, where the lower bits of a whole number beside
// 1.5 * 2^23 end.
using DWhole = hn::Repartition<std::int16_t, DHalf>;
using VWhole = hn::Vec<DWhole>;
template <class VFloats>
HWY_INLINE auto whole_numbers(VFloats lower, VFloats upper, VFloats factor) {
  const hn::DFromV<VFloats> df;
  const hn::RebindToUnsigned<decltype(df)> bits;
  const hn::Repartition<std::int16_t, decltype(df)> d;
  const VFloats base = hn::Set(df, 0x1.8p23f);
  const auto of_lower = hn::BitCast(bits, hn::MulAdd(lower, factor, base)),
             of_upper = hn::BitCast(bits, hn::MulAdd(upper, factor, base));
  return hn::OddEven(hn::BitCast(d, hn::ShiftLeft<16>(of_upper)), hn::BitCast(d, of_lower));
}
template <class DFloats>
HWY_INLINE void store_whole_numbers(DFloats d, const Bfloat16* from, float factor,
                                    std::int16_t* HWY_RESTRICT out) {
  const auto pairs = load_pairs<DFloats>(from);
  hn::StoreU(whole_numbers(lower_of(pairs), upper_of(pairs), hn::Set(d, factor)),
             hn::Repartition<std::int16_t, DFloats>(), out);
}

// Floats to whole numbers of 16 bits, rounded to nearest, ties to even.
class ToIntegers {
 public:
  // Demoting two vectors leaves pairs in an order of the CPU's own; a permutation that undoes it is
  // found by trying.
  HWY_INLINE ToIntegers() {
    HWY_ALIGN std::int16_t tried[2 * kLanes];
    HWY_ALIGN std::int32_t order[kLanes];
    hn::Store(hn::ReorderDemote2To(D16(), hn::Iota(D32(), 0), hn::Iota(D32(), kLanes)), D16(),
              tried);
    for (int i = 0; i < kLanes; ++i) order[tried[2 * i] / 2] = i;
    order_ = hn::Load(D32(), order);
  }

  // `steps` is a power of two, so products are exact.
  HWY_INLINE void run(const float* HWY_RESTRICT values, std::ptrdiff_t count, float steps,
                      std::int16_t* HWY_RESTRICT out) const {
    const D d;
    const V factor = hn::Set(d, steps);
    const auto two = [&](std::ptrdiff_t i) HWY_ATTR {
      const V32 a = rounded(hn::LoadU(d, values + i), factor),
                b = rounded(hn::LoadU(d, values + i + kLanes), factor);
      const V32 pairs = hn::BitCast(D32(), hn::ReorderDemote2To(D16(), a, b));
      hn::StoreU(hn::TableLookupLanes(pairs, hn::IndicesFromVec(D32(), order_)), D32(),
                 reinterpret_cast<std::int32_t*>(out + i));
    };
    std::ptrdiff_t i = 0;
    for (; i + 2 * kLanes <= count; i += 2 * kLanes) two(i);
    if (i < count && count >= 2 * kLanes) return two(count - 2 * kLanes);
    for (; i < count; ++i)
      out[i] = static_cast<std::int16_t>(hn::GetLane(rounded(hn::Set(d, values[i]), factor)));
  }

  // Bf16 values keep their places.
  HWY_INLINE void run(const Bfloat16* HWY_RESTRICT values, std::ptrdiff_t count, float steps,
                      std::int16_t* HWY_RESTRICT out) const {
    constexpr auto kStep = static_cast<std::ptrdiff_t>(2 * hn::MaxLanes(DAll()));
    std::ptrdiff_t i = 0;
    for (; i + kStep <= count; i += kStep) store_whole_numbers(DAll(), values + i, steps, out + i);
    for (; i < count; i += 2 * kHalfLanes) store_whole_numbers(DHalf(), values + i, steps, out + i);
  }

 private:
  // Beside 1.5 * 2^23 a float has no room for fractions, and ends in the whole number.
  static HWY_INLINE V32 rounded(V value, V factor) {
    const V base = hn::Set(D(), 0x1.8p23f);
    return hn::Sub(hn::BitCast(D32(), hn::MulAdd(value, factor, base)), hn::BitCast(D32(), base));
  }

  V32 order_;
};

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::nn
HWY_AFTER_NAMESPACE();

#endif
