// The floating-point kernels of VIF: Gaussian means and variances of two planes, what the eye
// learns from either, and planes of half the size. Deterministic; with the rounding of libvmaf,
// whose order of operations this is, up to the sums.
//
// Sheikh, Bovik: Image information and visual quality, IEEE Transactions on Image Processing 15(2),
// 2006.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/plane.h"
#include "base/result.h"
#include "base/scratch.h"

namespace visq {

inline constexpr int kFloatVifScales = 4;

// The Gaussian of a scale, 0 being the finest: 2^(4 - scale) + 1 taps of a fifth of that as
// standard deviation, both times `kernel_scale`; an odd number of taps, at least 3.
std::vector<float> float_vif_gaussian(int scale, float kernel_scale);

struct FloatVifRule {
  std::span<const float> taps;
  float gain_limit = 100;  // what the distortion enhances counts up to this gain
  float noise = 2;         // variance of the noise of the eye, in squared code values of 8 bits
};

// Sums over the pixels: the information of the distorted picture and that of the reference.
struct FloatVifSums {
  double num = 0, den = 0;
};

// Samples are taken as sample * scale + offset.
struct FloatVifSamples {
  float scale = 1;  // a power of two
  float offset = 0;
};

// Planes of one size; beyond their edge they are mirrored (reflect101). -ENOMEM.
template <typename T>
Result<FloatVifSums> float_vif_sums(PlaneView<const T> ref, PlaneView<const T> dist,
                                    const FloatVifSamples& samples, const FloatVifRule& rule,
                                    Scratch& scratch);

// The samples of even rows and columns of the filtered plane; `out` is half as large, rounded down.
template <typename T>
Status float_vif_downsample(PlaneView<const T> in, const FloatVifSamples& samples,
                            std::span<const float> taps, PlaneView<float> out, Scratch& scratch);

// T is uint8_t, uint16_t or float. The same in plain C++: what the fast ones are tested against.
template <typename T>
FloatVifSums float_vif_sums_ref(PlaneView<const T> ref, PlaneView<const T> dist,
                                const FloatVifSamples& samples, const FloatVifRule& rule);
template <typename T>
void float_vif_downsample_ref(PlaneView<const T> in, const FloatVifSamples& samples,
                              std::span<const float> taps, PlaneView<float> out);

}  // namespace visq
