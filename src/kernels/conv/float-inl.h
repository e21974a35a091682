// Rows of samples as floats, and sums of rows that have the same bits on every target. Included by
// kernels, once a target.
//
// A sum is kept in 16 lanes, whatever a vector has: column x adds to lane x % 16, and the lanes
// meet in one fixed tree. Products and sums stay separate operations: a fused one rounds
// differently.
#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "base/samples.h"
#include "base/scratch.h"
#include "kernels/conv/values.h"

#if defined(VISQ_KERNELS_CONV_FLOAT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VISQ_KERNELS_CONV_FLOAT_INL_H_
#undef VISQ_KERNELS_CONV_FLOAT_INL_H_
#else
#define VISQ_KERNELS_CONV_FLOAT_INL_H_
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace visq {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

inline constexpr int kSumLanes = 16;

using DF = hn::CappedTag<float, kSumLanes>;
using DI = hn::RebindToSigned<DF>;
using VF = hn::Vec<DF>;

HWY_INLINE int lanes() { return static_cast<int>(hn::Lanes(DF())); }

HWY_INLINE VF constant(float value) { return hn::Set(DF(), value); }

template <typename T>
HWY_INLINE VF load_samples(const T* p) {
  const hn::Rebind<T, DF> d;
  return hn::ConvertTo(DF(), hn::PromoteTo(DI(), hn::LoadU(d, p)));
}
HWY_INLINE VF load_samples(const float* p) { return hn::LoadU(DF(), p); }

// A row of values. Nothing beyond the samples is read.
template <typename T>
HWY_INLINE void convert_row(const T* in, int width, const SampleRange& range, float* out) {
  const VF scale = constant(range.scale), offset = constant(range.offset);
  int x = 0;
  for (; x + lanes() <= width; x += lanes())
    hn::StoreU(hn::Add(hn::Mul(load_samples(in + x), scale), offset), DF(), out + x);
  for (; x < width; ++x) out[x] = static_cast<float>(in[x]) * range.scale + range.offset;
}

inline constexpr int kSumVectors = kSumLanes / static_cast<int>(hn::MaxLanes(DF()));

template <int kVector>
using VectorIndex = std::integral_constant<int, kVector>;

template <int kVector = 0, class Body>
HWY_INLINE void for_vectors(int x, const Body& body) {
  body(x + kVector * lanes(), VectorIndex<kVector>{});
  if constexpr (kVector + 1 < kSumVectors) for_vectors<kVector + 1>(x, body);
}

// Calls body(x, vector) for the vectors that columns from..to-1 of a row touch, from left to right;
// `vector` is that of the lanes of a sum. The first and the last ones may reach beyond the columns.
template <class Body>
HWY_INLINE void for_columns(int from, int to, const Body& body) {
  for (int x = from / kSumLanes * kSumLanes; x < to; x += kSumLanes) for_vectors(x, body);
}

// The values of columns from..to-1, and zero for the others.
HWY_INLINE VF inside(VF values, int x, int from, int to) {
  const VF column = hn::Iota(DF(), static_cast<float>(x));
  const auto within = hn::And(hn::Ge(column, constant(static_cast<float>(from))),
                              hn::Lt(column, constant(static_cast<float>(to))));
  return hn::IfThenElseZero(within, values);
}

struct Columns {
  int from, to;
};

// Columns from..to-1 of row y as values.
inline void convert_part(const Samples& plane, int y, Columns columns, const SampleRange& range,
                         float* out) {
  with_value_type(plane.bits, [&]<typename T>() HWY_ATTR {
    convert_row(plane.as<T>().row(y) + columns.from, columns.to - columns.from, range, out);
  });
}

// The latest rows of a plane, as values.
class RowRing {
 public:
  // Starts with row `first`.
  RowRing(const Samples& plane, const SampleRange& range, int length, int first, Scratch& scratch)
      : plane_(plane),
        range_(range),
        length_(length),
        stride_(static_cast<std::ptrdiff_t>(
            round_up(static_cast<std::size_t>(plane.width), 2 * kSumLanes))),
        data_(scratch.take<float>(static_cast<std::size_t>(stride_ * length_))),
        next_(first) {}

  // Makes the rows before `end`; those that are `length` rows older go.
  HWY_INLINE void advance(int end) {
    for (; next_ < std::min(end, plane_.height); ++next_)
      convert_part(plane_, next_, {0, plane_.width}, range_, data_ + next_ % length_ * stride_);
  }
  // Aligned, with room for whole vectors.
  const float* row(int y) const { return data_ + y % length_ * stride_; }
  int height() const { return plane_.height; }

 private:
  Samples plane_;
  SampleRange range_;
  int length_;
  std::ptrdiff_t stride_;
  float* data_;
  int next_;
};

class RowSum {
 public:
  // Vectors have no value of their own: on ARM, {} leaves them as they are.
  RowSum() {
    for (VF& lane : lanes_) lane = hn::Zero(DF());
  }

  template <int kVector>
  HWY_INLINE void add(VectorIndex<kVector>, VF values) {
    lanes_[kVector] = hn::Add(lanes_[kVector], values);
  }
  HWY_INLINE double total() const {
    HWY_ALIGN float lane[kSumLanes];
    for_vectors(
        0, [&](int x, auto vector) HWY_ATTR { hn::Store(lanes_[vector.value], DF(), lane + x); });
    double tree[kSumLanes];
    for (int i = 0; i < kSumLanes; ++i) tree[i] = static_cast<double>(lane[i]);
    for (int half = kSumLanes / 2; half > 0; half /= 2)
      for (int i = 0; i < half; ++i) tree[i] += tree[i + half];
    return tree[0];
  }

 private:
  VF lanes_[kSumVectors];
};

}  // namespace HWY_NAMESPACE
}  // namespace visq
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
