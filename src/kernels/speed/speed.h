// The steps of SpEED (Bampis et al., SpEED-QA: Spatial efficient entropic differencing for image
// and video quality, IEEE Signal Processing Letters 2017) on one plane. The covariance matrices
// here are nearly singular, so scores depend on every rounding: single precision and the order of
// operations are part of the definition. Equal bits on every target.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/parallel.h"
#include "base/plane.h"
#include "base/samples.h"
#include "base/scratch.h"

namespace visq::speed {

inline constexpr int kStep = 16;  // of the reduced plane, in samples
inline constexpr int kSide = 5;   // of a block, in samples of the reduced plane
inline constexpr int kElements = kSide * kSide;
inline constexpr int kLanes = 8;  // of sums, on every target

enum class Scaler { nearest, bilinear, bicubic, lanczos4 };

// The sizes of a plane on its way.
struct Shape {
  int width = 0, height = 0;                // as it comes
  int scaled_width = 0, scaled_height = 0;  // after scaling
  int reduced_width = 0, reduced_height = 0;
  int blocks_x = 0, blocks_y = 0;

  bool is_scaled() const { return width != scaled_width || height != scaled_height; }
  int blocks() const { return blocks_x * blocks_y; }
};
Shape shape_of(int width, int height, double scale);

// Whether the blocks can overlap in enough places (each is one sample) for an invertible
// covariance.
constexpr bool has_enough_samples(const Shape& s) {
  return (s.blocks_x * kSide - kSide + 1) * (s.blocks_y * kSide - kSide + 1) > kElements;
}

// What is done to a plane: scaled, blurred against aliases, thinned out, freed of its local mean.
struct Reduction {
  double scale = 1;  // a scale within 0.001 of 1 is none
  Scaler scaler = Scaler::nearest;
  std::vector<float> antialias, local_mean;  // filters of an odd number of taps, at most 35
};
// The filters for a kernel scale (0.1..4).
Reduction reduction_for(double kernel_scale, double scale, Scaler scaler);

// A plane less 128 in units of 8 bits; or, with `minus`, the difference of two planes of one size.
struct Signal {
  Samples plane;
  Samples minus = {};
};

// The reduced plane, of scratch memory. The shape must have a block.
PlaneView<const float> reduce(const Signal& signal, const Shape& shape, const Reduction& reduction,
                              Scratch& scratch);

// Row-major, symmetric; element (x, y) is the covariance of the plane moved by x with itself moved
// by y, where 5 r + c means r rows and c columns, over the samples that all moves leave inside.
struct Covariance {
  float at[kElements][kElements];
};
Covariance covariance_of(PlaneView<const float> plane, Scratch& scratch);

// Entropy and variance of each block, in raster order.
struct Field {
  bool singular = false;  // the covariance cannot be inverted: variances count as 0
  float *entropy = nullptr, *variance = nullptr;
  int blocks = 0;
};
// Of a reduced plane, cut to whole blocks, into a field that has room for them; `sigma`: of the
// noise of the eye.
void fill_field(PlaneView<const float> plane, float sigma, Scratch& scratch, Field& field);

struct Weighting {
  float sigma = 0.29f, floor = 0;  // blocks of less than (1 + floor) sigma do not count
  int mode = 0;                    // whose variances weight the entropies, 0..6
};
// The mean difference of entropies, each weighted by log2(1 + variance).
float difference(const Field& reference, const Field& distorted, const Weighting& weighting);

// What makes a score of two signals.
struct Rule {
  Reduction reduction;
  Weighting weighting;
};
struct Score {
  float value = 0;
  bool singular = false;  // either signal is; the value is 0 then unless both are
};
struct Pair {
  Signal reference, distorted;
};
// Of each pair, all of one size. Signals are parts of a frame. Of planes too small for a block: 0,
// singular.
void score_pairs(std::span<const Pair> pairs, const Rule& rule, Parallel& parallel,
                 Scratch& scratch, std::span<Score> scores);

// Blurs of other sizes than these are refused, as libvmaf does.
bool is_kernel_scale(double scale);

// Eigenvalues, in no order, of a symmetric matrix.
void eigenvalues(const Covariance& matrix, float* values);

// Solves matrix * x = y for `columns` right sides, row by row in `y`, into `x`; false when the
// matrix is singular. `work` has room for kElements * columns.
bool solve(const Covariance& matrix, const float* y, int columns, float* x, float* work);

// The same in plain C++: what the fast ones are tested against.
Covariance covariance_ref(PlaneView<const float> plane);
bool solve_ref(const Covariance& matrix, const float* y, int columns, float* x, float* work);
PlaneView<const float> reduce_ref(const Signal& signal, const Shape& shape,
                                  const Reduction& reduction, Scratch& scratch);

}  // namespace visq::speed
