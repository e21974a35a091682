// The plane is cut into strips of columns that fit the cache. Down a strip go pairs of rows:
//   prepare   the samples, their squares and products, interleaved with those of the next row
//   columns   the vertical filter of the pair, of all those, into one row buffer each
//   rows      the horizontal filter of the buffers, the moments, the logarithms, the sums
// Where several pictures are compared with one reference, what concerns it alone is found with the
// first of them; the others come right after it and find it in the cache.
#include "kernels/vif/vif.h"

#include <algorithm>
#include <array>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/vif/vif.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/vif/information-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

template <typename T>
Status sums(PlaneView<const T> ref, std::span<const PlaneView<const T>> dist, const VifScale& scale,
            Scratch&, std::span<VifSums> out) {
  for (std::size_t i = 0; i < dist.size(); ++i) out[i] = vif_sums_ref(ref, dist[i], scale);
  return {};
}

void logs(std::span<const std::int32_t> values, std::span<std::int32_t> out) {
  for (std::size_t i = 0; i < values.size(); ++i)
    out[i] = vif_log_ref(static_cast<std::uint64_t>(values[i]));
}

#else

constexpr int kStrip = 256;  // columns: the ring stays in the second level of the cache

template <typename T>
struct Planes {
  PlaneView<const T> ref;
  std::span<const PlaneView<const T>> dist;
};

struct Memory {
  std::int16_t* rings;  // one for each distorted picture
  std::int16_t* weights;
  RowBuffers rows;
  std::array<ReferenceRow, 2> reference;
  MomentRows moments;
  std::ptrdiff_t channel;
};

template <const auto& kWeights, Depth kDepth, typename T>
class Strip {
 public:
  static constexpr int kRadius = static_cast<int>(kWeights.size()) / 2;
  static constexpr int kPairs = kRadius + 1;
  static constexpr int kRing = kPairs * channels_of(kDepth);  // channels

  Strip(const Planes<T>& planes, const VifScale& scale, const Memory& memory, int x0, int x1)
      : planes_(planes),
        scale_(scale),
        memory_(memory),
        x0_(x0),
        x1_(x1),
        left_(std::max(0, x0 - kRadius)),
        width_(std::min(planes.ref.width, x1 + kRadius) - left_) {}

  void add_to(std::span<VifSums> sums) {
    for (int pair = -kRadius / 2; pair < kRadius / 2; ++pair) prepare(pair);
    for (int y = 0; y < planes_.ref.height; y += 2) {
      prepare((y + kRadius) / 2);
      add_rows<false>(y, 0, sums[0]);
      for (std::size_t i = 1; i < sums.size(); ++i) add_rows<true>(y, i, sums[i]);
    }
  }

 private:
  std::int16_t* slot(int pair, std::size_t picture) const {
    return memory_.rings + (static_cast<std::ptrdiff_t>(picture) * kRing +
                            (pair + kRadius / 2) % kPairs * channels_of(kDepth)) *
                               memory_.channel;
  }

  void prepare(int pair) {
    prefetch_later(planes_.ref, 2 * pair);
    prepare_picture<false>(pair, 0);
    for (std::size_t i = 1; i < planes_.dist.size(); ++i) prepare_picture<true>(pair, i);
  }

  template <bool kKnown>
  void prepare_picture(int pair, std::size_t picture) {
    const PlaneView<const T>&ref = planes_.ref, &dist = planes_.dist[picture];
    const int first = reflect101(2 * pair, ref.height),
              second = reflect101(2 * pair + 1, ref.height);
    prefetch_later(dist, 2 * pair);
    const PairRows<T> rows{{ref.row(first) + left_, ref.row(second) + left_},
                           {dist.row(first) + left_, dist.row(second) + left_}};
    prepare_pair<kDepth, kKnown>(rows, width_, scale_.bits, slot(pair, picture), memory_.channel);
  }

  // Rows of a strip are too far apart for the processor to foresee.
  void prefetch_later(PlaneView<const T> plane, int y) const {
    constexpr int kAhead = 6, kLine = 64 / sizeof(T);
    for (int k = 0; k < 2; ++k) {
      const T* row = plane.row(std::min(y + kAhead + k, plane.height - 1)) + left_;
      for (int x = 0; x < width_; x += kLine) hwy::Prefetch(row + x);
    }
  }

  // Two rows of one picture; `kKnown`: after those of the first.
  template <bool kKnown>
  void add_rows(int y, std::size_t picture, VifSums& sums) {
    columns<kKnown>(y, picture);
    for (int odd = 0; odd < std::min(2, planes_.ref.height - y); ++odd) row<kKnown>(odd, sums);
  }

  template <bool kKnown>
  void columns(int y, std::size_t picture) {
    const std::int16_t* pairs[kPairs];
    for (int j = 0; j < kPairs; ++j) pairs[j] = slot(y / 2 - kRadius / 2 + j, picture);
    filter_columns<kWeights, kDepth, kKnown>({pairs, memory_.channel, memory_.weights, width_,
                                              scale_.bits, memory_.rows, left_ - (x0_ - kRadius)});
  }

  template <bool kKnown>
  void row(int odd, VifSums& sums) {
    for (int buffer = kKnown ? kMean2 : kMean1; buffer < kBuffers; ++buffer)
      mirror(memory_.rows.row(odd, buffer), kRadius, x0_, x1_, planes_.ref.width);
    const Rows rows{memory_.rows, memory_.weights, memory_.reference[static_cast<std::size_t>(odd)],
                    memory_.moments, x1_ - x0_};
    filter_row<kWeights, kKnown>(rows, odd);
    sum_row<kKnown>(rows, scale_.limits, sums);
  }

