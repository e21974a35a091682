// A row at a time, so that what follows finds it in the cache: light becomes XYB, the channels of
// both pictures and their products are blurred along the row; the oscillators down the columns take
// a step, which gives the moments of the row kAhead above; errors of its pixels are summed.
#include "kernels/ssimulacra/ssimulacra.h"

#include <algorithm>
#include <cstring>

#include "kernels/ssimulacra/blur.h"
#include "kernels/ssimulacra/sums.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/ssimulacra/ssimulacra.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/ssimulacra/fused-inl.h"

#ifndef VISQ_SSIMULACRA_ROWS_H_
#define VISQ_SSIMULACRA_ROWS_H_

namespace visq::ssimulacra {

inline constexpr int kSeen =
    kBehind + kAhead + 1;                    // rows that an oscillator sees, from first to last
inline constexpr int kWaiting = kAhead + 1;  // rows whose moments are yet to come
inline constexpr int kPad = 16;              // zeros before and behind a row; no vector is longer
inline constexpr int kSignals = 5;           // of a channel: a, b, aa, bb, ab
inline constexpr int kStates = 2 * 3;        // values that the oscillators of a signal keep

// Rows of two pictures on their way through the blur: whatever target, the same memory.
struct Rows {
  int width;
  float* values[kWaiting][3][2];       // X, Y, B of reference and distorted
  float* products[3][3];               // aa, bb, ab of one row
  float* blurred[kSeen][3][kSignals];  // along the row
  float* states[3][kSignals];  // down the columns: kStates vectors for each vector of columns
  float* structure;            // errors of one row, 0 beyond it
  float* edges;
  float* none;  // a row of zeros
};

}  // namespace visq::ssimulacra

#endif

