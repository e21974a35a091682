// The floating-point kernel of ADM, the detail loss metric: one scale of two pictures.
// Deterministic; wavelet bands have the bits of libvmaf's.
//
// Li, Zhang, Ma, Ngan: Image quality assessment by separately evaluating detail losses and additive
// impairments, IEEE Transactions on Multimedia, 2011.
#pragma once

#include "base/parallel.h"
#include "base/samples.h"
#include "base/scratch.h"

namespace visq::float_adm {

inline constexpr int kScales = 4;

// Samples count in code values of 8 bits, less this; floats (kernels/conv/values.h) as they are.
inline constexpr float kCentre = 128;

// The db2 wavelet.
inline constexpr float kLow[4] = {0.482962913144690f, 0.836516303737469f, 0.224143868041857f,
                                  -0.129409522550921f};
inline constexpr float kHigh[4] = {-0.129409522550921f, -0.224143868041857f, 0.836516303737469f,
                                   -0.482962913144690f};

// Where the transform reads beyond the edge: mirrored at the first sample, which is not repeated,
// and behind the last one, which is. `n` is at least 2.
constexpr int mirror(int i, int n) { return i < 0 ? -i : i < n ? i : 2 * n - i - 1; }

constexpr int band_side(int side) { return (side + 1) / 2; }

// The rows or columns of a band that count: a tenth at either end does not.
struct Span {
  int from, to;
};
constexpr Span counted(int side) {
  const int margin = static_cast<int>(side * 0.1 - 0.5);
  return {margin, side - margin};
}

// Directions differ by less than one degree when the square of the cosine is at least this.
inline constexpr float kSameDirection = 0.99969541350954785f;

struct Rule {
  float straight = 0, diagonal = 0;  // contrast sensitivity
  float gain_limit = 100;            // how much enhancement counts as restored detail
  double norm = 3;                   // of the sums over a band
  double noise_weight = 0.03125;
  bool masking = true;  // detail is hidden by detail of the other kind around it
  bool score = true;    // false: make the approximations alone
};

struct ScaleScore {
  double restored = 0;   // numerator: the detail that is left
  double reference = 0;  // denominator: the detail of the reference
  double additive = 0;   // the impairment that was added
};

struct Pictures {
  Samples ref, dist;  // of one format, at least 3x3
};

// What the next scale is made of, half the size, rounded up; null data where none follows.
struct Approximations {
  PlaneView<float> ref, dist;
};

ScaleScore score_scale(const Pictures& pictures, const Rule& rule, const Approximations& next,
                       Scratch& scratch, Parallel& parallel);

// The same in plain C++, in double precision after the transform: what the vector code is tested
// against.
ScaleScore score_scale_ref(const Pictures& pictures, const Rule& rule, const Approximations& next);

}  // namespace visq::float_adm
