// Bands of rows, so that what follows finds them in the cache. The rows of a band are blurred along
// together, a row a lane, since an oscillator waits for its own last values; then the oscillators
// down the columns take some steps at a time, which give the moments of rows kAhead above, and the
// errors of their pixels are summed.
#include <algorithm>
#include <cstring>

#include "kernels/ssimulacra/blur.h"
#include "kernels/ssimulacra/sums.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/ssimulacra/errors.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/ssimulacra/fused-inl.h"

#ifndef VISQ_SSIMULACRA_ROWS_H_
#define VISQ_SSIMULACRA_ROWS_H_

namespace visq::ssimulacra {

inline constexpr int kBand = 8;                         // rows that are blurred along together
inline constexpr int kSeen = kBehind + kAhead + kBand;  // blurred rows that are kept
inline constexpr int kSteps = 4;    // rows that oscillators go down together: kAhead, half a band
inline constexpr int kPad = 16;     // zeros behind a row; no vector is longer
inline constexpr int kSignals = 5;  // a, b, aa, bb, ab
inline constexpr int kStates = 2 * 3;  // values that the oscillators of a signal keep

// Rows of two pictures' channel on their way through the blur: whatever target, the same memory.
struct Rows {
  int width;
  float* blurred[kSeen][kSignals];  // along the row, 0 beyond it
  float* states[kSignals];          // down the columns: kStates vectors for each vector of columns
  float* structure[kSteps];         // errors, 0 beyond the row
  float* edges[kSteps];
  float* none;  // a row of zeros
};

}  // namespace visq::ssimulacra

#endif

HWY_BEFORE_NAMESPACE();
namespace visq::ssimulacra {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

ChannelErrors errors_of(PlaneView<const float> ref, PlaneView<const float> dist, Maps maps,
                        const Rows&) {
  return channel_errors_ref(ref, dist, maps);
}

#else

namespace hn = hwy::HWY_NAMESPACE;
using visq::HWY_NAMESPACE::fused;
using visq::HWY_NAMESPACE::fused_less;

using D = hn::CappedTag<float, kPad>;
using V = hn::Vec<D>;
using DB = hn::CappedTag<float, kBlock>;  // a block of columns of one row

inline constexpr int kLanesOfV = static_cast<int>(hn::MaxLanes(D()));
inline constexpr int kRows = HWY_MIN(kLanesOfV, kBand);    // that lanes have room for
inline constexpr bool kHoldsTwo = kLanesOfV == 2 * kRows;  // signals in a vector
inline constexpr int kVectors = kHoldsTwo ? 2 : 4;         // a|b, aa|bb; or one each
using DLast = hn::CappedTag<float, kRows>;                 // of ab
inline constexpr int kRing = 16;                           // columns, of which a block looks at 14

HWY_INLINE V constant(float value) { return hn::Set(D(), value); }

// In each block of four lanes, four vectors become their columns.
template <class DV>
HWY_INLINE void transpose(DV d, hn::Vec<DV> (&v)[kBlock]) {
  const hn::Repartition<double, DV> dd;
  const auto first = hn::BitCast(dd, hn::InterleaveLower(d, v[0], v[1])),
             second = hn::BitCast(dd, hn::InterleaveLower(d, v[2], v[3])),
             third = hn::BitCast(dd, hn::InterleaveUpper(d, v[0], v[1])),
             fourth = hn::BitCast(dd, hn::InterleaveUpper(d, v[2], v[3]));
  v[0] = hn::BitCast(d, hn::InterleaveLower(dd, first, second));
  v[1] = hn::BitCast(d, hn::InterleaveUpper(dd, first, second));
  v[2] = hn::BitCast(d, hn::InterleaveLower(dd, third, fourth));
  v[3] = hn::BitCast(d, hn::InterleaveUpper(dd, third, fourth));
}

// Of the rows i, i + 4, ...: the block from column x on.
template <class DV>
HWY_INLINE hn::Vec<DV> load_blocks(DV d, const float* const* rows, int x) {
  if constexpr (hn::MaxLanes(d) == kBlock) {
    return hn::LoadU(d, rows[0] + x);
  } else {
    const hn::Half<DV> half;
    return hn::Combine(d, load_blocks(half, rows + hn::MaxLanes(half), x),
                       load_blocks(half, rows, x));
  }
}

template <class DV>
HWY_INLINE void store_blocks(hn::Vec<DV> blocks, DV d, float* const* rows, int x) {
  if constexpr (hn::MaxLanes(d) == kBlock) {
    hn::StoreU(blocks, d, rows[0] + x);
  } else {
    const hn::Half<DV> half;
    store_blocks(hn::UpperHalf(half, blocks), half, rows + hn::MaxLanes(half), x);
    store_blocks(hn::LowerHalf(half, blocks), half, rows, x);
  }
}

// Columns x to x + 3 of kLanesOfV rows, 0 beyond their width.
HWY_INLINE void load_columns(const float* const* rows, int x, int width, V (&columns)[kBlock]) {
  HWY_ALIGN float rest[kLanesOfV][kBlock] = {};
  const float* padded[kLanesOfV];
  if (x + kBlock > width) {
    for (int i = 0; i < kLanesOfV; ++i) {
      if (x < width)
        std::memcpy(rest[i], rows[i] + x, static_cast<std::size_t>(width - x) * sizeof(float));
      padded[i] = rest[i];
    }
    rows = padded;
    x = 0;
  }
  for (int i = 0; i < kBlock; ++i) columns[i] = load_blocks(D(), rows + i, x);
  transpose(D(), columns);
}

// What lies within the width.
template <class DV>
HWY_INLINE void store_columns(DV d, hn::Vec<DV> (&columns)[kBlock], float* const* rows, int x,
                              int width) {
  constexpr int kCount = static_cast<int>(hn::MaxLanes(d));
  transpose(d, columns);
  if (x + kBlock <= width) {
    for (int i = 0; i < kBlock; ++i) store_blocks(columns[i], d, rows + i, x);
    return;
  }
  HWY_ALIGN float rest[kCount][kBlock];
  float* padded[kCount];
  for (int i = 0; i < kCount; ++i) padded[i] = rest[i];
  for (int i = 0; i < kBlock; ++i) store_blocks(columns[i], d, padded + i, 0);
  for (int i = 0; i < kCount; ++i)
    std::memcpy(rows[i] + x, rest[i], static_cast<std::size_t>(width - x) * sizeof(float));
}

// The last two values of a signal's oscillators along rows.
template <class DV>
struct Along {
  using VA = hn::Vec<DV>;
  VA last[3], older[3];

