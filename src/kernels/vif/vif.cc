// The plane is cut into strips of columns that fit the cache. Down a strip go two pairs of rows:
//   prepare   the samples, their squares and products, interleaved with those of the next row
//   columns   the vertical filter of the pairs, of all those, into one row buffer each
//   rows      the horizontal filter of the buffers, the moments, the logarithms, the sums
// Where several pictures are compared with one reference, what concerns it alone is found with the
// first of them; the others come right after it and find it in the cache.
#include "kernels/vif/vif.h"

#include <algorithm>
#include <array>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/vif/vif.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/vif/information-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::vif {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

void sums(const Samples& ref, std::span<const Samples> dist, const Scale& scale, Parallel&,
          Scratch&, std::span<Sums> out) {
  for (std::size_t i = 0; i < dist.size(); ++i) out[i] = sums_ref(ref, dist[i], scale);
}

void logs(std::span<const std::int32_t> values, std::span<std::int32_t> out) {
  for (std::size_t i = 0; i < values.size(); ++i)
    out[i] = log_ref(static_cast<std::uint64_t>(values[i]));
}

#else

constexpr int kStrip = 256;  // columns: the ring stays in the second level of the cache

struct Planes {
  const Samples& ref;
  std::span<const Samples> dist;
};

// Of one strip.
struct Memory {
  std::int16_t* rings;  // one for each distorted picture
  std::int16_t* weights;
  RowBuffers rows;
  std::array<ReferenceRow, kRowsTogether> reference;
  MomentRows moments;
  std::ptrdiff_t channel;
};

template <const auto& kWeights, Depth kDepth, typename T>
class Strip {
 public:
  static constexpr int kRadius = static_cast<int>(kWeights.size()) / 2;
  static constexpr int kPairs = kRadius + kRowsTogether / 2;
  static constexpr int kRing = kPairs * channels_of(kDepth);  // channels

  Strip(const Planes& planes, const Scale& scale, const Memory& memory, int x0, int x1)
      : planes_(planes),
        scale_(scale),
        memory_(memory),
        x0_(x0),
        x1_(x1),
        left_(std::max(0, x0 - kRadius)),
        width_(std::min(planes.ref.width, x1 + kRadius) - left_) {}

