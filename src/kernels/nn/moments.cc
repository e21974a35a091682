#include "kernels/nn/moments.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/nn/moments.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace visq::nn {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR

void moments(const float* a, const float* b, const MomentsShape& shape, float* out) {
  row_moments_ref(a, b, shape, out);
}

#else

namespace hn = hwy::HWY_NAMESPACE;

// Four sums of a vector of channels; see moments_ref.cc. Every CPU gives the same bits: the order
// is fixed, and no product is fused with its sum.
template <class D>
struct FourSums {
  hn::Vec<D> v[4];

  HWY_INLINE explicit FourSums(D d) {
    for (auto& sum : v) sum = hn::Zero(d);
  }
  HWY_INLINE hn::Vec<D> total() const { return hn::Add(hn::Add(v[0], v[1]), hn::Add(v[2], v[3])); }
};

// add(i, x): pixel x goes to sum i.
template <class Add>
HWY_INLINE void for_each_pixel(int pixels, const Add& add) {
  int x = 0;
  for (; x + 4 <= pixels; x += 4) {
    add(0, x);
    add(1, x + 1);
    add(2, x + 2);
    add(3, x + 3);
  }
  for (int i = 0; x < pixels; ++i, ++x) add(i, x);
}

template <class D>
HWY_INLINE hn::Vec<D> mean(D d, const float* values, const MomentsShape& shape) {
  FourSums sums(d);
  for_each_pixel(shape.pixels, [&](int i, int x) HWY_ATTR {
    sums.v[i] = hn::Add(sums.v[i], hn::LoadU(d, values + x * shape.step));
  });
  return hn::Div(sums.total(), hn::Set(d, static_cast<float>(shape.pixels)));
}

template <class D>
HWY_INLINE void channels_at(D d, const float* a, const float* b, const MomentsShape& shape,
                            float* out) {
  const auto mean_a = mean(d, a, shape), mean_b = mean(d, b, shape);
  FourSums squares_a(d), squares_b(d), products(d);
  for_each_pixel(shape.pixels, [&](int i, int x) HWY_ATTR {
    const auto da = hn::Sub(hn::LoadU(d, a + x * shape.step), mean_a),
               db = hn::Sub(hn::LoadU(d, b + x * shape.step), mean_b);
    squares_a.v[i] = hn::Add(squares_a.v[i], hn::Mul(da, da));
    squares_b.v[i] = hn::Add(squares_b.v[i], hn::Mul(db, db));
    products.v[i] = hn::Add(products.v[i], hn::Mul(da, db));
  });
  const hn::Vec<D> all[kMoments] = {mean_a, mean_b, squares_a.total(), squares_b.total(),
                                    products.total()};
  for (int m = 0; m < kMoments; ++m) hn::StoreU(all[m], d, out + m * shape.channels);
}

void moments(const float* a, const float* b, const MomentsShape& shape, float* out) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  const int lanes = static_cast<int>(hn::Lanes(d));
  int c = 0;
  for (; c + lanes <= shape.channels; c += lanes) channels_at(d, a + c, b + c, shape, out + c);
  for (; c < shape.channels; ++c) channels_at(one, a + c, b + c, shape, out + c);
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::nn
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace visq::nn {

HWY_EXPORT(moments);

void row_moments(const float* a, const float* b, const MomentsShape& shape, float* out) {
  HWY_DYNAMIC_DISPATCH(moments)(a, b, shape, out);
}

}  // namespace visq::nn

#endif
