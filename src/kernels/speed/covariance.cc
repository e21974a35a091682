// The covariances of a plane with itself, moved by up to four samples each way.
//
// Sums have kLanes lanes by column, whatever the vector has, so that every target rounds alike.
#include <algorithm>
#include <array>

#include "kernels/speed/covariance.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/speed/covariance.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace visq::speed {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

void fill_means(const Moved& moved, float* means) { means_ref(moved, means); }
void sum_products(const Moved& moved, const float* means, Products& out) {
  sum_products_ref(moved, means, out);
}

#else

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<double, kLanes>;
using V = hn::Vec<D>;
inline constexpr int kPart = static_cast<int>(hn::MaxLanes(D())), kParts = kLanes / kPart;
inline constexpr int kColumns = kParts == 1 ? kSide : 1;  // of x that registers have sums for

// Running sums of a row of elements are lanes. Behind each row there is room for them.
void fill_means(const Moved& moved, float* means) {
  const hn::CappedTag<float, 2 * 4> d;
  constexpr int kWidth = static_cast<int>(hn::MaxLanes(d)), kVectors = 8 / kWidth;
  hn::Vec<decltype(d)> sums[kSide][kVectors];
  for (auto& row : sums)
    for (auto& v : row) v = hn::Zero(d);
  for (int i = 0; i < moved.height; ++i)
    for (int j = 0; j < moved.width; ++j)
      for (int r = 0; r < kSide; ++r)
        for (int v = 0; v < kVectors; ++v)
          sums[r][v] = hn::Add(sums[r][v], hn::LoadU(d, moved.at(r * kSide, i) + j + v * kWidth));
  for (int r = 0; r < kSide; ++r) {
    HWY_ALIGN float lanes[8];
    for (int v = 0; v < kVectors; ++v) hn::Store(sums[r][v], d, lanes + v * kWidth);
    for (int c = 0; c < kSide; ++c)
      means[r * kSide + c] = lanes[c] / static_cast<float>(moved.width * moved.height);
  }
}

HWY_INLINE V load(const float* p, double mean) {
  return hn::Sub(hn::PromoteTo(D(), hn::LoadU(hn::Rebind<float, D>(), p)), hn::Set(D(), mean));
}

// Products of kColumns elements, x on, with those of the row of elements that begins with y.
struct RowProducts {
  const Moved& moved;
  const float* means;
  int x, y;
  V sums[kColumns][kSide][kParts];

  HWY_INLINE void add(int i, int j, int part, V inside) {
    V a[kColumns];
    for (int k = 0; k < kColumns; ++k)
      a[k] = hn::And(load(moved.at(x + k, i) + j, static_cast<double>(means[x + k])), inside);
    for (int c = 0; c < kSide; ++c) {
      const V b = load(moved.at(y + c, i) + j, static_cast<double>(means[y + c]));
      for (int k = 0; k < kColumns; ++k)
        sums[k][c][part] = hn::Add(sums[k][c][part], hn::Mul(a[k], b));
    }
  }
  void add_all() {
    const D d;
    for (auto& column : sums)
      for (auto& parts : column)
        for (V& v : parts) v = hn::Zero(d);
    const V all = hn::VecFromMask(d, hn::FirstN(d, kPart));
    for (int i = 0; i < moved.height; ++i) {
      int j = 0;
      for (; j + kLanes <= moved.width; j += kLanes)
        for (int p = 0; p < kParts; ++p) add(i, j + p * kPart, p, all);
      for (int p = 0; j < moved.width && p < kParts; ++p) {
        const int left = std::max(0, moved.width - j - p * kPart);
        add(i, j + p * kPart, p, hn::VecFromMask(d, hn::FirstN(d, static_cast<std::size_t>(left))));
      }
    }
  }
  double total(int k, int c) const {
    HWY_ALIGN std::array<double, kLanes> lanes;
    for (int p = 0; p < kParts; ++p) hn::Store(sums[k][c][p], D(), lanes.data() + p * kPart);
    return sum_of_lanes(lanes);
  }
};

// Behind each row there is room for a group of lanes and the moves.
void sum_products(const Moved& moved, const float* means, Products& out) {
  for (int x = 0; x < kElements; x += kColumns)
    for (int y = 0; y <= x; y += kSide) {
      RowProducts row{moved, means, x, y, {}};
      row.add_all();
      for (int k = 0; k < kColumns; ++k)
        for (int c = 0; c < kSide; ++c) out[x + k][y + c] = row.total(k, c);
    }
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::speed
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::speed {
namespace {

HWY_EXPORT(fill_means);
HWY_EXPORT(sum_products);

Moved moved_of(PlaneView<const float> plane) {
  return {plane, plane.width - kSide + 1, plane.height - kSide + 1};
}

Covariance covariances(const Products& sums, const Moved& moved) {
  Covariance out;
  for (int x = 0; x < kElements; ++x)
    for (int y = 0; y <= x; ++y)
      out.at[x][y] = out.at[y][x] =
          static_cast<float>(sums[x][y] / static_cast<double>(moved.width * moved.height));
  return out;
}

}  // namespace

Covariance covariance_ref(PlaneView<const float> plane) {
  const Moved moved = moved_of(plane);
  float means[kElements];
  means_ref(moved, means);
  Products sums;
  sum_products_ref(moved, means, sums);
  return covariances(sums, moved);
}

Covariance covariance_of(PlaneView<const float> plane, Scratch& scratch) {
  const auto roomy = scratch.take_plane<float>(plane.width + 2 * kLanes, plane.height);
  for (int y = 0; y < plane.height; ++y) {
    std::copy_n(plane.row(y), plane.width, roomy.row(y));
    std::fill_n(roomy.row(y) + plane.width, 2 * kLanes, 0.0f);
  }
  const Moved moved = moved_of({roomy.data, roomy.stride, plane.width, plane.height});
  float means[kElements];
  HWY_DYNAMIC_DISPATCH(fill_means)(moved, means);
  Products sums;
  HWY_DYNAMIC_DISPATCH(sum_products)(moved, means, sums);
  return covariances(sums, moved);
}

}  // namespace visq::speed
#endif
