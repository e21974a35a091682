// The distance of two rows, of floats and of bfloat16 activations.
#include <algorithm>

#include "kernels/nn/bf16.h"
#include "kernels/nn/nn.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/nn/distance.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/nn/bf16-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::nn {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR

void distance(const float* a, const float* b, const float* weights, const DistanceShape& shape,
              float* out) {
  distance_row_ref(a, b, weights, shape, out);
}
void distance_bf16(const Bfloat16* a, const Bfloat16* b, const float* weights,
                   const DistanceShape& shape, float* out) {
  distance_row_ref(a, b, weights, shape, out);
}

#else

// Four floats whose sum is that of all lanes.
template <class DFloats>
HWY_INLINE void store_four(DFloats d, hn::Vec<DFloats> v, float* HWY_RESTRICT out) {
  if constexpr (hn::MaxLanes(d) > 4) {
    const hn::Half<DFloats> half;
    store_four(half, hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)), out);
  } else {
    hn::StoreU(v, d, out);
  }
}

// Two sums of each of some pixels: one alone would wait for itself.
template <int N, class DFloats>
struct Chains {
  hn::Vec<DFloats> first[N], second[N];

  HWY_INLINE Chains() {
    unrolled<N>([&](auto i) VISQ_NN_INLINE { first[i] = second[i] = hn::Zero(DFloats()); });
  }
  // As store_four, of several pixels in one vector where that has room.
  HWY_INLINE void store(float* HWY_RESTRICT fours) const {
    const DFloats d;
    constexpr int kPixels = static_cast<int>(hn::MaxLanes(d)) / 4;
    if constexpr (N >= kPixels && kPixels == 2) {
      unrolled<N / 2>([&](auto i) VISQ_NN_INLINE {
        hn::Store(halves_added(sum(2 * i), sum(2 * i + 1)), d, fours + 8 * i);
      });
    } else if constexpr (N >= kPixels && kPixels == 4) {
      // The first and the second four lanes of each half of two vectors.
      HWY_ALIGN static constexpr std::int32_t kEven[] = {0,  1,  2,  3,  8,  9,  10, 11,
                                                         16, 17, 18, 19, 24, 25, 26, 27},
                                              kOdd[] = {4,  5,  6,  7,  12, 13, 14, 15,
                                                        20, 21, 22, 23, 28, 29, 30, 31};
      const auto even = hn::SetTableIndices(d, kEven), odd = hn::SetTableIndices(d, kOdd);
      unrolled<N / 4>([&](auto i) VISQ_NN_INLINE {
        const auto a = halves_added(sum(4 * i), sum(4 * i + 1)),
                   b = halves_added(sum(4 * i + 2), sum(4 * i + 3));
        hn::Store(hn::Add(hn::TwoTablesLookupLanes(d, a, b, even),
                          hn::TwoTablesLookupLanes(d, a, b, odd)),
                  d, fours + 16 * i);
      });
    } else {
      unrolled<N>([&](auto i) VISQ_NN_INLINE { store_four(d, sum(i), fours + 4 * i); });
    }
  }

 private:
  HWY_INLINE hn::Vec<DFloats> sum(int i) const { return hn::Add(first[i], second[i]); }
  static HWY_INLINE hn::Vec<DFloats> halves_added(hn::Vec<DFloats> a, hn::Vec<DFloats> b) {
    const DFloats d;
    return hn::Add(hn::ConcatLowerLower(d, b, a), hn::ConcatUpperUpper(d, b, a));
  }
};

// The squares of the values of N pixels.
template <int N>
HWY_INLINE void energy(DAll d, const float* HWY_RESTRICT values, int channels,
                       float* HWY_RESTRICT fours) {
  const int lanes = static_cast<int>(hn::Lanes(d));
  Chains<N, DAll> sums;
  const auto add = [&](int c, VAll& sum, auto i) VISQ_NN_INLINE {
    const VAll value = hn::LoadU(d, values + i * channels + c);
    sum = hn::MulAdd(value, value, sum);
  };
  int c = 0;
  for (; c + 2 * lanes <= channels; c += 2 * lanes)
    unrolled<N>([&](auto i) VISQ_NN_INLINE {
      add(c, sums.first[i], i);
      add(c + lanes, sums.second[i], i);
    });
  for (; c + lanes <= channels; c += lanes)
    unrolled<N>([&](auto i) VISQ_NN_INLINE { add(c, sums.first[i], i); });
  sums.store(fours);
  for (; c < channels; ++c)
    for (int i = 0; i < N; ++i) fours[4 * i] += values[i * channels + c] * values[i * channels + c];
}

