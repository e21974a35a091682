// Pieces of rows at a time: samples to R'G'B' in single precision, to L*a*b*, to differences. Every
// step is a short loop over arrays in the first-level cache, so that the processor works at several
// samples at once while each waits for its own last result. Every target does the same operations
// on a sample, so the bits are the same; this is the plain C++ one, too.
#include "kernels/ciede/ciede.h"

#include <algorithm>
#include <cstring>

#include "kernels/conv/values.h"
#include "kernels/parts.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/ciede/ciede.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/conv/float-inl.h"

// Once, not once a target.
#ifndef VISQ_KERNELS_CIEDE_PIECE_H_
#define VISQ_KERNELS_CIEDE_PIECE_H_
namespace visq::ciede {

inline constexpr int kPiece = 256;  // samples of a row
inline constexpr int kSums =
    16;  // that of sample x goes to sum x mod 16: as many as lanes of a sum
inline constexpr int kR = 0, kG = 1, kB = 2, kL = 0, kA = 1, kLabB = 2;

using Row = float[kPiece];

// Of a piece of one picture: `scale` times a sample of luma and an offset that chroma makes are the
// three gamma-coded channels (v + 0.055) / 1.055. L is (L* + 16) / 116, a and b are a* / 500 and
// b* / 500, with a* stretched to a' at last; so is chroma C'.
struct Colours {
  alignas(64) Row luma;
  alignas(64) Row offsets[3];
  alignas(64) Row lab[3];
  alignas(64) Row chroma;
};

struct Workspace {
  Colours ref, dist;
  alignas(64) Row cosine, sine;  // of the mean hue
  alignas(64) Row chroma_part, hue_part, difference;
};

// Of a piece of a row.
using Sums = float[kSums];

struct Pair {
  Ycbcr ref, dist;
  int pieces() const { return static_cast<int>(stripes(ref.y.width, kPiece)); }
  int chroma_rows() const { return (ref.y.height + (1 << ref.shift_y) - 1) >> ref.shift_y; }
};

}  // namespace visq::ciede
#endif

