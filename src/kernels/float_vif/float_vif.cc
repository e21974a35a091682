// Rows of floats wait in a ring until all that a pair of output rows needs are there. Then
//   columns   the vertical filter of samples, squares and products, two output rows at a time, so
//   that
//             every square serves both, into one row buffer each
//   rows      the horizontal filter of the buffers, the information of each pixel, the sums
// No operation is fused or reordered: see float_vif.h.
#include "kernels/float_vif/float_vif.h"

#include <algorithm>

#include "base/reflect.h"
#include "kernels/conv/values.h"
#include "kernels/float_vif/log2_taps.h"
#include "kernels/parts.h"

// Once, not once a target.
#ifndef VISQ_KERNELS_FLOAT_VIF_PAIR_H_
#define VISQ_KERNELS_FLOAT_VIF_PAIR_H_
namespace visq::float_vif {

struct Pair {
  Samples ref, dist;
};

}  // namespace visq::float_vif
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/float_vif/float_vif.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/conv/float-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::float_vif {
namespace HWY_NAMESPACE {
using namespace visq::HWY_NAMESPACE;

inline int taps_of(std::span<const float> taps) { return static_cast<int>(taps.size()); }

// The rows of a plane that a filter of `taps` needs for two neighbouring outputs.
class Ring {
 public:
  // For the output rows from `first` on.
  Ring(const Samples& plane, int taps, int first, Scratch& scratch)
      : ring_(plane, value_range(plane.bits, kCentre), taps + 1, std::max(0, first - taps / 2),
              scratch),
        taps_(taps),
        rows_(scratch.take<const float*>(static_cast<std::size_t>(taps + 1))) {}

  // Pointers to the rows y - radius ... y + radius + 1, mirrored at the edges. `y` never decreases.
  HWY_INLINE const float* const* around(int y) {
    const int first = y - taps_ / 2;
    ring_.advance(first + taps_ + 1);
    for (int k = 0; k <= taps_; ++k) rows_[k] = ring_.row(reflect101(first + k, ring_.height()));
    return rows_;
  }

 private:
  RowRing ring_;
  int taps_;
  const float** rows_;
};

// A row with room for its mirrored borders.
inline std::ptrdiff_t pad_of(int radius) {
  return static_cast<std::ptrdiff_t>(round_up(static_cast<std::size_t>(radius), kSumLanes));
}
inline std::ptrdiff_t padded(int width, int radius) {
  return static_cast<std::ptrdiff_t>(round_up(static_cast<std::size_t>(width), kSumLanes)) +
         2 * pad_of(radius);
}

inline void mirror_borders(float* row, int width, int radius) {
  for (int k = 1; k <= radius; ++k) {
    row[-k] = row[reflect101(-k, width)];
    row[width - 1 + k] = row[reflect101(width - 1 + k, width)];
  }
}

// ---- columns ----

struct Filtered {
  VF mean1, mean2, square1, square2, product;
};

HWY_INLINE Filtered none() {
  const VF zero = hn::Zero(DF());
  return {zero, zero, zero, zero, zero};
}

HWY_INLINE void add(VF weight, const Filtered& values, Filtered& sums) {
  sums.mean1 = hn::Add(sums.mean1, hn::Mul(weight, values.mean1));
  sums.mean2 = hn::Add(sums.mean2, hn::Mul(weight, values.mean2));
  sums.square1 = hn::Add(sums.square1, hn::Mul(weight, values.square1));
  sums.square2 = hn::Add(sums.square2, hn::Mul(weight, values.square2));
  sums.product = hn::Add(sums.product, hn::Mul(weight, values.product));
}

struct RowPointers {
  const float* const* ref;
  const float* const* dist;
};

// Five rows for each of two outputs, in the order of Filtered.
struct FilteredRows {
  float* data;  // the first sample of the first row
  std::ptrdiff_t stride;
  float* row(int output, int quantity) const {
    return data + (output * kQuantities + quantity) * stride;
  }
  static constexpr int kQuantities = 5;
};

HWY_INLINE void add(VF weight, VF value, VF& sum) { sum = hn::Add(sum, hn::Mul(weight, value)); }

// One column of vectors in two goes, which have registers for all their sums.
struct MeansAndProduct {
  VF mean1, mean2, product;
  HWY_INLINE void add_row(VF weight, VF r, VF d, VF rd) {
    add(weight, r, mean1);
    add(weight, d, mean2);
    add(weight, rd, product);
  }
  HWY_INLINE void store(int output, int x, const FilteredRows& out) const {
    hn::Store(mean1, DF(), out.row(output, 0) + x);
    hn::Store(mean2, DF(), out.row(output, 1) + x);
    hn::Store(product, DF(), out.row(output, 4) + x);
  }
};

HWY_INLINE void filter_means_and_product(const RowPointers& rows, int x,
                                         std::span<const float> taps, const FilteredRows& out) {
  const VF zero = hn::Zero(DF());
  MeansAndProduct first{zero, zero, zero}, second = first;
  VF before = zero;  // the weight of the second output, which is one row behind
  for (int k = 0; k < taps_of(taps); ++k) {
    const VF r = hn::Load(DF(), rows.ref[k] + x), d = hn::Load(DF(), rows.dist[k] + x),
             weight = constant(taps[static_cast<std::size_t>(k)]);
    const VF product = hn::Mul(r, d);
    first.add_row(weight, r, d, product);
    second.add_row(before, r, d, product);
    before = weight;
  }
  const VF r = hn::Load(DF(), rows.ref[taps_of(taps)] + x),
           d = hn::Load(DF(), rows.dist[taps_of(taps)] + x);
  second.add_row(before, r, d, hn::Mul(r, d));
  first.store(0, x, out);
  second.store(1, x, out);
}

struct Squares {
  VF square1, square2;
  HWY_INLINE void add_row(VF weight, VF rr, VF dd) {
    add(weight, rr, square1);
    add(weight, dd, square2);
  }
  HWY_INLINE void store(int output, int x, const FilteredRows& out) const {
    hn::Store(square1, DF(), out.row(output, 2) + x);
    hn::Store(square2, DF(), out.row(output, 3) + x);
  }
};

HWY_INLINE void filter_squares(const RowPointers& rows, int x, std::span<const float> taps,
                               const FilteredRows& out) {
  const VF zero = hn::Zero(DF());
  Squares first{zero, zero}, second = first;
  VF before = zero;
  for (int k = 0; k < taps_of(taps); ++k) {
    const VF r = hn::Load(DF(), rows.ref[k] + x), d = hn::Load(DF(), rows.dist[k] + x),
             weight = constant(taps[static_cast<std::size_t>(k)]);
    const VF rr = hn::Mul(r, r), dd = hn::Mul(d, d);
    first.add_row(weight, rr, dd);
    second.add_row(before, rr, dd);
    before = weight;
  }
  const VF r = hn::Load(DF(), rows.ref[taps_of(taps)] + x),
           d = hn::Load(DF(), rows.dist[taps_of(taps)] + x);
  second.add_row(before, hn::Mul(r, r), hn::Mul(d, d));
  first.store(0, x, out);
  second.store(1, x, out);
}

HWY_INLINE void filter_columns(const RowPointers& rows, int width, std::span<const float> taps,
                               const FilteredRows& out) {
  for (int x = 0; x < width; x += lanes()) {
    filter_means_and_product(rows, x, taps, out);
    filter_squares(rows, x, taps, out);
  }
}

// ---- rows ----

// Columns that are filtered before their information is computed: what is between fits the L1
// cache.
inline constexpr int kChunk = 16 * kSumLanes;

// Five rows of a chunk, in the order of Filtered.
struct Chunk {
  HWY_ALIGN float values[FilteredRows::kQuantities][kChunk];
};

HWY_INLINE Filtered load_row(const float* at, std::ptrdiff_t stride) {
  const DF d;
  return {hn::LoadU(d, at), hn::LoadU(d, at + stride), hn::LoadU(d, at + 2 * stride),
          hn::LoadU(d, at + 3 * stride), hn::LoadU(d, at + 4 * stride)};
}

HWY_INLINE void store(const Filtered& f, int x, Chunk& out) {
  const DF d;
  hn::Store(f.mean1, d, out.values[0] + x);
  hn::Store(f.mean2, d, out.values[1] + x);
  hn::Store(f.square1, d, out.values[2] + x);
  hn::Store(f.square2, d, out.values[3] + x);
  hn::Store(f.product, d, out.values[4] + x);
}

// Filters `width` columns, rounded up to pairs of vectors, which share the weights.
HWY_INLINE void filter_chunk(const float* row, std::ptrdiff_t stride, int width,
                             std::span<const float> taps, Chunk& out) {
  const int n = taps_of(taps);
  for (int x = 0; x < width; x += 2 * lanes()) {
    const float* at = row + x - n / 2;
    Filtered first = none(), second = none();
    for (int k = 0; k < n; ++k, ++at) {
      const VF weight = constant(taps[static_cast<std::size_t>(k)]);
      add(weight, load_row(at, stride), first);
      add(weight, load_row(at + lanes(), stride), second);
    }
    store(first, x, out);
    store(second, x + lanes(), out);
  }
}

HWY_INLINE VF linear(VF u, int first) {
  return hn::Add(hn::Mul(constant(kLog2Taps[first]), u), constant(kLog2Taps[first + 1]));
}

// In pairs, and pairs of pairs: a third of the latency of one after the other.
HWY_INLINE VF log2_of(VF x) {
  const DI d;
  const auto bits = hn::BitCast(d, x);
  const auto mantissa = hn::Or(hn::And(bits, hn::Set(d, 0x7FFFFF)), hn::Set(d, 0x3F800000));
  const VF u = hn::Sub(hn::BitCast(DF(), mantissa), constant(1)), u2 = hn::Mul(u, u);
  const VF high = hn::Add(hn::Mul(linear(u, 0), u2), linear(u, 2)),
           low = hn::Add(hn::Mul(linear(u, 4), u2), linear(u, 6));
  const VF curve = hn::Add(hn::Mul(high, hn::Mul(u2, u2)), low);
  const VF exponent = hn::ConvertTo(DF(), hn::Sub(hn::ShiftRight<23>(bits), hn::Set(d, 127)));
  return hn::Add(exponent, hn::Mul(curve, u));
}

struct Information {
  VF num, den;
};

// Where the reference has less variance than the noise of the eye, variance of the distorted
// picture counts against it; where the pictures vary the opposite way, nothing is learnt. (A noise
// of 0 makes logarithms of infinity, which log2_of takes for 2^128.)
HWY_INLINE Information information(const Filtered& f, const Rule& rule) {
  const VF zero = hn::Zero(DF()), one = constant(1), tiny = constant(1e-10f),
           noise = constant(rule.noise);
  const VF s1 = hn::Max(hn::Sub(f.square1, hn::Mul(f.mean1, f.mean1)), zero);
  const VF s2 = hn::Max(hn::Sub(f.square2, hn::Mul(f.mean2, f.mean2)), zero);
  const VF s12 = hn::Sub(f.product, hn::Mul(f.mean1, f.mean2));
  const VF gain = hn::Div(s12, hn::Add(s1, tiny));
  const VF left = hn::Max(hn::Sub(s2, hn::Mul(gain, s12)), tiny);
  const VF limited = hn::Min(gain, constant(rule.gain_limit));
  const VF log_num =
      log2_of(hn::Add(one, hn::Div(hn::Mul(hn::Mul(limited, limited), s1), hn::Add(left, noise))));
  const VF log_den = log2_of(hn::Add(one, hn::Mul(s1, constant(1 / rule.noise))));
  const auto nothing = hn::Or(hn::Lt(s12, zero), hn::Lt(hn::Min(s1, s2), tiny));
  const auto flat = hn::Lt(s1, noise);
  const VF loss = hn::Mul(s2, constant(rule.noise * rule.noise / (255.f * 255.f)));
  return {hn::IfThenElse(flat, hn::Sub(one, loss), hn::IfThenElse(nothing, zero, log_num)),
          hn::IfThenElse(flat, one, hn::IfThenElse(hn::Lt(s1, tiny), zero, log_den))};
}

HWY_INLINE Sums sums_of_row(const FilteredRows& rows, int output, int width, const Rule& rule) {
  RowSum num, den;
  Chunk chunk;
  for (int start = 0; start < width; start += kChunk) {
    const int columns = std::min(kChunk, width - start), whole = columns / kSumLanes * kSumLanes;
    filter_chunk(rows.row(output, 0) + start, rows.stride, columns, rule.taps, chunk);
    for_columns(0, whole, [&](int x, auto vector) HWY_ATTR {
      const Information here = information(load_row(chunk.values[0] + x, kChunk), rule);
      num.add(vector, here.num);
      den.add(vector, here.den);
    });
    for_columns(whole, columns, [&](int x, auto vector) HWY_ATTR {
      const Information here = information(load_row(chunk.values[0] + x, kChunk), rule);
      num.add(vector, inside(here.num, x, 0, columns));
      den.add(vector, inside(here.den, x, 0, columns));
    });
  }
  return {num.total(), den.total()};
}

// A band begins with an even row.
void sum_rows(const Pair& pair, const Rule& rule, Band band, Sums* sums, Scratch& scratch) {
  const int width = pair.ref.width, taps = taps_of(rule.taps), radius = taps / 2;
  Ring refs(pair.ref, taps, band.from, scratch), dists(pair.dist, taps, band.from, scratch);
  const std::ptrdiff_t stride = padded(width, radius);
  float* const buffer = scratch.take<float>(
      static_cast<std::size_t>(2 * FilteredRows::kQuantities * stride + kSumLanes));
  const FilteredRows rows{buffer + pad_of(radius), stride};
  for (int y = band.from; y < band.to; y += 2) {
    filter_columns({refs.around(y), dists.around(y)}, width, rule.taps, rows);
    for (int output = 0; output < std::min(2, band.to - y); ++output) {
      for (int quantity = 0; quantity < FilteredRows::kQuantities; ++quantity)
        mirror_borders(rows.row(output, quantity), width, radius);
      sums[y + output] = sums_of_row(rows, output, width, rule);
    }
  }
}

// ---- half the size ----

HWY_INLINE void filter_one_column(const float* const* rows, int width, std::span<const float> taps,
                                  float* out) {
  for (int x = 0; x < width; x += lanes()) {
    VF sum = hn::Mul(constant(taps[0]), hn::Load(DF(), rows[0] + x));
    for (int k = 1; k < taps_of(taps); ++k)
      sum = hn::Add(
          sum, hn::Mul(constant(taps[static_cast<std::size_t>(k)]), hn::Load(DF(), rows[k] + x)));
    hn::Store(sum, DF(), out + x);
  }
}

// Samples of even and of odd columns, counted from the first one of the left border.
struct Parted {
  float* even;
  float* odd;
};

inline void part(const float* row, int count, const Parted& out) {
  for (int i = 0; i < count; ++i) {
    out.even[i] = row[2 * i];
    out.odd[i] = row[2 * i + 1];
  }
}

HWY_INLINE void filter_even(const Parted& in, int width, std::span<const float> taps, float* out) {
  for (int x = 0; x < width; x += lanes()) {
    VF sum = hn::Zero(DF());
    for (int k = 0; k < taps_of(taps); ++k) {
      const float* const from = (k % 2 == 0 ? in.even : in.odd) + x + k / 2;
      sum =
          hn::Add(sum, hn::Mul(constant(taps[static_cast<std::size_t>(k)]), hn::LoadU(DF(), from)));
    }
    hn::Store(sum, DF(), out + x);
  }
}

void halve_rows(const Samples& in, std::span<const float> taps, Band band, PlaneView<float> out,
                Scratch& scratch) {
  const int radius = taps_of(taps) / 2;
  Ring ring(in, taps_of(taps), 2 * band.from, scratch);
  const auto length = static_cast<std::size_t>(padded(in.width, radius) + 2 * kSumLanes);
  float* const row = scratch.take<float>(length) + pad_of(radius);
  const Parted parted{scratch.take<float>(length), scratch.take<float>(length)};
  float* const filtered = scratch.take<float>(length);
  for (int y = band.from; y < band.to; ++y) {
    filter_one_column(ring.around(2 * y), in.width, taps, row);
    mirror_borders(row, in.width, radius);
    part(row - radius, out.width + radius, parted);
    filter_even(parted, out.width, taps, filtered);
    std::copy_n(filtered, out.width, out.row(y));
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace visq::float_vif
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::float_vif {

HWY_EXPORT(sum_rows);
HWY_EXPORT(halve_rows);

// A band converts the rows around it again, which takes much less time than filtering them.
inline constexpr int kLeastRows = 128;

Sums sums(const Samples& ref, const Samples& dist, const Rule& rule, Scratch& scratch,
          Parallel& parallel) {
  const Bands bands(ref.height, kLeastRows, 2);
  Sums* const rows = scratch.take<Sums>(static_cast<std::size_t>(ref.height));
  parallel.run(bands.count(), scratch, [&](std::size_t i, Scratch& own) {
    HWY_DYNAMIC_DISPATCH(sum_rows)({ref, dist}, rule, bands[i], rows, own);
  });
  Sums total;
  for (int y = 0; y < ref.height; ++y) {
    total.num += rows[y].num;
    total.den += rows[y].den;
  }
  return total;
}

void downsample(const Samples& in, std::span<const float> taps, PlaneView<float> out,
                Scratch& scratch, Parallel& parallel) {
  const Bands bands(out.height, kLeastRows);
  parallel.run(bands.count(), scratch, [&](std::size_t i, Scratch& own) {
    HWY_DYNAMIC_DISPATCH(halve_rows)(in, taps, bands[i], out, own);
  });
}

}  // namespace visq::float_vif
#endif