// The same of bfloat16 activations, whose channels fill whole vectors.
template <int N, class DFloats>
HWY_INLINE void energy(DFloats d, const Bfloat16* HWY_RESTRICT values, int channels,
                       float* HWY_RESTRICT fours) {
  Chains<N, DFloats> sums;
  for (int c = 0; c < channels; c += 2 * static_cast<int>(hn::Lanes(d)))
    unrolled<N>([&](auto i) VISQ_NN_INLINE {
      const auto pairs = load_pairs<DFloats>(values + i * channels + c);
      const auto lower = lower_of(pairs), upper = upper_of(pairs);
      sums.first[i] = hn::MulAdd(lower, lower, sums.first[i]);
      sums.second[i] = hn::MulAdd(upper, upper, sums.second[i]);
    });
  sums.store(fours);
}

// The two pictures at some pixels, what the values of each are multiplied by, and the channels'
// weights.
template <class T>
struct Pixels {
  const T *a, *b;
  const float* weights;
  const float *scale_a, *scale_b;
};

// Both products are rounded, so that equal pictures are exactly as far apart as nothing.
template <class V>
HWY_INLINE V weighted_term(V a, V b, V scale_a, V scale_b, V weight, V sum) {
  const V difference = hn::Sub(hn::Mul(a, scale_a), hn::Mul(b, scale_b));
  return hn::MulAdd(hn::Mul(difference, difference), weight, sum);
}

template <int N>
HWY_INLINE void weighted(DAll d, const Pixels<float>& at, int channels, float* HWY_RESTRICT fours) {
  const int lanes = static_cast<int>(hn::Lanes(d));
  Chains<N, DAll> sums;
  VAll of_a[N], of_b[N];
  unrolled<N>([&](auto i) VISQ_NN_INLINE {
    of_a[i] = hn::Set(d, at.scale_a[i]);
    of_b[i] = hn::Set(d, at.scale_b[i]);
  });
  const auto add = [&](int c, VAll weight, VAll& sum, auto i) VISQ_NN_INLINE {
    const int value = i * channels + c;
    sum = weighted_term(hn::LoadU(d, at.a + value), hn::LoadU(d, at.b + value), of_a[i], of_b[i],
                        weight, sum);
  };
  int c = 0;
  for (; c + 2 * lanes <= channels; c += 2 * lanes) {
    const VAll first = hn::LoadU(d, at.weights + c), second = hn::LoadU(d, at.weights + c + lanes);
    unrolled<N>([&](auto i) VISQ_NN_INLINE {
      add(c, first, sums.first[i], i);
      add(c + lanes, second, sums.second[i], i);
    });
  }
  for (; c + lanes <= channels; c += lanes)
    unrolled<N>([&](auto i)
                    VISQ_NN_INLINE { add(c, hn::LoadU(d, at.weights + c), sums.first[i], i); });
  sums.store(fours);
  for (; c < channels; ++c)
    for (int i = 0; i < N; ++i) {
      const int value = i * channels + c;
      const float difference = at.a[value] * at.scale_a[i] - at.b[value] * at.scale_b[i];
      fours[4 * i] += at.weights[c] * (difference * difference);
    }
}

// Of the lower or the upper channels of blocks, from the first of these.
template <class DFloats>
HWY_INLINE hn::Vec<DFloats> half_blocks(DFloats d, const float* from) {
  if constexpr (hn::MaxLanes(d) > kBlock / 2) {
    const hn::Half<DFloats> half;
    return hn::Combine(d, hn::LoadU(half, from + kBlock), hn::LoadU(half, from));
  } else {
    return hn::LoadU(d, from);
  }
}

template <int N, class DFloats, class VFloats = hn::Vec<DFloats>>
HWY_INLINE void weighted(DFloats d, const Pixels<Bfloat16>& at, int channels,
                         float* HWY_RESTRICT fours) {
  Chains<N, DFloats> sums;
  VFloats of_a[N], of_b[N];
  unrolled<N>([&](auto i) VISQ_NN_INLINE {
    of_a[i] = hn::Set(d, at.scale_a[i]);
    of_b[i] = hn::Set(d, at.scale_b[i]);
  });
  for (int c = 0; c < channels; c += 2 * static_cast<int>(hn::Lanes(d))) {
    const float* const weights = at.weights + c / kBlock * kBlock + c % kBlock / 2;
    const VFloats lower = half_blocks(d, weights), upper = half_blocks(d, weights + kBlock / 2);
    unrolled<N>([&](auto i) VISQ_NN_INLINE {
      const auto a = load_pairs<DFloats>(at.a + i * channels + c),
                 b = load_pairs<DFloats>(at.b + i * channels + c);
      sums.first[i] =
          weighted_term(lower_of(a), lower_of(b), of_a[i], of_b[i], lower, sums.first[i]);
      sums.second[i] =
          weighted_term(upper_of(a), upper_of(b), of_a[i], of_b[i], upper, sums.second[i]);
    });
  }
  sums.store(fours);
}

