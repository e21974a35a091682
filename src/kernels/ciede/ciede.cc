// Pieces of rows at a time: samples to R'G'B' in single precision, to L*a*b*, to differences. Every
// step is a short loop over arrays in the first-level cache, so that the processor works at several
// samples at once while each waits for its own last result. Every target does the same operations on
// a sample, so the bits are the same; this is the plain C++ one, too.
#include "kernels/ciede/ciede.h"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/ciede/ciede.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

// Once, not once a target.
#ifndef VISQ_KERNELS_CIEDE_PIECE_H_
#define VISQ_KERNELS_CIEDE_PIECE_H_
namespace visq::ciede {

inline constexpr int kPiece = 256;   // samples of a row
inline constexpr int kSums = 16;     // that of sample x goes to sum x mod 16: a multiple of all lanes
inline constexpr int kR = 0, kG = 1, kB = 2, kL = 0, kA = 1, kLabB = 2;

using Samples = float[kPiece];

// Of a piece of one picture. Chroma makes an offset to each of R', G', B'.
struct Colours {
  alignas(64) Samples luma;
  alignas(64) Samples offsets[3];
  alignas(64) Samples light[3];  // linear R, G, B
  alignas(64) Samples lab[3];    // with a* stretched to a' at last
  alignas(64) Samples chroma;    // C'
};

struct Workspace {
  Colours ref, dist;
  alignas(64) Samples cosine, sine;  // of the mean hue
  alignas(64) Samples chroma_part, hue_part, difference;
  alignas(64) double sums[kSums];
};

}  // namespace visq::ciede
#endif