  Planes<T> planes_;
  const VifScale& scale_;
  Memory memory_;
  int x0_, x1_;       // columns that are summed
  int left_, width_;  // those that their filter reads
};

// The first column of a strip of several.
inline int edge(int width, int strips, int strip) {
  return static_cast<int>(std::int64_t{width} * strip / strips);
}

template <const auto& kWeights, Depth kDepth, typename T>
Status sums_of_strips(const Planes<T>& planes, const VifScale& scale, Scratch& scratch,
                      std::span<VifSums> sums) {
  using Worker = Strip<kWeights, kDepth, T>;
  constexpr std::size_t kSlack = 4 * hn::MaxLanes(D16());
  constexpr std::size_t kRow = round_up(kStrip + 2 * Worker::kRadius + kSlack, 64);
  std::int16_t* rings = scratch.take<std::int16_t>(planes.dist.size() * Worker::kRing * 2 * kRow);
  std::int16_t* rows = scratch.take<std::int16_t>(2 * kBuffers * kRow);
  std::int32_t* moment_rows = scratch.take<std::int32_t>((2 + kVifMaxLimits) * kRow);
  std::int32_t* reference = scratch.take<std::int32_t>(4 * kRow);
  double* wide = scratch.take<double>(2 * kRow);
  std::int16_t* weights = scratch.take<std::int16_t>(weights_size<kWeights.size()>());
  for (const void* taken :
       std::initializer_list<const void*>{rings, rows, moment_rows, reference, wide, weights})
    if (taken == nullptr) return fail(ENOMEM, "vif: no memory for a strip of the picture");
  store_weights<kWeights>(weights);
  const std::array<ReferenceRow, 2> of_reference{
      {{reference, reference + kRow, wide},
       {reference + 2 * kRow, reference + 3 * kRow, wide + kRow}}};
  const Memory memory{rings, weights, {rows, kRow}, of_reference, {moment_rows, kRow}, 2 * kRow};
  const int width = planes.ref.width, strips = (width + kStrip - 1) / kStrip;
  std::fill(sums.begin(), sums.end(), VifSums{});
  for (int i = 0; i < strips; ++i)
    Worker(planes, scale, memory, edge(width, strips, i), edge(width, strips, i + 1)).add_to(sums);
  for (VifSums& others : sums.subspan(1)) {
    others.den_log = sums[0].den_log;
    others.den_nonlog = sums[0].den_nonlog;
  }
  return {};
}

template <Depth kDepth, typename T>
Status sums_of_depth(const Planes<T>& planes, const VifScale& scale, Scratch& scratch,
                     std::span<VifSums> out) {
  if (scale.scale == 0) return sums_of_strips<kVifFilter0, kDepth>(planes, scale, scratch, out);
  if constexpr (kDepth == Depth::sixteen) {
    if (scale.scale == 1) return sums_of_strips<kVifFilter1, kDepth>(planes, scale, scratch, out);
    if (scale.scale == 2) return sums_of_strips<kVifFilter2, kDepth>(planes, scale, scratch, out);
    return sums_of_strips<kVifFilter3, kDepth>(planes, scale, scratch, out);
  }
  return fail(EINVAL, "vif: scales 1 to 3 have 16 bits");
}

template <typename T>
Status sums(PlaneView<const T> ref, std::span<const PlaneView<const T>> dist, const VifScale& scale,
            Scratch& scratch, std::span<VifSums> out) {
  const Planes<T> planes{ref, dist};
  if constexpr (std::is_same_v<T, std::uint8_t>) {
    return sums_of_depth<Depth::eight>(planes, scale, scratch, out);
  } else {
    if (scale.bits == 16) return sums_of_depth<Depth::sixteen>(planes, scale, scratch, out);
    return sums_of_depth<Depth::some>(planes, scale, scratch, out);
  }
}

void logs(std::span<const std::int32_t> values, std::span<std::int32_t> out) {
  const D32 d;
  for (std::size_t i = 0; i + hn::Lanes(d) <= values.size(); i += hn::Lanes(d))
    hn::StoreU(hn::Sub(raised_log(hn::LoadU(d, &values[i])), hn::Set(d, kRaised)), d, &out[i]);
}

#endif

// Names as HWY_EXPORT wants them: of functions, not of templates.
static constexpr auto& sums8 = sums<std::uint8_t>;
static constexpr auto& sums16 = sums<std::uint16_t>;

}  // namespace HWY_NAMESPACE
}  // namespace visq
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq {

HWY_EXPORT(logs);
HWY_EXPORT(sums8);
HWY_EXPORT(sums16);

void vif_logs(std::span<const std::int32_t> values, std::span<std::int32_t> out) {
  HWY_DYNAMIC_DISPATCH(logs)(values, out);
}

Status vif_sums(PlaneView<const std::uint8_t> ref,
                std::span<const PlaneView<const std::uint8_t>> dist, const VifScale& scale,
                Scratch& scratch, std::span<VifSums> sums) {
  return HWY_DYNAMIC_DISPATCH(sums8)(ref, dist, scale, scratch, sums);
}
Status vif_sums(PlaneView<const std::uint16_t> ref,
                std::span<const PlaneView<const std::uint16_t>> dist, const VifScale& scale,
                Scratch& scratch, std::span<VifSums> sums) {
  return HWY_DYNAMIC_DISPATCH(sums16)(ref, dist, scale, scratch, sums);
}

}  // namespace visq
#endif