HWY_BEFORE_NAMESPACE();
namespace visq::ssimulacra {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

void light_rows(PlaneView<float> codes) { to_light_ref(codes); }
ScaleErrors row_errors(const Light& ref, const Light& dist, const Rows&) {
  return scale_errors_ref(ref, dist);
}

#else

namespace hn = hwy::HWY_NAMESPACE;
using visq::HWY_NAMESPACE::fused;
using visq::HWY_NAMESPACE::fused_less;

using D = hn::CappedTag<float, kPad>;
using V = hn::Vec<D>;

inline int lanes() { return static_cast<int>(hn::Lanes(D())); }
HWY_INLINE V constant(float value) { return hn::Set(D(), value); }

HWY_INLINE V polynomial(const std::array<float, 5>& factors, V x) {
  V sum = constant(factors[4]);
  for (std::size_t k = 4; k-- > 0;) sum = fused(sum, x, constant(factors[k]));
  return sum;
}

HWY_INLINE V light_of(V code) {
  const V curve = hn::Div(polynomial(kCurveAbove, code), polynomial(kCurveBelow, code));
  return hn::IfThenElse(hn::Gt(code, constant(kLinearBelow)), curve,
                        hn::Mul(code, constant(kLinearSlope)));
}

// The samples from `x` on that the row has, and zeros.
HWY_INLINE V load(const float* row, int x, int width) {
  if (x + lanes() <= width) return hn::LoadU(D(), row + x);
  HWY_ALIGN float rest[kPad] = {};
  std::memcpy(rest, row + x, static_cast<std::size_t>(width - x) * sizeof(float));
  return hn::Load(D(), rest);
}

void light_rows(PlaneView<float> codes) {
  for (int y = 0; y < codes.height; ++y) {
    float* const row = codes.row(y);
    int x = 0;
    for (; x + lanes() <= codes.width; x += lanes())
      hn::StoreU(light_of(hn::LoadU(D(), row + x)), D(), row + x);
    if (x == codes.width) continue;
    HWY_ALIGN float rest[kPad];
    hn::Store(light_of(load(row, x, codes.width)), D(), rest);
    std::memcpy(row + x, rest, static_cast<std::size_t>(codes.width - x) * sizeof(float));
  }
}

HWY_INLINE V fourth_power(V x) {
  const V square = hn::Mul(x, x);
  return hn::Mul(square, square);
}

HWY_INLINE V cube_root_less_bias(V x) {
  const hn::RebindToSigned<D> di;
  const auto exponent = hn::ShiftRight<23>(hn::BitCast(di, x));
  V r =
      hn::BitCast(D(), hn::Sub(hn::Set(di, kRootExponent),
                               hn::Mul(exponent, hn::Set(di, kRootSlope))));  // x to the power -1/3
  const V minus_third = hn::Mul(x, constant(-1.0f / 3));
  for (int step = 0; step < kRootSteps; ++step)
    r = fused(minus_third, fourth_power(r), hn::Mul(r, constant(4.0f / 3)));
  r = fused(constant(1.0f / 3), fused(hn::Neg(x), fourth_power(r), r), r);
  return fused(hn::Mul(r, r), x, constant(-kCubeRootOfBias));
}

HWY_INLINE V receptor(const float (&weights)[3], V r, V g, V b) {
  return cube_root_less_bias(
      fused(constant(weights[0]), r,
            fused(constant(weights[1]), g, fused(constant(weights[2]), b, constant(kBias)))));
}

// What the eye makes of a row of light.
void perceive(const Light& light, int y, float* const (&xyb)[3]) {
  const int width = light[0].width;
  const V half = constant(0.5f);
  for (int x = 0; x < width; x += lanes()) {
    const V r = load(light[0].row(y), x, width), g = load(light[1].row(y), x, width),
            b = load(light[2].row(y), x, width);
    const V l = receptor(kAbsorbance[0], r, g, b), m = receptor(kAbsorbance[1], r, g, b),
            s = receptor(kAbsorbance[2], r, g, b);
    const V luminance = hn::Mul(half, hn::Add(l, m));
    hn::StoreU(hn::Add(hn::Mul(hn::Mul(half, hn::Sub(l, m)), constant(14)), constant(0.42f)), D(),
               xyb[0] + x);
    hn::StoreU(hn::Add(luminance, constant(0.01f)), D(), xyb[1] + x);
    hn::StoreU(hn::Add(hn::Sub(s, luminance), constant(0.55f)), D(), xyb[2] + x);
  }
  for (float* row : xyb) std::fill(row + width, row + width + kPad, 0.0f);
}

void multiply(const float* a, const float* b, int width, float* out) {
  for (int x = 0; x < width; x += lanes())
    hn::StoreU(hn::Mul(hn::LoadU(D(), a + x), hn::LoadU(D(), b + x)), D(), out + x);
}

// Blocks of four columns, of two rows where a vector holds them.
using DB = hn::CappedTag<float, 2 * kBlock>;
using VB = hn::Vec<DB>;
using DBlock = hn::Half<DB>;  // of one row, where there are two
inline constexpr bool kTwoRows = hn::MaxLanes(DB()) == 2 * kBlock;

struct TwoRows {
  const float *first, *second;
  HWY_INLINE VB blocks(int x) const {
    if constexpr (kTwoRows)
      return hn::Combine(DB(), hn::LoadU(DBlock(), second + x), hn::LoadU(DBlock(), first + x));
    else
      return hn::LoadU(DB(), first + x);
  }
  HWY_INLINE VB input(int n) const { return hn::Add(blocks(n - kBehind), blocks(n + kAhead)); }
};

HWY_INLINE void store_blocks(VB blocks, float* first, float* second) {
  if constexpr (kTwoRows) {
    hn::StoreU(hn::UpperHalf(DBlock(), blocks), DBlock(), second);
    hn::StoreU(hn::LowerHalf(DBlock(), blocks), DBlock(), first);
  } else {
    hn::StoreU(blocks, DB(), first);
  }
}

HWY_INLINE VB weights(const Oscillator::Outputs& outputs) {
  return hn::LoadDup128(DB(), outputs.data());
}

// The last two values of the oscillators along rows, in all lanes of a block.
struct Along {
  VB last[3], older[3];

  // One column.
  HWY_INLINE VB step(VB input) {
    VB part[3];
    for (std::size_t k = 0; k < 3; ++k) {
      const VB driven = hn::Sub(hn::Mul(input, hn::Set(DB(), kOscillators[k].gain)), older[k]);
      part[k] = fused(hn::Set(DB(), kOscillators[k].turn), last[k], driven);
      older[k] = last[k];
      last[k] = part[k];
    }
    return hn::Add(part[0], hn::Add(part[1], part[2]));
  }

