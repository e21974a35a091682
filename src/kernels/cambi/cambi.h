// The steps of CAMBI (Tandon et al., CAMBI: contrast-aware multiscale banding index, PCS 2021) on
// luma of 10 bits. Exact up to the contrast of a step, which is one rounded float product; equal
// bits on every target.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/plane.h"
#include "base/result.h"
#include "base/scratch.h"

namespace visq::cambi {

// A sample of 10 bits, and in its top bit whether its surroundings are flat enough for banding.
inline constexpr std::uint16_t kFlat = 0x8000;
inline constexpr std::uint16_t kValueBits = 0x7FFF;
inline constexpr int kValues = 1025;  // rounding 16-bit white to 10 bits gives 1024

// `out`, of the same size, becomes the samples of `bits` bits (8..16) at 10 bits, rounded. Returns
// the OR of all input samples: a bit above the depth's tells of an invalid one.
unsigned to_ten_bits(PlaneView<const std::uint8_t> in, int bits, PlaneView<std::uint16_t> out);
unsigned to_ten_bits(PlaneView<const std::uint16_t> in, int bits, PlaneView<std::uint16_t> out);

// Each sample becomes the mean, rounded down, of itself and its neighbours to the right and below
// (where there are such): what hides the dither of a conversion to fewer than 10 bits. In place.
void average_pairs(PlaneView<std::uint16_t> plane);

// Sets kFlat where, of the 7x7 samples around, more than a limit (which grows with the plane) equal
// their right and lower neighbours. In place; samples must not have the bit yet. -ENOMEM.
Status mark_flat(PlaneView<std::uint16_t> plane, Scratch& scratch);

// Every other sample of every other row; `out` is ((w + 1) / 2) x ((h + 1) / 2).
void decimate(PlaneView<const std::uint16_t> in, PlaneView<std::uint16_t> out);

// A 3x3 mode filter, rows first: of three values the one that occurs twice, or the least. The outer
// rows stay as they are, the outer columns are filtered by columns only. kFlat stays where it is.
// -ENOMEM.
Status mode_filter(PlaneView<const std::uint16_t> in, PlaneView<std::uint16_t> out,
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

// The contrast of the flat samples of one scale.
struct Contrasts {
  float* values = nullptr;  // in raster order, those that can be above 0; room for a whole plane
  std::size_t count = 0;
  PlaneView<float> map = {};  // all of them in their places, if wanted
};

inline constexpr int kLargestArea = 4225;  // of the window

// For a flat sample of value v: the largest, over differences d, of weight * p0 * p / (p0 + p),
// where p0 counts the flat samples of value v in the window of `side` x `side` (odd, at most 65)
// around it and p the larger of the counts of v - d and v + d. The window ends at the edges.
// -ENOMEM.
Status contrasts(PlaneView<const std::uint16_t> plane, int side, const Visibility& visibility,
                 Scratch& scratch, Contrasts& out);

// 1 / n for n = 1..kLargestArea, at [n], as scores have it: rounded to 9 decimal digits, then to
// float.
const float* reciprocals();

// Of `total` contrasts, those of `list` and zeros, the mean of the `largest` (1..total) largest.
double mean_of_largest(const Contrasts& list, std::size_t total, std::size_t largest);

// The same in plain C++: what the fast ones are tested against.
unsigned to_ten_bits_ref(PlaneView<const std::uint8_t> in, int bits, PlaneView<std::uint16_t> out);
unsigned to_ten_bits_ref(PlaneView<const std::uint16_t> in, int bits, PlaneView<std::uint16_t> out);
void average_pairs_ref(PlaneView<std::uint16_t> plane);
void mark_flat_ref(PlaneView<std::uint16_t> plane);
void decimate_ref(PlaneView<const std::uint16_t> in, PlaneView<std::uint16_t> out);
void mode_filter_ref(PlaneView<const std::uint16_t> in, PlaneView<std::uint16_t> out);
void contrasts_ref(PlaneView<const std::uint16_t> plane, int side, const Visibility& visibility,
                   Contrasts& out);

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
