// The plane is cut into strips of columns that fit the cache. Down a strip go pairs of rows:
//   prepare   the samples, their squares and products, interleaved with those of the next row
//   columns   the vertical filter of the pair, of all those, into one row buffer each
//   rows      the horizontal filter of the buffers, the moments, the logarithms, the sums
#include "kernels/vif/vif.h"

#include <algorithm>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/vif/vif.cc"
#include <hwy/foreach_target.h>
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "kernels/vif/information-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

template <typename T>
Result<VifSums> sums(PlaneView<const T> ref, PlaneView<const T> dist, const VifScale& scale, Scratch&) {
  return vif_sums_ref(ref, dist, scale);
}

void logs(std::span<const std::int32_t> values, std::span<std::int32_t> out) {
  for (std::size_t i = 0; i < values.size(); ++i) out[i] = vif_log_ref(static_cast<std::uint64_t>(values[i]));
}

#else

constexpr int kStrip = 256;  // columns: the ring stays in the second level of the cache

template <typename T>
struct Planes {
  PlaneView<const T> ref, dist;
};

struct Memory {
  std::int16_t* ring;
  std::int16_t* weights;
  RowBuffers rows;
  MomentRows moments;
  std::ptrdiff_t channel;
};

template <const auto& kWeights, Depth kDepth, bool kKnown, typename T>
class Strip {
 public:
  static constexpr int kRadius = static_cast<int>(kWeights.size()) / 2;
  static constexpr int kPairs = kRadius + 1;

  // `kept`: where what is kept of the reference begins in its rows.
  Strip(const Planes<T>& planes, const VifScale& scale, const Memory& memory, int x0, int x1, std::ptrdiff_t kept)
      : planes_(planes), scale_(scale), memory_(memory), x0_(x0), x1_(x1), kept_(kept),
        left_(std::max(0, x0 - kRadius)), width_(std::min(planes.ref.width, x1 + kRadius) - left_) {}

  void add_to(VifSums& sums) {
    for (int pair = -kRadius / 2; pair < kRadius / 2; ++pair) prepare(pair);
    for (int y = 0; y < planes_.ref.height; y += 2) {
      prepare((y + kRadius) / 2);
      columns(y);
      for (int odd = 0; odd < std::min(2, planes_.ref.height - y); ++odd) rows(y + odd, odd, sums);
    }
  }

 private:
  std::int16_t* slot(int pair) const { return memory_.ring + (pair + kRadius / 2) % kPairs * channels_of(kDepth) * memory_.channel; }

  void prepare(int pair) {
    const int first = reflect101(2 * pair, planes_.ref.height), second = reflect101(2 * pair + 1, planes_.ref.height);
    const PairRows<T> rows{{planes_.ref.row(first) + left_, planes_.ref.row(second) + left_},
                           {planes_.dist.row(first) + left_, planes_.dist.row(second) + left_}};
    prefetch_later(planes_.ref, 2 * pair);
    prefetch_later(planes_.dist, 2 * pair);
    prepare_pair<kDepth, kKnown>(rows, width_, scale_.bits, slot(pair), memory_.channel);
  }

  // Rows of a strip are too far apart for the processor to foresee.
  void prefetch_later(PlaneView<const T> plane, int y) const {
    constexpr int kAhead = 6, kLine = 64 / sizeof(T);
    for (int k = 0; k < 2; ++k) {
      const T* row = plane.row(std::min(y + kAhead + k, plane.height - 1)) + left_;
      for (int x = 0; x < width_; x += kLine) hwy::Prefetch(row + x);
    }
  }

  void columns(int y) {
    const std::int16_t* pairs[kPairs];
    for (int j = 0; j < kPairs; ++j) pairs[j] = slot(y / 2 - kRadius / 2 + j);
    filter_columns<kWeights, kDepth, kKnown>({pairs, memory_.channel, memory_.weights, width_, scale_.bits, memory_.rows, left_ - (x0_ - kRadius)});
  }

  void rows(int y, int odd, VifSums& sums) {
    for (int buffer = 0; buffer < kBuffers; ++buffer) mirror(memory_.rows.row(odd, buffer), kRadius, x0_, x1_, planes_.ref.width);
    const std::ptrdiff_t row = kept_ + std::ptrdiff_t{y} * kept_length(x1_ - x0_);
    const Rows rows{memory_.rows, memory_.weights, memory_.moments, x1_ - x0_, kKnown ? scale_.known->moments.data() + row : nullptr,
                    !kKnown && scale_.keep != nullptr ? scale_.keep->moments.data() + row : nullptr};
    filter_row<kWeights, kKnown>(rows, odd);
    sum_row<kKnown>(memory_.moments, x1_ - x0_, scale_.limits, sums);
  }

  Planes<T> planes_;
  const VifScale& scale_;
  Memory memory_;
  int x0_, x1_;        // columns that are summed
  std::ptrdiff_t kept_;
  int left_, width_;   // those that their filter reads
};

// The first column of a strip of several.
inline int edge(int width, int strips, int strip) { return static_cast<int>(std::int64_t{width} * strip / strips); }

