// Band row by band row, so that no band is kept whole:
//   split      four rows of samples are filtered vertically and parted into even and odd columns
//   bands      those are filtered horizontally; the approximation is written, details stay in rows
//   decouple   details of the row are parted into what is restored and what was added
//   mask       the row before is lessened by what is around it, and summed
//
// Only magnitudes are kept. The restored part of a detail o that became t is
// clamp(t / o, 0, 1) * o, which has the sign of t: |restored| = min(|t|, |o|) where the signs agree
// and 0 elsewhere, without a division; and |added| = |t| - |restored|. What hides a detail is the
// sum over the three bands of its eight neighbours and twice itself: a box of nine and itself.
#include "kernels/float_adm/float_adm.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/conv/values.h"
#include "kernels/parts.h"

// Once, not once a target.
#ifndef VISQ_KERNELS_FLOAT_ADM_TOTALS_H_
#define VISQ_KERNELS_FLOAT_ADM_TOTALS_H_
namespace visq::float_adm {

inline constexpr int kHorizontal = 0, kVertical = 1, kDiagonal = 2, kBands = 3;

inline constexpr int kSums = 3 * kBands;
inline constexpr int kReference = 0, kRestored = kBands, kAdditive = 2 * kBands;  // + band
using Totals = std::array<double, kSums>;

// Of each row, or all in one.
struct TotalsOfRows {
  Totals* first;
  bool by_rows;
  double* of(int y) const { return first[by_rows ? y : 0].data(); }
};

}  // namespace visq::float_adm
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/float_adm/float_adm.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/conv/float-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::float_adm {
namespace HWY_NAMESPACE {
using namespace visq::HWY_NAMESPACE;

inline constexpr int kPad = kSumLanes;  // columns before a row

// Rows of one length, one after the other.
struct Rows {
  float* data = nullptr;  // the first sample of the first row
  std::ptrdiff_t stride = 0;
  float* operator[](int i) const { return data + i * stride; }
};

inline Rows take_rows(int width, int count, Scratch& scratch) {
  const auto stride = round_up(static_cast<std::size_t>(width), kSumLanes) + 2 * kPad;
  float* const data = scratch.take<float>(stride * static_cast<std::size_t>(count) + kPad);
  return {data + kPad, static_cast<std::ptrdiff_t>(stride)};
}

// ---- transform ----

HWY_INLINE VF filter(const float (&taps)[4], VF v0, VF v1, VF v2, VF v3) {
  const VF first = hn::Add(hn::Mul(constant(taps[0]), v0), hn::Mul(constant(taps[1]), v1));
  return hn::Add(hn::Add(first, hn::Mul(constant(taps[2]), v2)), hn::Mul(constant(taps[3]), v3));
}

struct Parted {
  VF even, odd;
};

HWY_INLINE Parted part(VF first, VF second) {
#if HWY_TARGET == HWY_SCALAR
  return {first, second};
#else
  return {hn::ConcatEven(DF(), second, first), hn::ConcatOdd(DF(), second, first)};
#endif
}

struct FourRows {
  const float* row[4];
};

HWY_INLINE VF filter_columns(const FourRows& in, int x, const float (&taps)[4]) {
  const DF d;
  return filter(taps, hn::Load(d, in.row[0] + x), hn::Load(d, in.row[1] + x),
                hn::Load(d, in.row[2] + x), hn::Load(d, in.row[3] + x));
}

// Even and odd columns of a filtered row, with what the horizontal filter needs beyond either end.
HWY_INLINE void split(const FourRows& in, int width, const float (&taps)[4], float* even,
                      float* odd) {
  const DF d;
  for (int x = 0; x < width; x += 2 * lanes()) {
    const Parted parted = part(filter_columns(in, x, taps), filter_columns(in, x + lanes(), taps));
    hn::Store(parted.even, d, even + x / 2);
    hn::Store(parted.odd, d, odd + x / 2);
  }
  const int half = width / 2;
  odd[-1] = odd[0];
  if (width % 2 == 0) {
    even[half] = odd[half - 1];
  } else {
    odd[half] = even[half];
    even[half + 1] = odd[half - 1];
  }
}

HWY_INLINE void filter_row(const float* even, const float* odd, int width, const float (&taps)[4],
                           float* out) {
  const DF d;
  for (int x = 0; x < width; x += lanes())
    hn::Store(filter(taps, hn::LoadU(d, odd + x - 1), hn::Load(d, even + x), hn::Load(d, odd + x),
                     hn::LoadU(d, even + x + 1)),
              d, out + x);
}

// The transform of one picture, row by row.
class Transform {
 public:
  // Rows from `first` on.
  Transform(const Samples& plane, int first, PlaneView<float> approximation, Scratch& scratch)
      : ring_(plane, value_range(plane.bits, kCentre), 4, std::max(0, 2 * first - 1), scratch),
        width_(plane.width),
        approximation_(approximation),
        halves_(take_rows(band_side(plane.width) + 1, 4, scratch)),
        bands_(take_rows(band_side(plane.width), kBands, scratch)) {}

  // Row y of the bands; the approximation and the details only where asked for. Rows come in order.
  HWY_INLINE void make(int y, bool approximation, bool details) {
    ring_.advance(2 * y + 3);
    FourRows in;
    for (int k = 0; k < 4; ++k) in.row[k] = ring_.row(mirror(2 * y - 1 + k, ring_.height()));
    float *const even = halves_[0], *const odd = halves_[1], *const high_even = halves_[2],
                 *const high_odd = halves_[3];
    const int width = band_side(width_);
    split(in, width_, kLow, even, odd);
    if (approximation && approximation_.data != nullptr) {
      filter_row(even, odd, width, kLow, bands_[0]);
      std::copy_n(bands_[0], width, approximation_.row(y));
    }
    if (!details) return;
    split(in, width_, kHigh, high_even, high_odd);
    filter_row(high_even, high_odd, width, kLow, bands_[kHorizontal]);
    filter_row(even, odd, width, kHigh, bands_[kVertical]);
    filter_row(high_even, high_odd, width, kHigh, bands_[kDiagonal]);
  }

  const Rows& bands() const { return bands_; }

 private:
  RowRing ring_;
  int width_;
  PlaneView<float> approximation_;
  Rows halves_, bands_;
};

// ---- sums ----

struct ByBand {
  VF horizontal, vertical, diagonal;
};

HWY_INLINE VF cubed(VF v) { return hn::Mul(hn::Mul(v, v), v); }

// Adds the norms of columns, of which `value(x)` gives the magnitudes.
template <class Value>
HWY_INLINE void add_cubes(const Span& columns, const Value& value, double* totals) {
  RowSum horizontal, vertical, diagonal;
  for_columns(columns.from, columns.to, [&](int x, auto vector) HWY_ATTR {
    const ByBand v = value(x);
    horizontal.add(vector, inside(cubed(v.horizontal), x, columns.from, columns.to));
    vertical.add(vector, inside(cubed(v.vertical), x, columns.from, columns.to));
    diagonal.add(vector, inside(cubed(v.diagonal), x, columns.from, columns.to));
  });
  totals[kHorizontal] += horizontal.total();
  totals[kVertical] += vertical.total();
  totals[kDiagonal] += diagonal.total();
}

template <class Value>
HWY_INLINE void add_powers(const Span& columns, double exponent, const Value& value,
                           double* totals) {
  for_columns(columns.from, columns.to, [&](int x, auto) HWY_ATTR {
    HWY_ALIGN float values[kBands][kSumLanes];
    const ByBand v = value(x);
    hn::Store(v.horizontal, DF(), values[kHorizontal]);
    hn::Store(v.vertical, DF(), values[kVertical]);
    hn::Store(v.diagonal, DF(), values[kDiagonal]);
    for (int band = 0; band < kBands; ++band)
      for (int i = std::max(columns.from - x, 0); i < std::min(lanes(), columns.to - x); ++i)
        totals[band] += std::pow(static_cast<double>(values[band][i]), exponent);
  });
}

template <class Value>
HWY_INLINE void add_norms(const Span& columns, const Rule& rule, const Value& value,
                          double* totals) {
  if (rule.norm == 3)
    add_cubes(columns, value, totals);
  else
    add_powers(columns, rule.norm, value, totals);
}

// ---- details ----

// One row of each: magnitudes by band, weighted by contrast sensitivity, and their sums over the
// bands.
inline constexpr int kRestoredRow = 0, kAdditiveRow = kBands, kRestoredMask = 2 * kBands,
                     kAdditiveMask = kRestoredMask + 1, kDetails = kAdditiveMask + 1;

struct Magnitudes {
  VF restored, additive;
};

HWY_INLINE Magnitudes decoupled(VF o, VF t, VF gain, float sensitivity) {
  const VF size = hn::Abs(t), weight = constant(sensitivity);
  const auto differ = hn::Lt(hn::BitCast(DI(), hn::Xor(o, t)), hn::Zero(DI()));
  const VF restored =
      hn::IfThenZeroElse(hn::RebindMask(DF(), differ), hn::Min(size, hn::Mul(hn::Abs(o), gain)));
  return {hn::Mul(weight, restored), hn::Mul(weight, hn::Sub(size, restored))};
}

// Where the direction of the detail is that of the reference, enhanced detail counts.
HWY_INLINE VF gain_of(VF oh, VF ov, VF th, VF tv, float limit) {
  const VF dot = hn::Add(hn::Mul(oh, th), hn::Mul(ov, tv));
  const VF o2 = hn::Add(hn::Mul(oh, oh), hn::Mul(ov, ov)),
           t2 = hn::Add(hn::Mul(th, th), hn::Mul(tv, tv));
  const auto aligned =
      hn::And(hn::Ge(dot, hn::Zero(DF())),
              hn::Ge(hn::Mul(dot, dot), hn::Mul(hn::Mul(constant(kSameDirection), o2), t2)));
  return hn::IfThenElse(aligned, constant(limit), constant(1));
}

HWY_INLINE void mirror_borders(float* row, int width) {
  row[-1] = row[1];
  row[width] = row[width - 1];
}

HWY_INLINE void decouple(const Rows& ref, const Rows& dist, int width, const Rule& rule,
                         const Rows& out) {
  const DF d;
  for (int x = 0; x < width; x += lanes()) {
    const VF oh = hn::Load(d, ref[kHorizontal] + x), ov = hn::Load(d, ref[kVertical] + x),
             od = hn::Load(d, ref[kDiagonal] + x);
    const VF th = hn::Load(d, dist[kHorizontal] + x), tv = hn::Load(d, dist[kVertical] + x),
             td = hn::Load(d, dist[kDiagonal] + x);
    const VF gain = gain_of(oh, ov, th, tv, rule.gain_limit);
    const Magnitudes h = decoupled(oh, th, gain, rule.straight),
                     v = decoupled(ov, tv, gain, rule.straight),
                     g = decoupled(od, td, gain, rule.diagonal);
    hn::Store(h.restored, d, out[kRestoredRow + kHorizontal] + x);
    hn::Store(v.restored, d, out[kRestoredRow + kVertical] + x);
    hn::Store(g.restored, d, out[kRestoredRow + kDiagonal] + x);
    hn::Store(h.additive, d, out[kAdditiveRow + kHorizontal] + x);
    hn::Store(v.additive, d, out[kAdditiveRow + kVertical] + x);
    hn::Store(g.additive, d, out[kAdditiveRow + kDiagonal] + x);
    hn::Store(hn::Add(hn::Add(h.restored, v.restored), g.restored), d, out[kRestoredMask] + x);
    hn::Store(hn::Add(hn::Add(h.additive, v.additive), g.additive), d, out[kAdditiveMask] + x);
  }
  mirror_borders(out[kRestoredMask], width);
  mirror_borders(out[kAdditiveMask], width);
}

// Rows of details above, at and below.
struct Neighbours {
  Rows above, here, below;
};

HWY_INLINE VF three(const float* at) {
  return hn::Add(hn::Add(hn::LoadU(DF(), at - 1), hn::Load(DF(), at)), hn::LoadU(DF(), at + 1));
}

HWY_INLINE VF threshold(const Neighbours& n, int mask, int x) {
  const VF box =
      hn::Add(hn::Add(three(n.above[mask] + x), three(n.here[mask] + x)), three(n.below[mask] + x));
  return hn::Mul(constant(1 / 30.f), hn::Add(box, hn::Load(DF(), n.here[mask] + x)));
}

HWY_INLINE ByBand load_bands(const Rows& rows, int first, int x) {
  const DF d;
  return {hn::Load(d, rows[first + kHorizontal] + x), hn::Load(d, rows[first + kVertical] + x),
          hn::Load(d, rows[first + kDiagonal] + x)};
}

HWY_INLINE VF above(VF value, VF limit) { return hn::Max(hn::Sub(value, limit), hn::Zero(DF())); }

HWY_INLINE void add_masked(const Neighbours& n, int detail, int mask, const Span& columns,
                           const Rule& rule, double* totals) {
  if (!rule.masking)
    return add_norms(
        columns, rule, [&](int x) HWY_ATTR { return load_bands(n.here, detail, x); }, totals);
  add_norms(
      columns, rule,
      [&](int x) HWY_ATTR {
        const ByBand v = load_bands(n.here, detail, x);
        const VF limit = threshold(n, mask, x);
        return ByBand{above(v.horizontal, limit), above(v.vertical, limit),
                      above(v.diagonal, limit)};
      },
      totals);
}

HWY_INLINE void add_reference(const Rows& bands, const Span& columns, const Rule& rule,
                              double* totals) {
  const VF straight = constant(rule.straight), diagonal = constant(rule.diagonal);
  add_norms(
      columns, rule,
      [&](int x) HWY_ATTR {
        const ByBand v = load_bands(bands, 0, x);
        return ByBand{hn::Abs(hn::Mul(straight, v.horizontal)),
                      hn::Abs(hn::Mul(straight, v.vertical)),
                      hn::Abs(hn::Mul(diagonal, v.diagonal))};
      },
      totals);
}

// Rows from..to-1 of the bands, their details and the sums of those that count.
class Details {
 public:
  Details(int width, int height, Band band, const Rule& rule, Scratch& scratch)
      : width_(width),
        height_(height),
        columns_(counted(width)),
        rows_{std::max(counted(height).from, band.from), std::min(counted(height).to, band.to)},
        rule_(rule),
        ring_(take_rows(width, 3 * kDetails, scratch)) {}

  // Whether row y of the bands is looked at: rows that are summed, and those beside them.
  bool wants(int y) const { return rule_.score && y >= rows_.from - 1 && y <= rows_.to; }

  // `totals` has place y of those of row y.
  HWY_INLINE void add(int y, const Rows& ref, const Rows& dist, TotalsOfRows totals) {
    if (y >= rows_.from && y < rows_.to)
      add_reference(ref, columns_, rule_, totals.of(y) + kReference);
    decouple(ref, dist, width_, rule_, row(y));
    if (y - 1 >= rows_.from) mask(y - 1, totals.of(y - 1));
    if (y == height_ - 1 && y < rows_.to) mask(y, totals.of(y));
  }

 private:
  Rows row(int y) const { return {ring_[y % 3 * kDetails], ring_.stride}; }

  HWY_INLINE void mask(int y, double* totals) {
    const Neighbours n{row(mirror(y - 1, height_)), row(y), row(mirror(y + 1, height_))};
    add_masked(n, kRestoredRow, kAdditiveMask, columns_, rule_, totals + kRestored);
    add_masked(n, kAdditiveRow, kRestoredMask, columns_, rule_, totals + kAdditive);
  }

  int width_, height_;
  Span columns_, rows_;
  Rule rule_;
  Rows ring_;
};

void sum_rows(const Pictures& p, const Rule& rule, const Approximations& next, Band band,
              TotalsOfRows totals, Scratch& scratch) {
  const int width = band_side(p.ref.width), height = band_side(p.ref.height);
  const int first = std::max(0, band.from - 1), end = std::min(height, band.to + 1);
  Transform ref(p.ref, first, next.ref, scratch), dist(p.dist, first, next.dist, scratch);
  Details details(width, height, band, rule, scratch);
  for (int y = first; y < end; ++y) {
    const bool own = y >= band.from && y < band.to, wanted = details.wants(y);
    if (!own && !wanted) continue;
    ref.make(y, own, wanted);
    dist.make(y, own, wanted);
    if (wanted) details.add(y, ref.bands(), dist.bands(), totals);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace visq::float_adm
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::float_adm {
namespace {

double norm_of(const double* totals, int area, double noise_weight, double norm) {
  double sum = 0;
  for (int band = 0; band < kBands; ++band)
    sum += std::pow(totals[band], 1 / norm) + std::pow(area * noise_weight, 1 / norm);
  return sum;
}

}  // namespace

HWY_EXPORT(sum_rows);

// Cubes are summed by rows. Of any other norm all columns add to one sum, one after the other.
ScaleScore score_scale(const Pictures& pictures, const Rule& rule, const Approximations& next,
                       Scratch& scratch, Parallel& parallel) {
  constexpr int kLeastRows = 128;  // of a band, which makes details of two of its neighbours' again
  const int width = band_side(pictures.ref.width), height = band_side(pictures.ref.height);
  const bool by_rows = rule.norm == 3;
  const Bands bands(height, by_rows ? kLeastRows : height);
  const int rows = by_rows ? height : 1;
  const TotalsOfRows totals{scratch.take<Totals>(static_cast<std::size_t>(rows)), by_rows};
  std::fill_n(totals.first, rows, Totals{});
  parallel.run(bands.count(), scratch, [&](std::size_t i, Scratch& own) {
    HWY_DYNAMIC_DISPATCH(sum_rows)(pictures, rule, next, bands[i], totals, own);
  });
  if (!rule.score) return {};
  Totals all{};
  for (int y = 0; y < rows; ++y)
    for (std::size_t k = 0; k < kSums; ++k) all[k] += totals.first[y][k];
  const Span across = counted(width), down = counted(height);
  const int area = (across.to - across.from) * (down.to - down.from);
  return {norm_of(all.data() + kRestored, area, rule.noise_weight, rule.norm),
          norm_of(all.data() + kReference, area, rule.noise_weight, rule.norm),
          norm_of(all.data() + kAdditive, area, 0, rule.norm)};
}

}  // namespace visq::float_adm
#endif
