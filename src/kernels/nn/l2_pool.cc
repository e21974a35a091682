#include "kernels/nn/l2_pool.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/nn/l2_pool.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace visq::nn {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR

void l2_pool(const float* const* rows, const L2PoolShape& shape, float* out) {
  l2_pool_row_ref(rows, shape, out);
}

#else

namespace hn = hwy::HWY_NAMESPACE;

// A column of a window: the sum of its squares, the middle one twice. The order of all sums is that
// of the scalar reference, so that every CPU gives the same bits.
template <class D>
HWY_INLINE hn::Vec<D> column(D d, const float* const* rows, std::ptrdiff_t at) {
  const auto a = hn::LoadU(d, rows[0] + at), b = hn::LoadU(d, rows[1] + at),
             c = hn::LoadU(d, rows[2] + at);
  const auto middle = hn::Mul(b, b);
  return hn::Add(hn::Add(hn::Mul(a, a), hn::Mul(c, c)), hn::Add(middle, middle));
}

// The channels from `c` on that fill a vector. Windows that overlap share a column.
template <class D>
HWY_INLINE void pool_channels(D d, const float* const* rows, const L2PoolShape& shape, int c,
                              float* out) {
  const auto epsilon = hn::Set(d, shape.epsilon), sixteenth = hn::Set(d, 1.0f / 16);
  const bool shares = shape.in_step == 2 * shape.in_pixel;
  auto first = column(d, rows, c);
  for (int x = 0; x < shape.pixels; ++x) {
    const std::ptrdiff_t at = x * shape.in_step + c;
    if (!shares && x > 0) first = column(d, rows, at);
    const auto second = column(d, rows, at + shape.in_pixel),
               third = column(d, rows, at + 2 * shape.in_pixel);
    const auto sum = hn::Add(hn::Add(first, third), hn::Add(second, second));
    hn::StoreU(hn::Sqrt(hn::Add(hn::Mul(sum, sixteenth), epsilon)), d,
               out + x * shape.out_step + c);
    first = third;
  }
}

void l2_pool(const float* const* rows, const L2PoolShape& shape, float* out) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  const int lanes = static_cast<int>(hn::Lanes(d));
  int c = 0;
  for (; c + lanes <= shape.channels; c += lanes) pool_channels(d, rows, shape, c, out);
  for (; c < shape.channels; ++c) pool_channels(one, rows, shape, c, out);
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::nn
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace visq::nn {

HWY_EXPORT(l2_pool);

void l2_pool_row(const float* const* rows, const L2PoolShape& shape, float* out) {
  HWY_DYNAMIC_DISPATCH(l2_pool)(rows, shape, out);
}

}  // namespace visq::nn

#endif