// Memory for what is kept of the reference.
Status make_room(VifReference& keep, int width, int height, int strips) {
  std::size_t row = 0;
  for (int i = 0; i < strips; ++i) row += static_cast<std::size_t>(kept_length(edge(width, strips, i + 1) - edge(width, strips, i)));
  const std::size_t size = row * static_cast<std::size_t>(height);
  if (keep.moments.size() != size) keep.moments = AlignedBuffer<std::int32_t>(size);
  keep.lanes = lanes16();
  return keep.moments.data() == nullptr ? Status(fail(ENOMEM, "vif: no memory for the moments of the reference")) : Status();
}

template <const auto& kWeights, Depth kDepth, bool kKnown, typename T>
Result<VifSums> sums_of_strips(const Planes<T>& planes, const VifScale& scale, Scratch& scratch) {
  using Worker = Strip<kWeights, kDepth, kKnown, T>;
  constexpr std::size_t kSlack = 4 * hn::MaxLanes(D16());
  constexpr std::size_t kRow = round_up(kStrip + 2 * Worker::kRadius + kSlack, 64);
  std::int16_t* ring = scratch.take<std::int16_t>(Worker::kPairs * channels_of(kDepth) * 2 * kRow);
  std::int16_t* rows = scratch.take<std::int16_t>(2 * kBuffers * kRow);
  std::int32_t* moment_rows = scratch.take<std::int32_t>((3 + kVifMaxLimits) * kRow);
  std::int16_t* weights = scratch.take<std::int16_t>(weights_size<kWeights.size()>());
  if (ring == nullptr || rows == nullptr || moment_rows == nullptr || weights == nullptr) return fail(ENOMEM, "vif: no memory for a strip of the picture");
  store_weights<kWeights>(weights);
  const Memory memory{ring, weights, {rows, kRow}, {moment_rows, kRow}, 2 * kRow};
  const int width = planes.ref.width, height = planes.ref.height, strips = (width + kStrip - 1) / kStrip;
  if (!kKnown && scale.keep != nullptr) VISQ_TRY(make_room(*scale.keep, width, height, strips));
  VifSums sums;
  std::ptrdiff_t kept = 0;
  for (int i = 0; i < strips; ++i) {
    const int x0 = edge(width, strips, i), x1 = edge(width, strips, i + 1);
    Worker(planes, scale, memory, x0, x1, kept).add_to(sums);
    kept += std::ptrdiff_t{kept_length(x1 - x0)} * height;
  }
  if (kKnown) {
    sums.den_log = scale.known->den_log;
    sums.den_nonlog = scale.known->den_nonlog;
  } else if (scale.keep != nullptr) {
    scale.keep->den_log = sums.den_log;
    scale.keep->den_nonlog = sums.den_nonlog;
  }
  return sums;
}

template <const auto& kWeights, Depth kDepth, typename T>
Result<VifSums> sums_by(const Planes<T>& planes, const VifScale& scale, Scratch& scratch) {
  const bool known = scale.known != nullptr && scale.known->lanes == lanes16();
  return known ? sums_of_strips<kWeights, kDepth, true>(planes, scale, scratch) : sums_of_strips<kWeights, kDepth, false>(planes, scale, scratch);
}

template <Depth kDepth, typename T>
Result<VifSums> sums_of_depth(const Planes<T>& planes, const VifScale& scale, Scratch& scratch) {
  if (scale.scale == 0) return sums_by<kVifFilter0, kDepth>(planes, scale, scratch);
  if constexpr (kDepth == Depth::sixteen) {
    if (scale.scale == 1) return sums_by<kVifFilter1, kDepth>(planes, scale, scratch);
    if (scale.scale == 2) return sums_by<kVifFilter2, kDepth>(planes, scale, scratch);
    return sums_by<kVifFilter3, kDepth>(planes, scale, scratch);
  }
  return fail(EINVAL, "vif: scales 1 to 3 have 16 bits");
}

template <typename T>
Result<VifSums> sums(PlaneView<const T> ref, PlaneView<const T> dist, const VifScale& scale, Scratch& scratch) {
  const Planes<T> planes{ref, dist};
  if constexpr (std::is_same_v<T, std::uint8_t>) {
    return sums_of_depth<Depth::eight>(planes, scale, scratch);
  } else {
    if (scale.bits == 16) return sums_of_depth<Depth::sixteen>(planes, scale, scratch);
    return sums_of_depth<Depth::some>(planes, scale, scratch);
  }
}

void logs(std::span<const std::int32_t> values, std::span<std::int32_t> out) {
  const D32 d;
  for (std::size_t i = 0; i + hn::Lanes(d) <= values.size(); i += hn::Lanes(d)) hn::StoreU(hn::Sub(raised_log(hn::LoadU(d, &values[i])), hn::Set(d, kRaised)), d, &out[i]);
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

void vif_logs(std::span<const std::int32_t> values, std::span<std::int32_t> out) { HWY_DYNAMIC_DISPATCH(logs)(values, out); }

Result<VifSums> vif_sums(PlaneView<const std::uint8_t> ref, PlaneView<const std::uint8_t> dist, const VifScale& scale, Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(sums8)(ref, dist, scale, scratch);
}
Result<VifSums> vif_sums(PlaneView<const std::uint16_t> ref, PlaneView<const std::uint16_t> dist, const VifScale& scale, Scratch& scratch) {
  return HWY_DYNAMIC_DISPATCH(sums16)(ref, dist, scale, scratch);
}

}  // namespace visq
#endif
