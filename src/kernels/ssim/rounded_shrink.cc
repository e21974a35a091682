// Both sum products rows first, since rows meet several outputs. Halving goes down a few columns of
// the output at a time: a row's sums go to the up to five output rows that it counts in, whose sums
// are few enough to stay in the first-level cache.
#include <algorithm>
#include <bit>

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
namespace visq::ssim_rounded {

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

}  // namespace visq::ssim_rounded
#endif

HWY_BEFORE_NAMESPACE();
namespace visq::ssim_rounded::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

template <typename T>
Status shrink(PlaneView<const T> in, int bits, int factor, PlaneView<float> out, Scratch& scratch) {
  const auto samples = floats(in, ssim::unit(bits), scratch);
  if (samples.data == nullptr) return fail(ENOMEM, "ssim: no memory for the picture");
  shrink_by_box_rounded_ref(samples, factor, out);
  return {};
}

template <typename T>
Status halve_plane(PlaneView<const T> in, int bits, PlaneView<float> out, Scratch& scratch) {
  const auto samples = floats(in, ssim::unit(bits), scratch);
  if (samples.data == nullptr) return fail(ENOMEM, "ms_ssim: no memory for the picture");
  halve_rounded_ref(samples, out);
  return {};
}

#else

// Adds products of a row with one tap.
template <typename T>
HWY_INLINE void add_products(const T* in, int width, float unit, float tap, double* sums) {
  int x = 0;
  for (; x + lanes() <= width; x += lanes()) {
    const VF product = hn::Mul(hn::Mul(load_samples(in + x), constant(unit)), constant(tap));
    accumulate(hn::PromoteTo(DD(), hn::LowerHalf(DH(), product)), sums + x);
    accumulate(hn::PromoteTo(DD(), hn::UpperHalf(DH(), product)), sums + x + wide_lanes());
  }
  for (; x < width; ++x) sums[x] += static_cast<double>(static_cast<float>(in[x]) * unit * tap);
}

template <typename T>
Status shrink(PlaneView<const T> in, int bits, int factor, PlaneView<float> out, Scratch& scratch) {
  const auto width = static_cast<std::size_t>(in.width);
  double* const memory = scratch.take<double>(width + 2 * kMargin);
  if (memory == nullptr) return fail(ENOMEM, "ssim: no memory for a row of the picture");
  double* const sums = memory + kMargin;
  const float tap = 1.0f / static_cast<float>(factor * factor);
  for (int y = 0; y < out.height; ++y) {
    std::fill_n(sums, width, 0.0);
    for (int v = 0; v < factor; ++v)
      add_products(in.row(reflect_edge(y * factor - factor / 2 + v, in.height)), in.width,
                   ssim::unit(bits), tap, sums);
    mirror_edges(sums, in.width, factor);
    const double* box = sums - factor / 2;
    for (int x = 0; x < out.width; ++x, box += factor) {
      double sum = 0;
      for (int u = 0; u < factor; ++u) sum += box[u];
      out.row(y)[x] = static_cast<float>(sum);
    }
  }
  return {};
}

// Samples of columns from..to-1, mirrored where the plane ends.
template <typename T>
HWY_INLINE void read_columns(const T* in, int width, float unit, int from, int to, float* out) {
  const int begin = std::max(from, 0), end = std::min(to, width);
  convert_row(in + begin, end - begin, {unit, 0}, out + begin - from);
  for (int x = from; x < begin; ++x) out[x - from] = out[reflect_edge(x, width) - from];
  for (int x = end; x < to; ++x) out[x - from] = out[reflect_edge(x, width) - from];
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

template <typename T>
void halve_columns(PlaneView<const T> in, float unit, int from, PlaneView<float> out,
                   HalveWork& work) {
  const int columns = std::min(kOutputs, out.width - from);
  for (int y = -kReach; y <= 2 * (out.height - 1) + kReach; ++y) {
    prefetch(in, 2 * from, 2 * (from + columns), y);
    read_columns(in.row(reflect_edge(y, in.height)), in.width, unit, 2 * from - kReach,
                 2 * (from + columns) + kReach, work.row);
    for (int away = y & 1; away <= kReach; away += 2) multiply_row(columns, away, work);
    for (int away = y & 1; away <= kReach; away += 2) add_row(columns, y, away, work);
    if (y % 2 == 0 && y >= kReach)
      finish_row(sums_of(y / 2 - kReach / 2, work), columns, out.row(y / 2 - kReach / 2) + from);
  }
}

template <typename T>
Status halve_plane(PlaneView<const T> in, int bits, PlaneView<float> out, Scratch& scratch) {
  HalveWork* work = scratch.take<HalveWork>(1);
  if (work == nullptr) return fail(ENOMEM, "ms_ssim: no memory for a few rows of the picture");
  *work = {};  // numbers beyond the plane's end count nowhere, but have to be numbers
  for (int x = 0; x < out.width; x += kOutputs) halve_columns(in, ssim::unit(bits), x, out, *work);
  return {};
}

#endif

}  // namespace visq::ssim_rounded::HWY_NAMESPACE

// What is exported: dispatch without a table, of builds with one target, finds it in this namespace
// only.
namespace visq::HWY_NAMESPACE {
namespace own = visq::ssim_rounded::HWY_NAMESPACE;

// Names as HWY_EXPORT wants them: of functions, not of templates.
static constexpr auto& rounded_shrink8 = own::shrink<std::uint8_t>;
static constexpr auto& rounded_shrink16 = own::shrink<std::uint16_t>;
static constexpr auto& rounded_halve8 = own::halve_plane<std::uint8_t>;
static constexpr auto& rounded_halve16 = own::halve_plane<std::uint16_t>;
static constexpr auto& rounded_halve_float = own::halve_plane<float>;

}  // namespace visq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq {

HWY_EXPORT(rounded_shrink8);
HWY_EXPORT(rounded_shrink16);
HWY_EXPORT(rounded_halve8);
HWY_EXPORT(rounded_halve16);
HWY_EXPORT(rounded_halve_float);

// Where the tap is a power of two, products are exact, and shrink_by_box rounds its sum as late.
Status shrink_by_box_rounded(PlaneView<const std::uint8_t> in, int bits, int factor,
                             PlaneView<float> out, Scratch& scratch) {
  if (std::has_single_bit(static_cast<unsigned>(factor)))
    return shrink_by_box(in, bits, factor, out, scratch);
  return HWY_DYNAMIC_DISPATCH(rounded_shrink8)(in, bits, factor, out, scratch);
}
Status shrink_by_box_rounded(PlaneView<const std::uint16_t> in, int bits, int factor,
                             PlaneView<float> out, Scratch& scratch) {
  if (std::has_single_bit(static_cast<unsigned>(factor)))
    return shrink_by_box(in, bits, factor, out, scratch);
  return HWY_DYNAMIC_DISPATCH(rounded_shrink16)(in, bits, factor, out, scratch);
}
Status halve_rounded(PlaneView<const std::uint8_t> in, int bits, PlaneView<float> out,
                     Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(rounded_halve8)(in, bits, out, scratch);
}
Status halve_rounded(PlaneView<const std::uint16_t> in, int bits, PlaneView<float> out,
                     Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(rounded_halve16)(in, bits, out, scratch);
}
Status halve_rounded(PlaneView<const float> in, PlaneView<float> out, Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(rounded_halve_float)(in, 8, out, scratch);
}

}  // namespace visq
#endif