HWY_BEFORE_NAMESPACE();
namespace visq {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using namespace ciede;

using D = hn::CappedTag<float, kSums>;
using V = hn::Vec<D>;
using Mask = hn::Mask<D>;

HWY_INLINE int lanes() { return static_cast<int>(hn::Lanes(D())); }
HWY_INLINE V set(float value) { return hn::Set(D(), value); }
HWY_INLINE V sum(V a, V b) { return hn::Add(a, b); }
HWY_INLINE V product(V a, V b) { return hn::Mul(a, b); }
HWY_INLINE V product(V a, float b) { return hn::Mul(a, set(b)); }
HWY_INLINE V square(V a) { return hn::Mul(a, a); }

// coefficients[0] + x coefficients[1] + ...
template <std::size_t kCount>
HWY_INLINE V polynomial(V x, const float (&coefficients)[kCount]) {
  V value = set(coefficients[kCount - 1]);
  for (std::size_t i = kCount - 1; i-- > 0;) value = sum(product(value, x), set(coefficients[i]));
  return value;
}

// The inverse transfer function: x^2.4 = s^4.8 of s = sqrt(x) in 0.2988..1.5, whose error moves L*
// by at most 4e-6.
HWY_INLINE V linear(V v) {
  constexpr float kPower[] = {7.863448240e-5f, -1.328679644e-3f, 1.014489169e-2f, -4.871090804e-2f, 2.028882863e-1f, 9.227600104e-1f, -1.049821682e-1f, 2.148756787e-2f, -2.337563871e-3f};
  const V x = product(sum(v, set(0.055f)), 1 / 1.055f);
  const V curve = polynomial(hn::Sqrt(x), kPower);  // not a number below 0, where it is not taken
  return hn::IfThenElse(hn::Gt(v, set(10.0f / 255)), curve, product(v, 1 / 12.92f));
}

// About x^(-1/3), good to 4 %: its bits are a constant less a third of those of x. The difference is
// made in floats, scaled so that it stands in the lower bits of one between 2^23 and 2^24.
HWY_INLINE V rough_inverse_root(V x) {
  const D d;
  const hn::RebindToSigned<D> di;
  constexpr float kConstant = 1419902250.0f / 256 + 0x1p23f;
  const V bits = hn::ConvertTo(d, hn::BitCast(di, x));
  return hn::BitCast(d, hn::ShiftLeft<8>(hn::BitCast(di, hn::Sub(set(kConstant), product(bits, 1 / 768.0f)))));
}

// The cube root of 216 / 24389 and more, by a step of third order from the rough one and a Newton step
// of the root itself; off by 2e-7, relatively. A line below.
HWY_INLINE V lightness_of(V t) {
  constexpr float kEdge = 216.0f / 24389;
  V y = rough_inverse_root(t);
  const V r = hn::Sub(set(1), product(product(square(y), y), t));
  y = product(y, sum(set(1), product(r, sum(set(1 / 3.0f), product(r, 2 / 9.0f)))));
  const V root = product(square(y), t);
  const V better = sum(root, product(product(root, hn::Sub(set(1), product(root, y))), 2 / 3.0f));
  return hn::IfThenElse(hn::Gt(t, set(kEdge)), better, sum(product(t, 24389.0f / 27 / 116), set(16.0f / 116)));
}

HWY_INLINE V weighted(V r, V g, V b, const float (&weights)[3]) {
  return sum(sum(product(r, weights[0]), product(g, weights[1])), product(b, weights[2]));
}

// BT.709 primaries to X, Y, Z, relative to D65.
constexpr float kToX[] = {0.4124564390896921f / 0.95047f, 0.357576077643909f / 0.95047f, 0.18043748326639894f / 0.95047f};
constexpr float kToY[] = {0.21267285140562248f, 0.715152155287818f, 0.07217499330655958f};
constexpr float kToZ[] = {0.019333895582329317f / 1.08883f, 0.119192025881303f / 1.08883f, 0.9503040785363677f / 1.08883f};

void find_light(int count, Colours& colours) {
  const D d;
  for (int c = 0; c < 3; ++c)
    for (int x = 0; x < count; x += lanes()) hn::Store(linear(sum(hn::Load(d, colours.luma + x), hn::Load(d, colours.offsets[c] + x))), d, colours.light[c] + x);
}

// The three functions of X, Y, Z that L*a*b* is made of.
void find_roots(int count, Colours& colours) {
  const D d;
  for (int x = 0; x < count; x += lanes()) {
    const V r = hn::Load(d, colours.light[kR] + x), g = hn::Load(d, colours.light[kG] + x), b = hn::Load(d, colours.light[kB] + x);
    hn::Store(weighted(r, g, b, kToX), d, colours.lab[kA] + x);
    hn::Store(weighted(r, g, b, kToY), d, colours.lab[kL] + x);
    hn::Store(weighted(r, g, b, kToZ), d, colours.lab[kLabB] + x);
  }
  for (Samples& t : colours.lab)
    for (int x = 0; x < count; x += lanes()) hn::Store(lightness_of(hn::Load(d, t + x)), d, t + x);
}

void find_lab(int count, Colours& colours) {
  const D d;
  find_light(count, colours);
  find_roots(count, colours);
  for (int x = 0; x < count; x += lanes()) {
    const V fx = hn::Load(d, colours.lab[kA] + x), fy = hn::Load(d, colours.lab[kL] + x), fz = hn::Load(d, colours.lab[kLabB] + x);
    const V a = product(hn::Sub(fx, fy), 500), b = product(hn::Sub(fy, fz), 200);
    hn::Store(hn::Sub(product(fy, 116), set(16)), d, colours.lab[kL] + x);
    hn::Store(a, d, colours.lab[kA] + x);
    hn::Store(b, d, colours.lab[kLabB] + x);
    hn::Store(hn::Sqrt(sum(square(a), square(b))), d, colours.chroma + x);
  }
}

// sqrt(c^7 / (c^7 + 25^7))
HWY_INLINE V seventh_power_ratio(V c) {
  const V c2 = square(c), c7 = product(square(c2), product(c2, c));
  return hn::Sqrt(hn::Div(c7, sum(c7, set(6103515625.0f))));
}

// A direction: the mean of two hues.
struct Hue {
  V cosine, sine;
};

// The weight of a hue, from multiples of its angle.
HWY_INLINE V hue_weight(const Hue& h) {
  const V c = h.cosine, s = h.sine, cc = square(c), ss = square(s);
  const V c2 = hn::Sub(cc, ss), s2 = product(product(c, s), 2);
  const V c3 = hn::Sub(product(c2, c), product(s2, s)), s3 = sum(product(s2, c), product(c2, s));
  const V c4 = hn::Sub(square(c2), square(s2)), s4 = product(product(c2, s2), 2);
  constexpr float kCos30 = 0.86602540f, kSin30 = 0.5f, kCos6 = 0.99452190f, kSin6 = 0.10452846f, kCos63 = 0.45399050f, kSin63 = 0.89100652f;
  const V first = sum(product(c, 0.17f * kCos30), product(s, 0.17f * kSin30));
  const V third = hn::Sub(product(c3, 0.32f * kCos6), product(s3, 0.32f * kSin6));
  const V fourth = sum(product(c4, 0.20f * kCos63), product(s4, 0.20f * kSin63));
  return hn::Sub(sum(sum(hn::Sub(set(1), first), product(c2, 0.24f)), third), fourth);
}

// 2^x of x in -20..0, to 1e-7.
HWY_INLINE V power_of_two(V x) {
  const D d;
  const hn::RebindToSigned<D> di;
  constexpr float kFraction[] = {0.99999992506f, 0.6931530732f, 0.24015361702f, 0.05582631811f, 0.00898934003f, 0.00187757667f};
  const auto whole = hn::ConvertTo(di, hn::Sub(x, set(1)));  // rounds towards zero
  const V fraction = hn::Sub(x, hn::ConvertTo(d, whole));
  const V scale = hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(whole, hn::Set(di, 127))));
  return product(polynomial(fraction, kFraction), scale);
}