  void clear() {
    for (int k = 0; k < 3; ++k) last[k] = older[k] = hn::Zero(DV());
  }

  // Four columns: a block, or one after the other.
  HWY_INLINE void blocks(bool is_block, const VA (&in)[kBlock], VA (&out)[kBlock]) {
    if (is_block)
      block(in, out);
    else
      for (int i = 0; i < kBlock; ++i) out[i] = step(in[i]);
  }

 private:
  HWY_INLINE VA step(VA input) {
    VA part[3];
    for (std::size_t k = 0; k < 3; ++k) {
      part[k] = hn::Sub(hn::Mul(input, set(kOscillators[k].gain)), older[k]);
      if (k < 2) part[k] = fused(set(kOscillators[k].turn), last[k], part[k]);
      older[k] = last[k];
      last[k] = part[k];
    }
    return hn::Add(part[0], hn::Add(part[1], part[2]));
  }

  // The third oscillator turns by a right angle, so most of its weights are 0, 1 or -1: what it
  // skips would not change its values.
  HWY_INLINE void block(const VA (&in)[kBlock], VA (&out)[kBlock]) {
    VA first[kBlock], second[kBlock];
    oscillate(kOscillators[0], 0, in, first);
    oscillate(kOscillators[1], 1, in, second);
    const VA gain = set(kOscillators[2].gain);
    const VA even = hn::Mul(in[0], gain), odd = hn::Mul(in[1], gain);
    const VA third[kBlock] = {hn::Sub(even, older[2]), hn::Sub(odd, last[2]),
                              hn::Add(fused_less(gain, in[2], even), older[2]),
                              hn::Add(fused_less(gain, in[3], odd), last[2])};
    older[2] = third[2];
    last[2] = third[3];
    for (int j = 0; j < kBlock; ++j) out[j] = hn::Add(first[j], hn::Add(second[j], third[j]));
  }

