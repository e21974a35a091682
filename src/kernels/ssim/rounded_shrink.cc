// Both sum products rows first, since rows meet several outputs. Halving goes down a few columns of
// the output at a time: a row's sums go to the up to five output rows that it counts in, whose sums
// are few enough to stay in the first-level cache.
#include <algorithm>
#include <bit>

#include "kernels/parts.h"
#include "kernels/ssim/prefetch.h"
#include "kernels/ssim/rounded.h"
#include "kernels/ssim/rounded_taps.h"
#include "kernels/ssim/shrink.h"
#include "kernels/ssim/terms.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/ssim/rounded_shrink.cc"
#include <hwy/foreach_target.h>

#include "kernels/ssim/rounded-inl.h"

// Once, not once a target.
#ifndef VISQ_KERNELS_SSIM_ROUNDED_SHRINK_H_
#define VISQ_KERNELS_SSIM_ROUNDED_SHRINK_H_
namespace visq::ssim::rounded {

inline constexpr int kOutputs = 64;  // columns of the output that are made at a time
inline constexpr int kSamples = 2 * (kOutputs + kReach) + 32;  // of a row, in whole vectors
inline constexpr int kLive = kReach + 1;                       // output rows that a row counts in
inline constexpr int kProductRow = kOutputs + 2 * kReach + 8;

struct HalveWork {
  alignas(64) float row[kSamples];
  alignas(64) float products[kReach + 1][kReach + 1]
                            [kProductRow];   // by the distances of rows and columns
  alignas(64) double sums[kLive][kOutputs];  // of output row y in place y mod kLive
};

// Room left and right of a row of sums for what is mirrored.
inline constexpr int kMargin = kMaxShrink;

}  // namespace visq::ssim::rounded
#endif

HWY_BEFORE_NAMESPACE();
namespace visq::ssim::rounded::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

void shrink_plane(const Samples& in, int factor, PlaneView<float> out, Scratch&, Parallel&) {
  shrink_by_box_ref(in, factor, out);
}

void halve_plane(const Samples& in, PlaneView<float> out, Scratch&, Parallel&) {
  halve_ref(in, out);
}

#else

// Adds products of a row with one tap.
template <typename T>
HWY_INLINE void add_products(const T* in, int width, float scale, float tap, double* sums) {
  int x = 0;
  for (; x + lanes() <= width; x += lanes()) {
    const VF product = hn::Mul(hn::Mul(load_samples(in + x), constant(scale)), constant(tap));
    accumulate(hn::PromoteTo(DD(), hn::LowerHalf(DH(), product)), sums + x);
    accumulate(hn::PromoteTo(DD(), hn::UpperHalf(DH(), product)), sums + x + wide_lanes());
  }
  for (; x < width; ++x) sums[x] += static_cast<double>(static_cast<float>(in[x]) * scale * tap);
}

void shrink_rows(const Samples& in, int factor, Band band, PlaneView<float> out, Scratch& scratch) {
  const auto width = static_cast<std::size_t>(in.width);
  double* const sums = scratch.take<double>(width + 2 * kMargin) + kMargin;
  const float tap = 1.0f / static_cast<float>(factor * factor);
  for (int y = band.from; y < band.to; ++y) {
    std::fill_n(sums, width, 0.0);
    for (int v = 0; v < factor; ++v) {
      const int row = reflect_edge(y * factor - factor / 2 + v, in.height);
      with_sample_type(in.bits, [&]<typename T>() {
        add_products(in.as<T>().row(row), in.width, unit(in.bits), tap, sums);
      });
    }
    mirror_edges(sums, in.width, factor);
    const double* box = sums - factor / 2;
    for (int x = 0; x < out.width; ++x, box += factor) {
      double sum = 0;
      for (int u = 0; u < factor; ++u) sum += box[u];
      out.row(y)[x] = static_cast<float>(sum);
    }
  }
}

void shrink_plane(const Samples& in, int factor, PlaneView<float> out, Scratch& scratch,
                  Parallel& parallel) {
  const Bands bands(out.height, std::max(1, 256 / factor));
  parallel.run(bands.count(), scratch,
               [&](std::size_t i, Scratch& own) { shrink_rows(in, factor, bands[i], out, own); });
}

// Samples of columns from..to-1, mirrored where the plane ends.
HWY_INLINE void read_columns(const Samples& in, int y, int from, int to, float* out) {
  const int begin = std::max(from, 0), end = std::min(to, in.width);
  convert_part(in, y, {begin, end}, value_range(in.bits, 0), out + begin - from);
  for (int x = from; x < begin; ++x) out[x - from] = out[reflect_edge(x, in.width) - from];
  for (int x = end; x < to; ++x) out[x - from] = out[reflect_edge(x, in.width) - from];
}

