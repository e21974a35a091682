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

// The largest of a window, for all channels; the last vector overlaps the one before.
HWY_INLINE void pool_window(const float* const* rows, int row_count, std::ptrdiff_t first, int columns, const PoolShape& shape, float* HWY_RESTRICT out) {
  const D d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  for (int next = 0; next < shape.channels; next += lanes) {
    const int c = std::min(next, shape.channels - lanes);
    V largest = hn::LoadU(d, rows[0] + first + c);
    for (int y = 0; y < row_count; ++y)
      for (int i = 0; i < columns; ++i) largest = hn::Max(largest, hn::LoadU(d, rows[y] + first + i * shape.in_step + c));
    hn::StoreU(largest, d, out + c);
  }
}

// A whole window of three by three.
HWY_INLINE void pool_nine(const float* const* rows, std::ptrdiff_t first, const PoolShape& shape, float* HWY_RESTRICT out) {
  const D d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const float *HWY_RESTRICT a = rows[0] + first, *HWY_RESTRICT b = rows[1] + first, *HWY_RESTRICT e = rows[2] + first;
  const std::ptrdiff_t second = shape.in_step, third = 2 * shape.in_step;
  const auto column = [&](std::ptrdiff_t at) HWY_ATTR { return hn::Max(hn::LoadU(d, a + at), hn::Max(hn::LoadU(d, b + at), hn::LoadU(d, e + at))); };
  for (int next = 0; next < shape.channels; next += lanes) {
    const int c = std::min(next, shape.channels - lanes);
    hn::StoreU(hn::Max(column(c), hn::Max(column(c + second), column(c + third))), d, out + c);
  }
}

void pool(const float* const* rows, int row_count, const PoolShape& shape, float* out) {
  if (shape.channels < static_cast<int>(hn::Lanes(D()))) return max_pool_row_ref(rows, row_count, shape, out);
  for (int x = 0; x < shape.pixels; ++x, out += shape.out_step) {
    const int first = x * shape.stride + shape.first, from = std::max(first, 0), columns = std::min(first + shape.width, shape.in_pixels) - from;
    if (row_count == 3 && columns == 3) pool_nine(rows, from * shape.in_step, shape, out);
    else pool_window(rows, row_count, from * shape.in_step, columns, shape, out);
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
  const auto term = [&](int c, V sum) HWY_ATTR {
    const V difference = hn::Sub(hn::Mul(hn::LoadU(d, a + c), of_a), hn::Mul(hn::LoadU(d, b + c), of_b));
    return hn::MulAdd(hn::Mul(difference, difference), hn::LoadU(d, weights + c), sum);
  };
  V even = hn::Zero(d), odd = hn::Zero(d);
  int c = 0;
  for (; c + 2 * lanes <= channels; c += 2 * lanes) {
    even = term(c, even);
    odd = term(c + lanes, odd);
  }
  for (; c + lanes <= channels; c += lanes) even = term(c, even);
  float rest = 0;
  for (; c < channels; ++c) {
    const float difference = a[c] * scale_a - b[c] * scale_b;
    rest += weights[c] * (difference * difference);
  }
  return sum_of(hn::Add(even, odd)) + rest;
}

// Pixels whose roots and quotients are taken together.
constexpr int kTogether = 16;

HWY_INLINE void scales(const float* values, int pixels, const DistanceShape& shape, float* HWY_RESTRICT out) {
  const D d;
  for (int x = 0; x < pixels; ++x) out[x] = energy(values + static_cast<std::ptrdiff_t>(x) * shape.channels, shape.channels);
  for (int x = 0; x < kTogether; x += static_cast<int>(hn::Lanes(d))) {
    const V norm = hn::Add(hn::Sqrt(hn::Add(hn::Load(d, out + x), hn::Set(d, shape.inside))), hn::Set(d, shape.outside));
    hn::Store(hn::Div(hn::Set(d, 1), norm), d, out + x);
  }
}

void distance(const float* a, const float* b, const float* weights, const DistanceShape& shape, float* out) {
  HWY_ALIGN float of_a[kTogether] = {}, of_b[kTogether] = {};
  for (int x = 0; x < shape.pixels; x += kTogether) {
    const int pixels = std::min(kTogether, shape.pixels - x);
    scales(a, pixels, shape, of_a);
    scales(b, pixels, shape, of_b);
    for (int i = 0; i < pixels; ++i, a += shape.channels, b += shape.channels) out[x + i] = weighted(a, b, weights, shape.channels, of_a[i], of_b[i]);
  }
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
