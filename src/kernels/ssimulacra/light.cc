// sRGB codes become light, light becomes XYB: pixel by pixel.
#include <algorithm>
#include <cstring>

#include "kernels/ssimulacra/ssimulacra.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/ssimulacra/light.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/ssimulacra/fused-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::ssimulacra {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

void light_rows(PlaneView<float> codes) { to_light_ref(codes); }
void perceive_rows(const Planes& light) { perceive_ref(light); }
void halve_rows(PlaneView<const float> in, PlaneView<float> out) { halve_ref(in, out); }

#else

namespace hn = hwy::HWY_NAMESPACE;
using visq::HWY_NAMESPACE::fused;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;

inline int lanes() { return static_cast<int>(hn::Lanes(D())); }
HWY_INLINE V constant(float value) { return hn::Set(D(), value); }

HWY_INLINE V polynomial(const std::array<float, 5>& factors, V x) {
  V sum = constant(factors[4]);
  for (std::size_t k = 4; k-- > 0;) sum = fused(sum, x, constant(factors[k]));
  return sum;
}

HWY_INLINE V light_of(V code) {
  const V curve = hn::Div(polynomial(kCurveAbove, code), polynomial(kCurveBelow, code));
  return hn::IfThenElse(hn::Gt(code, constant(kLinearBelow)), curve,
                        hn::Mul(code, constant(kLinearSlope)));
}

void light_rows(PlaneView<float> codes) {
  for (int y = 0; y < codes.height; ++y) {
    float* const row = codes.row(y);
    int x = 0;
    for (; x + lanes() <= codes.width; x += lanes())
      hn::StoreU(light_of(hn::LoadU(D(), row + x)), D(), row + x);
    const auto left = static_cast<std::size_t>(codes.width - x);
    hn::StoreN(light_of(hn::LoadN(D(), row + x, left)), D(), row + x, left);
  }
}

HWY_INLINE V fourth_power(V x) {
  const V square = hn::Mul(x, x);
  return hn::Mul(square, square);
}

HWY_INLINE V cube_root_less_bias(V x) {
  const hn::RebindToSigned<D> di;
  const auto exponent = hn::ShiftRight<23>(hn::BitCast(di, x));
  V r =
      hn::BitCast(D(), hn::Sub(hn::Set(di, kRootExponent),
                               hn::Mul(exponent, hn::Set(di, kRootSlope))));  // x to the power -1/3
  const V minus_third = hn::Mul(x, constant(-1.0f / 3));
  for (int step = 0; step < kRootSteps; ++step)
    r = fused(minus_third, fourth_power(r), hn::Mul(r, constant(4.0f / 3)));
  r = fused(constant(1.0f / 3), fused(hn::Neg(x), fourth_power(r), r), r);
  return fused(hn::Mul(r, r), x, constant(-kCubeRootOfBias));
}

struct Pixels {
  V first, second, third;  // red, green and blue light; then X, Y and B - Y
};

HWY_INLINE V receptor(const float (&weights)[3], const Pixels& light) {
  return cube_root_less_bias(
      fused(constant(weights[0]), light.first,
            fused(constant(weights[1]), light.second,
                  fused(constant(weights[2]), light.third, constant(kBias)))));
}

HWY_INLINE Pixels perceived(const Pixels& light) {
  const V half = constant(0.5f);
  const V l = receptor(kAbsorbance[0], light), m = receptor(kAbsorbance[1], light),
          s = receptor(kAbsorbance[2], light);
  const V luminance = hn::Mul(half, hn::Add(l, m));
  return {hn::Add(hn::Mul(hn::Mul(half, hn::Sub(l, m)), constant(14)), constant(0.42f)),
          hn::Add(luminance, constant(0.01f)), hn::Add(hn::Sub(s, luminance), constant(0.55f))};
}

void perceive_rows(const Planes& light) {
  for (int y = 0; y < light[0].height; ++y) {
    float *const r = light[0].row(y), *const g = light[1].row(y), *const b = light[2].row(y);
    int x = 0;
    for (; x + lanes() <= light[0].width; x += lanes()) {
      const Pixels xyb =
          perceived({hn::LoadU(D(), r + x), hn::LoadU(D(), g + x), hn::LoadU(D(), b + x)});
      hn::StoreU(xyb.first, D(), r + x);
      hn::StoreU(xyb.second, D(), g + x);
      hn::StoreU(xyb.third, D(), b + x);
    }
    const auto left = static_cast<std::size_t>(light[0].width - x);
    const Pixels xyb = perceived(
        {hn::LoadN(D(), r + x, left), hn::LoadN(D(), g + x, left), hn::LoadN(D(), b + x, left)});
    hn::StoreN(xyb.first, D(), r + x, left);
    hn::StoreN(xyb.second, D(), g + x, left);
    hn::StoreN(xyb.third, D(), b + x, left);
  }
}

void halve_rows(PlaneView<const float> in, PlaneView<float> out) {
  for (int y = 0; y < out.height; ++y) {
    const float *const upper = in.row(2 * y), *const lower =
                                                  in.row(std::min(2 * y + 1, in.height - 1));
    int x = 0;
    for (; 2 * (x + lanes()) <= in.width; x += lanes()) {
      V upper_even, upper_odd, lower_even, lower_odd;
      hn::LoadInterleaved2(D(), upper + 2 * x, upper_even, upper_odd);
      hn::LoadInterleaved2(D(), lower + 2 * x, lower_even, lower_odd);
      const V sum = hn::Add(hn::Add(hn::Add(upper_even, upper_odd), lower_even), lower_odd);
      hn::StoreU(hn::Mul(sum, constant(0.25f)), D(), out.row(y) + x);
    }
    if (x < out.width)
      halve_ref({upper + 2 * x, lower - upper, in.width - 2 * x, 2},
                {out.row(y) + x, 0, out.width - x, 1});
  }
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::ssimulacra
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::ssimulacra {

HWY_EXPORT(light_rows);
HWY_EXPORT(perceive_rows);
HWY_EXPORT(halve_rows);

void to_light(PlaneView<float> codes) { HWY_DYNAMIC_DISPATCH(light_rows)(codes); }
void perceive(const Planes& light) { HWY_DYNAMIC_DISPATCH(perceive_rows)(light); }
void halve(PlaneView<const float> in, PlaneView<float> out) {
  HWY_DYNAMIC_DISPATCH(halve_rows)(in, out);
}

}  // namespace visq::ssimulacra
#endif