// Pixels whose sums over lanes, roots and quotients are taken together, and whose sums over
// channels.
constexpr int kTogether = 16, kAtOnce = 4;

// Calls fill(how many, x, four floats of each) for some pixels, and use(x, the sums of their four).
template <class Fill, class Use>
HWY_INLINE void sums_of_four(int pixels, const Fill& fill, const Use& use) {
  const DAll d;
  HWY_ALIGN float fours[kTogether * 4] = {};
  int x = 0;
  for (; x + kAtOnce <= pixels; x += kAtOnce)
    fill(std::integral_constant<int, kAtOnce>(), x, fours + std::ptrdiff_t{4} * x);
  for (; x < pixels; ++x) fill(std::integral_constant<int, 1>(), x, fours + std::ptrdiff_t{4} * x);
  for (int i = 0; i < kTogether; i += static_cast<int>(hn::Lanes(d))) {
    VAll v[4];
    hn::LoadInterleaved4(d, fours + std::ptrdiff_t{4} * i, v[0], v[1], v[2], v[3]);
    use(i, hn::Add(hn::Add(v[0], v[1]), hn::Add(v[2], v[3])));
  }
}

template <class DFloats, class T>
HWY_INLINE void scales(DFloats of_channels, const T* values, int pixels, const DistanceShape& shape,
                       float* HWY_RESTRICT out) {
  const DAll d;
  sums_of_four(
      pixels,
      [&](auto count, int x, float* fours) HWY_ATTR {
        energy<count()>(of_channels, values + std::ptrdiff_t{x} * shape.channels, shape.channels,
                        fours);
      },
      [&](int x, VAll sum) HWY_ATTR {
        const VAll norm =
            hn::Add(hn::Sqrt(hn::Add(sum, hn::Set(d, shape.inside))), hn::Set(d, shape.outside));
        hn::Store(hn::Div(hn::Set(d, 1), norm), d, out + x);
      });
}

template <class DFloats, class T>
HWY_INLINE void distance_of(DFloats d, const T* a, const T* b, const float* weights,
                            const DistanceShape& shape, float* out) {
  HWY_ALIGN float of_a[kTogether] = {}, of_b[kTogether] = {}, distances[kTogether];
  for (int first = 0; first < shape.pixels; first += kTogether) {
    const int pixels = std::min(kTogether, shape.pixels - first);
    scales(d, a, pixels, shape, of_a);
    scales(d, b, pixels, shape, of_b);
    sums_of_four(
        pixels,
        [&](auto count, int x, float* fours) HWY_ATTR {
          const std::ptrdiff_t at = std::ptrdiff_t{x} * shape.channels;
          weighted<count()>(d, Pixels<T>{a + at, b + at, weights, of_a + x, of_b + x},
                            shape.channels, fours);
        },
        [&](int x, VAll sum) HWY_ATTR { hn::Store(sum, DAll(), distances + x); });
    std::copy(distances, distances + pixels, out + first);
    a += std::ptrdiff_t{pixels} * shape.channels;
    b += std::ptrdiff_t{pixels} * shape.channels;
  }
}

void distance(const float* a, const float* b, const float* weights, const DistanceShape& shape,
              float* out) {
  distance_of(DAll(), a, b, weights, shape, out);
}
void distance_bf16(const Bfloat16* a, const Bfloat16* b, const float* weights,
                   const DistanceShape& shape, float* out) {
  if (shape.channels % static_cast<int>(2 * hn::Lanes(DAll())) == 0)
    distance_of(DAll(), a, b, weights, shape, out);
  else
    distance_of(DHalf(), a, b, weights, shape, out);
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::nn
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::nn {

HWY_EXPORT(distance);
HWY_EXPORT(distance_bf16);

void distance_row(const float* a, const float* b, const float* weights, const DistanceShape& shape,
                  float* out) {
  HWY_DYNAMIC_DISPATCH(distance)(a, b, weights, shape, out);
}
void distance_row(const Bfloat16* a, const Bfloat16* b, const float* weights,
                  const DistanceShape& shape, float* out) {
  HWY_DYNAMIC_DISPATCH(distance_bf16)(a, b, weights, shape, out);
}

}  // namespace visq::nn
#endif