HWY_BEFORE_NAMESPACE();
namespace visq::ciede {
namespace HWY_NAMESPACE {
using namespace visq::HWY_NAMESPACE;
static_assert(kSums == kSumLanes);

using D = DF;
using V = VF;
using Mask = hn::Mask<D>;

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

// X, Y, Z in the places of a, L, b.
void find_xyz(int count, float scale, Colours& colours) {
  for (int x = 0; x < count; x += lanes()) {
    const V luma = product(load(colours.luma + x), scale);
    const auto light = [&](int c) HWY_ATTR {
      return linear(sum(luma, load(colours.offsets[c] + x)), kTransfers[c]);
    };
    const V r = light(kR), g = light(kG), b = light(kB);
    store(weighted(r, g, b, kToX), colours.lab[kA] + x);
    store(sum(sum(r, g), b), colours.lab[kL] + x);
    store(weighted(r, g, b, kToZ), colours.lab[kLabB] + x);
  }
}

void find_lab(int count, float scale, Colours& colours) {
  find_xyz(count, scale, colours);
  for (Row& t : colours.lab)
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
void stretch(int count, Workspace& work) {
  for (int x = 0; x < count; x += lanes()) {
    const V ratio = seventh_power_ratio(sum(load(work.ref.chroma + x), load(work.dist.chroma + x))),
            factor = difference(1.5f, product(ratio, 0.5f));
    for (Colours* colours : {&work.ref, &work.dist}) {
      const V a = product(load(colours->lab[kA] + x), factor), b = load(colours->lab[kLabB] + x);
      store(a, colours->lab[kA] + x);
      store(hn::Sqrt(sum(square(a), square(b))), colours->chroma + x);
    }
  }
}

struct Polar {
  V a, b, chroma;
};

HWY_INLINE Polar polar_at(const Colours& colours, int x) {
  return {load(colours.lab[kA] + x), load(colours.lab[kLabB] + x), load(colours.chroma + x)};
}

inline constexpr float kTiny = 1e-36f;  // keeps 0 / 0 away from greys

// The mean hue is that of the sum of both vectors, scaled to one length.
void find_mean_hue(int count, Workspace& work) {
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
void find_parts(int count, Workspace& work) {
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

void find_differences(int count, Workspace& work) {
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

void sum_differences(int count, Workspace& work, Sums& sums) {
  stretch(count, work);
  find_mean_hue(count, work);
  find_parts(count, work);
  find_differences(count, work);
  Sums here = {};
  for (int x = 0; x < count; x += kSums)
    for (int i = 0; i < kSums; ++i) here[i] += work.difference[x + i];
  std::copy_n(here, kSums, sums);
}

// What is beyond the last sample is the same in both pictures: it has no difference.
void read_luma(const Samples& luma, int x, int y, int count, Row& out) {
  convert_part(luma, y, {x, x + count}, {}, out);
  std::fill(out + count, out + round_up(static_cast<std::size_t>(count), kSums), 0.0f);
}

// The offsets of `samples` chroma samples, each for 2^shift columns.
void spread(const float* offsets, int samples, int shift, float* out) {
  if (shift == 0) std::copy_n(offsets, samples, out);
  for (int i = 0; shift != 0 && i < samples; ++i) out[2 * i] = out[2 * i + 1] = offsets[i];
}

void read_chroma(const Ycbcr& picture, int x, int y, int count, Colours& colours) {
  const int first = x >> picture.shift_x, samples = (count + picture.shift_x) >> picture.shift_x;
  const int there = std::clamp(picture.cb.width - first, 0, samples);
  alignas(64) Row cb, cr;
  alignas(64) Row offsets[3];
  const float unit = static_cast<float>(1 << (picture.y.bits - 8));
  const float black = (0.055f - 16 / 219.0f) / 1.055f, scale = 1 / (1.055f * 224 * unit);
  const auto convert = [&](int i) {
    const float u = cb[i] - 128 * unit, v = cr[i] - 128 * unit;
    offsets[kR][i] = 1.28033f * scale * v + black;
    offsets[kG][i] = black - 0.21482f * scale * u - 0.38059f * scale * v;
    offsets[kB][i] = 2.12798f * scale * u + black;
  };
  convert_part(picture.cb, y, {first, first + there}, {}, cb);
  convert_part(picture.cr, y, {first, first + there}, {}, cr);
  if (there < samples) {
    const int last = picture.cb.width - 1;
    std::fill(cb + there, cb + samples, value_at(picture.cb, last, y, {}));
    std::fill(cr + there, cr + samples, value_at(picture.cr, last, y, {}));
  }
  for (int i = 0; i < samples; ++i) convert(i);
  for (int c = 0; c < 3; ++c) {
    spread(offsets[c], samples, picture.shift_x, colours.offsets[c]);
    std::fill(colours.offsets[c] + count,
              colours.offsets[c] + round_up(static_cast<std::size_t>(count), kSums), 0.0f);
  }
}

bool are_equal(const Colours& a, const Colours& b, int count) {
  const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(float);
  bool equal = std::memcmp(a.luma, b.luma, bytes) == 0;
  for (int c = 0; c < 3; ++c) equal = equal && std::memcmp(a.offsets[c], b.offsets[c], bytes) == 0;
  return equal;
}

// The luma rows of a chroma row: of each its sums.
void sum_piece(const Pair& pair, int piece, int chroma_row, Workspace& work, Sums* sums) {
  const auto& [ref, dist] = pair;
  const int x = piece * kPiece, count = std::min(kPiece, ref.y.width - x),
            padded = static_cast<int>(round_up(static_cast<std::size_t>(count), kSums));
  const int row = std::min(chroma_row, ref.cb.height - 1);
  read_chroma(ref, x, row, count, work.ref);
  read_chroma(dist, x, row, count, work.dist);
  const float scale = 1 / (1.055f * 219 * static_cast<float>(1 << (ref.y.bits - 8)));
  const int first = chroma_row << ref.shift_y,
            end = std::min((chroma_row + 1) << ref.shift_y, ref.y.height);
  for (int y = first; y < end; ++y) {
    Sums& of_row = sums[y * pair.pieces() + piece];
    std::fill_n(of_row, kSums, 0.0f);
    read_luma(ref.y, x, y, count, work.ref.luma);
    read_luma(dist.y, x, y, count, work.dist.luma);
    if (are_equal(work.ref, work.dist, count)) continue;
    find_lab(padded, scale, work.ref);
    find_lab(padded, scale, work.dist);
    sum_differences(padded, work, of_row);
  }
}

void sum_rows(const Pair& pair, Band chroma_rows, Sums* sums, Scratch& scratch) {
  Workspace& work = *scratch.take<Workspace>(1);
  for (int row = chroma_rows.from; row < chroma_rows.to; ++row)
    for (int piece = 0; piece < pair.pieces(); ++piece) sum_piece(pair, piece, row, work, sums);
}

}  // namespace HWY_NAMESPACE
}  // namespace visq::ciede
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::ciede {
namespace {

// Rows that share chroma go together, piece by piece.
double total_of(const Pair& pair, const Sums* sums) {
  double lanes[kSums] = {};
  const int both = 1 << pair.ref.shift_y;
  for (int row = 0; row < pair.chroma_rows(); ++row)
    for (int piece = 0; piece < pair.pieces(); ++piece)
      for (int y = row * both; y < std::min((row + 1) * both, pair.ref.y.height); ++y)
        for (int i = 0; i < kSums; ++i)
          lanes[i] += static_cast<double>(sums[y * pair.pieces() + piece][i]);
  double total = 0;
  for (const double lane : lanes) total += lane;
  return total;
}

}  // namespace

HWY_EXPORT(sum_rows);

double sum(const Ycbcr& ref, const Ycbcr& dist, Scratch& scratch, Parallel& parallel) {
  constexpr int kLeastRows = 16;
  const Pair pair{ref, dist};
  const Bands bands(pair.chroma_rows(), kLeastRows);
  Sums* const sums = scratch.take<Sums>(static_cast<std::size_t>(pair.pieces()) *
                                        static_cast<std::size_t>(ref.y.height));
  parallel.run(bands.count(), scratch, [&](std::size_t i, Scratch& own) {
    HWY_DYNAMIC_DISPATCH(sum_rows)(pair, bands[i], sums, own);
  });
  return total_of(pair, sums);
}

}  // namespace visq::ciede
#endif
