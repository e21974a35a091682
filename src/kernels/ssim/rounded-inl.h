// Sums in double precision of products in single precision. Included once a target.
#if defined(VISQ_KERNELS_SSIM_ROUNDED_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VISQ_KERNELS_SSIM_ROUNDED_INL_H_
#undef VISQ_KERNELS_SSIM_ROUNDED_INL_H_
#else
#define VISQ_KERNELS_SSIM_ROUNDED_INL_H_
#endif

#include "kernels/conv/float-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::ssim::rounded::HWY_NAMESPACE {
using namespace visq::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR  // no vectors at all: the references are the kernels

using DD = hn::RepartitionToWide<DF>;
using DH = hn::Half<DF>;  // as many lanes as DD
using VD = hn::Vec<DD>;
using VH = hn::Vec<DH>;

inline int wide_lanes() { return static_cast<int>(hn::Lanes(DD())); }

HWY_INLINE VD load_wide(const float* products) {
  return hn::PromoteTo(DD(), hn::LoadU(DH(), products));
}

// Exact where the processor fuses, and where it does not; its units for products then share the
// sums.
template <bool kFused>
HWY_INLINE VD sum(VD a, VD b) {
  if constexpr (kFused)
    return hn::MulAdd(b, hn::Set(DD(), 1.0), a);
  else
    return hn::Add(a, b);
}

HWY_INLINE void accumulate(VD value, double* sums) {
  hn::StoreU(hn::Add(hn::LoadU(DD(), sums), value), DD(), sums);
}

#endif

}  // namespace visq::ssim::rounded::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
