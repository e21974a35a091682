// Tiles (terms.h), row by row: a row's samples and their products are filtered horizontally into a
// ring of the last eleven rows, and the vertical filter of that ring goes from registers into the
// scores. A tile is so narrow that all of this stays in the first-level cache.
#include "kernels/ssim/ssim.h"

#include <algorithm>
#include <cstring>

#include "kernels/parts.h"
#include "kernels/ssim/prefetch.h"
#include "kernels/ssim/terms.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/ssim/ssim.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/conv/float-inl.h"

// Once, not once a target.
#ifndef VISQ_KERNELS_SSIM_TILE_H_
#define VISQ_KERNELS_SSIM_TILE_H_
namespace visq::ssim {

inline constexpr int kMoments = 5, kX = 0, kY = 1, kXX = 2, kYY = 3, kDD = 4;
inline constexpr int kDeficits = 4, kProduct = 0, kLuminance = 1, kContrast = 2, kStructure = 3;
inline constexpr int kSlot = kMoments * kTileColumns;
inline constexpr int kInput =
    kTileColumns + 16;  // samples of a row that a tile needs, in whole vectors

// Each filtered row is written twice, a ring's length apart: eleven rows are then always in a line.
struct Workspace {
  alignas(64) float ring[2 * kWindow * kSlot];
  alignas(64) float row[kMoments][kInput];
  alignas(64) float window[kMoments][kTileColumns];
  alignas(64) float deficits[kDeficits][kTileColumns];  // of a few rows
  alignas(64) double sums[kDeficits][kTileColumns];
};

// What a tile reads: `width` x `height` samples, and that its sums are those of `columns`.
struct Tile {
  Samples ref, dist;
  int columns;
  Pivot pivot;
};

// With the samples that fill up the last vector, where there are any.
inline Samples tile_of(const Samples& plane, int x, int y) {
  return part_of(plane, x, y, std::min(kInput, plane.width - x),
                 std::min(kTileRows + kWindow - 1, plane.height - y));
}

}  // namespace visq::ssim
#endif

