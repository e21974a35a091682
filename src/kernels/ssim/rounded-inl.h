// Sums in double precision of products in single precision. Included once a target.
#if defined(VISQ_KERNELS_SSIM_ROUNDED_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VISQ_KERNELS_SSIM_ROUNDED_INL_H_
#undef VISQ_KERNELS_SSIM_ROUNDED_INL_H_
#else
#define VISQ_KERNELS_SSIM_ROUNDED_INL_H_
#endif

#include <algorithm>

#include <hwy/cache_control.h>

#include "kernels/conv/float-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::ssim_rounded::HWY_NAMESPACE {
using namespace visq::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the references are the kernels, and take floats

template <typename T>
PlaneView<float> floats(PlaneView<const T> in, float unit, Scratch& scratch) {
  const auto out = scratch.take_plane<float>(in.width, in.height);
  for (int y = 0; out.data != nullptr && y < in.height; ++y)
    convert_row(in.row(y), in.width, {unit, 0}, out.row(y));
  return out;
}

#else

using DD = hn::RepartitionToWide<DF>;
using DH = hn::Half<DF>;  // as many lanes as DD
using VD = hn::Vec<DD>;
using VH = hn::Vec<DH>;

inline int wide_lanes() { return static_cast<int>(hn::Lanes(DD())); }

// Asks for samples from..to-1 of a row that is read some rows later: the rows of a few columns are
// too far apart for the processor to foresee.
template <typename T>
HWY_INLINE void prefetch(PlaneView<const T> plane, int from, int to, int y) {
  constexpr int kAhead = 8;
  constexpr int kLine = 64 / sizeof(T);
  const T* row = plane.row(std::clamp(y + kAhead, 0, plane.height - 1));
  for (int x = std::max(from, 0); x < std::min(to, plane.width); x += kLine) hwy::Prefetch(row + x);
}

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

}  // namespace visq::ssim_rounded::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