// The term that turns blue: -2 R sin(60 degrees exp(-((h - 275) / 25)^2)). The square of the angle is
// a polynomial of 1 - its cosine. Beyond 90 degrees the term is below 5e-6.
HWY_INLINE V turn_of(V cosine, V mean_chroma) {
  constexpr float kSquaredAngle[] = {2.000005264534f, 0.333149771474f, 0.090729007205f, 0.020553687727f, 0.027592244636f, -0.015284750429f, 0.010655512097f};
  constexpr float kSine[] = {1.047197519f, -0.191395749f, 0.010489386f, -0.000265784f};
  const V u = hn::Sub(set(1), hn::Min(cosine, set(1)));
  const V angle2 = product(u, polynomial(u, kSquaredAngle));
  constexpr float kLog2e = 1.44269504f, kPerDegree = 57.2957795f / 25;
  const V bell = power_of_two(product(angle2, -kPerDegree * kPerDegree * kLog2e));
  const V sine = product(bell, polynomial(square(bell), kSine));
  return product(product(seventh_power_ratio(mean_chroma), sine), -2);
}

// a* to a', chroma to C'.
void stretch(int count, Workspace& work) {
  const D d;
  for (int x = 0; x < count; x += lanes()) {
    const V mean = product(sum(hn::Load(d, work.ref.chroma + x), hn::Load(d, work.dist.chroma + x)), 0.5f);
    const V factor = hn::Sub(set(1.5f), product(seventh_power_ratio(mean), 0.5f));
    for (Colours* colours : {&work.ref, &work.dist}) {
      const V a = product(hn::Load(d, colours->lab[kA] + x), factor), b = hn::Load(d, colours->lab[kLabB] + x);
      hn::Store(a, d, colours->lab[kA] + x);
      hn::Store(hn::Sqrt(sum(square(a), square(b))), d, colours->chroma + x);
    }
  }
}

struct Polar {
  V a, b, chroma;
};

HWY_INLINE Polar polar_at(const Colours& colours, int x) {
  const D d;
  return {hn::Load(d, colours.lab[kA] + x), hn::Load(d, colours.lab[kLabB] + x), hn::Load(d, colours.chroma + x)};
}

inline constexpr float kTiny = 1e-30f;  // keeps 0 / 0 away from greys

// The mean hue is that of the sum of both vectors, scaled to one length.
void find_mean_hue(int count, Workspace& work) {
  const D d;
  for (int x = 0; x < count; x += lanes()) {
    const Polar p = polar_at(work.ref, x), q = polar_at(work.dist, x);
    const V a = sum(product(p.a, q.chroma), product(q.a, p.chroma)), b = sum(product(p.b, q.chroma), product(q.b, p.chroma));
    const V inverse = hn::Div(set(1), hn::Sqrt(sum(sum(square(a), square(b)), set(kTiny))));
    hn::Store(product(a, inverse), d, work.cosine + x);
    hn::Store(product(b, inverse), d, work.sine + x);
  }
}

