// The fixed-point kernels of ADM, the detail loss metric: wavelet bands of a picture, and what one
// scale of two pictures' bands says. Exact: they give the bits of libvmaf's plain C path.
//
// Li, Zhang, Ma, Ngan: Image quality assessment by separately evaluating detail losses and additive
// impairments, IEEE Transactions on Multimedia, 2011.
#pragma once

#include <array>
#include <cstdint>

#include "base/plane.h"
#include "base/scratch.h"

namespace visq::adm {

inline constexpr int kScales = 4;

// One level of the db2 wavelet transform: approximation, horizontal, vertical and diagonal detail.
struct Bands {
  PlaneView<std::int32_t> approximation, horizontal, vertical, diagonal;
  int width() const { return approximation.width; }
  int height() const { return approximation.height; }
};

// Uninitialised bands for a picture of that size: half of it, rounded up. Null data: no memory.
Bands take_bands(Scratch& scratch, int width, int height);

// Level 0, from samples; levels 1 to 3, from the approximation of the level before.
void transform(PlaneView<const std::uint8_t> samples, int bits, const Bands& out, Scratch& scratch);
void transform(PlaneView<const std::uint16_t> samples, int bits, const Bands& out, Scratch& scratch);
void transform(PlaneView<const std::int32_t> approximation, int level, const Bands& out, Scratch& scratch);

struct ScaleRule {
  int scale = 0;
  std::array<float, 3> contrast;        // contrast sensitivity: horizontal, vertical, diagonal
  std::array<std::uint32_t, 3> fixed;   // the same in fixed point
  double gain_limit = 100;              // how much enhancement counts as restored detail
  double noise_weight = 0.03125;
  bool additive = true;                 // compute `additive` below
};

struct ScaleScore {
  float restored = 0;   // numerator: the detail that is left
  float reference = 0;  // denominator: the detail of the reference
  float additive = 0;   // the impairment that was added
};

ScaleScore score_scale(const Bands& reference, const Bands& distorted, const ScaleRule& rule, Scratch& scratch);

}  // namespace visq::adm