  static HWY_INLINE VA set(float value) { return hn::Set(DV(), value); }
  HWY_INLINE void oscillate(const Oscillator& o, int k, const VA (&in)[kBlock], VA (&out)[kBlock]) {
    for (std::size_t j = 0; j < kBlock; ++j) {
      VA sum = hn::Mul(in[0], set(o.input[0][j]));
      for (std::size_t i = 1; i <= j; ++i) sum = fused(set(o.input[i][j]), in[i], sum);
      out[j] = fused(set(o.last[j]), last[k], fused(set(o.older[j]), older[k], sum));
    }
    older[k] = out[2];
    last[k] = out[3];
  }
};

// Where the rows of a band come from and go to.
struct BandRows {
  const float* in[2 * kBand];    // of a, then of b
  float* out[kSignals * kRows];  // of a, b, aa, bb, ab
};

// a * b, of a vector that holds both or of two.
template <class DV>
HWY_INLINE hn::Vec<DLast> product_of(DV, const hn::Vec<DV> (&column)[kVectors]) {
  const DLast d;
  if constexpr (kHoldsTwo)
    return hn::Mul(hn::LowerHalf(d, column[0]), hn::UpperHalf(d, column[0]));
  else
    return hn::Mul(column[0], column[1]);
}

// Those that are blurred: a and b, and their products where structure is compared.
constexpr int signals_of(Maps maps) { return maps == Maps::all ? kSignals : 2; }
constexpr int vectors_of(Maps maps) { return maps == Maps::all ? kVectors : kVectors / 2; }

// Columns on their way through the oscillators along rows.
template <Maps kMaps>
struct Ring {
  V columns[kRing][kVectors];
  hn::Vec<DLast> products[kRing];  // ab

  void clear() {
    for (auto& column : columns)
      for (V& v : column) v = hn::Zero(D());
    for (auto& product : products) product = hn::Zero(DLast());
  }
  HWY_INLINE void load(const BandRows& rows, int x, int width) {
    for (int s = 0; s < kVectors / 2; ++s) {
      V block[kBlock];
      load_columns(rows.in + s * kRows, x, width, block);
      for (int i = 0; i < kBlock; ++i) {
        V(&column)[kVectors] = columns[(x + i) % kRing];
        column[s] = block[i];
        if constexpr (kMaps == Maps::all) column[kVectors / 2 + s] = hn::Mul(block[i], block[i]);
      }
    }
    if constexpr (kMaps == Maps::all)
      for (int i = 0; i < kBlock; ++i)
        products[(x + i) % kRing] = product_of(D(), columns[(x + i) % kRing]);
  }
  HWY_INLINE V input(int n, int v) const {
    return hn::Add(columns[behind(n)][v], columns[(n + kAhead) % kRing][v]);
  }
  HWY_INLINE hn::Vec<DLast> product_input(int n) const {
    return hn::Add(products[behind(n)], products[(n + kAhead) % kRing]);
  }

 private:
  static int behind(int n) { return (n - kBehind + kRing) % kRing; }
};

template <Maps kMaps>
void blur_along(const BandRows& rows, int width) {
  Along<D> along[vectors_of(kMaps)];
  Along<DLast> along_products;
  for (Along<D>& a : along) a.clear();
  along_products.clear();
  Ring<kMaps> ring;
  ring.clear();
  for (int n = -kAhead; n < width; n += kBlock) {
    ring.load(rows, n + kAhead, width);
    const bool is_block = n >= kFirstBlock && n < width - kBlocksEndBefore;
    for (int v = 0; v < vectors_of(kMaps); ++v) {
      V in[kBlock], out[kBlock];
      for (int i = 0; i < kBlock; ++i) in[i] = ring.input(n + i, v);
      along[v].blocks(is_block, in, out);
      if (n >= 0) store_columns(D(), out, rows.out + v * kLanesOfV, n, width);
    }
    if constexpr (kMaps == Maps::all) {
      hn::Vec<DLast> in[kBlock], out[kBlock];
      for (int i = 0; i < kBlock; ++i) in[i] = ring.product_input(n + i);
      along_products.blocks(is_block, in, out);
      if (n >= 0) store_columns(DLast(), out, rows.out + 4 * kRows, n, width);
    }
  }
}

// Rows `y` to y + kBand - 1 of both pictures; those beyond the last are never looked at.
template <Maps kMaps>
void blur_band(PlaneView<const float> ref, PlaneView<const float> dist, int y, const Rows& rows) {
  for (int first = y; first < y + kBand; first += kRows) {
    BandRows band;
    for (int i = 0; i < kRows; ++i) {
      const int row = std::min(first + i, ref.height - 1);
      band.in[i] = ref.row(row);
      band.in[kRows + i] = dist.row(row);
      float* const* const blurred = rows.blurred[(first + i) % kSeen];
      for (int s = 0; s < kSignals; ++s) band.out[s * kRows + i] = blurred[s];
    }
    blur_along<kMaps>(band, rows.width);
  }
}

// What the oscillators down the columns see in rows n to n + kSteps - 1.
struct Down {
  const float *above[kSignals][kSteps], *below[kSignals][kSteps];
  float* const* states;

