// A row at a time: the difference of the two frames goes to a ring of five rows, the vertical blur of
// the ring to a row buffer, the horizontal blur and the sum read that while it is in the cache. To
// blur the difference is to take the difference of two blurred frames, at half the cost.
#include "kernels/float_motion/float_motion.h"

#include <cmath>

#include "base/reflect.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/float_motion/float_motion.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/conv/float-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq {
namespace HWY_NAMESPACE {

inline constexpr int kTaps = 2 * kBlurRadius + 1;
inline constexpr int kPad = kSumLanes;  // columns before and after a row

struct Buffers {
  float* differences;  // a ring of rows
  float* blurred;      // one row, blurred vertically, with its mirrored borders
  std::ptrdiff_t stride;
  float* difference(int y) const { return differences + y % kTaps * stride; }
};

template <typename T>
HWY_INLINE void subtract_row(const T* a, const T* b, int width, float* out) {
  int x = 0;
  for (; x + lanes() <= width; x += lanes()) hn::Store(hn::Sub(load_samples(a + x), load_samples(b + x)), DF(), out + x);
  for (; x < width; ++x) out[x] = static_cast<float>(a[x] - b[x]);
}

struct Five {
  VF v0, v1, v2, v3, v4;
};

HWY_INLINE VF blur(const Five& v, const BlurTaps& taps) {
  const VF outer = hn::Mul(constant(taps[0]), hn::Add(v.v0, v.v4)), inner = hn::Mul(constant(taps[1]), hn::Add(v.v1, v.v3));
  return hn::Add(hn::Add(outer, inner), hn::Mul(constant(taps[2]), v.v2));
}

HWY_INLINE void blur_columns(const float* const (&rows)[kTaps], int width, const BlurTaps& taps, float* out) {
  const DF d;
  for (int x = 0; x < width; x += lanes()) {
    const Five v{hn::Load(d, rows[0] + x), hn::Load(d, rows[1] + x), hn::Load(d, rows[2] + x), hn::Load(d, rows[3] + x), hn::Load(d, rows[4] + x)};
    hn::Store(blur(v, taps), d, out + x);
  }
  for (int k = 1; k <= kBlurRadius; ++k) {
    out[-k] = out[reflect101(-k, width)];
    out[width - 1 + k] = out[reflect101(width - 1 + k, width)];
  }
}

HWY_INLINE VF blur_row(const float* row, int x, const BlurTaps& taps) {
  const DF d;
  const float* const at = row + x;
  return blur({hn::LoadU(d, at - 2), hn::LoadU(d, at - 1), hn::Load(d, at), hn::LoadU(d, at + 1), hn::LoadU(d, at + 2)}, taps);
}

HWY_INLINE double sum_row(const float* row, int width, const BlurTaps& taps) {
  RowSum sum;
  const int whole = width / kSumLanes * kSumLanes;
  for_columns(0, whole, [&](int x, auto vector) HWY_ATTR { sum.add(vector, hn::Abs(blur_row(row, x, taps))); });
  if (whole < width) for_vectors(whole, [&](int x, auto vector) HWY_ATTR { sum.add(vector, inside(hn::Abs(blur_row(row, x, taps)), x, 0, width)); });
  return sum.total();
}

// Blurs the row in place of the samples, for whom wants to see them.
HWY_INLINE void store_row(const float* row, int width, const BlurTaps& taps, float scale, float* out) {
  HWY_ALIGN float last[kSumLanes];
  for (int x = 0; x < width; x += lanes()) {
    const VF values = hn::Mul(blur_row(row, x, taps), constant(scale));
    if (x + lanes() <= width) hn::StoreU(values, DF(), out + x);
    else hn::Store(values, DF(), last);
  }
  const int rest = width % lanes();
  for (int i = 0; i < rest; ++i) out[width - rest + i] = last[i];
}

template <typename T>
Result<double> sad(PlaneView<const T> a, PlaneView<const T> b, const BlurredDifference& how, Scratch& scratch) {
  const auto stride = round_up(static_cast<std::size_t>(a.width) + 2 * kPad, kSumLanes);
  const Buffers buffers{scratch.take<float>(stride * kTaps), scratch.take<float>(stride), static_cast<std::ptrdiff_t>(stride)};
  if (buffers.differences == nullptr || buffers.blurred == nullptr) return fail(ENOMEM, "float_motion: no memory for rows of the picture");
  float* const blurred = buffers.blurred + kPad;
  const float scale = std::ldexp(1.f, 8 - how.bits);
  double total = 0;
  for (int next = 0, y = 0; y < a.height; ++y) {
    for (; next < std::min(y + kBlurRadius + 1, a.height); ++next) subtract_row(a.row(next), b.row(next), a.width, buffers.difference(next));
    const float* rows[kTaps];
    for (int k = 0; k < kTaps; ++k) rows[k] = buffers.difference(reflect101(y - kBlurRadius + k, a.height));
    blur_columns(rows, a.width, how.taps, blurred);
    total += sum_row(blurred, a.width, how.taps);
    if (how.plane.data != nullptr) store_row(blurred, a.width, how.taps, scale, how.plane.row(y));
  }
  return total * static_cast<double>(scale);
}

Result<double> sad8(PlaneView<const std::uint8_t> a, PlaneView<const std::uint8_t> b, const BlurredDifference& how, Scratch& scratch) {
  return sad(a, b, how, scratch);
}
Result<double> sad16(PlaneView<const std::uint16_t> a, PlaneView<const std::uint16_t> b, const BlurredDifference& how, Scratch& scratch) {
  return sad(a, b, how, scratch);
}

double magnitudes(PlaneView<const float> plane) {
  double total = 0;
  for (int y = 0; y < plane.height; ++y) {
    const float* const row = plane.row(y);
    RowSum sum;
    const int whole = plane.width / kSumLanes * kSumLanes;
    for_columns(0, whole, [&](int x, auto vector) HWY_ATTR { sum.add(vector, hn::Abs(hn::LoadU(DF(), row + x))); });
    double rest = 0;
    for (int x = whole; x < plane.width; ++x) rest += static_cast<double>(std::fabs(row[x]));
    total += sum.total() + rest;
  }
  return total;
}

}  // namespace HWY_NAMESPACE
}  // namespace visq
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq {

HWY_EXPORT(sad8);
HWY_EXPORT(sad16);
HWY_EXPORT(magnitudes);

Result<double> float_motion_sad(PlaneView<const std::uint8_t> a, PlaneView<const std::uint8_t> b, const BlurredDifference& how, Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(sad8)(a, b, how, scratch);
}
Result<double> float_motion_sad(PlaneView<const std::uint16_t> a, PlaneView<const std::uint16_t> b, const BlurredDifference& how, Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(sad16)(a, b, how, scratch);
}
double sum_of_magnitudes(PlaneView<const float> plane) { return HWY_DYNAMIC_DISPATCH(magnitudes)(plane); }

}  // namespace visq
#endif
