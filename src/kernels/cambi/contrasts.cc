// Contrasts of flat samples, from counts of values in columns.
//
// Values are dealt with in blocks, each of kStep centres and the values within D of them, so that
// what one sample needs lies in one block. For every block and column there is a count of each
// value over the rows of the window. From row to row these change by the samples that enter and
// leave, which in a flat area mostly cancel. Along a row the counts of the window are sums of
// columns, which lie side by side; they move along while the samples stay in the block. Samples
// beside a block's border hop between two blocks, so two sums are kept.
#include <algorithm>
#include <array>
#include <cstring>

#include "kernels/cambi/cambi.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cambi/contrasts.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace visq::cambi {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

void contrasts_of_rows(PlaneView<const std::uint16_t> plane, RowRange range, int side,
                       const Visibility& visibility, Scratch&, Contrasts& out) {
  contrasts_ref(plane, range, side, visibility, out);
}

#else

namespace hn = hwy::HWY_NAMESPACE;

using DCount = hn::CappedTag<std::uint16_t, 16>;
using VCount = hn::Vec<DCount>;
using D16 = hn::ScalableTag<std::uint16_t>;

inline constexpr int kLanes = static_cast<int>(hn::MaxLanes(DCount()));

// The values of a block for steps of up to kD values, in whole vectors.
template <int kD>
struct Layout {
  static constexpr int kStep = kD == 4 ? 8 : 16;
  static constexpr int kWidth = kStep + 2 * kD;
  static constexpr int kOverlap = kWidth / kStep;  // blocks that hold one value
  static constexpr int kVectors = kWidth / kLanes;
};

// Counts of values, less the lowest that counts, in columns, in bytes. Columns beyond the plane
// stay empty. The value after the last stands for samples that do not count; it has blocks of its
// own, so that counting needs no decision.
template <int kD>
class Columns {
 public:
  using L = Layout<kD>;

  Columns(int values, int width, int radius, Scratch& scratch)
      : outside_(radius + 1),
        block_bytes_(static_cast<std::ptrdiff_t>(width + 2 * outside_) * L::kWidth),
        offsets_(static_cast<std::size_t>(values) + 1) {
    // Value v is first in block floor((v - D) / step), of centres from v - D on; blocks count from
    // there.
    for (int v = 0; v < values; ++v) {
      const int block = (v - kD + 4 * L::kStep) / L::kStep - 4;
      offsets_[static_cast<std::size_t>(v)] = at_block(block) + v - (block * L::kStep - kD);
    }
    const int behind = (values - 1 + kD) / L::kStep + 1;
    offsets_.back() = at_block(behind) + L::kWidth - 1;
    const auto bytes = static_cast<std::size_t>(at_block(behind + L::kOverlap));
    memory_ = scratch.take<std::uint8_t>(bytes);
    std::memset(memory_, 0, bytes);
  }

  // The counts of the block with centres from block * step on, in column x.
  const std::uint8_t* at(int block, int x) const { return memory_ + at_block(block) + column(x); }

  HWY_INLINE void change(int x, std::uint16_t value, std::uint8_t by) const {
    std::uint8_t* p = memory_ + offsets_[value] + column(x);
    for (int k = 0; k < L::kOverlap; ++k, p += block_bytes_ - L::kStep)
      *p = static_cast<std::uint8_t>(*p + by);
  }

 private:
  static constexpr int kBefore =
      kD / L::kStep + 1;  // blocks that hold value 0 before that of its centre
  std::ptrdiff_t at_block(int block) const { return (block + kBefore) * block_bytes_; }
  std::ptrdiff_t column(int x) const {
    return static_cast<std::ptrdiff_t>(x + outside_) * L::kWidth;
  }

  int outside_;
  std::ptrdiff_t block_bytes_;
  std::vector<std::ptrdiff_t> offsets_;
  std::uint8_t* memory_;
};

// The values of a row's flat samples, less the lowest that counts; the value after the last for
// others.
void make_keys(const std::uint16_t* row, int width, const Visibility& visibility,
               std::uint16_t* keys) {
  const D16 d;
  const int lanes = static_cast<int>(hn::Lanes(d)), last = visibility.high - visibility.low;
  const auto low = hn::Set(d, static_cast<std::uint16_t>(kFlat + visibility.low)),
             range = hn::Set(d, static_cast<std::uint16_t>(last));
  const auto none = hn::Set(d, static_cast<std::uint16_t>(last + 1));
  const auto keys_of = [&](auto samples) HWY_ATTR {
    const auto key = hn::Sub(samples, low);
    return hn::IfThenElse(hn::Eq(hn::Min(key, range), key), key, none);
  };
  int x = 0;
  for (; x + lanes <= width; x += lanes) hn::StoreU(keys_of(hn::LoadU(d, row + x)), d, keys + x);
  const auto left = static_cast<std::size_t>(width - x);
  if (left > 0) hn::StoreN(keys_of(hn::LoadN(d, row + x, left)), d, keys + x, left);
}

