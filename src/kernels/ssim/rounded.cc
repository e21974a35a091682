// A few columns and eleven rows at a time, so that all of what follows stays near the processor. Of
// each moment a row's products with the six taps are made once, and summed as they stand beside
// each other; so are those of the sums, which go to the eleven windows that hold the row, in
// registers.
#include "kernels/ssim/rounded.h"

#include <algorithm>
#include <array>
#include <utility>

#include "kernels/parts.h"
#include "kernels/ssim/prefetch.h"
#include "kernels/ssim/terms.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/ssim/rounded.cc"
#include <hwy/foreach_target.h>

#include "kernels/ssim/rounded-inl.h"

// Once, not once a target.
#ifndef VISQ_KERNELS_SSIM_ROUNDED_TILE_H_
#define VISQ_KERNELS_SSIM_ROUNDED_TILE_H_
namespace visq::ssim::rounded {

inline constexpr int kMoments = 5, kX = 0, kY = 1, kXX = 2, kYY = 3, kXY = 4;
inline constexpr int kTerms = 4, kProduct = 0, kLuminance = 1, kContrast = 2, kStructure = 3;
inline constexpr int kTapCount = kRadius + 1;
inline constexpr int kColumns = 48;           // of positions
inline constexpr int kInput = kColumns + 16;  // samples of a row that they need, in whole vectors

struct Workspace {
  alignas(64) float ref[kWindow][kInput];
  alignas(64) float dist[kWindow][kInput];
  alignas(64) float products[2][kTapCount][kInput];  // of a moment: of this row and of the next
  alignas(64) float filtered[kWindow][kTapCount]
                            [kColumns];  // products of a moment's rows, filtered horizontally
  alignas(64) float means[kMoments][kWindow][kColumns];  // of the windows that end with these rows
  alignas(64) double windows[kMoments][kWindow][kColumns];  // sums of the window that begins at
                                                            // row y are in place y mod 11
  alignas(64) double sums[kTerms][kColumns];
};

// A stripe of columns from top to bottom, with the samples that fill up the last vector where there
// are any.
struct Stripe {
  Samples ref, dist;
  int columns;  // of positions
};

inline Samples stripe_of(const Samples& plane, int x) {
  return part_of(plane, x, 0, std::min(kInput, plane.width - x), plane.height);
}

inline bool are_equal(const Samples& a, const Samples& b) {
  return with_value_type(a.bits, [&]<typename T>() {
    for (int y = 0; y < a.height; ++y) {
      const T* const row = a.as<T>().row(y);
      if (!std::equal(row, row + a.width, b.as<T>().row(y))) return false;
    }
    return true;
  });
}

}  // namespace visq::ssim::rounded
#endif

HWY_BEFORE_NAMESPACE();
namespace visq::ssim::rounded::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

Means means_of_planes(const Samples& ref, const Samples& dist, Terms terms, Scratch&, Parallel&) {
  return rounded::means_ref(ref, dist, terms);
}

#else

template <int kMoment>
HWY_INLINE VF moment_of(VF ref, VF dist) {
  if constexpr (kMoment == kX)
    return ref;
  else if constexpr (kMoment == kY)
    return dist;
  else if constexpr (kMoment == kXX)
    return hn::Mul(ref, ref);
  else if constexpr (kMoment == kYY)
    return hn::Mul(dist, dist);
  else
    return hn::Mul(ref, dist);
}

// From tap to tap `step` further.
HWY_INLINE void store_products(VF value, int step, float* products) {
  for (int k = 0; k < kTapCount; ++k)
    hn::Store(hn::Mul(value, constant(ssim::kTaps[static_cast<std::size_t>(k)])), DF(),
              products + k * step);
}

template <int kMoment>
HWY_INLINE void multiply_row(int columns, int place, Workspace& work) {
  for (int x = 0; x < columns + kWindow - 1; x += lanes())
    store_products(moment_of<kMoment>(hn::Load(DF(), work.ref[place] + x),
                                      hn::Load(DF(), work.dist[place] + x)),
                   kInput, work.products[place % 2][0] + x);
}

// A few sums side by side, since each waits for its own last term.
inline constexpr int kAbreast = hn::MaxLanes(DD()) > 4 ? 2 : 4;
static_assert(kColumns % (kAbreast * static_cast<int>(hn::MaxLanes(DD()))) == 0);
using Sums = VD[kAbreast];

template <int kOffset>
HWY_INLINE void add_products(const float* products, Sums& sums) {
  constexpr int kTap = kOffset < kRadius ? kRadius - kOffset : kOffset - kRadius;
  for (int i = 0; i < kAbreast; ++i) {
    const VD product = load_wide(products + kTap * kInput + kOffset + i * wide_lanes());
    sums[i] = kOffset == 0 ? product : sum<true>(sums[i], product);
  }
}

