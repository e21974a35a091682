// To blur the difference is to take the difference of two blurred frames, at half the cost.
//
// The usual blur of five taps: they are 2321, 10402 and 17150 of 42596 to the precision of a float
// (4e-8). So differences, in 16 bits, are blurred horizontally in integers, by pairs of neighbours;
// even and odd columns go to rows of floats of their own in a ring, of which two output rows at a
// time are blurred vertically and summed.
//
// Any other: the difference goes to a ring of five rows of floats, their vertical blur to a row
// buffer; the horizontal blur and the sum read that while it is in the cache.
#include "kernels/float_motion/float_motion.h"

#include <algorithm>
#include <cmath>

#include "base/reflect.h"
#include "kernels/parts.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/float_motion/float_motion.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/conv/float-inl.h"
#include "kernels/conv/pairs-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::float_motion {
namespace HWY_NAMESPACE {
using namespace visq::HWY_NAMESPACE;

inline constexpr int kTaps = 2 * kRadius + 1;
inline constexpr int kPad = kSumLanes;  // columns before and after a row

struct Buffers {
  float* differences;  // a ring of rows
  float* blurred;      // one row, blurred vertically, with its mirrored borders
  std::ptrdiff_t stride;
  float* difference(int y) const { return differences + y % kTaps * stride; }
};

template <typename T>
HWY_INLINE void subtract_row(const T* a, const T* b, int width, float* out) {
  int x = 0;
  for (; x + lanes() <= width; x += lanes())
    hn::Store(hn::Sub(load_samples(a + x), load_samples(b + x)), DF(), out + x);
  for (; x < width; ++x) out[x] = static_cast<float>(a[x] - b[x]);
}

struct Five {
  VF v0, v1, v2, v3, v4;
};

HWY_INLINE VF blur(const Five& v, const Taps& taps) {
  const VF outer = hn::Mul(constant(taps[0]), hn::Add(v.v0, v.v4)),
           inner = hn::Mul(constant(taps[1]), hn::Add(v.v1, v.v3));
  return hn::Add(hn::Add(outer, inner), hn::Mul(constant(taps[2]), v.v2));
}

HWY_INLINE void blur_columns(const float* const (&rows)[kTaps], int width, const Taps& taps,
                             float* out) {
  const DF d;
  for (int x = 0; x < width; x += lanes()) {
    const Five v{hn::Load(d, rows[0] + x), hn::Load(d, rows[1] + x), hn::Load(d, rows[2] + x),
                 hn::Load(d, rows[3] + x), hn::Load(d, rows[4] + x)};
    hn::Store(blur(v, taps), d, out + x);
  }
  for (int k = 1; k <= kRadius; ++k) {
    out[-k] = out[reflect101(-k, width)];
    out[width - 1 + k] = out[reflect101(width - 1 + k, width)];
  }
}

HWY_INLINE VF blur_row(const float* row, int x, const Taps& taps) {
  const DF d;
  const float* const at = row + x;
  return blur({hn::LoadU(d, at - 2), hn::LoadU(d, at - 1), hn::Load(d, at), hn::LoadU(d, at + 1),
               hn::LoadU(d, at + 2)},
              taps);
}

HWY_INLINE double sum_row(const float* row, int width, const Taps& taps) {
  RowSum sum;
  const int whole = width / kSumLanes * kSumLanes;
  for_columns(0, whole, [&](int x, auto vector) HWY_ATTR {
    sum.add(vector, hn::Abs(blur_row(row, x, taps)));
  });
  if (whole < width)
    for_vectors(whole, [&](int x, auto vector) HWY_ATTR {
      sum.add(vector, inside(hn::Abs(blur_row(row, x, taps)), x, 0, width));
    });
  return sum.total();
}

// Blurs the row in place of the samples, for whom wants to see them.
HWY_INLINE void store_row(const float* row, int width, const Taps& taps, float scale, float* out) {
  HWY_ALIGN float last[kSumLanes];
  for (int x = 0; x < width; x += lanes()) {
    const VF values = hn::Mul(blur_row(row, x, taps), constant(scale));
    if (x + lanes() <= width)
      hn::StoreU(values, DF(), out + x);
    else
      hn::Store(values, DF(), last);
  }
  const int rest = width % lanes();
  for (int i = 0; i < rest; ++i) out[width - rest + i] = last[i];
}

// ---- five taps, in integers ----

inline constexpr int kWeight0 = 2321, kWeight1 = 10402, kWeight2 = 17150,
                     kWeights = 2 * (kWeight0 + kWeight1) + kWeight2;
inline constexpr int kMaxInt16Bits = 15;  // of samples, whose differences fit 16 bits
inline constexpr int kPairRing = kTaps + 1;

struct Int16Buffers {
  std::int16_t* difference;  // one row, with its mirrored borders
  float* rings;
  std::ptrdiff_t stride;  // of half a row
  float* even(int y) const { return rings + 2 * (y % kPairRing) * stride; }
  float* odd(int y) const { return even(y) + stride; }
};

#if HWY_TARGET == HWY_SCALAR

template <typename T>
void subtract_int16(const T* a, const T* b, int width, std::int16_t* out) {
  for (int x = 0; x < width; ++x) out[x] = static_cast<std::int16_t>(a[x] - b[x]);
}

inline float blur_int16(const std::int16_t* d) {
  return static_cast<float>(kWeight0 * (d[-2] + d[2]) + kWeight1 * (d[-1] + d[1]) +
                            kWeight2 * d[0]);
}

inline void blur_halves(const std::int16_t* d, int width, float* even, float* odd) {
  for (int x = 0; x < width; ++x) (x % 2 == 0 ? even : odd)[x / 2] = blur_int16(d + x);
}

#else

HWY_INLINE V16 load_int16(const std::uint8_t* p) {
  const hn::Rebind<std::uint8_t, D16> d8;
  return hn::PromoteTo(D16(), hn::LoadU(d8, p));
}
HWY_INLINE V16 load_int16(const std::uint16_t* p) {
  return hn::BitCast(D16(), hn::LoadU(hn::RebindToUnsigned<D16>(), p));
}

template <typename T>
HWY_INLINE void subtract_int16(const T* a, const T* b, int width, std::int16_t* out) {
  const int step = static_cast<int>(hn::Lanes(D16()));
  int x = 0;
  for (; x + step <= width; x += step)
    hn::StoreU(hn::Sub(load_int16(a + x), load_int16(b + x)), D16(), out + x);
  for (; x < width; ++x) out[x] = static_cast<std::int16_t>(a[x] - b[x]);
}

HWY_INLINE V16 pair_of(int first, int second) {
  return hn::BitCast(D16(), hn::Set(D32(), packed_pair(static_cast<std::uint16_t>(first),
                                                       static_cast<std::uint16_t>(second))));
}

HWY_INLINE void store_float(V32 values, float* out) {
  const hn::RebindToFloat<D32> d;
  hn::StoreU(hn::ConvertTo(d, values), d, out);
}

// Whole vectors: what is beyond the row is of no use.
HWY_INLINE void blur_halves(const std::int16_t* d, int width, float* even, float* odd) {
  const V16 w01 = pair_of(kWeight0, kWeight1), w21 = pair_of(kWeight2, kWeight1),
            w0 = pair_of(kWeight0, 0);
  const V16 v0 = pair_of(0, kWeight0), v12 = pair_of(kWeight1, kWeight2),
            v10 = pair_of(kWeight1, kWeight0);
  const V32 zero = hn::Zero(D32());
  for (int x = 0; x < width; x += static_cast<int>(hn::Lanes(D16()))) {
    const V16 left = hn::LoadU(D16(), d + x - 2), centre = hn::LoadU(D16(), d + x),
              right = hn::LoadU(D16(), d + x + 2);
    store_float(add_pair_products(
                    left, w01, add_pair_products(centre, w21, add_pair_products(right, w0, zero))),
                even + x / 2);
    store_float(add_pair_products(
                    left, v0, add_pair_products(centre, v12, add_pair_products(right, v10, zero))),
                odd + x / 2);
  }
}

#endif

template <typename T>
HWY_INLINE void blur_differences(const T* a, const T* b, int width, int y,
                                 const Int16Buffers& buffers) {
  std::int16_t* const row = buffers.difference + 2 * kPad;
  subtract_int16(a, b, width, row);
  for (int k = 1; k <= kRadius; ++k) {
    row[-k] = row[reflect101(-k, width)];
    row[width - 1 + k] = row[reflect101(width - 1 + k, width)];
  }
  blur_halves(row, width, buffers.even(y), buffers.odd(y));
}

// Six rows of even or odd columns, and what two output rows are of them.
struct SixRows {
  const float* row[kPairRing];
};
struct TwoRows {
  VF first, second;
};

HWY_INLINE TwoRows blur_two(const SixRows& rows, int x) {
  const DF d;
  const VF v0 = hn::Load(d, rows.row[0] + x), v1 = hn::Load(d, rows.row[1] + x),
           v2 = hn::Load(d, rows.row[2] + x);
  const VF v3 = hn::Load(d, rows.row[3] + x), v4 = hn::Load(d, rows.row[4] + x),
           v5 = hn::Load(d, rows.row[5] + x);
  return {hn::Abs(blur({v0, v1, v2, v3, v4}, kFive)), hn::Abs(blur({v1, v2, v3, v4, v5}, kFive))};
}

struct TwoSums {
  RowSum first, second;
};

HWY_INLINE void add_columns(const SixRows& rows, int width, TwoSums& sums) {
  const int whole = width / kSumLanes * kSumLanes;
  for_columns(0, whole, [&](int x, auto vector) HWY_ATTR {
    const TwoRows values = blur_two(rows, x);
    sums.first.add(vector, values.first);
    sums.second.add(vector, values.second);
  });
  for_columns(whole, width, [&](int x, auto vector) HWY_ATTR {
    const TwoRows values = blur_two(rows, x);
    sums.first.add(vector, inside(values.first, x, 0, width));
    sums.second.add(vector, inside(values.second, x, 0, width));
  });
}

// The sums of the output rows y and y + 1.
HWY_INLINE double sum_two(int y, int width, int height, const Int16Buffers& buffers) {
  SixRows even, odd;
  for (int k = 0; k < kPairRing; ++k) {
    const int row = reflect101(y - kRadius + k, height);
    even.row[k] = buffers.even(row);
    odd.row[k] = buffers.odd(row);
  }
  TwoSums sums;
  add_columns(even, (width + 1) / 2, sums);
  add_columns(odd, width / 2, sums);
  return sums.first.total() + (y + 1 < height ? sums.second.total() : 0);
}

template <typename T>
struct Pair {
  PlaneView<const T> a, b;
  int bits;
};

// Two rows give one sum.
template <typename T>
void sum_int16_rows(const Pair<T>& of, Band band, double* sums, Scratch& scratch) {
  const int width = of.a.width, height = of.a.height;
  const auto stride = round_up(static_cast<std::size_t>(width / 2 + 1), kSumLanes) + kPad;
  const Int16Buffers buffers{scratch.take<std::int16_t>(2 * stride + 6 * kPad),
                             scratch.take<float>(2 * stride * kPairRing),
                             static_cast<std::ptrdiff_t>(stride)};
  for (int next = std::max(0, band.from - kRadius), y = band.from; y < band.to; y += 2) {
    for (; next < std::min(y + kRadius + 2, height); ++next)
      blur_differences(of.a.row(next), of.b.row(next), width, next, buffers);
    sums[y / 2] = sum_two(y, width, height, buffers);
  }
}

// ---- any taps ----

// Each row gives one sum.
template <typename T>
void sum_float_rows(const Pair<T>& of, const Blur& blur, Band band, double* sums,
                    Scratch& scratch) {
  const int width = of.a.width, height = of.a.height;
  const auto stride = round_up(static_cast<std::size_t>(width) + 2 * kPad, kSumLanes);
  const Buffers buffers{scratch.take<float>(stride * kTaps), scratch.take<float>(stride),
                        static_cast<std::ptrdiff_t>(stride)};
  float* const blurred = buffers.blurred + kPad;
  const float scale = std::ldexp(1.f, 8 - of.bits);
  for (int next = std::max(0, band.from - kRadius), y = band.from; y < band.to; ++y) {
    for (; next < std::min(y + kRadius + 1, height); ++next)
      subtract_row(of.a.row(next), of.b.row(next), width, buffers.difference(next));
    const float* rows[kTaps];
    for (int k = 0; k < kTaps; ++k)
      rows[k] = buffers.difference(reflect101(y - kRadius + k, height));
    blur_columns(rows, width, blur.taps, blurred);
    sums[y] = sum_row(blurred, width, blur.taps);
    if (blur.plane.data != nullptr) store_row(blurred, width, blur.taps, scale, blur.plane.row(y));
  }
}

// ---- planes ----

double sum_plane(const Samples& a, const Samples& b, const Blur& blur, Scratch& scratch,
                 Parallel& parallel) {
  constexpr int kLeastRows = 256;  // of a band, which does four rows of its neighbours again
  const Bands bands(a.height, kLeastRows, 2);
  const bool int16 = blur.taps == kFive && blur.plane.data == nullptr && a.bits <= kMaxInt16Bits;
  const int count = int16 ? (a.height + 1) / 2 : a.height;
  double* const sums = scratch.take<double>(static_cast<std::size_t>(count));
  parallel.run(bands.count(), scratch, [&](std::size_t i, Scratch& own) {
    with_sample_type(a.bits, [&]<typename T>() {
      const Pair<T> of{a.as<T>(), b.as<T>(), a.bits};
      if (int16)
        sum_int16_rows(of, bands[i], sums, own);
      else
        sum_float_rows(of, blur, bands[i], sums, own);
    });
  });
  double total = 0;
  for (int i = 0; i < count; ++i) total += sums[i];
  return total * (std::ldexp(1.0, 8 - a.bits) / (int16 ? kWeights : 1));
}

double sum_magnitudes(PlaneView<const float> plane) {
  double total = 0;
  for (int y = 0; y < plane.height; ++y) {
    const float* const row = plane.row(y);
    RowSum sum;
    const int whole = plane.width / kSumLanes * kSumLanes;
    for_columns(0, whole, [&](int x, auto vector) HWY_ATTR {
      sum.add(vector, hn::Abs(hn::LoadU(DF(), row + x)));
    });
    double rest = 0;
    for (int x = whole; x < plane.width; ++x) rest += static_cast<double>(std::fabs(row[x]));
    total += sum.total() + rest;
  }
  return total;
}

}  // namespace HWY_NAMESPACE
}  // namespace visq::float_motion
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::float_motion {

HWY_EXPORT(sum_plane);
HWY_EXPORT(sum_magnitudes);

double sad(const Samples& a, const Samples& b, const Blur& blur, Scratch& scratch,
           Parallel& parallel) {
  return HWY_DYNAMIC_DISPATCH(sum_plane)(a, b, blur, scratch, parallel);
}
double magnitudes(PlaneView<const float> plane) {
  return HWY_DYNAMIC_DISPATCH(sum_magnitudes)(plane);
}

}  // namespace visq::float_motion
#endif