// Calls f(x) for every column where two rows differ.
template <typename F>
HWY_INLINE void where_different(const std::uint16_t* a, const std::uint16_t* b, int width,
                                const F& f) {
  const D16 d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  int x = 0;
  for (; x + lanes <= width; x += lanes) {
    std::uint64_t bits = 0;
    hn::StoreMaskBits(d, hn::Ne(hn::LoadU(d, a + x), hn::LoadU(d, b + x)),
                      reinterpret_cast<std::uint8_t*>(&bits));
    for (; bits != 0; bits &= bits - 1)
      f(x + static_cast<int>(hwy::Num0BitsBelowLS1Bit_Nonzero64(bits)));
  }
  for (; x < width; ++x)
    if (a[x] != b[x]) f(x);
}

// Moves the counts of the columns by a row.
template <int kD>
void slide_columns(const std::uint16_t* entering, const std::uint16_t* leaving, int width,
                   const Columns<kD>& columns) {
  where_different(entering, leaving, width, [&](int x) HWY_ATTR {
    columns.change(x, entering[x], 1);
    columns.change(x, leaving[x], 0xFF);
  });
}

// The samples of a row that a contrast is wanted of.
struct FlatSamples {
  int* columns;
  std::uint16_t* keys;
  int count = 0;
};

void find_samples(const std::uint16_t* keys, const std::uint16_t* nothing, int width,
                  const std::uint8_t* visible, FlatSamples& out) {
  out.count = 0;
  where_different(keys, nothing, width, [&](int x) HWY_ATTR {
    out.columns[out.count] = x;
    out.keys[out.count] = keys[x];
    out.count += visible[keys[x]];
  });
}

// Some samples on their way to contrasts: groups of four differences.
template <int kD>
struct Chunk {
  static constexpr int kSamples = 64, kGroups = kD / 4, kSpare = 16;
  HWY_ALIGN std::uint16_t counts[kSamples * Layout<kD>::kWidth];
  HWY_ALIGN std::uint16_t other[kSamples * kD + kSpare], sum[kSamples * kD + kSpare],
      weighted[kSamples * kD + kSpare];
  HWY_ALIGN float largest[kSamples * kD + kSpare];
};

// The counts of a block's values in the window around a column.
template <int kD>
struct Window {
  int block = -1, x = 0;
  VCount sums[Layout<kD>::kVectors];
};

template <int kD>
class Counter {
 public:
  using L = Layout<kD>;
  Counter(const Columns<kD>& columns, int radius) : columns_(columns), radius_(radius) {}

  // The counts around samples first .. first + count - 1, in order of their columns.
  void count(const FlatSamples& samples, int first, int count, std::uint16_t* out) {
    for (int i = 0; i < count;) {
      const int block = samples.keys[first + i] / L::kStep, x = samples.columns[first + i];
      Window<kD>& kept = windows_[block & 1];
      Window<kD> w = kept;  // in registers
      if (w.block != block || x - w.x > radius_) start(block, x, w);
      do {
        move(samples.columns[first + i], w);
        for (int v = 0; v < L::kVectors; ++v)
          hn::Store(w.sums[v], DCount(), out + i * L::kWidth + v * kLanes);
        ++i;
      } while (i < count && samples.keys[first + i] / L::kStep == block &&
               samples.columns[first + i] - w.x <= radius_);
      kept = w;
    }
  }

 private:
  static HWY_INLINE VCount load(const std::uint8_t* p, int v) {
    return hn::PromoteTo(DCount(), hn::LoadU(hn::Rebind<std::uint8_t, DCount>(), p + v * kLanes));
  }

