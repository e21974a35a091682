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

void row_sums(PlaneView<const float> x, PlaneView<const float> y, const Means& means, double* out) {
  row_sums_ref(x, y, means, out);
}

#else

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<double, kLanes>;
using V = hn::Vec<D>;
inline constexpr int kPart = static_cast<int>(hn::MaxLanes(D())), kParts = kLanes / kPart;

HWY_INLINE V load(const float* p) {
  return hn::PromoteTo(D(), hn::LoadU(hn::Rebind<float, D>(), p));
}

// Sums of kSide moves along the row, in parts of a group of lanes.
using Sums = V[kSide][kParts];

HWY_INLINE void add_part(const float* x, const float* y, const Means& means, V inside,
                         V (&sums)[kSide][kParts], int part) {
  const D d;
  const V a = hn::And(hn::Sub(load(x), hn::Set(d, means.fixed)), inside);
  for (int c = 0; c < kSide; ++c)
    sums[c][part] =
        hn::Add(sums[c][part], hn::Mul(a, hn::Sub(load(y + c), hn::Set(d, means.moved[c]))));
}

HWY_INLINE double total(const V (&parts)[kParts]) {
  HWY_ALIGN std::array<double, kLanes> lanes;
  for (int p = 0; p < kParts; ++p) hn::Store(parts[p], D(), lanes.data() + p * kPart);
  return sum_of_lanes(lanes);
}

// Behind each row there is room for a group of lanes and the moves.
void row_sums(PlaneView<const float> x, PlaneView<const float> y, const Means& means, double* out) {
  const D d;
  Sums sums;
  for (auto& row : sums)
    for (V& v : row) v = hn::Zero(d);
  const V all = hn::VecFromMask(d, hn::FirstN(d, kPart));
  for (int i = 0; i < x.height; ++i) {
    int j = 0;
    for (; j + kLanes <= x.width; j += kLanes)
      for (int p = 0; p < kParts; ++p)
        add_part(x.row(i) + j + p * kPart, y.row(i) + j + p * kPart, means, all, sums, p);
    for (int p = 0; j < x.width && p < kParts; ++p) {
      const int left = x.width - j - p * kPart;
      const V inside =
          hn::VecFromMask(d, hn::FirstN(d, static_cast<std::size_t>(left < 0 ? 0 : left)));
      add_part(x.row(i) + j + p * kPart, y.row(i) + j + p * kPart, means, inside, sums, p);
    }
  }
  for (int c = 0; c < kSide; ++c) out[c] = total(sums[c]);
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::speed
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::speed {

HWY_EXPORT(row_sums);

namespace {

using RowSums = void (*)(PlaneView<const float> x, PlaneView<const float> y, const Means& means,
                         double* out);

// Running sums in raster order: their rounding is that of the reference.
void fill_means(PlaneView<const float> plane, int width, int height, float* means) {
  float sums[kElements] = {};
  for (int i = 0; i < height; ++i)
    for (int j = 0; j < width; ++j)
      for (int e = 0; e < kElements; ++e) sums[e] += plane.row(i + e / kSide)[j + e % kSide];
  for (int e = 0; e < kElements; ++e) means[e] = sums[e] / static_cast<float>(width * height);
}

Covariance covariances(PlaneView<const float> plane, RowSums sums_of_row) {
  const int width = plane.width - kSide + 1, height = plane.height - kSide + 1;
  float means[kElements];
  fill_means(plane, width, height, means);
  const auto moved = [&](int e) {
    return PlaneView<const float>{plane.row(e / kSide) + e % kSide, plane.stride, width, height};
  };
  Covariance out;
  for (int x = 0; x < kElements; ++x)
    for (int row = 0; row <= x / kSide; ++row) {
      Means pair{static_cast<double>(means[x]), {}};
      for (int c = 0; c < kSide; ++c) pair.moved[c] = static_cast<double>(means[row * kSide + c]);
      double sums[kSide];
      sums_of_row(moved(x), moved(row * kSide), pair, sums);
      for (int y = row * kSide; y < (row + 1) * kSide && y <= x; ++y)
        out.at[x][y] = out.at[y][x] =
            static_cast<float>(sums[y % kSide] / static_cast<double>(width * height));
    }
  return out;
}

}  // namespace

Covariance covariance_ref(PlaneView<const float> plane) { return covariances(plane, row_sums_ref); }

Result<Covariance> covariance_of(PlaneView<const float> plane, Scratch& scratch) {
  const auto roomy = scratch.take_plane<float>(plane.width + 2 * kLanes, plane.height);
  if (roomy.data == nullptr) return fail(ENOMEM, "SpEED: no memory for the reduced plane");
  for (int y = 0; y < plane.height; ++y) {
    std::copy_n(plane.row(y), plane.width, roomy.row(y));
    std::fill_n(roomy.row(y) + plane.width, 2 * kLanes, 0.0f);
  }
  return covariances({roomy.data, roomy.stride, plane.width, plane.height},
                     HWY_DYNAMIC_DISPATCH(row_sums));
}

}  // namespace visq::speed
#endif
