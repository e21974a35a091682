// Colour difference CIEDE2000 of pictures in BT.709 Y'CbCr of limited range, with the weights of
// video: k_L = 0.65, k_C = 1, k_H = 4. Deterministic.
//
// The vector code has no arc tangent: hues enter as sines and cosines, which products of the
// vectors (a', b') give. Its powers are polynomials and Newton steps. Over the whole 8-bit cube,
// against the colours one and five code values away in each channel, a difference is off the
// definition in double precision by less than kErrorBound; ciede_test.cc proves it. Where two hues
// are opposite to within rounding the definition jumps, and so may this, to the other side.
#pragma once

#include "base/parallel.h"
#include "base/samples.h"
#include "base/scratch.h"

namespace visq::ciede {

inline constexpr double kErrorBound = 2e-4;

// Chroma belongs to 2^shift_x x 2^shift_y luma samples, and is repeated there; samples beyond the
// last of a chroma plane are that one.
struct Ycbcr {
  Samples y, cb, cr;
  int shift_x = 0, shift_y = 0;
};

// The sum of the differences of all samples of pictures of one format.
double sum(const Ycbcr& ref, const Ycbcr& dist, Scratch& scratch, Parallel& parallel);

// The definition in double precision, with arc tangents: what the vector code is near to.
double sum_ref(const Ycbcr& ref, const Ycbcr& dist);

// CIE L*a*b* under D65, and the difference of two such colours.
struct Lab {
  double l, a, b;
};
double ciede2000(const Lab& first, const Lab& second);

}  // namespace visq::ciede