template <int... kOffsets>
HWY_INLINE void sum_row(int columns, int place, Workspace& work,
                        std::integer_sequence<int, kOffsets...>) {
  for (int x = 0; x < columns; x += kAbreast * wide_lanes()) {
    Sums sums;
    (add_products<kOffsets>(work.products[place % 2][0] + x, sums), ...);
    for (int i = 0; i < kAbreast; i += 2) {
      const VF both =
          hn::Combine(DF(), hn::DemoteTo(DH(), sums[i + 1]), hn::DemoteTo(DH(), sums[i]));
      store_products(both, kColumns, work.filtered[place][0] + x + i * wide_lanes());
    }
  }
}

// A row is multiplied before the one above is summed: a sum reads across what two stores wrote, for
// which the processor waits until they are done.
template <int kMoment>
void filter_rows(int columns, int rows, Workspace& work) {
  multiply_row<kMoment>(columns, 0, work);
  for (int place = 0; place < rows; ++place) {
    if (place + 1 < rows) multiply_row<kMoment>(columns, place + 1, work);
    sum_row(columns, place, work, std::make_integer_sequence<int, kWindow>());
  }
}

HWY_INLINE void read_row(const Stripe& stripe, int y, int place, Workspace& work) {
  const SampleRange range = value_range(stripe.ref.bits, 0);
  const Columns all{0, stripe.ref.width};
  prefetch(stripe.ref, all.from, all.to, y);
  prefetch(stripe.dist, all.from, all.to, y);
  convert_part(stripe.ref, y, all, range, work.ref[place]);
  convert_part(stripe.dist, y, all, range, work.dist[place]);
}

using Windows = VD[kWindow];

// Of the row in place kRow: its products with tap kTap go to the windows in which it is so far from
// the centre.
template <int kRow, int kTap>
HWY_INLINE void add_tap(const float* products, Windows& windows) {
  const VD product = load_wide(products + (kRow * kTapCount + kTap) * kColumns);
  constexpr int kAbove = (kRow + kRadius + 1 - kTap) % kWindow,
                kBelow = (kRow + kRadius + 1 + kTap) % kWindow;
  windows[kAbove] = sum<(kTap < 4)>(windows[kAbove], product);
  if constexpr (kTap == kRadius)
    windows[kBelow] = product;
  else if constexpr (kTap > 0)
    windows[kBelow] = sum<(kTap < 4)>(windows[kBelow], product);
}

template <int kRow>
HWY_INLINE void add_row(const float* products, Windows& windows, float* means) {
  add_tap<kRow, 5>(products, windows);
  add_tap<kRow, 4>(products, windows);
  add_tap<kRow, 3>(products, windows);
  add_tap<kRow, 2>(products, windows);
  add_tap<kRow, 1>(products, windows);
  add_tap<kRow, 0>(products, windows);
  hn::Store(hn::DemoteTo(DH(), windows[(kRow + 1) % kWindow]), DH(), means + kRow * kColumns);
}

template <int... kRows>
HWY_INLINE void add_rows(const float* products, double* sums, float* means,
                         std::integer_sequence<int, kRows...>) {
  Windows windows;
  ((windows[kRows] = hn::Load(DD(), sums + kRows * kColumns)), ...);
  (add_row<kRows>(products, windows, means), ...);
  (hn::Store(windows[kRows], DD(), sums + kRows * kColumns), ...);
}

void filter_columns(int columns, const float* products, double* sums, float* means) {
  for (int x = 0; x < columns; x += wide_lanes())
    add_rows(products + x, sums + x, means + x, std::make_integer_sequence<int, kWindow>());
}

template <int kMoment>
void filter(int columns, int rows, Workspace& work) {
  filter_rows<kMoment>(columns, rows, work);
  filter_columns(columns, work.filtered[0][0], work.windows[kMoment][0], work.means[kMoment][0]);
}

struct TermsOfWindow {
  VD luminance, contrast, structure;
};

HWY_INLINE VD ratio(VD numerator, double more, VH denominator, float more_below) {
  return hn::Div(hn::Add(numerator, hn::Set(DD(), more)),
                 hn::PromoteTo(DD(), hn::Add(denominator, hn::Set(DH(), more_below))));
}

HWY_INLINE VD doubled(VH value) {
  const VD wide = hn::PromoteTo(DD(), value);
  return hn::Add(wide, wide);
}

