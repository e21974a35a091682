// The floating-point kernels of VIF: Gaussian means and variances of two planes, what the eye
// learns from either, and planes of half the size. Deterministic; with the rounding of libvmaf,
// whose order of operations this is, up to the sums.
//
// Sheikh, Bovik: Image information and visual quality, IEEE Transactions on Image Processing 15(2),
// 2006.
#pragma once

#include <span>
#include <vector>

#include "base/parallel.h"
#include "base/samples.h"
#include "base/scratch.h"

namespace visq::float_vif {

inline constexpr int kScales = 4;

// Samples count in code values of 8 bits, less this; floats (kernels/conv/values.h) as they are.
inline constexpr float kCentre = 128;

// The Gaussian of a scale, 0 being the finest: 2^(4 - scale) + 1 taps of a fifth of that as
// standard deviation, both times `kernel_scale`; an odd number of taps, at least 3.
std::vector<float> gaussian(int scale, float kernel_scale);

struct Rule {
  std::span<const float> taps;
  float gain_limit = 100;  // what the distortion enhances counts up to this gain
  float noise = 2;         // variance of the noise of the eye, in squared code values of 8 bits
};

// Sums over the pixels: the information of the distorted picture and that of the reference.
struct Sums {
  double num = 0, den = 0;
};

// Planes of one format; beyond their edge they are mirrored (reflect101).
Sums sums(const Samples& ref, const Samples& dist, const Rule& rule, Scratch& scratch,
          Parallel& parallel);

// The samples of even rows and columns of the filtered plane; `out` is half as large, rounded down.
void downsample(const Samples& in, std::span<const float> taps, PlaneView<float> out,
                Scratch& scratch, Parallel& parallel);

// The same in plain C++: what the vector code is tested against.
Sums sums_ref(const Samples& ref, const Samples& dist, const Rule& rule);
void downsample_ref(const Samples& in, std::span<const float> taps, PlaneView<float> out);

}  // namespace visq::float_vif