  HWY_INLINE VB block(VB inputs) {
    const VB input[kBlock] = {hn::Broadcast<0>(inputs), hn::Broadcast<1>(inputs),
                              hn::Broadcast<2>(inputs), hn::Broadcast<3>(inputs)};
    VB part[3];
    for (std::size_t k = 0; k < 3; ++k) {
      const Oscillator& o = kOscillators[k];
      VB sum = hn::Mul(input[0], weights(o.input[0]));
      for (std::size_t i = 1; i < kBlock; ++i) sum = fused(weights(o.input[i]), input[i], sum);
      part[k] = fused(weights(o.last), last[k], fused(weights(o.older), older[k], sum));
      older[k] = hn::Broadcast<2>(part[k]);
      last[k] = hn::Broadcast<3>(part[k]);
    }
    return hn::Add(part[0], hn::Add(part[1], part[2]));
  }
};

// Rows with kPad zeros before and behind.
void blur_along(const TwoRows& in, int width, float* first, float* second) {
  const VB zero = hn::Zero(DB());
  Along along{{zero, zero, zero}, {zero, zero, zero}};
  HWY_ALIGN float one[2 * kBlock];
  const auto step = [&](int n) HWY_ATTR {
    hn::Store(along.step(hn::Broadcast<0>(in.input(n))), DB(), one);
    if (n >= 0) first[n] = one[0], second[n] = one[kTwoRows ? kBlock : 0];
  };
  int n = -kAhead;
  for (; n < std::min(kFirstBlock, width); ++n) step(n);
  for (; n < width - kBlocksEndBefore; n += kBlock)
    store_blocks(along.block(in.input(n)), first + n, second + n);
  for (; n < width; ++n) step(n);
}

// Row `y` of both pictures into its places.
void load_row(const Light& ref, const Light& dist, int y, const Rows& rows) {
  const auto& values = rows.values[y % kWaiting];
  perceive(ref, y, {values[0][0], values[1][0], values[2][0]});
  perceive(dist, y, {values[0][1], values[1][1], values[2][1]});
  const float* signals[3 * kSignals];
  for (int c = 0; c < 3; ++c) {
    const float *a = values[c][0], *b = values[c][1];
    float* const(&products)[3] = rows.products[c];
    multiply(a, a, rows.width, products[0]);
    multiply(b, b, rows.width, products[1]);
    multiply(a, b, rows.width, products[2]);
    const float* const of_channel[kSignals] = {a, b, products[0], products[1], products[2]};
    std::copy(of_channel, of_channel + kSignals, signals + c * kSignals);
  }
  float* const* const blurred = &rows.blurred[y % kSeen][0][0];
  for (int s = 0; s < 3 * kSignals; s += kTwoRows ? 2 : 1) {
    const int second = std::min(s + 1, 3 * kSignals - 1);
    blur_along({signals[s], signals[second]}, rows.width, blurred[s], blurred[second]);
  }
}

// What the oscillators down the columns of a channel see in row n, and what they keep.
struct Down {
  const float *above[kSignals], *below[kSignals];
  float* const* states;
  int newest, last;  // places of the values of rows n (and before, n - 2) and n - 1

  Down(const Rows& rows, int n, int height, int c)
      : states(rows.states[c]), newest(n & 1), last(1 - newest) {
    for (int s = 0; s < kSignals; ++s) {
      above[s] = n < kBehind ? rows.none : rows.blurred[(n - kBehind) % kSeen][c][s];
      below[s] = n + kAhead < height ? rows.blurred[(n + kAhead) % kSeen][c][s] : rows.none;
    }
  }