HWY_INLINE TermsOfWindow terms_at(const Workspace& work, int x, int y) {
  const DH d;
  const VH zero = hn::Zero(d), c3 = hn::Set(d, ssim::kC2 / 2);
  const auto moment = [&](int m) HWY_ATTR { return hn::Load(d, work.means[m][y] + x); };
  const VH mu1 = moment(kX), mu2 = moment(kY), square1 = hn::Mul(mu1, mu1),
           square2 = hn::Mul(mu2, mu2);
  const VH v1 = hn::Max(hn::Sub(moment(kXX), square1), zero),
           v2 = hn::Max(hn::Sub(moment(kYY), square2), zero);
  const VH covariance = hn::Sub(moment(kXY), hn::Mul(mu1, mu2)), sigma = hn::Sqrt(hn::Mul(v1, v2));
  const VH clamped =
      hn::IfThenZeroElse(hn::And(hn::Lt(covariance, zero), hn::Le(sigma, zero)), covariance);
  return {ratio(hn::Mul(doubled(mu1), hn::PromoteTo(DD(), mu2)), static_cast<double>(ssim::kC1),
                hn::Add(square1, square2), ssim::kC1),
          ratio(doubled(sigma), static_cast<double>(ssim::kC2), hn::Add(v1, v2), ssim::kC2),
          hn::PromoteTo(DD(), hn::Div(hn::Add(clamped, c3), hn::Add(sigma, c3)))};
}

template <bool kAll>
void add_terms(int columns, int begin, int end, Workspace& work) {
  for (int y = begin; y < end; ++y)
    for (int x = 0; x < columns; x += wide_lanes()) {
      const TermsOfWindow terms = terms_at(work, x, y);
      accumulate(terms.contrast, work.sums[kContrast] + x);
      accumulate(terms.structure, work.sums[kStructure] + x);
      if constexpr (!kAll) continue;
      accumulate(terms.luminance, work.sums[kLuminance] + x);
      accumulate(hn::Mul(hn::Mul(terms.luminance, terms.contrast), terms.structure),
                 work.sums[kProduct] + x);
    }
}

void add_stripe(const Stripe& stripe, bool all, Workspace& work) {
  for (int y = 0; y < stripe.ref.height; y += kWindow) {
    const int begin = y == 0 ? kWindow - 1 : 0, end = std::min(kWindow, stripe.ref.height - y);
    for (int place = 0; place < end; ++place) read_row(stripe, y + place, place, work);
    filter<kX>(stripe.columns, end, work);
    filter<kY>(stripe.columns, end, work);
    filter<kXX>(stripe.columns, end, work);
    filter<kYY>(stripe.columns, end, work);
    filter<kXY>(stripe.columns, end, work);
    if (all)
      add_terms<true>(stripe.columns, begin, end, work);
    else
      add_terms<false>(stripe.columns, begin, end, work);
  }
}

Means means_of_planes(const Samples& ref, const Samples& dist, Terms terms, Scratch& scratch,
                      Parallel& parallel) {
  if (are_equal(ref, dist)) return {};
  const int columns = ref.width - kWindow + 1, rows = ref.height - kWindow + 1;
  const bool all = terms != Terms::contrast_structure;
  using TermSums = std::array<double, kTerms>;
  TermSums* const sums = scratch.take<TermSums>(static_cast<std::size_t>(columns));
  parallel.run(stripes(columns, kColumns), scratch, [&](std::size_t i, Scratch& own) {
    const int x = static_cast<int>(i) * kColumns, count = std::min(kColumns, columns - x);
    Workspace& work = *own.take<Workspace>(1);
    work = {};  // numbers beyond the plane's end count nowhere, but have to be numbers
    add_stripe({stripe_of(ref, x), stripe_of(dist, x), count}, all, work);
    for (int column = 0; column < count; ++column)
      for (std::size_t term = 0; term < kTerms; ++term)
        sums[x + column][term] = work.sums[term][column];
  });
  TermSums total{};
  for (int x = 0; x < columns; ++x)
    for (std::size_t term = 0; term < kTerms; ++term) total[term] += sums[x][term];
  const double positions = static_cast<double>(columns) * rows;
  const Means parts{1, 1, total[kContrast] / positions, total[kStructure] / positions};
  return all ? Means{total[kProduct] / positions, total[kLuminance] / positions, parts.contrast,
                     parts.structure}
             : parts;
}

#endif

}  // namespace visq::ssim::rounded::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::ssim::rounded {

HWY_EXPORT(means_of_planes);

Means means(const Samples& ref, const Samples& dist, Terms terms, Scratch& scratch,
            Parallel& parallel) {
  return HWY_DYNAMIC_DISPATCH(means_of_planes)(ref, dist, terms, scratch, parallel);
}

}  // namespace visq::ssim::rounded
#endif