  Down(const Rows& rows, int n, int height) : states(rows.states) {
    for (int s = 0; s < kSignals; ++s)
      for (int i = 0; i < kSteps; ++i) {
        const int first = n + i - kBehind, last = n + i + kAhead;
        above[s][i] = first < 0 ? rows.none : rows.blurred[first % kSeen][s];
        below[s][i] = last < height ? rows.blurred[last % kSeen][s] : rows.none;
      }
  }

  HWY_INLINE void steps(int s, int x, V (&out)[kSteps]) const {
    float* const kept = states[s] + kStates * x;
    V older[3], last[3];
    for (int k = 0; k < 3; ++k) {
      older[k] = hn::Load(D(), kept + 2 * k * kLanesOfV);
      last[k] = hn::Load(D(), kept + (2 * k + 1) * kLanesOfV);
    }
    for (int i = 0; i < kSteps; ++i) {
      const V input = hn::Add(hn::LoadU(D(), above[s][i] + x), hn::LoadU(D(), below[s][i] + x));
      V part[3];
      for (std::size_t k = 0; k < 3; ++k) {
        const V turned = k < 2 ? fused_less(constant(kOscillators[k].turn), last[k], older[k])
                               : hn::Neg(older[k]);
        part[k] = fused(constant(kOscillators[k].gain), input, turned);
        older[k] = last[k];
        last[k] = part[k];
      }
      out[i] = hn::Add(part[0], hn::Add(part[1], part[2]));
    }
    for (int k = 0; k < 3; ++k) {
      hn::Store(older[k], D(), kept + 2 * k * kLanesOfV);
      hn::Store(last[k], D(), kept + (2 * k + 1) * kLanesOfV);
    }
  }
};

struct Moments {
  V mu_a, mu_b, aa, bb, ab;
};
HWY_INLINE V structure_error(const Moments& m) {
  const V one = constant(1), stabiliser = constant(kStabiliser);
  const V aa = hn::Sub(m.aa, hn::Mul(m.mu_a, m.mu_a)), bb = hn::Sub(m.bb, hn::Mul(m.mu_b, m.mu_b)),
          ab = hn::Sub(m.ab, hn::Mul(m.mu_a, m.mu_b)), shift = hn::Sub(m.mu_a, m.mu_b);
  const V likeness =
      hn::Div(hn::Mul(hn::Sub(one, hn::Mul(shift, shift)), hn::Add(hn::Add(ab, ab), stabiliser)),
              hn::Add(hn::Add(aa, bb), stabiliser));
  return hn::Max(hn::Sub(one, likeness), hn::Zero(D()));
}

// Above 0 where there is an artefact, below where an edge is lost.
HWY_INLINE V edge_error(V a, V b, V mu_a, V mu_b) {
  const V edge_a = hn::Abs(hn::Sub(a, mu_a)), edge_b = hn::Abs(hn::Sub(b, mu_b));
  return hn::Div(hn::Sub(edge_b, edge_a), hn::Add(constant(1), edge_a));
}

// The samples from `x` on that the row has, and zeros.
HWY_INLINE V load(const float* row, int x, int width) {
  if (x + kLanesOfV <= width) return hn::LoadU(D(), row + x);
  return hn::LoadN(D(), row + x, static_cast<std::size_t>(width - x));
}

// Rows n to n + kSteps - 1; of those that the pictures have, the errors.
template <Maps kMaps>
void compare_rows(PlaneView<const float> ref, PlaneView<const float> dist, int n,
                  const Rows& rows) {
  const Down down(rows, n, ref.height);
  const int count = n < 0 ? 0 : std::min(kSteps, ref.height - n);
  for (int x = 0; x < rows.width; x += kLanesOfV) {
    V m[signals_of(kMaps)][kSteps];
    for (int s = 0; s < signals_of(kMaps); ++s) down.steps(s, x, m[s]);
    for (int i = 0; i < count; ++i) {
      const V a = load(ref.row(n + i), x, rows.width), b = load(dist.row(n + i), x, rows.width);
      hn::StoreU(edge_error(a, b, m[0][i], m[1][i]), D(), rows.edges[i] + x);
      if constexpr (kMaps == Maps::all)
        hn::StoreU(structure_error({m[0][i], m[1][i], m[2][i], m[3][i], m[4][i]}), D(),
                   rows.structure[i] + x);
    }
  }
}

using DD = hn::CappedTag<double, kLanes>;
using VD = hn::Vec<DD>;

struct Sums {
  VD first, fourth;
  HWY_INLINE void add(VD error) {
    const VD square = hn::Mul(error, error);
    first = hn::Add(first, error);
    fourth = hn::Add(fourth, hn::Mul(square, square));
  }
};
HWY_INLINE Sums load_sums(const LaneSums& sums, int lane) {
  return {hn::LoadU(DD(), sums.first + lane), hn::LoadU(DD(), sums.fourth + lane)};
}
HWY_INLINE void store_sums(const Sums& sums, int lane, LaneSums& out) {
  hn::StoreU(sums.first, DD(), out.first + lane);
  hn::StoreU(sums.fourth, DD(), out.fourth + lane);
}

// Lanes `lane` to `lane` + Lanes(DD()) of a row's errors.
template <Maps kMaps>
void add_row(const float* errors, const float* edges, int width, int lane, ChannelSums& sums) {
  const hn::Rebind<float, DD> half;
  Sums structure = load_sums(sums.structure, lane), artefacts = load_sums(sums.artefacts, lane),
       lost = load_sums(sums.lost, lane);
  const VD zero = hn::Zero(DD());
  for (int x = lane; x < width; x += kLanes) {
    const VD edge = hn::PromoteTo(DD(), hn::LoadU(half, edges + x));
    if constexpr (kMaps == Maps::all)
      structure.add(hn::PromoteTo(DD(), hn::LoadU(half, errors + x)));
    artefacts.add(hn::Max(edge, zero));
    lost.add(hn::Max(hn::Neg(edge), zero));
  }
  store_sums(structure, lane, sums.structure);
  store_sums(artefacts, lane, sums.artefacts);
  store_sums(lost, lane, sums.lost);
}

template <Maps kMaps>
ChannelErrors maps_of(PlaneView<const float> ref, PlaneView<const float> dist, const Rows& rows) {
  ChannelSums sums;
  for (int y = 0; y < ref.height + kAhead; y += kBand) {
    if (y < ref.height) blur_band<kMaps>(ref, dist, y, rows);
    for (int n = y - kAhead; n < std::min(y - kAhead + kBand, ref.height); n += kSteps) {
      compare_rows<kMaps>(ref, dist, n, rows);
      for (int i = 0; i < (n < 0 ? 0 : std::min(kSteps, ref.height - n)); ++i)
        for (int lane = 0; lane < kLanes; lane += static_cast<int>(hn::Lanes(DD())))
          add_row<kMaps>(rows.structure[i], rows.edges[i], rows.width, lane, sums);
    }
  }
  return channel_errors_of(sums, rows.width, ref.height);
}

ChannelErrors errors_of(PlaneView<const float> ref, PlaneView<const float> dist, Maps maps,
                        const Rows& rows) {
  return maps == Maps::all ? maps_of<Maps::all>(ref, dist, rows)
                           : maps_of<Maps::edges>(ref, dist, rows);
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::ssimulacra
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::ssimulacra {
namespace {

HWY_EXPORT(errors_of);

// Rows with zeros behind them; a last vector may begin at width - 1.
Rows take_rows(int width, Scratch& scratch) {
  Rows rows{};
  rows.width = width;
  const std::size_t length = round_up(static_cast<std::size_t>(width), kPad) + kPad;
  const std::size_t count = kSeen * kSignals + kSignals * kStates + 2 * kSteps + 1;
  float* next = scratch.take<float>(length * count);
  std::fill(next, next + length * count, 0.0f);
  const auto row = [&](std::size_t lengths = 1) {
    next += length * lengths;
    return next - length * lengths;
  };
  for (auto& place : rows.blurred)
    for (float*& pointer : place) pointer = row();
  for (float*& pointer : rows.states) pointer = row(kStates);
  for (float*& pointer : rows.structure) pointer = row();
  for (float*& pointer : rows.edges) pointer = row();
  rows.none = row();
  return rows;
}

}  // namespace

ChannelErrors channel_errors(PlaneView<const float> ref, PlaneView<const float> dist, Maps maps,
                             Scratch& scratch) {
  const Rows rows = take_rows(ref.width, scratch);
  return HWY_DYNAMIC_DISPATCH(errors_of)(ref, dist, maps, rows);
}

}  // namespace visq::ssimulacra
#endif