  HWY_INLINE V step(int s, int x) const {
    const V input = hn::Add(hn::LoadU(D(), above[s] + x), hn::LoadU(D(), below[s] + x));
    V part[3];
    for (int k = 0; k < 3; ++k) {
      float* const kept = states[s] + kStates * x + 2 * k * lanes();
      const auto& [gain, turn, i, l, o] = kOscillators[static_cast<std::size_t>(k)];
      part[k] = fused(constant(gain), input,
                      fused_less(constant(turn), hn::LoadU(D(), kept + last * lanes()),
                                 hn::LoadU(D(), kept + newest * lanes())));
      hn::StoreU(part[k], D(), kept + newest * lanes());
    }
    return hn::Add(part[0], hn::Add(part[1], part[2]));
  }
};

void warm_up(const Rows& rows, int n, int height, int c) {
  const Down down(rows, n, height, c);
  for (int x = 0; x < rows.width; x += lanes())
    for (int s = 0; s < kSignals; ++s) down.step(s, x);
}

// The errors of row `y` of a channel into `structure` and `edges`.
void compare_row(const Rows& rows, int y, int height, int c) {
  const Down down(rows, y, height, c);
  const float *a = rows.values[y % kWaiting][c][0], *b = rows.values[y % kWaiting][c][1];
  const V one = constant(1), stabiliser = constant(kStabiliser);
  for (int x = 0; x < rows.width; x += lanes()) {
    const V mu_a = down.step(0, x), mu_b = down.step(1, x);
    const V aa = hn::Sub(down.step(2, x), hn::Mul(mu_a, mu_a)),
            bb = hn::Sub(down.step(3, x), hn::Mul(mu_b, mu_b));
    const V ab = hn::Sub(down.step(4, x), hn::Mul(mu_a, mu_b)), shift = hn::Sub(mu_a, mu_b);
    const V likeness =
        hn::Div(hn::Mul(hn::Sub(one, hn::Mul(shift, shift)), hn::Add(hn::Add(ab, ab), stabiliser)),
                hn::Add(hn::Add(aa, bb), stabiliser));
    hn::StoreU(hn::Max(hn::Sub(one, likeness), hn::Zero(D())), D(), rows.structure + x);
    const V edge_a = hn::Abs(hn::Sub(hn::LoadU(D(), a + x), mu_a)),
            edge_b = hn::Abs(hn::Sub(hn::LoadU(D(), b + x), mu_b));
    hn::StoreU(hn::Div(hn::Sub(edge_b, edge_a), hn::Add(one, edge_a)), D(), rows.edges + x);
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

// Lanes `lane` to `lane` + Lanes(DD()).
void add_row(const Rows& rows, int lane, ChannelSums& sums) {
  const hn::Rebind<float, DD> half;
  Sums structure = load_sums(sums.structure, lane), artefacts = load_sums(sums.artefacts, lane),
       lost = load_sums(sums.lost, lane);
  const VD zero = hn::Zero(DD());
  for (int x = lane; x < rows.width; x += kLanes) {
    const VD edge = hn::PromoteTo(DD(), hn::LoadU(half, rows.edges + x));
    structure.add(hn::PromoteTo(DD(), hn::LoadU(half, rows.structure + x)));
    artefacts.add(hn::Max(edge, zero));
    lost.add(hn::Max(hn::Neg(edge), zero));
  }
  store_sums(structure, lane, sums.structure);
  store_sums(artefacts, lane, sums.artefacts);
  store_sums(lost, lane, sums.lost);
}

ScaleErrors row_errors(const Light& ref, const Light& dist, const Rows& rows) {
  const int height = ref[0].height;
  ChannelSums sums[3];
  for (int y = -kAhead; y < height; ++y) {
    if (y + kAhead < height) load_row(ref, dist, y + kAhead, rows);
    for (int c = 0; c < 3; ++c) {
      if (y < 0) {
        warm_up(rows, y, height, c);
        continue;
      }
      compare_row(rows, y, height, c);
      for (int lane = 0; lane < kLanes; lane += static_cast<int>(hn::Lanes(DD())))
        add_row(rows, lane, sums[c]);
    }
  }
  return {channel_errors(sums[0], rows.width, height), channel_errors(sums[1], rows.width, height),
          channel_errors(sums[2], rows.width, height)};
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::ssimulacra
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::ssimulacra {
namespace {

HWY_EXPORT(light_rows);
HWY_EXPORT(row_errors);

// Rows with zeros before and behind them.
bool allocate(Rows& rows, Scratch& scratch) {
  const std::size_t length =
      static_cast<std::size_t>(rows.width) + 3 * kPad;  // a last vector may begin at width - 1
  const std::size_t count = sizeof(Rows) / sizeof(float*) + 3 * kSignals * kStates;
  float* next = scratch.take<float>(length * count);
  if (next == nullptr) return false;
  std::fill(next, next + length * count, 0.0f);
  const auto row = [&](std::size_t lengths = 1) {
    next += length * lengths;
    return next - length * lengths + kPad;
  };
  const auto all = [&](auto& pointers) {
    for (auto& channel : pointers)
      for (float*& pointer : channel) pointer = row();
  };
  for (auto& place : rows.values) all(place);
  all(rows.products);
  for (auto& place : rows.blurred) all(place);
  for (auto& channel : rows.states)
    for (float*& pointer : channel) pointer = row(kStates);
  for (float** pointer : {&rows.structure, &rows.edges, &rows.none}) *pointer = row();
  return true;
}

}  // namespace

void to_light(PlaneView<float> codes) { HWY_DYNAMIC_DISPATCH(light_rows)(codes); }

Result<ScaleErrors> scale_errors(const Light& ref, const Light& dist, Scratch& scratch) {
  Rows rows{};
  rows.width = ref[0].width;
  if (!allocate(rows, scratch)) return fail(ENOMEM, "no memory for the rows of SSIMULACRA 2");
  return HWY_DYNAMIC_DISPATCH(row_errors)(ref, dist, rows);
}

void halve(PlaneView<const float> in, PlaneView<float> out) {
  for (int y = 0; y < out.height; ++y) {
    const float* __restrict upper = in.row(2 * y), * __restrict lower =
                                                       in.row(std::min(2 * y + 1, in.height - 1));
    float* __restrict means = out.row(y);
    const int last = in.width - 1;
    for (int x = 0; x < in.width / 2; ++x)
      means[x] = (upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1]) * 0.25f;
    if (last % 2 == 0)
      means[last / 2] = (upper[last] + upper[last] + lower[last] + lower[last]) * 0.25f;
  }
}

}  // namespace visq::ssimulacra
#endif