// How far chroma and hue are apart, in the units of their weights.
// 2 sqrt(C1 C2) sin(dh / 2) = C1 C2 sin dh / sqrt(C1 C2 (1 + cos dh) / 2), or by 1 - cos dh where hues
// are more than 90 degrees apart.
void find_parts(int count, Workspace& work) {
  const D d;
  for (int x = 0; x < count; x += lanes()) {
    const Polar p = polar_at(work.ref, x), q = polar_at(work.dist, x);
    const V mean_chroma = product(sum(p.chroma, q.chroma), 0.5f), both = product(p.chroma, q.chroma);
    const V dot = sum(product(p.a, q.a), product(p.b, q.b)), cross = hn::Sub(product(p.a, q.b), product(q.a, p.b));
    const V half_sum = product(sum(both, hn::Abs(dot)), 0.5f);
    const V numerator = hn::IfThenElse(hn::Ge(dot, hn::Zero(d)), cross, hn::CopySign(sum(half_sum, half_sum), cross));
    const V weight = hue_weight({hn::Load(d, work.cosine + x), hn::Load(d, work.sine + x)});
    const V hue_scale = product(product(sum(set(1), product(product(mean_chroma, weight), 0.015f)), hn::Sqrt(sum(half_sum, set(kTiny)))), 4);
    const V chroma_scale = sum(set(1), product(mean_chroma, 0.045f)), inverse = hn::Div(set(1), product(hue_scale, chroma_scale));
    hn::Store(product(product(hn::Sub(q.chroma, p.chroma), hue_scale), inverse), d, work.chroma_part + x);
    hn::Store(product(product(numerator, chroma_scale), inverse), d, work.hue_part + x);
  }
}

HWY_INLINE V lightness_part(V first, V second) {
  const V from_middle = square(hn::Sub(product(sum(first, second), 0.5f), set(50))), root = hn::Sqrt(sum(from_middle, set(20)));
  return hn::Div(product(hn::Sub(second, first), root), product(sum(root, product(from_middle, 0.015f)), 0.65f));
}

void find_differences(int count, Workspace& work) {
  const D d;
  constexpr float kCos275 = 0.08715574f, kSin275 = -0.99619470f;
  for (int x = 0; x < count; x += lanes()) {
    const V chroma = hn::Load(d, work.chroma_part + x), hue = hn::Load(d, work.hue_part + x);
    V squares = sum(sum(square(lightness_part(hn::Load(d, work.ref.lab[kL] + x), hn::Load(d, work.dist.lab[kL] + x))), square(chroma)), square(hue));
    const V towards_blue = sum(product(hn::Load(d, work.cosine + x), kCos275), product(hn::Load(d, work.sine + x), kSin275));
    const Mask blue = hn::Gt(towards_blue, hn::Zero(d));
    if (!hn::AllFalse(d, blue)) {
      const V mean_chroma = product(sum(hn::Load(d, work.ref.chroma + x), hn::Load(d, work.dist.chroma + x)), 0.5f);
      const V turn = hn::IfThenElseZero(blue, turn_of(hn::Max(towards_blue, hn::Zero(d)), mean_chroma));
      squares = hn::Max(sum(squares, product(product(turn, chroma), hue)), hn::Zero(d));
    }
    hn::Store(hn::Sqrt(squares), d, work.difference + x);
  }
}

void add_differences(int count, Workspace& work) {
  stretch(count, work);
  find_mean_hue(count, work);
  find_parts(count, work);
  find_differences(count, work);
  float sums[kSums] = {};
  for (int x = 0; x < count; x += kSums)
    for (int i = 0; i < kSums; ++i) sums[i] += work.difference[x + i];
  for (int i = 0; i < kSums; ++i) work.sums[i] += static_cast<double>(sums[i]);
}

// What is beyond the last sample is the same in both pictures: it has no difference.
template <typename T>
void read_luma(const T* row, int count, float unit, float* out) {
  const float scale = 1 / (219 * unit), offset = 16 * unit;
  for (int x = 0; x < count; ++x) out[x] = (static_cast<float>(row[x]) - offset) * scale;
  std::fill(out + count, out + round_up(static_cast<std::size_t>(count), kSums), 0.0f);
}

// The offsets of `samples` chroma samples, each for 2^shift columns.
void spread(const float* offsets, int samples, int shift, float* out) {
  if (shift == 0) std::copy_n(offsets, samples, out);
  for (int i = 0; shift != 0 && i < samples; ++i) out[2 * i] = out[2 * i + 1] = offsets[i];
}

