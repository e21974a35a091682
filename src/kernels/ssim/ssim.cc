// Tiles (terms.h), row by row: a row's samples and their products are filtered horizontally into a
// ring of the last eleven rows, and the vertical filter of that ring goes from registers into the
// scores. A tile is so narrow that all of this stays in the first-level cache.
#include "kernels/ssim/ssim.h"

#include <algorithm>
#include <cstring>

#include <hwy/cache_control.h>

#include "kernels/ssim/terms.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/ssim/ssim.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

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
  alignas(64) float ring[2 * kSsimWindow * kSlot];
  alignas(64) float row[kMoments][kInput];
  alignas(64) float window[kMoments][kTileColumns];
  alignas(64) float deficits[kDeficits][kTileColumns];  // of a few rows
  alignas(64) double sums[kDeficits][kTileColumns];
};

// What a tile reads: `width` x `height` samples, and that its sums are those of `columns`.
template <typename T>
struct Tile {
  PlaneView<const T> ref, dist;
  int columns;
  float unit;
  Pivot pivot;
};

// With the samples that fill up the last vector, where there are any.
template <typename T>
PlaneView<const T> part_of(PlaneView<const T> plane, int x, int y) {
  return {plane.row(y) + x, plane.stride, std::min(kInput, plane.width - x),
          std::min(kTileRows + kSsimWindow - 1, plane.height - y)};
}

}  // namespace visq::ssim
#endif