HWY_BEFORE_NAMESPACE();
namespace visq::ssim {
namespace HWY_NAMESPACE {
using namespace visq::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

Means means_of_planes(const Samples& ref, const Samples& dist, Terms terms, Scratch&, Parallel&) {
  return means_ref(ref, dist, terms);
}

#else

using D = DF;
using V = VF;

HWY_INLINE void store_products(V x, V y, int at, Workspace& work) {
  const D d;
  const V difference = hn::Sub(x, y);
  hn::Store(x, d, work.row[kX] + at);
  hn::Store(y, d, work.row[kY] + at);
  hn::Store(hn::Mul(x, x), d, work.row[kXX] + at);
  hn::Store(hn::Mul(y, y), d, work.row[kYY] + at);
  hn::Store(hn::Mul(difference, difference), d, work.row[kDD] + at);
}

// A row of a tile, whose last vector is filled up with zeros at the end of the plane.
template <typename T>
void read_row_of(const Tile& tile, int y, Workspace& work) {
  const D d;
  const T* ref = tile.ref.as<T>().row(y);
  const T* dist = tile.dist.as<T>().row(y);
  const V scale = hn::Set(d, unit(tile.ref.bits)), pivot = hn::Set(d, tile.pivot.value);
  const auto centred = [&](const T* p) HWY_ATTR {
    const V sample = load_samples(p);
    return hn::Sub(sizeof(T) == 2 ? hn::Mul(sample, scale) : sample,
                   pivot);  // others are in units already
  };
  int x = 0;
  for (; x + lanes() <= tile.ref.width; x += lanes())
    store_products(centred(ref + x), centred(dist + x), x, work);
  if (x == tile.ref.width) return;
  T tail[2][16] = {};
  std::memcpy(tail[0], ref + x, static_cast<std::size_t>(tile.ref.width - x) * sizeof(T));
  std::memcpy(tail[1], dist + x, static_cast<std::size_t>(tile.ref.width - x) * sizeof(T));
  store_products(centred(tail[0]), centred(tail[1]), x, work);
}

void read_row(const Tile& tile, int y, Workspace& work) {
  prefetch(tile.ref, 0, tile.ref.width, y);
  prefetch(tile.dist, 0, tile.dist.width, y);
  with_value_type(tile.ref.bits, [&]<typename T>() { read_row_of<T>(tile, y, work); });
}

template <int kStep>
HWY_INLINE V tapped(const float* centre) {
  const D d;
  const auto pair = [&](int k) HWY_ATTR {
    return hn::Mul(hn::Set(d, kTaps[static_cast<std::size_t>(k)]),
                   hn::Add(hn::LoadU(d, centre - k * kStep), hn::LoadU(d, centre + k * kStep)));
  };
  const V inner =
      hn::Add(hn::Add(hn::Mul(hn::Set(d, kTaps[0]), hn::LoadU(d, centre)), pair(1)), pair(2));
  return hn::Add(inner, hn::Add(hn::Add(pair(3), pair(4)), pair(5)));
}

void filter_row(int columns, int slot, Workspace& work) {
  const D d;
  float* out = work.ring + slot * kSlot;
  for (int x = 0; x < columns; x += lanes())
    for (int m = 0; m < kMoments; ++m) {
      const V value = tapped<1>(work.row[m] + x + kRadius);
      hn::Store(value, d, out + m * kTileColumns + x);
      hn::Store(value, d, out + kWindow * kSlot + m * kTileColumns + x);
    }
}

struct Window {
  V md, d1, d2, v1, v2, rest,
      flat;  // rest: v1 + v2 - 2 covariance; flat: all bits where it is rounding only
};

HWY_INLINE V variance(V square, V mean, const Pivot& pivot) {
  const D d;
  return hn::Sub(hn::Sub(square, hn::Mul(mean, hn::Add(mean, hn::Set(d, pivot.slope)))),
                 hn::Set(d, pivot.offset));
}

// The vertical filter of the ring, apart from what follows: the processor starts the next windows
// while one waits for its roots and quotients.
void filter_columns(int columns, const float* middle_row, Workspace& work) {
  const D d;
  for (int x = 0; x < columns; x += lanes())
    for (int m = 0; m < kMoments; ++m)
      hn::Store(tapped<kSlot>(middle_row + m * kTileColumns + x), d, work.window[m] + x);
}

HWY_INLINE Window window_at(const float (&moments)[kMoments][kTileColumns], int x,
                            const Pivot& pivot) {
  const D d;
  const V zero = hn::Zero(d), offset = hn::Set(d, pivot.mean_offset);
  Window w;
  const V m1 = hn::Load(d, moments[kX] + x), m2 = hn::Load(d, moments[kY] + x);
  w.md = hn::Sub(m1, m2);
  const V mu1 = hn::Add(m1, offset), mu2 = hn::Add(m2, offset);
  w.d1 = hn::Add(hn::Add(hn::Mul(mu1, mu1), hn::Mul(mu2, mu2)), hn::Set(d, kC1));
  const V raw1 = variance(hn::Load(d, moments[kXX] + x), m1, pivot),
          raw2 = variance(hn::Load(d, moments[kYY] + x), m2, pivot);
  const V vd = hn::Sub(hn::Load(d, moments[kDD] + x), hn::Mul(w.md, w.md));
  const V raw = hn::Add(raw1, raw2);
  w.v1 = hn::Max(raw1, zero);
  w.v2 = hn::Max(raw2, zero);
  const V both = hn::Add(w.v1, w.v2);
  w.d2 = hn::Add(both, hn::Set(d, kC2));
  w.flat = hn::VecFromMask(
      d, hn::And(hn::Lt(hn::Sub(raw, vd), zero), hn::Le(hn::Mul(w.v1, w.v2), zero)));
  w.rest = hn::Add(hn::Sub(both, raw), vd);
  return w;
}

HWY_INLINE void accumulate(V value, float* sums) {
  const D d;
  hn::Store(hn::Add(hn::Load(d, sums), value), d, sums);
}

HWY_INLINE void add_product(const Window& w, float* sums) {
  const V luminance = hn::Mul(w.md, w.md);
  const V rest = hn::IfVecThenElse(w.flat, hn::Add(w.v1, w.v2), w.rest);
  const V numerator =
      hn::Sub(hn::Add(hn::Mul(luminance, w.d2), hn::Mul(rest, w.d1)), hn::Mul(luminance, rest));
  accumulate(hn::Div(numerator, hn::Mul(w.d1, w.d2)), sums);
}

HWY_INLINE void add_parts(const Window& w, int x, Workspace& work) {
  const D d;
  const V sigma = hn::Sqrt(hn::Mul(w.v1, w.v2)), both = hn::Add(w.v1, w.v2),
          difference = hn::Sub(w.v1, w.v2);
  const V twice = hn::Add(sigma, sigma), d3 = hn::Add(twice, hn::Set(d, kC2));
  const V q =
      hn::Div(hn::Mul(difference, difference), hn::Add(hn::Add(both, twice), hn::Set(d, kTiny)));
  const V rest = hn::AndNot(w.flat, hn::Sub(w.rest, q));
  accumulate(hn::Div(q, w.d2), work.deficits[kContrast] + x);
  accumulate(hn::Div(rest, d3), work.deficits[kStructure] + x);
}

template <Terms kTerms>
void score_row(int columns, const float* middle_row, const Pivot& pivot, Workspace& work) {
  filter_columns(columns, middle_row, work);
  for (int x = 0; x < columns; x += lanes()) {
    const Window w = window_at(work.window, x, pivot);
    if constexpr (kTerms != Terms::contrast_structure) add_product(w, work.deficits[kProduct] + x);
    if constexpr (kTerms != Terms::product) add_parts(w, x, work);
    if constexpr (kTerms == Terms::all)
      accumulate(hn::Div(hn::Mul(w.md, w.md), w.d1), work.deficits[kLuminance] + x);
  }
}

// From single to double precision.
template <Terms kTerms>
void add_rows(Workspace& work) {
  constexpr int kFirst = kTerms == Terms::contrast_structure ? kContrast : kProduct,
                kEnd = kTerms == Terms::product ? kProduct + 1 : kDeficits;
  for (int k = kFirst; k < kEnd; ++k)
    for (int x = 0; x < kTileColumns; ++x) {
      work.sums[k][x] += static_cast<double>(work.deficits[k][x]);
      work.deficits[k][x] = 0;
    }
}

// Columns are done in whole vectors; what is beyond the last one counts nowhere.
template <Terms kTerms>
void add_tile(const Tile& tile, Workspace& work) {
  const int columns = static_cast<int>(
      round_up(static_cast<std::size_t>(tile.columns), static_cast<std::size_t>(lanes())));
  for (int y = 0; y < tile.ref.height; ++y) {
    const int slot = y % kWindow, oldest = (slot + 1) % kWindow;
    read_row(tile, y, work);
    filter_row(columns, slot, work);
    if (y + 1 < kWindow) continue;
    score_row<kTerms>(columns, work.ring + (oldest + kRadius) * kSlot, tile.pivot, work);
    if ((y + 1 - kWindow) % kSumRows == kSumRows - 1) add_rows<kTerms>(work);
  }
  add_rows<kTerms>(work);
}

// The sums of the columns of positions from x on, as many as a tile has.
template <Terms kTerms>
void sum_stripe(const Samples& ref, const Samples& dist, int x, Workspace& work,
                Deficits* columns) {
  const int count = std::min(kTileColumns, ref.width - kWindow + 1 - x);
  work = {};
  for (int y = 0; y < ref.height - kWindow + 1; y += kTileRows)
    add_tile<kTerms>(
        {tile_of(ref, x, y), tile_of(dist, x, y), count, pivot_of_tile(ref, dist, x, y)}, work);
  for (int i = 0; i < count; ++i)
    columns[x + i] = {work.sums[kProduct][i], work.sums[kLuminance][i], work.sums[kContrast][i],
                      work.sums[kStructure][i]};
}

Means means_of_planes(const Samples& ref, const Samples& dist, Terms terms, Scratch& scratch,
                      Parallel& parallel) {
  const int columns = ref.width - kWindow + 1, rows = ref.height - kWindow + 1;
  const auto sum = terms == Terms::product              ? sum_stripe<Terms::product>
                   : terms == Terms::contrast_structure ? sum_stripe<Terms::contrast_structure>
                                                        : sum_stripe<Terms::all>;
  Deficits* const sums = scratch.take<Deficits>(static_cast<std::size_t>(columns));
  parallel.run(stripes(columns, kTileColumns), scratch, [&](std::size_t i, Scratch& own) {
    sum(ref, dist, static_cast<int>(i) * kTileColumns, *own.take<Workspace>(1), sums);
  });
  Deficits total;
  for (int x = 0; x < columns; ++x) total += sums[x];
  return means_of(total, static_cast<double>(columns) * rows);
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::ssim
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::ssim {

HWY_EXPORT(means_of_planes);

Means means(const Samples& ref, const Samples& dist, Terms terms, Scratch& scratch,
            Parallel& parallel) {
  return HWY_DYNAMIC_DISPATCH(means_of_planes)(ref, dist, terms, scratch, parallel);
}

}  // namespace visq::ssim
#endif
