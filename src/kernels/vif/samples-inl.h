// Samples as vectors, filtered ones back to rows. Included once a target.
#if defined(VISQ_KERNELS_VIF_SAMPLES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VISQ_KERNELS_VIF_SAMPLES_INL_H_
#undef VISQ_KERNELS_VIF_SAMPLES_INL_H_
#else
#define VISQ_KERNELS_VIF_SAMPLES_INL_H_
#endif

#include "base/reflect.h"
#include "kernels/conv/pairs-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::vif {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using namespace visq::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR

using DU16 = hn::RebindToUnsigned<D16>;
using DU32 = hn::RebindToUnsigned<D32>;
using DF32 = hn::RebindToFloat<D32>;
using D64 = hn::Repartition<double, D32>;
using DU64 = hn::Repartition<std::uint64_t, D32>;
using VU16 = hn::Vec<DU16>;
using VU32 = hn::Vec<DU32>;
using VD = hn::Vec<D64>;

inline int lanes16() { return static_cast<int>(hn::Lanes(D16())); }

HWY_INLINE V32 constant(std::uint32_t value) {
  return hn::Set(D32(), static_cast<std::int32_t>(value));
}
HWY_INLINE VU32 as_unsigned(V32 v) { return hn::BitCast(DU32(), v); }
HWY_INLINE V32 as_signed(VU32 v) { return hn::BitCast(D32(), v); }

HWY_INLINE V16 signed_offset(VU16 v) {
  const DU16 d;
  return hn::BitCast(D16(), hn::Xor(v, hn::Set(d, std::uint16_t{0x8000})));
}

HWY_INLINE VU16 load_samples(const std::uint8_t* p) {
  const hn::Rebind<std::uint8_t, DU16> d8;
  return hn::PromoteTo(DU16(), hn::LoadU(d8, p));
}
HWY_INLINE VU16 load_samples(const std::uint16_t* p) { return hn::LoadU(DU16(), p); }

HWY_INLINE void store_row(V32 lower, V32 upper, std::int16_t* out) {
  const D16 d;
  hn::StoreU(hn::ReorderDemote2To(d, lower, upper), d, out);
}

// Columns left and right of the plane, mirrored; `x0` is the column of buffer position `radius`.
inline void mirror(std::int16_t* row, int radius, int x0, int x1, int width) {
  if (x0 == 0)
    for (int k = 1; k <= radius; ++k) row[radius - k] = row[radius + reflect101(-k, width)];
  if (x1 == width)
    for (int k = 0; k < radius; ++k)
      row[radius + width - x0 + k] = row[radius + reflect101(width + k, width) - x0];
}

#endif  // HWY_TARGET

}  // namespace HWY_NAMESPACE
}  // namespace visq::vif
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