HWY_BEFORE_NAMESPACE();
namespace visq {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

template <typename T>
Result<SsimMeans> means(PlaneView<const T> ref, PlaneView<const T> dist, int bits, SsimTerms terms,
                        Scratch&) {
  if constexpr (std::is_same_v<T, float>)
    return ssim_means_ref(ref, dist, terms);
  else
    return ssim_means_ref(ref, dist, bits, terms);
}

#else

using namespace ssim;
using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;

inline int lanes() { return static_cast<int>(hn::Lanes(D())); }

HWY_INLINE V load_samples(const std::uint8_t* p) {
  const hn::Rebind<std::int32_t, D> d32;
  const hn::Rebind<std::uint8_t, D> d8;
  return hn::ConvertTo(D(), hn::PromoteTo(d32, hn::LoadU(d8, p)));
}
HWY_INLINE V load_samples(const std::uint16_t* p) {
  const hn::Rebind<std::int32_t, D> d32;
  const hn::Rebind<std::uint16_t, D> d16;
  return hn::ConvertTo(D(), hn::PromoteTo(d32, hn::LoadU(d16, p)));
}
HWY_INLINE V load_samples(const float* p) { return hn::LoadU(D(), p); }

HWY_INLINE void store_products(V x, V y, int at, Workspace& work) {
  const D d;
  const V difference = hn::Sub(x, y);
  hn::Store(x, d, work.row[kX] + at);
  hn::Store(y, d, work.row[kY] + at);
  hn::Store(hn::Mul(x, x), d, work.row[kXX] + at);
  hn::Store(hn::Mul(y, y), d, work.row[kYY] + at);
  hn::Store(hn::Mul(difference, difference), d, work.row[kDD] + at);
}

// Asks for a row that is read some rows later: rows of a tile are too far apart for the processor
// to foresee.
template <typename T>
HWY_INLINE void prefetch(PlaneView<const T> plane, int y) {
  constexpr int kAhead = 8;
  constexpr int kLine = 64 / sizeof(T);
  const T* row = plane.row(std::min(y + kAhead, plane.height - 1));
  for (int x = 0; x < plane.width; x += kLine) hwy::Prefetch(row + x);
  hwy::Prefetch(row + plane.width - 1);
}

// A row of a tile, whose last vector is filled up with zeros at the end of the plane.
template <typename T>
void read_row(const Tile<T>& tile, int y, Workspace& work) {
  const D d;
  const T* ref = tile.ref.row(y);
  const T* dist = tile.dist.row(y);
  prefetch(tile.ref, y);
  prefetch(tile.dist, y);
  const V unit = hn::Set(d, tile.unit), pivot = hn::Set(d, tile.pivot.value);
  const auto centred = [&](const T* p) HWY_ATTR {
    const V sample = load_samples(p);
    return hn::Sub(sizeof(T) == 2 ? hn::Mul(sample, unit) : sample,
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

template <int kStep>
HWY_INLINE V tapped(const float* centre) {
  const D d;
  const auto pair = [&](int k) HWY_ATTR {
    return hn::Mul(hn::Set(d, kSsimTaps[static_cast<std::size_t>(k)]),
                   hn::Add(hn::LoadU(d, centre - k * kStep), hn::LoadU(d, centre + k * kStep)));
  };
  const V inner =
      hn::Add(hn::Add(hn::Mul(hn::Set(d, kSsimTaps[0]), hn::LoadU(d, centre)), pair(1)), pair(2));
  return hn::Add(inner, hn::Add(hn::Add(pair(3), pair(4)), pair(5)));
}

void filter_row(int columns, int slot, Workspace& work) {
  const D d;
  float* out = work.ring + slot * kSlot;
  for (int x = 0; x < columns; x += lanes())
    for (int m = 0; m < kMoments; ++m) {
      const V value = tapped<1>(work.row[m] + x + kSsimRadius);
      hn::Store(value, d, out + m * kTileColumns + x);
      hn::Store(value, d, out + kSsimWindow * kSlot + m * kTileColumns + x);
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

template <SsimTerms kTerms>
void score_row(int columns, const float* middle_row, const Pivot& pivot, Workspace& work) {
  filter_columns(columns, middle_row, work);
  for (int x = 0; x < columns; x += lanes()) {
    const Window w = window_at(work.window, x, pivot);
    if constexpr (kTerms != SsimTerms::contrast_structure)
      add_product(w, work.deficits[kProduct] + x);
    if constexpr (kTerms != SsimTerms::product) add_parts(w, x, work);
    if constexpr (kTerms == SsimTerms::all)
      accumulate(hn::Div(hn::Mul(w.md, w.md), w.d1), work.deficits[kLuminance] + x);
  }
}

// From single to double precision.
template <SsimTerms kTerms>
void add_rows(Workspace& work) {
  constexpr int kFirst = kTerms == SsimTerms::contrast_structure ? kContrast : kProduct,
                kEnd = kTerms == SsimTerms::product ? kProduct + 1 : kDeficits;
  for (int k = kFirst; k < kEnd; ++k)
    for (int x = 0; x < kTileColumns; ++x) {
      work.sums[k][x] += static_cast<double>(work.deficits[k][x]);
      work.deficits[k][x] = 0;
    }
}

// Columns are done in whole vectors; what is beyond the last one counts nowhere.
template <typename T, SsimTerms kTerms>
void add_tile(const Tile<T>& tile, Workspace& work) {
  const int columns = static_cast<int>(
      round_up(static_cast<std::size_t>(tile.columns), static_cast<std::size_t>(lanes())));
  for (int y = 0; y < tile.ref.height; ++y) {
    const int slot = y % kSsimWindow, oldest = (slot + 1) % kSsimWindow;
    read_row(tile, y, work);
    filter_row(columns, slot, work);
    if (y + 1 < kSsimWindow) continue;
    score_row<kTerms>(columns, work.ring + (oldest + kSsimRadius) * kSlot, tile.pivot, work);
    if ((y + 1 - kSsimWindow) % kSumRows == kSumRows - 1) add_rows<kTerms>(work);
  }
  add_rows<kTerms>(work);
}

template <typename T, SsimTerms kTerms>
SsimMeans means_of_planes(PlaneView<const T> ref, PlaneView<const T> dist, float unit,
                          Workspace& work) {
  const int columns = ref.width - kSsimWindow + 1, rows = ref.height - kSsimWindow + 1;
  Deficits total;
  for (int x = 0; x < columns; x += kTileColumns) {
    work = {};
    const int count = std::min(kTileColumns, columns - x);
    for (int y = 0; y < rows; y += kTileRows)
      add_tile<T, kTerms>({part_of(ref, x, y), part_of(dist, x, y), count, unit,
                           pivot_of_tile(ref, dist, x, y, unit)},
                          work);
    for (int i = 0; i < count; ++i)
      total += {work.sums[kProduct][i], work.sums[kLuminance][i], work.sums[kContrast][i],
                work.sums[kStructure][i]};
  }
  return means_of(total, static_cast<double>(columns) * rows);
}

template <typename T>
Result<SsimMeans> means(PlaneView<const T> ref, PlaneView<const T> dist, int bits, SsimTerms terms,
                        Scratch& scratch) {
  Workspace* work = scratch.take<Workspace>(1);
  if (work == nullptr) return fail(ENOMEM, "ssim: no memory for eleven rows of a tile");
  switch (terms) {
    case SsimTerms::product:
      return means_of_planes<T, SsimTerms::product>(ref, dist, unit(bits), *work);
    case SsimTerms::contrast_structure:
      return means_of_planes<T, SsimTerms::contrast_structure>(ref, dist, unit(bits), *work);
    case SsimTerms::all:
      break;
  }
  return means_of_planes<T, SsimTerms::all>(ref, dist, unit(bits), *work);
}

#endif

// Names as HWY_EXPORT wants them: of functions, not of templates.
static constexpr auto& means8 = means<std::uint8_t>;
static constexpr auto& means16 = means<std::uint16_t>;
static constexpr auto& means_float = means<float>;

}  // namespace HWY_NAMESPACE
}  // namespace visq
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq {

HWY_EXPORT(means8);
HWY_EXPORT(means16);
HWY_EXPORT(means_float);

Result<SsimMeans> ssim_means(PlaneView<const std::uint8_t> ref, PlaneView<const std::uint8_t> dist,
                             int bits, SsimTerms terms, Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(means8)(ref, dist, bits, terms, scratch);
}
Result<SsimMeans> ssim_means(PlaneView<const std::uint16_t> ref,
                             PlaneView<const std::uint16_t> dist, int bits, SsimTerms terms,
                             Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(means16)(ref, dist, bits, terms, scratch);
}
Result<SsimMeans> ssim_means(PlaneView<const float> ref, PlaneView<const float> dist,
                             SsimTerms terms, Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(means_float)(ref, dist, 8, terms, scratch);
}

}  // namespace visq
#endif
