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

// Of the channels that fill whole vectors.
HWY_INLINE void energy(DAll d, const float* HWY_RESTRICT values, int channels,
                       float* HWY_RESTRICT out) {
  const int lanes = static_cast<int>(hn::Lanes(d));
  VAll even = hn::Zero(d), odd = hn::Zero(d);
  int c = 0;
  for (; c + 2 * lanes <= channels; c += 2 * lanes) {
    const VAll a = hn::LoadU(d, values + c), b = hn::LoadU(d, values + c + lanes);
    even = hn::MulAdd(a, a, even);
    odd = hn::MulAdd(b, b, odd);
  }
  for (; c + lanes <= channels; c += lanes) {
    const VAll a = hn::LoadU(d, values + c);
    even = hn::MulAdd(a, a, even);
  }
  store_four(d, hn::Add(even, odd), out);
  for (; c < channels; ++c) out[0] += values[c] * values[c];
}

// The two pictures at one pixel, what their values are multiplied by, and the channels' weights.
template <class T>
struct Pixel {
  const T *a, *b;
  const float* weights;
  float scale_a, scale_b;
};

// Both products are rounded, so that equal pictures are exactly as far apart as nothing.
HWY_INLINE void weighted(DAll d, const Pixel<float>& at, int channels, float* HWY_RESTRICT out) {
  const int lanes = static_cast<int>(hn::Lanes(d));
  const VAll of_a = hn::Set(d, at.scale_a), of_b = hn::Set(d, at.scale_b);
  const auto term = [&](int c, VAll sum) HWY_ATTR {
    const VAll difference =
        hn::Sub(hn::Mul(hn::LoadU(d, at.a + c), of_a), hn::Mul(hn::LoadU(d, at.b + c), of_b));
    return hn::MulAdd(hn::Mul(difference, difference), hn::LoadU(d, at.weights + c), sum);
  };
  VAll even = hn::Zero(d), odd = hn::Zero(d);
  int c = 0;
  for (; c + 2 * lanes <= channels; c += 2 * lanes) {
    even = term(c, even);
    odd = term(c + lanes, odd);
  }
  for (; c + lanes <= channels; c += lanes) even = term(c, even);
  store_four(d, hn::Add(even, odd), out);
  for (; c < channels; ++c) {
    const float difference = at.a[c] * at.scale_a - at.b[c] * at.scale_b;
    out[0] += at.weights[c] * (difference * difference);
  }
}

// The same of bfloat16 activations, whose channels fill whole vectors.
template <class DFloats>
HWY_INLINE void energy(DFloats d, const Bfloat16* HWY_RESTRICT values, int channels,
                       float* HWY_RESTRICT out) {
  auto lower = hn::Zero(d), upper = hn::Zero(d);
  for (int c = 0; c < channels; c += 2 * static_cast<int>(hn::Lanes(d))) {
    const auto pairs = load_pairs<DFloats>(values + c);
    const auto a = lower_of(pairs), b = upper_of(pairs);
    lower = hn::MulAdd(a, a, lower);
    upper = hn::MulAdd(b, b, upper);
  }
  store_four(d, hn::Add(lower, upper), out);
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

template <class DFloats, class VFloats = hn::Vec<DFloats>>
HWY_INLINE void weighted(DFloats d, const Pixel<Bfloat16>& at, int channels,
                         float* HWY_RESTRICT out) {
  const VFloats of_a = hn::Set(d, at.scale_a), of_b = hn::Set(d, at.scale_b);
  const auto term = [&](VFloats x, VFloats y, int c, VFloats sum) HWY_ATTR {
    const VFloats difference = hn::Sub(hn::Mul(x, of_a), hn::Mul(y, of_b));
    return hn::MulAdd(hn::Mul(difference, difference), half_blocks(d, at.weights + c), sum);
  };
  VFloats lower = hn::Zero(d), upper = hn::Zero(d);
  for (int c = 0; c < channels; c += 2 * static_cast<int>(hn::Lanes(d))) {
    const auto x = load_pairs<DFloats>(at.a + c), y = load_pairs<DFloats>(at.b + c);
    const int channel = c / kBlock * kBlock + c % kBlock / 2;
    lower = term(lower_of(x), lower_of(y), channel, lower);
    upper = term(upper_of(x), upper_of(y), channel + kBlock / 2, upper);
  }
  store_four(d, hn::Add(lower, upper), out);
}

// Pixels whose sums over lanes, roots and quotients are taken together.
constexpr int kTogether = 16;

// Calls fill(x, four floats) for some pixels, and use(x, the sums of their four).
template <class Fill, class Use>
HWY_INLINE void sums_of_four(int pixels, const Fill& fill, const Use& use) {
  const DAll d;
  HWY_ALIGN float fours[kTogether * 4] = {};
  for (int x = 0; x < pixels; ++x) fill(x, fours + std::ptrdiff_t{4} * x);
  for (int x = 0; x < kTogether; x += static_cast<int>(hn::Lanes(d))) {
    VAll v[4];
    hn::LoadInterleaved4(d, fours + std::ptrdiff_t{4} * x, v[0], v[1], v[2], v[3]);
    use(x, hn::Add(hn::Add(v[0], v[1]), hn::Add(v[2], v[3])));
  }
}

template <class DFloats, class T>
HWY_INLINE void scales(DFloats of_channels, const T* values, int pixels, const DistanceShape& shape,
                       float* HWY_RESTRICT out) {
  const DAll d;
  sums_of_four(
      pixels,
      [&](int x, float* four) HWY_ATTR {
        energy(of_channels, values + std::ptrdiff_t{x} * shape.channels, shape.channels, four);
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
        [&](int x, float* four) HWY_ATTR {
          const std::ptrdiff_t at = std::ptrdiff_t{x} * shape.channels;
          weighted(d, Pixel<T>{a + at, b + at, weights, of_a[x], of_b[x]}, shape.channels, four);
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
