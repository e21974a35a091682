// The steps of CAMBI (Tandon et al., CAMBI: contrast-aware multiscale banding index, PCS 2021) on
// luma of 10 bits. Exact up to the contrast of a step, which is one rounded float product; equal
// bits on every target.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/plane.h"
#include "base/samples.h"
#include "base/scratch.h"

namespace visq::cambi {

// A sample of 10 bits, and in its top bit whether its surroundings are flat enough for banding.
inline constexpr std::uint16_t kFlat = 0x8000;
inline constexpr std::uint16_t kValueBits = 0x7FFF;
inline constexpr int kValues = 1025;  // rounding 16-bit white to 10 bits gives 1024

// Rows begin to end - 1 of a plane: what one of several parts of a frame does.
struct RowRange {
  int begin = 0, end = 0;
};

// How samples become the finest scale.
struct Preparation {
  // Each sample becomes the mean, rounded down, of itself and its neighbours to the right and below
  // (where there are such): what hides the dither of a conversion to fewer than 10 bits.
  bool averages = false;
  bool filters = true;  // see below; a scale that is only there to be halved is not filtered
};

// Some rows of `out`, of the size of `in`: its samples at 10 bits, rounded, with kFlat where, of
// the 7x7 samples around, more than a limit (which grows with the plane) equal their right and
// lower neighbours. Then values go through a 3x3 mode filter, rows first: of three values the one
// that occurs twice, or the least. The outer rows stay as they are, the outer columns are filtered
// by columns only. Returns the OR of all input samples that had a part in it: a bit above the
// depth's tells of an invalid one.
unsigned first_scale(const Samples& in, Preparation how, RowRange range,
                     PlaneView<std::uint16_t> out, Scratch& scratch);

// Some rows of a scale of half the size, rounded up: every other sample of every other row, through
// the same filter; kFlat stays where it is.
void next_scale(PlaneView<const std::uint16_t> in, RowRange range, PlaneView<std::uint16_t> out,
                Scratch& scratch);

// Which steps between values are visible, and how much they count.
struct Visibility {
  int differences = 4;                // the largest step looked at: 4, 8, 16 or 32
  int low = 0, high = -1;             // values outside belong to no visible step
  std::vector<std::uint8_t> weights;  // [value][difference - 1]; 0: not visible

  const std::uint8_t* of(int value) const {
    return weights.data() + static_cast<std::size_t>(value) * static_cast<std::size_t>(differences);
  }
};

// The contrast of the flat samples of some rows of a scale.
struct Contrasts {
  float* values = nullptr;  // in raster order, those that can be above 0; room for all samples
  std::size_t count = 0;
  PlaneView<float> map = {};  // all of them in their places, if wanted
};

inline constexpr int kLargestArea = 4225;  // of the window

// For a flat sample of value v: the largest, over differences d, of weight * p0 * p / (p0 + p),
// where p0 counts the flat samples of value v in the window of `side` x `side` (odd, at most 65)
// around it and p the larger of the counts of v - d and v + d. The window ends at the edges of the
// plane, not of the rows that are asked for.
void contrasts(PlaneView<const std::uint16_t> plane, RowRange range, int side,
               const Visibility& visibility, Scratch& scratch, Contrasts& out);

// 1 / n for n = 1..kLargestArea, at [n], as scores have it: rounded to 9 decimal digits, then to
// float.
const float* reciprocals();

// Of `total` contrasts, those of a scale's `parts`, in order, and zeros, the mean of the `largest`
// (1..total) largest.
double mean_of_largest(std::span<const Contrasts> parts, std::size_t total, std::size_t largest);

// The same in plain C++, of whole planes: what the others are tested against.
unsigned first_scale_ref(const Samples& in, Preparation how, PlaneView<std::uint16_t> out);
void next_scale_ref(PlaneView<const std::uint16_t> in, PlaneView<std::uint16_t> out);
void contrasts_ref(PlaneView<const std::uint16_t> plane, RowRange range, int side,
                   const Visibility& visibility, Contrasts& out);

// How many of the 7x7 samples must be exceeded in a plane of this size.
int flat_limit(int width, int height);

// Of three values the one that occurs twice, or the least.
constexpr std::uint16_t mode_of(std::uint16_t a, std::uint16_t b, std::uint16_t c) {
  if (a == b || a == c) return a;
  if (b == c) return b;
  const std::uint16_t least = a < b ? a : b;
  return c < least ? c : least;
}

}  // namespace visq::cambi