template <typename T>
void read_chroma(const YcbcrView<T>& picture, int x, int y, int count, float unit, Colours& colours) {
  const int first = x >> picture.shift_x, samples = (count + picture.shift_x) >> picture.shift_x;
  const int there = std::clamp(picture.cb.width - first, 0, samples);
  const T* const cb = picture.cb.row(y);
  const T* const cr = picture.cr.row(y);
  alignas(64) float offsets[3][kPiece];
  const auto convert = [&](int from, int i) {
    const float u = (static_cast<float>(cb[from]) - 128 * unit) * (1 / (224 * unit)), v = (static_cast<float>(cr[from]) - 128 * unit) * (1 / (224 * unit));
    offsets[kR][i] = 1.28033f * v;
    offsets[kG][i] = -0.21482f * u - 0.38059f * v;
    offsets[kB][i] = 2.12798f * u;
  };
  for (int i = 0; i < there; ++i) convert(first + i, i);
  for (int i = there; i < samples; ++i) convert(picture.cb.width - 1, i);
  for (int c = 0; c < 3; ++c) {
    spread(offsets[c], samples, picture.shift_x, colours.offsets[c]);
    std::fill(colours.offsets[c] + count, colours.offsets[c] + round_up(static_cast<std::size_t>(count), kSums), 0.0f);
  }
}

bool are_equal(const Colours& a, const Colours& b, int count) {
  const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(float);
  bool equal = std::memcmp(a.luma, b.luma, bytes) == 0;
  for (int c = 0; c < 3; ++c) equal = equal && std::memcmp(a.offsets[c], b.offsets[c], bytes) == 0;
  return equal;
}

template <typename T>
void add_piece(const YcbcrView<T>& ref, const YcbcrView<T>& dist, int x, int chroma_row, float unit, Workspace& work) {
  const int count = std::min(kPiece, ref.y.width - x), padded = static_cast<int>(round_up(static_cast<std::size_t>(count), kSums));
  const int row = std::min(chroma_row, ref.cb.height - 1);
  read_chroma(ref, x, row, count, unit, work.ref);
  read_chroma(dist, x, row, count, unit, work.dist);
  const int first = chroma_row << ref.shift_y, end = std::min((chroma_row + 1) << ref.shift_y, ref.y.height);
  for (int y = first; y < end; ++y) {
    read_luma(ref.y.row(y) + x, count, unit, work.ref.luma);
    read_luma(dist.y.row(y) + x, count, unit, work.dist.luma);
    if (are_equal(work.ref, work.dist, count)) continue;
    find_lab(padded, work.ref);
    find_lab(padded, work.dist);
    add_differences(padded, work);
  }
}

template <typename T>
Result<double> sum_of(const YcbcrView<T>& ref, const YcbcrView<T>& dist, int bits, Scratch& scratch) {
  Workspace* work = scratch.take<Workspace>(1);
  if (work == nullptr) return fail(ENOMEM, "ciede: no memory for a piece of a row");
  std::fill_n(work->sums, kSums, 0.0);
  const float unit = static_cast<float>(1 << (bits - 8));
  const int rows = (ref.y.height + (1 << ref.shift_y) - 1) >> ref.shift_y;
  for (int row = 0; row < rows; ++row)
    for (int x = 0; x < ref.y.width; x += kPiece) add_piece(ref, dist, x, row, unit, *work);
  double total = 0;
  for (const double value : work->sums) total += value;
  return total;
}

Result<double> sum8(const YcbcrView<std::uint8_t>& ref, const YcbcrView<std::uint8_t>& dist, int bits, Scratch& scratch) { return sum_of(ref, dist, bits, scratch); }
Result<double> sum16(const YcbcrView<std::uint16_t>& ref, const YcbcrView<std::uint16_t>& dist, int bits, Scratch& scratch) { return sum_of(ref, dist, bits, scratch); }

}  // namespace HWY_NAMESPACE
}  // namespace visq
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq {

HWY_EXPORT(sum8);
HWY_EXPORT(sum16);

Result<double> ciede_sum(const YcbcrView<std::uint8_t>& ref, const YcbcrView<std::uint8_t>& dist, int bits, Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(sum8)(ref, dist, bits, scratch);
}
Result<double> ciede_sum(const YcbcrView<std::uint16_t>& ref, const YcbcrView<std::uint16_t>& dist, int bits, Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(sum16)(ref, dist, bits, scratch);
}

}  // namespace visq
#endif