// With the taps of rows `away` from the centre. The row begins at the first column that x = 0
// needs.
HWY_INLINE void multiply_row(int columns, int away, HalveWork& work) {
  const auto store = [&](VF samples, int column, int x) HWY_ATTR {
    hn::Store(hn::Mul(samples, constant(kLowPass[away][column])), DF(),
              work.products[away][column] + x);
  };
  for (int x = 0; x < columns + kReach; x += lanes()) {
    VF even, odd;
    hn::LoadInterleaved2(DF(), work.row + 2 * x, even, odd);
    store(even, 0, x);
    store(odd, 1, x);
    store(even, 2, x);
    store(odd, 3, x);
    store(even, 4, x);
  }
}

// Of columns 2x - 4 to 2x + 4.
HWY_INLINE VD sum_of_nine(const float (&products)[kReach + 1][kProductRow], int x) {
  const auto product = [&](int column, int at)
                           HWY_ATTR { return load_wide(products[column] + x + at); };
  VD total = sum<true>(product(4, 0), product(3, 0));
  total = sum<true>(sum<true>(total, product(2, 1)), product(1, 1));
  total = sum<true>(sum<true>(total, product(0, 2)), product(1, 2));
  total = sum<true>(sum<true>(total, product(2, 3)), product(3, 3));
  return sum<true>(total, product(4, 4));
}

// Rows of sums, which a row adds to.
HWY_INLINE double* sums_of(int y, HalveWork& work) { return work.sums[(y + kLive) % kLive]; }

// Row `y` of the input counts in two rows of the output, if not in one.
HWY_INLINE void add_row(int columns, int y, int away, HalveWork& work) {
  double* const above = sums_of((y - away) / 2, work);
  double* const below = sums_of((y + away) / 2, work);
  for (int x = 0; x < columns; x += wide_lanes()) {
    const VD sum = sum_of_nine(work.products[away], x);
    accumulate(sum, above + x);
    if (away == kReach)
      hn::Store(sum, DD(), below + x);
    else if (away > 0)
      accumulate(sum, below + x);
  }
}

HWY_INLINE void finish_row(const double* sums, int columns, float* out) {
  int x = 0;
  for (; x + wide_lanes() <= columns; x += wide_lanes())
    hn::StoreU(hn::DemoteTo(DH(), hn::Load(DD(), sums + x)), DH(), out + x);
  for (; x < columns; ++x) out[x] = static_cast<float>(sums[x]);
}

void halve_columns(const Samples& in, int from, PlaneView<float> out, HalveWork& work) {
  const int columns = std::min(kOutputs, out.width - from);
  for (int y = -kReach; y <= 2 * (out.height - 1) + kReach; ++y) {
    prefetch(in, 2 * from, 2 * (from + columns), y);
    read_columns(in, reflect_edge(y, in.height), 2 * from - kReach, 2 * (from + columns) + kReach,
                 work.row);
    for (int away = y & 1; away <= kReach; away += 2) multiply_row(columns, away, work);
    for (int away = y & 1; away <= kReach; away += 2) add_row(columns, y, away, work);
    if (y % 2 == 0 && y >= kReach)
      finish_row(sums_of(y / 2 - kReach / 2, work), columns, out.row(y / 2 - kReach / 2) + from);
  }
}

void halve_plane(const Samples& in, PlaneView<float> out, Scratch& scratch, Parallel& parallel) {
  parallel.run(stripes(out.width, kOutputs), scratch, [&](std::size_t i, Scratch& own) {
    HalveWork& work = *own.take<HalveWork>(1);
    work = {};  // numbers beyond the plane's end count nowhere, but have to be numbers
    halve_columns(in, static_cast<int>(i) * kOutputs, out, work);
  });
}

#endif

}  // namespace visq::ssim::rounded::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::ssim::rounded {

HWY_EXPORT(shrink_plane);
HWY_EXPORT(halve_plane);

// Where the tap is a power of two, products are exact, and ssim::shrink_by_box rounds its sum as
// late.
void shrink_by_box(const Samples& in, int factor, PlaneView<float> out, Scratch& scratch,
                   Parallel& parallel) {
  if (std::has_single_bit(static_cast<unsigned>(factor)))
    ssim::shrink_by_box(in, factor, out, scratch, parallel);
  else
    HWY_DYNAMIC_DISPATCH(shrink_plane)(in, factor, out, scratch, parallel);
}

void halve(const Samples& in, PlaneView<float> out, Scratch& scratch, Parallel& parallel) {
  HWY_DYNAMIC_DISPATCH(halve_plane)(in, out, scratch, parallel);
}

}  // namespace visq::ssim::rounded
#endif
