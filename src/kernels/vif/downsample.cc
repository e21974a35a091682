// The step from one scale to the next.
#include <algorithm>
#include <array>
#include <cstring>

#include "kernels/vif/vif.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/vif/downsample.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/vif/samples-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::vif {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

void downsample(const Samples& in, int scale, PlaneView<std::uint16_t> out, Parallel&, Scratch&) {
  downsample_ref(in, scale, out);
}

#else

// Pairs of rows of the plane itself, interleaved when they are read: lower columns and upper ones.
template <typename T>
struct PlanePairs {
  const T* const* rows;
  int x;
  template <std::size_t J>
  HWY_INLINE V16 pair(int s) const {
    const V16 first = row(2 * J), second = row(2 * J + 1);
    return s == 0 ? hn::InterleaveLower(D16(), first, second)
                  : hn::InterleaveUpper(D16(), first, second);
  }
  HWY_INLINE V16 row(std::size_t i) const { return signed_offset(load_samples(rows[i] + x)); }
};

// A filtered row, of every column. The last vector overlaps the one before.
template <const auto& kWeights, typename T>
void filter_plane_row(const T* const* rows, int width, int bits, std::int16_t* out) {
  const V32 start = constant(kOffsetSum + (1u << (bits - 1)) - (32768u << bits));
  for (int next = 0; next < width; next += lanes16()) {
    const int x = std::min(next, width - lanes16());
    V32 sums[2] = {start, start};
    filter_even<kWeights>(PlanePairs<T>{rows, x}, sums);
    store_row(hn::ShiftRightSame(sums[0], bits), hn::ShiftRightSame(sums[1], bits), out + x);
  }
}

// Even columns of the filtered row; `row` begins `radius` columns left of the plane.
template <const auto& kWeights>
void filter_even_columns(const std::int16_t* row, int width, std::uint16_t* out) {
  const hn::Rebind<std::uint16_t, D32> half;
  const int lanes = lanes16();
  HWY_ALIGN std::uint16_t last[hn::MaxLanes(D16())];
  for (int x = 0; x < width; x += lanes) {
    const V32 start = constant(kOffsetSum + 32768);
    V32 sums[2] = {start, start};
    filter_even<kWeights>(RowPairs{row + 2 * x, lanes}, sums);
    std::uint16_t* const to = x + lanes <= width ? out + x : last;
    hn::StoreU(hn::DemoteTo(half, as_signed(hn::ShiftRight<16>(as_unsigned(sums[0])))), half, to);
    hn::StoreU(hn::DemoteTo(half, as_signed(hn::ShiftRight<16>(as_unsigned(sums[1])))), half,
               to + lanes / 2);
    if (to == last) std::memcpy(out + x, last, static_cast<std::size_t>(width - x) * sizeof(*out));
  }
}

constexpr int kBand = 64;  // rows of the next scale: a part of the work

// Rows band[0] to band[1] - 1 of the next scale.
template <const auto& kWeights, typename T>
void downsample_band(PlaneView<const T> in, int bits, PlaneView<std::uint16_t> out,
                     std::array<int, 2> band, Scratch& scratch) {
  constexpr int kTaps = static_cast<int>(kWeights.size()), kRadius = kTaps / 2;
  std::int16_t* const row = scratch.take<std::int16_t>(static_cast<std::size_t>(in.width) + kTaps +
                                                       4 * hn::MaxLanes(D16()));
  for (int y = band[0]; y < band[1]; ++y) {
    const T* rows[kTaps + 1];
    for (int k = 0; k < kTaps; ++k) rows[k] = in.row(reflect101(2 * y - kRadius + k, in.height));
    rows[kTaps] = rows[kTaps - 1];  // of weight 0
    filter_plane_row<kWeights>(rows, in.width, bits, row + kRadius);
    mirror(row, kRadius, 0, in.width, in.width);
    filter_even_columns<kWeights>(row, out.width, out.row(y));
  }
}

template <const auto& kWeights>
void downsample_by(const Samples& in, PlaneView<std::uint16_t> out, Parallel& parallel,
                   Scratch& scratch) {
  const auto bands = static_cast<std::size_t>((out.height + kBand - 1) / kBand);
  parallel.run(bands, scratch, [&](std::size_t part, Scratch& own) {
    const int first = static_cast<int>(part) * kBand, end = std::min(out.height, first + kBand);
    with_sample_type(in.bits, [&]<typename T>() {
      downsample_band<kWeights>(in.as<T>(), in.bits, out, {first, end}, own);
    });
  });
}

void downsample(const Samples& in, int scale, PlaneView<std::uint16_t> out, Parallel& parallel,
                Scratch& scratch) {
  if (in.width < lanes16()) return downsample_ref(in, scale, out);
  if (scale == 1) return downsample_by<kFilter1>(in, out, parallel, scratch);
  if (scale == 2) return downsample_by<kFilter2>(in, out, parallel, scratch);
  return downsample_by<kFilter3>(in, out, parallel, scratch);
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::vif
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::vif {

HWY_EXPORT(downsample);

void downsample(const Samples& in, int scale, PlaneView<std::uint16_t> out, Parallel& parallel,
                Scratch& scratch) {
  HWY_DYNAMIC_DISPATCH(downsample)(in, scale, out, parallel, scratch);
}

}  // namespace visq::vif
#endif
