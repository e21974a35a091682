// Pieces of rows at a time: samples to R'G'B' in single precision, to L*a*b*, to differences. Every
// step is a short loop over arrays in the first-level cache, so that the processor works at several
// samples at once while each waits for its own last result. Every target does the same operations
// on a sample, so the bits are the same; this is the plain C++ one, too.
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

inline constexpr int kPiece = 256;  // samples of a row
inline constexpr int kSums = 16;  // that of sample x goes to sum x mod 16: a multiple of all lanes
inline constexpr int kR = 0, kG = 1, kB = 2, kL = 0, kA = 1, kLabB = 2;

using Samples = float[kPiece];

// Of a piece of one picture: `scale` times a sample of luma and an offset that chroma makes are the
// three gamma-coded channels (v + 0.055) / 1.055. L is (L* + 16) / 116, a and b are a* / 500 and
// b* / 500, with a* stretched to a' at last; so is chroma C'.
template <typename T>
struct Colours {
  alignas(64) T luma[kPiece];
  alignas(64) Samples offsets[3];
  alignas(64) Samples lab[3];
  alignas(64) Samples chroma;
};

template <typename T>
struct Workspace {
  Colours<T> ref, dist;
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
HWY_INLINE V load(const float* p) { return hn::Load(D(), p); }
HWY_INLINE void store(V v, float* p) { hn::Store(v, D(), p); }
HWY_INLINE V set(float value) { return hn::Set(D(), value); }
HWY_INLINE V sum(V a, V b) { return hn::Add(a, b); }
HWY_INLINE V sum(V a, float b) { return hn::Add(a, set(b)); }
HWY_INLINE V difference(V a, V b) { return hn::Sub(a, b); }
HWY_INLINE V difference(float a, V b) { return hn::Sub(set(a), b); }
HWY_INLINE V product(V a, V b) { return hn::Mul(a, b); }
HWY_INLINE V product(V a, float b) { return hn::Mul(a, set(b)); }
HWY_INLINE V square(V a) { return hn::Mul(a, a); }

// a + b x. Polynomials are sums of such lines times powers of x, which do not wait for each other.
HWY_INLINE V line(V x, float a, float b) { return sum(product(x, b), a); }

// The inverse transfer function of (v + 0.055) / 1.055, times a weight: x^2.4 = s^4.8 of s =
// sqrt(x) in 0.2988..1.5, whose error moves L* by at most 2.6e-5, and a line below.
struct Transfer {
  float power[8];
  float offset, slope;
};

constexpr Transfer transfer(double weight) {
  constexpr double kPower[] = {0.00019370050337, -0.0029023457067, 0.019153691628,
                               -0.076850809029,  0.25528888589,    0.86318839808,
                               -0.064557217022,  0.0064851615457};
  Transfer t{
      {}, static_cast<float>(weight * -0.055 / 12.92), static_cast<float>(weight * 1.055 / 12.92)};
  for (int i = 0; i < 8; ++i) t.power[i] = static_cast<float>(weight * kPower[i]);
  return t;
}

HWY_INLINE V linear(V x, const Transfer& transfer) {
  const float(&c)[8] = transfer.power;
  const V s = hn::Sqrt(x), x2 = square(x);  // not a number below 0, where it is not taken
  const V even = sum(line(x, c[0], c[2]), product(x2, line(x, c[4], c[6])));
  const V odd = sum(line(x, c[1], c[3]), product(x2, line(x, c[5], c[7])));
  constexpr float kEdge = (10.0f / 255 + 0.055f) / 1.055f;
  return hn::IfThenElse(hn::Gt(x, set(kEdge)), sum(even, product(s, odd)),
                        line(x, transfer.offset, transfer.slope));
}

// About x^(-1/3), good to 4 %: its bits are a constant less a third of those of x. The difference
// is made in floats, scaled so that it stands in the lower bits of one between 2^23 and 2^24.
HWY_INLINE V rough_inverse_root(V x) {
  const D d;
  const hn::RebindToSigned<D> di;
  constexpr float kConstant = 1419902250.0f / 256 + 0x1p23f;
  const V bits = hn::ConvertTo(d, hn::BitCast(di, x));
  return hn::BitCast(
      d, hn::ShiftLeft<8>(hn::BitCast(di, difference(kConstant, product(bits, 1 / 768.0f)))));
}

// The cube root of 216 / 24389 and more: with a rough y and m = y^2 t it is m (1 - r)^(-2/3) of the
// small r = 1 - m y, off by 1e-7, relatively, which is rounding. A line below.
HWY_INLINE V lightness_of(V t) {
  constexpr float kEdge = 216.0f / 24389;
  constexpr float c[] = {0.66666668679f, 0.5555357774f, 0.49379988421f, 0.4586562833f,
                         0.4288561301f};
  const V y = rough_inverse_root(t), m = product(square(y), t);
  const V r = difference(1, product(m, y)), r2 = square(r);
  const V power =
      sum(line(r, c[0], c[1]), product(r2, sum(line(r, c[2], c[3]), product(r2, c[4]))));
  return hn::IfThenElse(hn::Gt(t, set(kEdge)), sum(m, product(product(m, r), power)),
                        line(t, 16.0f / 116, 24389.0f / 27 / 116));
}

// BT.709 primaries to X, Y, Z, relative to D65. Channels have the weights of Y already.
constexpr double kToY[] = {0.21267285140562248, 0.715152155287818, 0.07217499330655958};
constexpr Transfer kTransfers[] = {transfer(kToY[kR]), transfer(kToY[kG]), transfer(kToY[kB])};

struct Weights {
  float r, g, b;
};
constexpr Weights weights(double r, double g, double b, double white) {
  return {static_cast<float>(r / white / kToY[kR]), static_cast<float>(g / white / kToY[kG]),
          static_cast<float>(b / white / kToY[kB])};
}
constexpr Weights kToX =
    weights(0.4124564390896921, 0.357576077643909, 0.18043748326639894, 0.95047);
constexpr Weights kToZ =
    weights(0.019333895582329317, 0.119192025881303, 0.9503040785363677, 1.08883);

HWY_INLINE V weighted(V r, V g, V b, const Weights& weights) {
  return sum(sum(product(r, weights.r), product(g, weights.g)), product(b, weights.b));
}

template <typename T>
HWY_INLINE V load_samples(const T* p) {
  const hn::RebindToSigned<D> di;
  return hn::ConvertTo(D(), hn::PromoteTo(di, hn::Load(hn::Rebind<T, decltype(di)>(), p)));
}

// X, Y, Z in the places of a, L, b.
template <typename T>
void find_xyz(int count, float scale, Colours<T>& colours) {
  for (int x = 0; x < count; x += lanes()) {
    const V luma = product(load_samples(colours.luma + x), scale);
    const auto light = [&](int c) HWY_ATTR {
      return linear(sum(luma, load(colours.offsets[c] + x)), kTransfers[c]);
    };
    const V r = light(kR), g = light(kG), b = light(kB);
    store(weighted(r, g, b, kToX), colours.lab[kA] + x);
    store(sum(sum(r, g), b), colours.lab[kL] + x);
    store(weighted(r, g, b, kToZ), colours.lab[kLabB] + x);
  }
}

template <typename T>
void find_lab(int count, float scale, Colours<T>& colours) {
  find_xyz(count, scale, colours);
  for (Samples& t : colours.lab)
    for (int x = 0; x < count; x += lanes()) store(lightness_of(load(t + x)), t + x);
  for (int x = 0; x < count; x += lanes()) {
    const V fy = load(colours.lab[kL] + x), a = difference(load(colours.lab[kA] + x), fy),
            b = product(difference(fy, load(colours.lab[kLabB] + x)), 200.0f / 500);
    store(a, colours.lab[kA] + x);
    store(b, colours.lab[kLabB] + x);
    store(hn::Sqrt(sum(square(a), square(b))), colours.chroma + x);
  }
}

// sqrt(c^7 / (c^7 + 25^7)) of the mean c of both chromas, whose sum this takes.
HWY_INLINE V seventh_power_ratio(V chromas) {
  const V c = product(chromas, 500 * 0.5f), c2 = square(c),
          c7 = product(square(c2), product(c2, c));
  return hn::Sqrt(hn::Div(c7, sum(c7, 6103515625.0f)));
}

// a* to a', chroma to C'.
template <typename T>
void stretch(int count, Workspace<T>& work) {
  for (int x = 0; x < count; x += lanes()) {
    const V ratio = seventh_power_ratio(sum(load(work.ref.chroma + x), load(work.dist.chroma + x))),
            factor = difference(1.5f, product(ratio, 0.5f));
    for (Colours<T>* colours : {&work.ref, &work.dist}) {
      const V a = product(load(colours->lab[kA] + x), factor), b = load(colours->lab[kLabB] + x);
      store(a, colours->lab[kA] + x);
      store(hn::Sqrt(sum(square(a), square(b))), colours->chroma + x);
    }
  }
}

struct Polar {
  V a, b, chroma;
};

template <typename T>
HWY_INLINE Polar polar_at(const Colours<T>& colours, int x) {
  return {load(colours.lab[kA] + x), load(colours.lab[kLabB] + x), load(colours.chroma + x)};
}

inline constexpr float kTiny = 1e-36f;  // keeps 0 / 0 away from greys

// The mean hue is that of the sum of both vectors, scaled to one length.
template <typename T>
void find_mean_hue(int count, Workspace<T>& work) {
  for (int x = 0; x < count; x += lanes()) {
    const Polar p = polar_at(work.ref, x), q = polar_at(work.dist, x);
    const V a = sum(product(p.a, q.chroma), product(q.a, p.chroma)),
            b = sum(product(p.b, q.chroma), product(q.b, p.chroma));
    const V inverse = hn::Div(set(1), hn::Sqrt(sum(sum(square(a), square(b)), kTiny)));
    store(product(a, inverse), work.cosine + x);
    store(product(b, inverse), work.sine + x);
  }
}

// The weight of a hue h, 1 - 0.17 cos(h - 30) + 0.24 cos 2h + 0.32 cos(3h + 6) - 0.20 cos(4h - 63):
// multiples of an angle are polynomials of its cosine, some times its sine.
HWY_INLINE V hue_weight(V cosine, V sine) {
  constexpr float p[] = {0.66920190005f, -1.1019653382f, 1.2063847996f, 1.2729880261f,
                         -0.72638479958f};
  constexpr float q[] = {-0.051550891754f, 0.71280521935f, -0.13379643298f, -1.4256104387f};
  const V c2 = square(cosine);
  const V alone =
      sum(line(cosine, p[0], p[1]), product(c2, sum(line(cosine, p[2], p[3]), product(c2, p[4]))));
  return sum(alone,
             product(sine, sum(line(cosine, q[0], q[1]), product(c2, line(cosine, q[2], q[3])))));
}

// How far chroma and hue are apart, in the units of their weights.
// 2 sqrt(C1 C2) sin(dh / 2) = C1 C2 sin dh / sqrt(C1 C2 (1 + cos dh) / 2), or by 1 - cos dh where
// hues are more than 90 degrees apart.
template <typename T>
void find_parts(int count, Workspace<T>& work) {
  const D d;
  for (int x = 0; x < count; x += lanes()) {
    const Polar p = polar_at(work.ref, x), q = polar_at(work.dist, x);
    const V chromas = sum(p.chroma, q.chroma), both = product(p.chroma, q.chroma);
    const V dot = sum(product(p.a, q.a), product(p.b, q.b)),
            cross = difference(product(p.a, q.b), product(q.a, p.b));
    const V half_sum = product(sum(both, hn::Abs(dot)), 0.5f);
    const V numerator = hn::IfThenElse(hn::Ge(dot, hn::Zero(d)), cross,
                                       hn::CopySign(sum(half_sum, half_sum), cross));
    const V hue_scale =
        line(product(chromas, hue_weight(load(work.cosine + x), load(work.sine + x))), 4 / 500.0f,
             4 * 0.015f * 0.5f);
    const V chroma_scale = line(chromas, 1 / 500.0f, 0.045f * 0.5f);
    store(hn::Div(difference(q.chroma, p.chroma), chroma_scale), work.chroma_part + x);
    store(hn::Div(numerator, product(hue_scale, hn::Sqrt(sum(half_sum, kTiny)))),
          work.hue_part + x);
  }
}

HWY_INLINE V lightness_part(V first, V second) {
  constexpr float kUnit = 0.65f / 116;
  const V from_middle = square(line(sum(first, second), -16 - 50, 116 * 0.5f)),
          root = hn::Sqrt(sum(from_middle, 20));
  return hn::Div(product(difference(second, first), root),
                 sum(product(root, kUnit), product(from_middle, 0.015f * kUnit)));
}

// 2^x of x in -30..0, to 3e-6. The sum rounds to a whole number, which stands in its lower bits.
HWY_INLINE V power_of_two(V x) {
  const D d;
  const hn::RebindToSigned<D> di;
  constexpr float c[] = {0.99999926144f, 0.6931218147f, 0.24024744839f, 0.055917860533f,
                         0.0095701016482f};
  const V whole = sum(x, 0x1.8p23f), f = difference(x, difference(whole, set(0x1.8p23f))),
          f2 = square(f);
  const V power =
      sum(line(f, c[0], c[1]), product(f2, sum(line(f, c[2], c[3]), product(f2, c[4]))));
  return hn::BitCast(d, hn::Add(hn::BitCast(di, power), hn::ShiftLeft<23>(hn::BitCast(di, whole))));
}

// The term that turns blue: 2 R sin(60 degrees exp(-((h - 275) / 25)^2)), the sine to 2e-5. The
// square of the angle is a polynomial of 1 - its cosine. Beyond 90 degrees the term is below 5e-6.
HWY_INLINE V turn_of(V cosine, V chromas) {
  constexpr float kExponent[] = {-15.156547927f, -2.498827993f, -0.83343743696f},
                  kSine[] = {2.0943370575f, -0.38232701324f, 0.020049037272f};
  const V u = difference(1, cosine), u2 = square(u);
  const V bell = power_of_two(
              product(u, sum(line(u, kExponent[0], kExponent[1]), product(u2, kExponent[2])))),
          b2 = square(bell);
  const V sine = product(bell, sum(line(b2, kSine[0], kSine[1]), product(square(b2), kSine[2])));
  return product(seventh_power_ratio(chromas), sine);
}

template <typename T>
void find_differences(int count, Workspace<T>& work) {
  const D d;
  constexpr float kCos275 = 0.08715574f, kSin275 = -0.99619470f;
  for (int x = 0; x < count; x += lanes()) {
    const V chroma = load(work.chroma_part + x), hue = load(work.hue_part + x),
            lightness = lightness_part(load(work.ref.lab[kL] + x), load(work.dist.lab[kL] + x));
    V squares = sum(sum(square(lightness), square(chroma)), square(hue));
    const V towards_blue =
        sum(product(load(work.cosine + x), kCos275), product(load(work.sine + x), kSin275));
    const Mask blue = hn::Gt(towards_blue, hn::Zero(d));
    if (!hn::AllFalse(d, blue)) {
      const V turn = hn::IfThenElseZero(
          blue, turn_of(hn::Max(towards_blue, hn::Zero(d)),
                        sum(load(work.ref.chroma + x), load(work.dist.chroma + x))));
      squares = hn::Max(difference(squares, product(turn, product(chroma, hue))), hn::Zero(d));
    }
    store(hn::Sqrt(squares), work.difference + x);
  }
}

template <typename T>
void add_differences(int count, Workspace<T>& work) {
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
void read_luma(const T* row, int count, T* out) {
  std::copy_n(row, count, out);
  std::fill(out + count, out + round_up(static_cast<std::size_t>(count), kSums), T{0});
}

// The offsets of `samples` chroma samples, each for 2^shift columns.
void spread(const float* offsets, int samples, int shift, float* out) {
  if (shift == 0) std::copy_n(offsets, samples, out);
  for (int i = 0; shift != 0 && i < samples; ++i) out[2 * i] = out[2 * i + 1] = offsets[i];
}

template <typename T>
void read_chroma(const YcbcrView<T>& picture, int x, int y, int count, float unit,
                 Colours<T>& colours) {
  const int first = x >> picture.shift_x, samples = (count + picture.shift_x) >> picture.shift_x;
  const int there = std::clamp(picture.cb.width - first, 0, samples);
  const T* const cb = picture.cb.row(y);
  const T* const cr = picture.cr.row(y);
  alignas(64) float offsets[3][kPiece];
  const float black = (0.055f - 16 / 219.0f) / 1.055f, scale = 1 / (1.055f * 224 * unit);
  const auto convert = [&](int from, int i) {
    const float u = static_cast<float>(cb[from]) - 128 * unit,
                v = static_cast<float>(cr[from]) - 128 * unit;
    offsets[kR][i] = 1.28033f * scale * v + black;
    offsets[kG][i] = black - 0.21482f * scale * u - 0.38059f * scale * v;
    offsets[kB][i] = 2.12798f * scale * u + black;
  };
  for (int i = 0; i < there; ++i) convert(first + i, i);
  for (int i = there; i < samples; ++i) convert(picture.cb.width - 1, i);
  for (int c = 0; c < 3; ++c) {
    spread(offsets[c], samples, picture.shift_x, colours.offsets[c]);
    std::fill(colours.offsets[c] + count,
              colours.offsets[c] + round_up(static_cast<std::size_t>(count), kSums), 0.0f);
  }
}

template <typename T>
bool are_equal(const Colours<T>& a, const Colours<T>& b, int count) {
  const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(float);
  bool equal = std::memcmp(a.luma, b.luma, static_cast<std::size_t>(count) * sizeof(T)) == 0;
  for (int c = 0; c < 3; ++c) equal = equal && std::memcmp(a.offsets[c], b.offsets[c], bytes) == 0;
  return equal;
}

template <typename T>
void add_piece(const YcbcrView<T>& ref, const YcbcrView<T>& dist, int x, int chroma_row, float unit,
               Workspace<T>& work) {
  const int count = std::min(kPiece, ref.y.width - x),
            padded = static_cast<int>(round_up(static_cast<std::size_t>(count), kSums));
  const int row = std::min(chroma_row, ref.cb.height - 1);
  read_chroma(ref, x, row, count, unit, work.ref);
  read_chroma(dist, x, row, count, unit, work.dist);
  const float scale = 1 / (1.055f * 219 * unit);
  const int first = chroma_row << ref.shift_y,
            end = std::min((chroma_row + 1) << ref.shift_y, ref.y.height);
  for (int y = first; y < end; ++y) {
    read_luma(ref.y.row(y) + x, count, work.ref.luma);
    read_luma(dist.y.row(y) + x, count, work.dist.luma);
    if (are_equal(work.ref, work.dist, count)) continue;
    find_lab(padded, scale, work.ref);
    find_lab(padded, scale, work.dist);
    add_differences(padded, work);
  }
}

template <typename T>
Result<double> sum_of(const YcbcrView<T>& ref, const YcbcrView<T>& dist, int bits,
                      Scratch& scratch) {
  auto* work = scratch.take<Workspace<T>>(1);
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

// Names as HWY_EXPORT wants them: of functions, not of templates.
static constexpr auto& sum8 = sum_of<std::uint8_t>;
static constexpr auto& sum16 = sum_of<std::uint16_t>;

}  // namespace HWY_NAMESPACE
}  // namespace visq
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq {

HWY_EXPORT(sum8);
HWY_EXPORT(sum16);

Result<double> ciede_sum(const YcbcrView<std::uint8_t>& ref, const YcbcrView<std::uint8_t>& dist,
                         int bits, Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(sum8)(ref, dist, bits, scratch);
}
Result<double> ciede_sum(const YcbcrView<std::uint16_t>& ref, const YcbcrView<std::uint16_t>& dist,
                         int bits, Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(sum16)(ref, dist, bits, scratch);
}

}  // namespace visq
#endif