  HWY_INLINE void start(int block, int x, Window<kD>& w) const {
    w.block = block;
    w.x = x;
    const std::uint8_t* const first = columns_.at(block, x - radius_);
    for (int v = 0; v < L::kVectors; ++v) w.sums[v] = load(first, v);
    for (int k = 1; k <= 2 * radius_; ++k)
      for (int v = 0; v < L::kVectors; ++v)
        w.sums[v] = hn::Add(w.sums[v], load(first + k * L::kWidth, v));
  }
  HWY_INLINE void move(int x, Window<kD>& w) const {
    const std::uint8_t* leaving = columns_.at(w.block, w.x - radius_);
    const std::ptrdiff_t ahead = static_cast<std::ptrdiff_t>(2 * radius_ + 1) * L::kWidth;
    for (; w.x < x; ++w.x, leaving += L::kWidth)
      for (int v = 0; v < L::kVectors; ++v)
        w.sums[v] = hn::Sub(hn::Add(w.sums[v], load(leaving + ahead, v)), load(leaving, v));
  }

  const Columns<kD>& columns_;
  int radius_;
  Window<kD> windows_[2];  // of even and of odd blocks
};

// For each difference: the count of the value above or below, whichever is larger, that and the
// sample's own, and the sample's own times the weight. All of them fit 16 bits.
template <int kD>
void pair_counts(const std::uint16_t* keys, int count, const Visibility& visibility,
                 Chunk<kD>& chunk) {
  const hn::CappedTag<std::uint16_t, 4> d4;
  const hn::Rebind<std::uint8_t, decltype(d4)> d4b;
  for (int i = 0; i < count; ++i) {
    const std::uint16_t* const centre =
        chunk.counts + i * Layout<kD>::kWidth + keys[i] % Layout<kD>::kStep + kD;
    const std::uint8_t* const weights = visibility.of(visibility.low + keys[i]);
    const auto own = hn::Set(d4, *centre);
    for (int g = 0; g < kD; g += 4) {
      const auto above = hn::LoadU(d4, centre + 1 + g),
                 below = hn::Reverse(d4, hn::LoadU(d4, centre - 4 - g));
      const auto other = hn::Max(above, below),
                 weight = hn::PromoteTo(d4, hn::LoadU(d4b, weights + g));
      hn::StoreU(other, d4, chunk.other + i * kD + g);
      hn::StoreU(hn::Add(other, own), d4, chunk.sum + i * kD + g);
      hn::StoreU(hn::Mul(own, weight), d4, chunk.weighted + i * kD + g);
    }
  }
}

// The largest contrast of each group of four differences, in all its lanes. The product of counts
// is rounded once, as a conversion of the whole number would be.
template <int kD>
void contrast_groups(int count, Chunk<kD>& chunk) {
  const hn::ScalableTag<float> df;
  const hn::RebindToSigned<decltype(df)> di;
  const hn::Rebind<std::uint16_t, decltype(df)> d16;
  const float* const table = reciprocals();
  for (int i = 0; i < count * kD; i += static_cast<int>(hn::Lanes(df))) {
    const auto other = hn::ConvertTo(df, hn::PromoteTo(di, hn::LoadU(d16, chunk.other + i)));
    const auto weighted = hn::ConvertTo(df, hn::PromoteTo(di, hn::LoadU(d16, chunk.weighted + i)));
    const auto reciprocal =
        hn::GatherIndex(df, table, hn::PromoteTo(di, hn::LoadU(d16, chunk.sum + i)));
    const auto contrast = hn::Mul(hn::Mul(weighted, other), reciprocal);
    const auto pairs = hn::Max(contrast, hn::Shuffle2301(contrast));
    hn::StoreU(hn::Max(pairs, hn::Shuffle1032(pairs)), df, chunk.largest + i);
  }
}

template <int kD>
void add_contrasts(const FlatSamples& samples, int first, int count, const Chunk<kD>& chunk,
                   float* map, Contrasts& out) {
  for (int i = 0; i < count; ++i) {
    float contrast = chunk.largest[i * kD];
    for (int g = 4; g < kD; g += 4) contrast = std::max(contrast, chunk.largest[i * kD + g]);
    out.values[out.count++] = contrast;
    if (map != nullptr) map[samples.columns[first + i]] = contrast;
  }
}

struct Buffers {
  PlaneView<std::uint16_t> keys;  // a ring of rows that enter and leave the window
  FlatSamples samples;
  std::uint16_t* nothing;  // a row of samples that do not count
  std::uint8_t* visible;   // of each value, 0 or 1
};

