#include "kernels/ssimulacra/ssimulacra.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/ssimulacra/ssimulacra.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef VISQ_SSIMULACRA_ROWS_H_
#define VISQ_SSIMULACRA_ROWS_H_

namespace visq::ssimulacra {

inline constexpr int kRing = 2 * kRadius + 1;  // rows that a vertical blur sees
inline constexpr int kPad = 16;                // zeros before and behind a row; no vector is longer

// Rows of two pictures on their way through the blur: whatever target, the same memory.
struct Rows {
  int width;
  float* values[kRing][3][2];   // X, Y, B of reference and distorted
  float* blurred[kRing][3][5];  // a, b, aa, bb, ab, blurred along the row
  float* products[3];           // aa, bb, ab of one row
  float* structure;             // errors of one row
  float* edges;
  float* none;                  // a row of zeros
};

// Sums of an error and of its fourth power; column x adds to lane x % 4.
struct LaneSums {
  double first[4] = {}, fourth[4] = {};
  void add(int lane, double error) {
    const double square = error * error;
    first[lane] += error;
    fourth[lane] += square * square;
  }
};

struct ChannelSums {
  LaneSums structure, artefacts, lost;
};

}  // namespace visq::ssimulacra

#endif

HWY_BEFORE_NAMESPACE();
namespace visq::ssimulacra {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, kPad>;
using V = hn::Vec<D>;

int lanes() { return static_cast<int>(hn::Lanes(D())); }
V constant(float value) { return hn::Set(D(), value); }
V multiply_add(V a, V b, V c) { return hn::Add(hn::Mul(a, b), c); }  // not fused: equal bits everywhere

// A third of the exponent, then two steps of Halley's method: exact to a unit or two in the last place.
V cube_root(V x) {
  const hn::RebindToSigned<D> di;
  const auto bits = hn::BitCast(di, x);
  const auto third = hn::ConvertTo(di, hn::Mul(hn::ConvertTo(D(), bits), constant(1.0f / 3)));
  V root = hn::BitCast(D(), hn::Add(third, hn::Set(di, 0x2A514067)));
  for (int step = 0; step < 2; ++step) {
    const V cube = hn::Mul(hn::Mul(root, root), root);
    root = hn::Mul(root, hn::Div(hn::Add(cube, hn::Add(x, x)), hn::Add(hn::Add(cube, cube), x)));
  }
  return root;
}

V receptor(const float (&weights)[3], V r, V g, V b) {
  const V light = multiply_add(constant(weights[0]), r, multiply_add(constant(weights[1]), g, multiply_add(constant(weights[2]), b, constant(kBias))));
  return hn::Sub(cube_root(hn::Max(light, hn::Zero(D()))), constant(0.15595420054f));  // the cube root of kBias
}

// The samples from `x` on that the row has, and zeros.
V load(const float* row, int x, int width) {
  if (x + lanes() <= width) return hn::LoadU(D(), row + x);
  HWY_ALIGN float rest[kPad] = {};
  std::memcpy(rest, row + x, static_cast<std::size_t>(width - x) * sizeof(float));
  return hn::Load(D(), rest);
}

// What the eye makes of a row of light.
void perceive(const Light& light, int y, float* const (&xyb)[3]) {
  const int width = light[0].width;
  const V half = constant(0.5f);
  for (int x = 0; x < width; x += lanes()) {
    const V r = load(light[0].row(y), x, width), g = load(light[1].row(y), x, width), b = load(light[2].row(y), x, width);
    const V l = receptor(kAbsorbance[0], r, g, b), m = receptor(kAbsorbance[1], r, g, b), s = receptor(kAbsorbance[2], r, g, b);
    const V luminance = hn::Mul(half, hn::Add(l, m));
    hn::StoreU(multiply_add(hn::Mul(half, hn::Sub(l, m)), constant(14), constant(0.42f)), D(), xyb[0] + x);
    hn::StoreU(hn::Add(luminance, constant(0.01f)), D(), xyb[1] + x);
    hn::StoreU(hn::Add(hn::Sub(s, luminance), constant(0.55f)), D(), xyb[2] + x);
  }
  for (float* row : xyb) std::fill(row + width, row + width + kPad, 0.0f);
}

void multiply(const float* a, const float* b, int width, float* out) {
  for (int x = 0; x < width; x += lanes()) hn::StoreU(hn::Mul(hn::LoadU(D(), a + x), hn::LoadU(D(), b + x)), D(), out + x);
}

// `at(k)` gives the values k places from the centre.
template <typename At>
V blur(const At& at) {
  V sum = hn::Mul(constant(kBlur[0]), at(0));
  for (int k = 1; k <= kRadius; ++k) sum = multiply_add(constant(kBlur[static_cast<std::size_t>(k)]), hn::Add(at(-k), at(k)), sum);
  return sum;
}

void blur_row(const float* in, int width, float* out) {
  for (int x = 0; x < width; x += lanes()) hn::StoreU(blur([&](int k) HWY_ATTR { return hn::LoadU(D(), in + x + k); }), D(), out + x);
}

// Row `y` of both pictures into its place in the ring.
void load_row(const Light& ref, const Light& dist, int y, const Rows& rows) {
  const int place = y % kRing;
  const auto& values = rows.values[place];
  perceive(ref, y, {values[0][0], values[1][0], values[2][0]});
  perceive(dist, y, {values[0][1], values[1][1], values[2][1]});
  for (int c = 0; c < 3; ++c) {
    const float *a = values[c][0], *b = values[c][1];
    multiply(a, a, rows.width, rows.products[0]);
    multiply(b, b, rows.width, rows.products[1]);
    multiply(a, b, rows.width, rows.products[2]);
    const float* signals[5] = {a, b, rows.products[0], rows.products[1], rows.products[2]};
    for (int s = 0; s < 5; ++s) blur_row(signals[s], rows.width, rows.blurred[place][c][s]);
  }
}

// The errors of row `y` of a channel into `structure` and `edges`.
void compare_row(const Rows& rows, int y, int height, int c) {
  const float* near[5][kRing];
  for (int s = 0; s < 5; ++s)
    for (int k = -kRadius; k <= kRadius; ++k)
      near[s][k + kRadius] = y + k < 0 || y + k >= height ? rows.none : rows.blurred[(y + k) % kRing][c][s];
  const float *a = rows.values[y % kRing][c][0], *b = rows.values[y % kRing][c][1];
  const V one = constant(1), stabiliser = constant(kStabiliser);
  for (int x = 0; x < rows.width; x += lanes()) {
    const auto moment = [&](int s) HWY_ATTR { return blur([&](int k) HWY_ATTR { return hn::LoadU(D(), near[s][k + kRadius] + x); }); };
    const V mu_a = moment(0), mu_b = moment(1);
    const V aa = hn::Sub(moment(2), hn::Mul(mu_a, mu_a)), bb = hn::Sub(moment(3), hn::Mul(mu_b, mu_b)), ab = hn::Sub(moment(4), hn::Mul(mu_a, mu_b));
    const V shift = hn::Sub(mu_a, mu_b);
    const V likeness = hn::Div(hn::Mul(hn::Sub(one, hn::Mul(shift, shift)), hn::Add(hn::Add(ab, ab), stabiliser)), hn::Add(hn::Add(aa, bb), stabiliser));
    hn::StoreU(hn::Max(hn::Sub(one, likeness), hn::Zero(D())), D(), rows.structure + x);
    const V edge_a = hn::Add(one, hn::Abs(hn::Sub(hn::LoadU(D(), a + x), mu_a))), edge_b = hn::Add(one, hn::Abs(hn::Sub(hn::LoadU(D(), b + x), mu_b)));
    hn::StoreU(hn::Sub(hn::Div(edge_b, edge_a), one), D(), rows.edges + x);
  }
}

void add_row(const Rows& rows, ChannelSums& sums) {
  for (int x = 0; x < rows.width; ++x) {
    const double edge = rows.edges[x];
    sums.structure.add(x % 4, rows.structure[x]);
    sums.artefacts.add(x % 4, std::max(edge, 0.0));
    sums.lost.add(x % 4, std::max(-edge, 0.0));
  }
}

void sum_errors(const Light& ref, const Light& dist, const Rows& rows, ChannelSums (&sums)[3]) {
  const int height = ref[0].height;
  for (int y = 0; y < height + kRadius; ++y) {
    if (y < height) load_row(ref, dist, y, rows);
    if (y < kRadius) continue;
    for (int c = 0; c < 3; ++c) {
      compare_row(rows, y - kRadius, height, c);
      add_row(rows, sums[c]);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace visq::ssimulacra
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::ssimulacra {
namespace {

HWY_EXPORT(sum_errors);

// Rows with zeros before and behind them.
bool allocate(Rows& rows, Scratch& scratch) {
  const std::size_t length = static_cast<std::size_t>(rows.width) + 3 * kPad;  // a last vector may begin at width - 1
  const std::size_t count = kRing * 3 * 2 + kRing * 3 * 5 + 3 + 2 + 1;
  float* next = scratch.take<float>(length * count);
  if (next == nullptr) return false;
  std::fill(next, next + length * count, 0.0f);
  const auto row = [&] {
    next += length;
    return next - length + kPad;
  };
  for (auto& place : rows.values)
    for (auto& channel : place)
      for (float*& pointer : channel) pointer = row();
  for (auto& place : rows.blurred)
    for (auto& channel : place)
      for (float*& pointer : channel) pointer = row();
  for (float*& pointer : rows.products) pointer = row();
  rows.structure = row();
  rows.edges = row();
  rows.none = row();
  return true;
}

Norms norms(const LaneSums& sums, double pixels) {
  const auto total = [](const double (&lane)[4]) { return (lane[0] + lane[1]) + (lane[2] + lane[3]); };
  return {total(sums.first) / pixels, std::sqrt(std::sqrt(total(sums.fourth) / pixels))};
}

}  // namespace

Result<ScaleErrors> scale_errors(const Light& ref, const Light& dist, Scratch& scratch) {
  Rows rows{};
  rows.width = ref[0].width;
  if (!allocate(rows, scratch)) return fail(ENOMEM, "no memory for the rows of SSIMULACRA 2");
  ChannelSums sums[3];
  HWY_DYNAMIC_DISPATCH(sum_errors)(ref, dist, rows, sums);
  const double pixels = static_cast<double>(ref[0].width) * ref[0].height;
  ScaleErrors errors;
  for (std::size_t c = 0; c < 3; ++c)
    errors[c] = {norms(sums[c].structure, pixels), norms(sums[c].artefacts, pixels), norms(sums[c].lost, pixels)};
  return errors;
}

void halve(PlaneView<const float> in, PlaneView<float> out) {
  for (int y = 0; y < out.height; ++y) {
    const float *upper = in.row(2 * y), *lower = in.row(std::min(2 * y + 1, in.height - 1));
    for (int x = 0; x < out.width; ++x) {
      const int left = 2 * x, right = std::min(2 * x + 1, in.width - 1);
      out.row(y)[x] = (upper[left] + upper[right] + lower[left] + lower[right]) * 0.25f;
    }
  }
}

}  // namespace visq::ssimulacra
#endif