  void add_to(std::span<Sums> sums) {
    for (int pair = -kRadius / 2; pair < kRadius / 2; ++pair) prepare(pair);
    for (int y = 0; y < planes_.ref.height; y += kRowsTogether) {
      for (int k = 0; k < kRowsTogether; k += 2) prepare((y + k + kRadius) / 2);
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
    prepare_picture<false>(pair, 0);
    for (std::size_t i = 1; i < planes_.dist.size(); ++i) prepare_picture<true>(pair, i);
  }

  template <bool kKnown>
  void prepare_picture(int pair, std::size_t picture) {
    const PlaneView<const T> ref = planes_.ref.as<T>(), dist = planes_.dist[picture].as<T>();
    const int first = reflect101(2 * pair, ref.height),
              second = reflect101(2 * pair + 1, ref.height);
    const PairRows<T> rows{{ref.row(first) + left_, ref.row(second) + left_},
                           {dist.row(first) + left_, dist.row(second) + left_}};
    prepare_pair<kDepth, kKnown>(rows, width_, planes_.ref.bits, slot(pair, picture),
                                 memory_.channel);
  }

  // Those that come next, of the reference too where it was not brought with another picture.
  template <bool kKnown>
  LaterRows<T> later_rows(int y, std::size_t picture) const {
    const PlaneView<const T> dist = planes_.dist[picture].as<T>(),
                             ref = kKnown ? dist : planes_.ref.as<T>();
    LaterRows<T> later;
    for (int k = 0; k < kRowsTogether; ++k) {
      const int row = std::min(y + kRadius + kRowsTogether + k, dist.height - 1);
      later[static_cast<std::size_t>(2 * k)] = ref.row(row) + left_;
      later[static_cast<std::size_t>(2 * k + 1)] = dist.row(row) + left_;
    }
    return later;
  }

  // Rows of one picture; `kKnown`: after those of the first.
  template <bool kKnown>
  void add_rows(int y, std::size_t picture, Sums& sums) {
    columns<kKnown>(y, picture);
    for (int k = 0; k < std::min(kRowsTogether, planes_.ref.height - y); ++k) row<kKnown>(k, sums);
  }

  template <bool kKnown>
  void columns(int y, std::size_t picture) {
    const std::int16_t* pairs[kPairs];
    for (int j = 0; j < kPairs; ++j) pairs[j] = slot(y / 2 - kRadius / 2 + j, picture);
    filter_columns<kWeights, kDepth, kKnown>(
        Columns{pairs, memory_.channel, memory_.weights, width_, planes_.ref.bits, memory_.rows,
                left_ - (x0_ - kRadius)},
        later_rows<kKnown>(y, picture));
  }

  template <bool kKnown>
  void row(int y, Sums& sums) {
    for (int buffer = kKnown ? kMean2 : kMean1; buffer < kBuffers; ++buffer)
      mirror(memory_.rows.row(y, buffer), kRadius, x0_, x1_, planes_.ref.width);
    const Rows rows{memory_.rows, memory_.weights, memory_.reference[static_cast<std::size_t>(y)],
                    memory_.moments, x1_ - x0_};
    filter_row<kWeights, kKnown>(rows, y);
    sum_row<kKnown>(rows, scale_.limits, sums);
  }

  Planes planes_;
  const Scale& scale_;
  Memory memory_;
  int x0_, x1_;       // columns that are summed
  int left_, width_;  // those that their filter reads
};

// The first column of a strip of several.
inline int edge(int width, int strips, int strip) {
  return static_cast<int>(std::int64_t{width} * strip / strips);
}

template <class Worker, const auto& kWeights>
Memory strip_memory(std::size_t pictures, Scratch& scratch) {
  constexpr std::size_t kSlack = 4 * hn::MaxLanes(D16());
  constexpr std::size_t kRow = round_up(kStrip + 2 * Worker::kRadius + kSlack, 64);
  std::int16_t* rings = scratch.take<std::int16_t>(pictures * Worker::kRing * 2 * kRow);
  std::int16_t* rows = scratch.take<std::int16_t>(kRowsTogether * kBuffers * kRow);
  std::int32_t* moments = scratch.take<std::int32_t>((2 + kMaxLimits) * kRow);
  std::int32_t* reference = scratch.take<std::int32_t>(2 * kRowsTogether * kRow);
  std::int16_t* weights = scratch.take<std::int16_t>(weights_size<kWeights.size()>());
  store_weights<kWeights>(weights);
  Memory memory{rings, weights, {rows, kRow}, {}, {moments, kRow}, 2 * kRow};
  for (ReferenceRow& row : memory.reference) {
    row = {reference, reference + kRow};
    reference += 2 * kRow;
  }
  return memory;
}

// Adds up what the strips found, in their order. What concerns the reference alone is the same for
// every picture.
inline void add_strips(std::span<const Sums> strips, std::span<Sums> out) {
  std::fill(out.begin(), out.end(), Sums{});
  for (std::size_t i = 0; i < strips.size(); ++i) {
    const std::size_t first = i - i % out.size();
    Sums& sums = out[i - first];
    sums.den_log += strips[first].den_log;
    sums.den_nonlog += strips[first].den_nonlog;
    sums.num_nonlog += strips[i].num_nonlog;
    for (std::size_t k = 0; k < kMaxLimits; ++k) sums.num_log[k] += strips[i].num_log[k];
  }
}

template <const auto& kWeights, Depth kDepth, typename T>
void sums_of_strips(const Planes& planes, const Scale& scale, Parallel& parallel, Scratch& scratch,
                    std::span<Sums> out) {
  using Worker = Strip<kWeights, kDepth, T>;
  const int width = planes.ref.width, strips = (width + kStrip - 1) / kStrip;
  std::vector<Sums> found(static_cast<std::size_t>(strips) * out.size());
  parallel.run(static_cast<std::size_t>(strips), scratch, [&](std::size_t part, Scratch& own) {
    const Memory memory = strip_memory<Worker, kWeights>(planes.dist.size(), own);
    const int strip = static_cast<int>(part);
    Worker(planes, scale, memory, edge(width, strips, strip), edge(width, strips, strip + 1))
        .add_to(std::span(found).subspan(part * out.size(), out.size()));
  });
  add_strips(found, out);
}

void sums(const Samples& ref, std::span<const Samples> dist, const Scale& scale, Parallel& parallel,
          Scratch& scratch, std::span<Sums> out) {
  const Planes planes{ref, dist};
  const auto run = [&]<const auto & kWeights, Depth kDepth, typename T>() {
    return sums_of_strips<kWeights, kDepth, T>(planes, scale, parallel, scratch, out);
  };
  constexpr auto kSixteen = Depth::sixteen;
  if (scale.scale == 1) return run.template operator()<kFilter1, kSixteen, std::uint16_t>();
  if (scale.scale == 2) return run.template operator()<kFilter2, kSixteen, std::uint16_t>();
  if (scale.scale == 3) return run.template operator()<kFilter3, kSixteen, std::uint16_t>();
  if (ref.bits == 8) return run.template operator()<kFilter0, Depth::eight, std::uint8_t>();
  if (ref.bits == 16) return run.template operator()<kFilter0, kSixteen, std::uint16_t>();
  return run.template operator()<kFilter0, Depth::some, std::uint16_t>();
}

void logs(std::span<const std::int32_t> values, std::span<std::int32_t> out) {
  const D32 d;
  for (std::size_t i = 0; i + hn::Lanes(d) <= values.size(); i += hn::Lanes(d)) {
    LogSum log;
    log.add(hn::LoadU(d, &values[i]));
    hn::StoreU(hn::Sub(log.raised(), hn::Set(d, kRaised)), d, &out[i]);
  }
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::vif
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::vif {

HWY_EXPORT(logs);
HWY_EXPORT(sums);

void logs(std::span<const std::int32_t> values, std::span<std::int32_t> out) {
  HWY_DYNAMIC_DISPATCH(logs)(values, out);
}

void sums(const Samples& ref, std::span<const Samples> dist, const Scale& scale, Parallel& parallel,
          Scratch& scratch, std::span<Sums> out) {
  HWY_DYNAMIC_DISPATCH(sums)(ref, dist, scale, parallel, scratch, out);
}

}  // namespace visq::vif
#endif
