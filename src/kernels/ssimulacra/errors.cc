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

ChannelErrors errors_of(PlaneView<const float> ref, PlaneView<const float> dist, const Rows&) {
  return channel_errors_ref(ref, dist);
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
inline constexpr int kVectors = kHoldsTwo ? 3 : kSignals;  // a|b, aa|bb, ab|ab; or one each
inline constexpr int kRing = 16;                           // columns, of which a block looks at 14

HWY_INLINE V constant(float value) { return hn::Set(D(), value); }

// In each block of four lanes, four vectors become their columns.
HWY_INLINE void transpose(V (&v)[kBlock]) {
  const hn::Repartition<double, D> d;
  const auto first = hn::BitCast(d, hn::InterleaveLower(D(), v[0], v[1])),
             second = hn::BitCast(d, hn::InterleaveLower(D(), v[2], v[3])),
             third = hn::BitCast(d, hn::InterleaveUpper(D(), v[0], v[1])),
             fourth = hn::BitCast(d, hn::InterleaveUpper(D(), v[2], v[3]));
  v[0] = hn::BitCast(D(), hn::InterleaveLower(d, first, second));
  v[1] = hn::BitCast(D(), hn::InterleaveUpper(d, first, second));
  v[2] = hn::BitCast(D(), hn::InterleaveLower(d, third, fourth));
  v[3] = hn::BitCast(D(), hn::InterleaveUpper(d, third, fourth));
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
  transpose(columns);
}

// What lies within the width; `count` rows.
HWY_INLINE void store_columns(V (&columns)[kBlock], float* const* rows, int x, int width) {
  transpose(columns);
  if (x + kBlock <= width) {
    for (int i = 0; i < kBlock; ++i) store_blocks(columns[i], D(), rows + i, x);
    return;
  }
  HWY_ALIGN float rest[kLanesOfV][kBlock];
  float* padded[kLanesOfV];
  for (int i = 0; i < kLanesOfV; ++i) padded[i] = rest[i];
  for (int i = 0; i < kBlock; ++i) store_blocks(columns[i], D(), padded + i, 0);
  for (int i = 0; i < kLanesOfV; ++i)
    std::memcpy(rows[i] + x, rest[i], static_cast<std::size_t>(width - x) * sizeof(float));
}

// The last two values of a signal's oscillators along rows.
struct Along {
  V last[3], older[3];

  HWY_INLINE V step(V input) {
    V part[3];
    for (std::size_t k = 0; k < 3; ++k) {
      part[k] = hn::Sub(hn::Mul(input, constant(kOscillators[k].gain)), older[k]);
      if (k < 2) part[k] = fused(constant(kOscillators[k].turn), last[k], part[k]);
      older[k] = last[k];
      last[k] = part[k];
    }
    return hn::Add(part[0], hn::Add(part[1], part[2]));
  }

  // The third oscillator turns by a right angle, so most of its weights are 0, 1 or -1: what it
  // skips would not change its values.
  HWY_INLINE void block(const V (&in)[kBlock], V (&out)[kBlock]) {
    V first[kBlock], second[kBlock];
    oscillate(kOscillators[0], 0, in, first);
    oscillate(kOscillators[1], 1, in, second);
    const V gain = constant(kOscillators[2].gain);
    const V even = hn::Mul(in[0], gain), odd = hn::Mul(in[1], gain);
    const V third[kBlock] = {hn::Sub(even, older[2]), hn::Sub(odd, last[2]),
                             hn::Add(fused_less(gain, in[2], even), older[2]),
                             hn::Add(fused_less(gain, in[3], odd), last[2])};
    older[2] = third[2];
    last[2] = third[3];
    for (int j = 0; j < kBlock; ++j) out[j] = hn::Add(first[j], hn::Add(second[j], third[j]));
  }

 private:
  HWY_INLINE void oscillate(const Oscillator& o, int k, const V (&in)[kBlock], V (&out)[kBlock]) {
    for (std::size_t j = 0; j < kBlock; ++j) {
      V sum = hn::Mul(in[0], constant(o.input[0][j]));
      for (std::size_t i = 1; i <= j; ++i) sum = fused(constant(o.input[i][j]), in[i], sum);
      out[j] = fused(constant(o.last[j]), last[k], fused(constant(o.older[j]), older[k], sum));
    }
    older[k] = out[2];
    last[k] = out[3];
  }
};

// Where the rows of a band come from and go to.
struct BandRows {
  const float* in[2 * kBand];        // of a, then of b
  float* out[kVectors * kLanesOfV];  // as vectors hold them
};

// A column of all signals, of which those of one picture are there.
HWY_INLINE void multiply_signals(V (&column)[kVectors]) {
  if constexpr (kHoldsTwo) {
    column[1] = hn::Mul(column[0], column[0]);
    column[2] = hn::Mul(column[0], hn::ConcatLowerUpper(D(), column[0], column[0]));
  } else {
    column[2] = hn::Mul(column[0], column[0]);
    column[3] = hn::Mul(column[1], column[1]);
    column[kVectors - 1] = hn::Mul(column[0], column[1]);
  }
}

// Columns on their way through the oscillators along rows.
struct Ring {
  V columns[kRing][kVectors];

  HWY_INLINE void load(const BandRows& rows, int x, int width) {
    for (int s = 0; s < (kHoldsTwo ? 1 : 2); ++s) {
      V block[kBlock];
      load_columns(rows.in + s * kRows, x, width, block);
      for (int i = 0; i < kBlock; ++i) columns[(x + i) % kRing][s] = block[i];
    }
    for (int i = 0; i < kBlock; ++i) multiply_signals(columns[(x + i) % kRing]);
  }
  HWY_INLINE V input(int n, int v) const {
    return hn::Add(columns[(n - kBehind + kRing) % kRing][v], columns[(n + kAhead) % kRing][v]);
  }
};

void blur_along(const BandRows& rows, int width) {
  const V zero = hn::Zero(D());
  Along along[kVectors];
  Ring ring;
  for (Along& a : along)
    for (int k = 0; k < 3; ++k) a.last[k] = a.older[k] = zero;
  for (auto& column : ring.columns)
    for (V& v : column) v = zero;
  for (int n = -kAhead; n < width; n += kBlock) {
    ring.load(rows, n + kAhead, width);
    const bool is_block = n >= kFirstBlock && n < width - kBlocksEndBefore;
    for (int v = 0; v < kVectors; ++v) {
      V in[kBlock], out[kBlock];
      for (int i = 0; i < kBlock; ++i) in[i] = ring.input(n + i, v);
      if (is_block)
        along[v].block(in, out);
      else
        for (int i = 0; i < kBlock; ++i) out[i] = along[v].step(in[i]);
      if (n >= 0) store_columns(out, rows.out + v * kLanesOfV, n, width);
    }
  }
}

// Rows `y` to y + kBand - 1 of both pictures; those beyond the last are never looked at.
void blur_band(PlaneView<const float> ref, PlaneView<const float> dist, int y, const Rows& rows) {
  for (int first = y; first < y + kBand; first += kRows) {
    BandRows band;
    for (int i = 0; i < kRows; ++i) {
      const int row = std::min(first + i, ref.height - 1);
      band.in[i] = ref.row(row);
      band.in[kRows + i] = dist.row(row);
      float* const* const blurred = rows.blurred[(first + i) % kSeen];
      for (int s = 0; s < kVectors * kLanesOfV / kRows; ++s)
        band.out[s * kRows + i] = blurred[std::min(s, kSignals - 1)];  // ab may be there twice
    }
    blur_along(band, rows.width);
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
struct Errors {
  V structure, edges;
};

HWY_INLINE Errors compare(V a, V b, const Moments& m) {
  const V one = constant(1), stabiliser = constant(kStabiliser);
  const V aa = hn::Sub(m.aa, hn::Mul(m.mu_a, m.mu_a)), bb = hn::Sub(m.bb, hn::Mul(m.mu_b, m.mu_b)),
          ab = hn::Sub(m.ab, hn::Mul(m.mu_a, m.mu_b)), shift = hn::Sub(m.mu_a, m.mu_b);
  const V likeness =
      hn::Div(hn::Mul(hn::Sub(one, hn::Mul(shift, shift)), hn::Add(hn::Add(ab, ab), stabiliser)),
              hn::Add(hn::Add(aa, bb), stabiliser));
  const V edge_a = hn::Abs(hn::Sub(a, m.mu_a)), edge_b = hn::Abs(hn::Sub(b, m.mu_b));
  return {hn::Max(hn::Sub(one, likeness), hn::Zero(D())),
          hn::Div(hn::Sub(edge_b, edge_a), hn::Add(one, edge_a))};
}

// The samples from `x` on that the row has, and zeros.
HWY_INLINE V load(const float* row, int x, int width) {
  if (x + kLanesOfV <= width) return hn::LoadU(D(), row + x);
  return hn::LoadN(D(), row + x, static_cast<std::size_t>(width - x));
}

// Rows n to n + kSteps - 1; of those that the pictures have, the errors.
void compare_rows(PlaneView<const float> ref, PlaneView<const float> dist, int n,
                  const Rows& rows) {
  const Down down(rows, n, ref.height);
  const int count = n < 0 ? 0 : std::min(kSteps, ref.height - n);
  for (int x = 0; x < rows.width; x += kLanesOfV) {
    V moments[kSignals][kSteps];
    for (int s = 0; s < kSignals; ++s) down.steps(s, x, moments[s]);
    for (int i = 0; i < count; ++i) {
      const Errors e =
          compare(load(ref.row(n + i), x, rows.width), load(dist.row(n + i), x, rows.width),
                  {moments[0][i], moments[1][i], moments[2][i], moments[3][i], moments[4][i]});
      hn::StoreU(e.structure, D(), rows.structure[i] + x);
      hn::StoreU(e.edges, D(), rows.edges[i] + x);
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
void add_row(const float* errors, const float* edges, int width, int lane, ChannelSums& sums) {
  const hn::Rebind<float, DD> half;
  Sums structure = load_sums(sums.structure, lane), artefacts = load_sums(sums.artefacts, lane),
       lost = load_sums(sums.lost, lane);
  const VD zero = hn::Zero(DD());
  for (int x = lane; x < width; x += kLanes) {
    const VD edge = hn::PromoteTo(DD(), hn::LoadU(half, edges + x));
    structure.add(hn::PromoteTo(DD(), hn::LoadU(half, errors + x)));
    artefacts.add(hn::Max(edge, zero));
    lost.add(hn::Max(hn::Neg(edge), zero));
  }
  store_sums(structure, lane, sums.structure);
  store_sums(artefacts, lane, sums.artefacts);
  store_sums(lost, lane, sums.lost);
}

ChannelErrors errors_of(PlaneView<const float> ref, PlaneView<const float> dist, const Rows& rows) {
  ChannelSums sums;
  for (int y = 0; y < ref.height + kAhead; y += kBand) {
    if (y < ref.height) blur_band(ref, dist, y, rows);
    for (int n = y - kAhead; n < std::min(y - kAhead + kBand, ref.height); n += kSteps) {
      compare_rows(ref, dist, n, rows);
      for (int i = 0; i < (n < 0 ? 0 : std::min(kSteps, ref.height - n)); ++i)
        for (int lane = 0; lane < kLanes; lane += static_cast<int>(hn::Lanes(DD())))
          add_row(rows.structure[i], rows.edges[i], rows.width, lane, sums);
    }
  }
  return channel_errors_of(sums, rows.width, ref.height);
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
bool allocate(Rows& rows, Scratch& scratch) {
  const std::size_t length = round_up(static_cast<std::size_t>(rows.width), kPad) + kPad;
  const std::size_t count = kSeen * kSignals + kSignals * kStates + 2 * kSteps + 1;
  float* next = scratch.take<float>(length * count);
  if (next == nullptr) return false;
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
  return true;
}

}  // namespace

Result<ChannelErrors> channel_errors(PlaneView<const float> ref, PlaneView<const float> dist,
                                     Scratch& scratch) {
  Rows rows{};
  rows.width = ref.width;
  if (!allocate(rows, scratch)) return fail(ENOMEM, "no memory for the rows of SSIMULACRA 2");
  return HWY_DYNAMIC_DISPATCH(errors_of)(ref, dist, rows);
}

}  // namespace visq::ssimulacra
#endif
