// What XPSNR adds up in each block of a picture: how busy the reference is there, and how large the
// error. Exact.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/parallel.h"
#include "base/samples.h"
#include "base/scratch.h"

namespace visq::xpsnr {

// A plane cut into blocks from its top left; the last column and row of blocks may be smaller.
struct Grid {
  int width, height;  // of a block
  int columns, rows;  // how many blocks

  std::size_t blocks() const {
    return static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows);
  }
};

// The luma of a reference and of the frames before it, all of one format. A frame that is not there
// is black: a row of zeros with a stride of 0.
struct Reference {
  Samples now, before;
  Samples earlier = {};  // without one (data is null), the frame is compared with `before` alone
  bool large = false;    // above HD cells of 2x2 samples are looked at, not single samples

  const Samples& two_before() const { return earlier.data == nullptr ? before : earlier; }
};

// How far from the picture's edges a sample (above HD: the first of a cell) must be to count as
// spatial activity.
constexpr int margin(bool large) { return large ? 2 : 1; }

// Sums of sizes over a block. Spatial: what a high-pass filter leaves. Temporal: the difference to
// the frame before, or to the line through the two before.
struct Activity {
  std::uint64_t spatial, temporal;
};

struct Pair {
  Samples reference, distorted;  // planes of one format
};

class CellSums;

// Of frames above HD; without one, a frame's cells are summed from its samples.
struct KeptCells {
  const CellSums *now = nullptr, *before = nullptr, *earlier = nullptr;
};

struct Luma {
  Reference reference;
  Pair planes;  // whose reference is `reference.now`
  KeptCells kept = {};
};

// One for each block, in rows from the top left.
struct Sums {
  Activity* activities;
  std::uint64_t* errors;  // squared differences
};

// Of luma, which is read once for both. Above HD blocks have even sides; samples beyond the edges
// repeat the last ones, as far as activity goes.
void sums_of_luma(const Luma& luma, const Grid& grid, const Sums& blocks, Scratch& scratch,
                  Parallel& parallel);

// Part of that: where `large`.
void sums_of_large_luma(const Luma& luma, const Grid& grid, const Sums& blocks, Scratch& scratch,
                        Parallel& parallel);

// The sum of squared differences of each block.
void errors(const Pair& planes, const Grid& grid, std::uint64_t* blocks, Scratch& scratch,
            Parallel& parallel);

// The same from plain C++: what the vector code is tested against.
void activities_ref(const Reference& reference, const Grid& grid, Activity* blocks);
void errors_ref(const Pair& planes, const Grid& grid, std::uint64_t* blocks);

}  // namespace visq::xpsnr
