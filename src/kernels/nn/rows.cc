// Pooling, and the distance of two rows of activations.
#include <algorithm>
#include <cmath>

#include "kernels/nn/nn.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/nn/rows.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace visq::nn {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR

void pool(const float* const* rows, int row_count, const PoolShape& shape, float* out) { max_pool_row_ref(rows, row_count, shape, out); }
void distance(const float* a, const float* b, const float* weights, const DistanceShape& shape, float* out) { distance_row_ref(a, b, weights, shape, out); }

#else

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

// The last vector of a pixel overlaps the one before.
void pool(const float* const* rows, int row_count, const PoolShape& shape, float* out) {
  const D d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  if (shape.channels < lanes) return max_pool_row_ref(rows, row_count, shape, out);
  for (int x = 0; x < shape.pixels; ++x, out += shape.out_step) {
    const int first = x * shape.stride + shape.first, from = std::max(first, 0), to = std::min(first + shape.width, shape.in_pixels);
    for (int next = 0; next < shape.channels; next += lanes) {
      const int c = std::min(next, shape.channels - lanes);
      V largest = hn::LoadU(d, rows[0] + from * shape.in_step + c);
      for (int y = 0; y < row_count; ++y)
        for (int i = from; i < to; ++i) largest = hn::Max(largest, hn::LoadU(d, rows[y] + i * shape.in_step + c));
      hn::StoreU(largest, d, out + c);
    }
  }
}

HWY_INLINE float sum_of(V v) { return hn::GetLane(hn::SumOfLanes(D(), v)); }

// Of the channels that fill whole vectors.
HWY_INLINE float energy(const float* HWY_RESTRICT values, int channels) {
  const D d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  V even = hn::Zero(d), odd = hn::Zero(d);
  int c = 0;
  for (; c + 2 * lanes <= channels; c += 2 * lanes) {
    const V a = hn::LoadU(d, values + c), b = hn::LoadU(d, values + c + lanes);
    even = hn::MulAdd(a, a, even);
    odd = hn::MulAdd(b, b, odd);
  }
  for (; c + lanes <= channels; c += lanes) {
    const V a = hn::LoadU(d, values + c);
    even = hn::MulAdd(a, a, even);
  }
  float rest = 0;
  for (; c < channels; ++c) rest += values[c] * values[c];
  return sum_of(hn::Add(even, odd)) + rest;
}

HWY_INLINE float weighted(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, const float* HWY_RESTRICT weights, int channels, float scale_a, float scale_b) {
  const D d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const V of_a = hn::Set(d, scale_a), of_b = hn::Set(d, scale_b);
  V sum = hn::Zero(d);
  int c = 0;
  for (; c + lanes <= channels; c += lanes) {
    const V difference = hn::Sub(hn::Mul(hn::LoadU(d, a + c), of_a), hn::Mul(hn::LoadU(d, b + c), of_b));
    sum = hn::MulAdd(hn::Mul(difference, difference), hn::LoadU(d, weights + c), sum);
  }
  float rest = 0;
  for (; c < channels; ++c) {
    const float difference = a[c] * scale_a - b[c] * scale_b;
    rest += weights[c] * (difference * difference);
  }
  return sum_of(sum) + rest;
}

void distance(const float* a, const float* b, const float* weights, const DistanceShape& shape, float* out) {
  const auto scale = [&](const float* v) HWY_ATTR { return 1 / (std::sqrt(energy(v, shape.channels) + shape.inside) + shape.outside); };
  for (int x = 0; x < shape.pixels; ++x, a += shape.channels, b += shape.channels) out[x] = weighted(a, b, weights, shape.channels, scale(a), scale(b));
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::nn
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::nn {

HWY_EXPORT(pool);
HWY_EXPORT(distance);

void max_pool_row(const float* const* rows, int row_count, const PoolShape& shape, float* out) {
  HWY_DYNAMIC_DISPATCH(pool)(rows, row_count, shape, out);
}
void distance_row(const float* a, const float* b, const float* weights, const DistanceShape& shape, float* out) {
  HWY_DYNAMIC_DISPATCH(distance)(a, b, weights, shape, out);
}

}  // namespace visq::nn
#endif