Buffers take_buffers(int columns, int radius, const Visibility& visibility, Scratch& scratch) {
  const auto width = static_cast<std::size_t>(columns),
             values = static_cast<std::size_t>(visibility.high - visibility.low + 1);
  Buffers b{scratch.take_plane<std::uint16_t>(columns, 2 * radius + 2),
            {scratch.take<int>(width + 1), scratch.take<std::uint16_t>(width + 1)},
            scratch.take<std::uint16_t>(width),
            scratch.take<std::uint8_t>(values)};
  std::fill_n(b.nothing, width, static_cast<std::uint16_t>(values));
  for (std::size_t v = 0; v < values; ++v) {
    const std::uint8_t* const weights = visibility.of(visibility.low + static_cast<int>(v));
    b.visible[v] = std::any_of(weights, weights + visibility.differences,
                               [](std::uint8_t w) { return w != 0; });
  }
  return b;
}

// The window on its way down the plane.
template <int kD>
class Rows {
 public:
  Rows(PlaneView<const std::uint16_t> plane, int radius, const Visibility& visibility,
       Scratch& scratch)
      : plane_(plane),
        radius_(radius),
        visibility_(visibility),
        buffers_(take_buffers(plane.width, radius, visibility, scratch)),
        columns_(visibility.high - visibility.low + 1, plane.width, radius, scratch) {}

  void measure(RowRange range, Contrasts& out) {
    const int first = std::max(0, range.begin - radius_);
    for (int y = first; y < range.begin + radius_; ++y) slide(y, first);
    for (int y = range.begin; y < range.end; ++y) {
      slide(y + radius_, first);
      measure_row(y, out);
    }
  }

 private:
  // A row enters the window; the one that leaves it has never been in it before `first`.
  void slide(int entering, int first) {
    if (entering < plane_.height)
      make_keys(plane_.row(entering), plane_.width, visibility_, keys(entering));
    const int leaving = entering - 2 * radius_ - 1;
    slide_columns(entering < plane_.height ? keys(entering) : buffers_.nothing,
                  leaving < first ? buffers_.nothing : keys(leaving), plane_.width, columns_);
  }

  void measure_row(int y, Contrasts& out) {
    FlatSamples& samples = buffers_.samples;
    find_samples(keys(y), buffers_.nothing, plane_.width, buffers_.visible, samples);
    float* const map = out.map.data == nullptr ? nullptr : out.map.row(y);
    if (map != nullptr) std::fill_n(map, plane_.width, 0.0f);
    Counter<kD> counter(columns_, radius_);
    for (int first = 0; first < samples.count; first += Chunk<kD>::kSamples) {
      const int count = std::min(Chunk<kD>::kSamples, samples.count - first);
      counter.count(samples, first, count, chunk_.counts);
      pair_counts(samples.keys + first, count, visibility_, chunk_);
      contrast_groups(count, chunk_);
      add_contrasts(samples, first, count, chunk_, map, out);
    }
  }

  std::uint16_t* keys(int y) const { return buffers_.keys.row(y % (2 * radius_ + 2)); }

  PlaneView<const std::uint16_t> plane_;
  int radius_;
  const Visibility& visibility_;
  Buffers buffers_;
  Columns<kD> columns_;
  Chunk<kD> chunk_{};
};

template <int kD>
void all_rows(PlaneView<const std::uint16_t> plane, RowRange range, int radius,
              const Visibility& visibility, Scratch& scratch, Contrasts& out) {
  Rows<kD> rows(plane, radius, visibility, scratch);
  rows.measure(range, out);
}

void contrasts_of_rows(PlaneView<const std::uint16_t> plane, RowRange range, int side,
                       const Visibility& visibility, Scratch& scratch, Contrasts& out) {
  out.count = 0;
  switch (visibility.differences) {
    case 4:
      return all_rows<4>(plane, range, side / 2, visibility, scratch, out);
    case 8:
      return all_rows<8>(plane, range, side / 2, visibility, scratch, out);
    case 16:
      return all_rows<16>(plane, range, side / 2, visibility, scratch, out);
    default:
      return all_rows<32>(plane, range, side / 2, visibility, scratch, out);
  }
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::cambi
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::cambi {

HWY_EXPORT(contrasts_of_rows);

void contrasts(PlaneView<const std::uint16_t> plane, RowRange range, int side,
               const Visibility& visibility, Scratch& scratch, Contrasts& out) {
  if (visibility.high < visibility.low) {  // nothing is visible
    out.count = 0;
    for (int y = range.begin; out.map.data != nullptr && y < range.end; ++y)
      std::fill_n(out.map.row(y), plane.width, 0.0f);
    return;
  }
  HWY_DYNAMIC_DISPATCH(contrasts_of_rows)(plane, range, side, visibility, scratch, out);
}

}  // namespace visq::cambi
#endif
