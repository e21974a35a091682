// Contrasts of flat samples, from counts of values in columns.
//
// For every column there is a count of each value over the rows of the window. From row to row they
// change by the samples that enter and leave, which in a flat area mostly cancel. Along a row the
// counts of the window are sums of columns. Only the values near a sample's own matter, so a vector
// of sums, a range of kSlack values more than needed, moves along while the samples stay in it.
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

Status contrasts_of_plane(PlaneView<const std::uint16_t> plane, int side, const Visibility& visibility, Scratch&, Contrasts& out) {
  contrasts_ref(plane, side, visibility, out);
  return {};
}

#else

namespace hn = hwy::HWY_NAMESPACE;

using DCount = hn::CappedTag<std::uint16_t, 16>;
using VCount = hn::Vec<DCount>;
using D16 = hn::ScalableTag<std::uint16_t>;

inline constexpr int kLanes = static_cast<int>(hn::MaxLanes(DCount()));
inline constexpr int kBlock = 16;  // values counted together, in one vector or two
inline constexpr std::uint16_t kNone = 0xFFFF;  // instead of a value that is not counted

// Blocks that hold 2 D + 1 values and some more.
constexpr int blocks_for(int differences) { return (2 * differences + 1 + kBlock - 1) / kBlock; }

// Counts of values in columns, in bytes. Columns beyond the plane stay empty.
class Columns {
 public:
  Columns(const Visibility& visibility, int width, int radius)
      : margin_(kBlock * blocks_for(visibility.differences)),
        stride_(static_cast<std::ptrdiff_t>(round_up(static_cast<std::size_t>(visibility.high - visibility.low + 1 + 2 * margin_), 64)) + 64),
        outside_(radius + 1),
        count_(static_cast<std::size_t>(width) + 2 * static_cast<std::size_t>(outside_)) {}

  bool allocate(Scratch& scratch) {
    const std::size_t bytes = count_ * static_cast<std::size_t>(stride_);
    memory_ = scratch.take<std::uint8_t>(bytes);
    if (memory_ != nullptr) std::memset(memory_, 0, bytes);
    return memory_ != nullptr;
  }
  std::uint8_t* at(int x) const { return memory_ + (x + outside_) * stride_ + margin_; }
  std::ptrdiff_t stride() const { return stride_; }

 private:
  int margin_;
  std::ptrdiff_t stride_;
  int outside_;
  std::size_t count_;
  std::uint8_t* memory_ = nullptr;
};

// The values of flat samples, less the lowest that counts; kNone for others.
void make_keys(PlaneView<const std::uint16_t> plane, const Visibility& visibility, PlaneView<std::uint16_t> keys) {
  const D16 d;
  const int lanes = static_cast<int>(hn::Lanes(d)), last = visibility.high - visibility.low;
  const auto low = hn::Set(d, static_cast<std::uint16_t>(kFlat + visibility.low)), range = hn::Set(d, static_cast<std::uint16_t>(last));
  const auto none = hn::Set(d, kNone);
  for (int y = 0; y < plane.height; ++y) {
    int x = 0;
    for (; x + lanes <= plane.width; x += lanes) {
      const auto key = hn::Sub(hn::LoadU(d, plane.row(y) + x), low);
      hn::StoreU(hn::IfThenElse(hn::Eq(hn::Min(key, range), key), key, none), d, keys.row(y) + x);
    }
    for (; x < plane.width; ++x) {
      const int key = plane.row(y)[x] - kFlat - visibility.low;
      keys.row(y)[x] = key < 0 || key > last ? kNone : static_cast<std::uint16_t>(key);
    }
  }
}

// Calls f(x) for every column where two rows differ.
template <typename F>
HWY_INLINE void where_different(const std::uint16_t* a, const std::uint16_t* b, int width, const F& f) {
  const D16 d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  int x = 0;
  for (; x + lanes <= width; x += lanes) {
    std::uint64_t bits = 0;
    hn::StoreMaskBits(d, hn::Ne(hn::LoadU(d, a + x), hn::LoadU(d, b + x)), reinterpret_cast<std::uint8_t*>(&bits));
    for (; bits != 0; bits &= bits - 1) f(x + static_cast<int>(hwy::Num0BitsBelowLS1Bit_Nonzero64(bits)));
  }
  for (; x < width; ++x)
    if (a[x] != b[x]) f(x);
}

// Moves the counts of the columns by a row.
void slide_columns(const std::uint16_t* entering, const std::uint16_t* leaving, int width, const Columns& columns) {
  where_different(entering, leaving, width, [&](int x) HWY_ATTR {
    std::uint8_t* const column = columns.at(x);
    if (entering[x] != kNone) ++column[entering[x]];
    if (leaving[x] != kNone) --column[leaving[x]];
  });
}

// The counts of kBlocks * 16 values from `base` in the window around one column.
template <int kBlocks>
class Window {
 public:
  Window(const Columns& columns, int radius) : columns_(columns), radius_(radius) {}

  // Around column x, with the values key - differences .. key + differences.
  HWY_INLINE void move_to(int x, int key, int differences) {
    const int first = key - differences;
    const bool inside = first >= base_ && key + differences < base_ + kBlock * kBlocks;
    if (!inside || x - x_ > radius_) {
      base_ = first - (kBlock * kBlocks - 2 * differences - 1) / 2;
      start(x);
    } else {
      while (x_ < x) step();
    }
  }
  HWY_INLINE void store(std::uint16_t* counts) const {
    for (int i = 0; i < kVectors; ++i) hn::StoreU(sums_[i], DCount(), counts + i * kLanes);
  }
  int base() const { return base_; }

 private:
  static constexpr int kVectors = kBlocks * kBlock / kLanes;

  HWY_INLINE VCount column(const std::uint8_t* p, int i) const {
    return hn::PromoteTo(DCount(), hn::LoadU(hn::Rebind<std::uint8_t, DCount>(), p + i * kLanes));
  }
  HWY_INLINE void start(int x) {
    x_ = x;
    const std::uint8_t* p = columns_.at(x - radius_) + base_;
    for (int i = 0; i < kVectors; ++i) sums_[i] = column(p, i);
    for (int k = 0; k < 2 * radius_; ++k) {
      p += columns_.stride();
      for (int i = 0; i < kVectors; ++i) sums_[i] = hn::Add(sums_[i], column(p, i));
    }
  }
  HWY_INLINE void step() {
    const std::uint8_t* const leaving = columns_.at(x_ - radius_) + base_;
    const std::uint8_t* const entering = columns_.at(x_ + radius_ + 1) + base_;
    for (int i = 0; i < kVectors; ++i) sums_[i] = hn::Sub(hn::Add(sums_[i], column(entering, i)), column(leaving, i));
    ++x_;
  }

  const Columns& columns_;
  int radius_;
  int x_ = -(1 << 20);
  int base_ = 0;
  VCount sums_[kVectors];
};

// Of the samples of a row: counts of their own value, of their neighbours in value and the weights, in
// groups of four differences.
struct RowCounts {
  std::uint16_t *own, *other, *weight;
  int* columns;   // where the samples are
  std::size_t samples = 0;
};

HWY_INLINE void add_groups(const std::uint16_t* centre, const std::uint8_t* weights, int groups, RowCounts& row) {
  const hn::CappedTag<std::uint16_t, 4> d4;
  const hn::Rebind<std::uint8_t, decltype(d4)> d4b;
  for (int g = 0; g < groups; ++g) {
    const std::size_t to = (row.samples * static_cast<std::size_t>(groups) + static_cast<std::size_t>(g)) * 4;
    const auto above = hn::LoadU(d4, centre + 1 + 4 * g), below = hn::Reverse(d4, hn::LoadU(d4, centre - 4 - 4 * g));
    hn::StoreU(hn::Max(above, below), d4, row.other + to);
    hn::StoreU(hn::Set(d4, *centre), d4, row.own + to);
    hn::StoreU(hn::PromoteTo(d4, hn::LoadU(d4b, weights + 4 * g)), d4, row.weight + to);
  }
}

template <int kBlocks>
void count_row(const std::uint16_t* keys, int width, const Visibility& visibility, Window<kBlocks>& window, RowCounts& row) {
  const int differences = visibility.differences;
  HWY_ALIGN std::array<std::uint16_t, kBlocks * kBlock + 16> counts{};
  const D16 d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const auto one = [&](int x) HWY_ATTR {
    const std::uint8_t* const weights = visibility.of(visibility.low + keys[x]);
    bool visible = false;
    for (int i = 0; i < differences && !visible; ++i) visible = weights[i] != 0;
    if (!visible) return;
    window.move_to(x, keys[x], differences);
    window.store(counts.data());
    row.columns[row.samples] = x;
    add_groups(counts.data() + (keys[x] - window.base()), weights, differences / 4, row);
    ++row.samples;
  };
  int x = 0;
  for (; x + lanes <= width; x += lanes) {
    std::uint64_t bits = 0;
    hn::StoreMaskBits(d, hn::Ne(hn::LoadU(d, keys + x), hn::Set(d, kNone)), reinterpret_cast<std::uint8_t*>(&bits));
    for (; bits != 0; bits &= bits - 1) one(x + static_cast<int>(hwy::Num0BitsBelowLS1Bit_Nonzero64(bits)));
  }
  for (; x < width; ++x)
    if (keys[x] != kNone) one(x);
}

// The largest contrast of each group of four differences, in all its lanes. Products of counts are
// below 2^26, and are rounded to float as the reference rounds them.
HWY_INLINE void contrast_groups(RowCounts& row, std::size_t groups, float* largest) {
  const hn::ScalableTag<float> df;
  const hn::RebindToSigned<decltype(df)> di;
  const hn::Rebind<std::uint16_t, decltype(df)> d16;
  const std::size_t lanes = hn::Lanes(df), total = groups * 4;
  const float* const table = reciprocals();
  for (std::size_t i = 0; i < total; i += lanes) {
    const auto own = hn::PromoteTo(di, hn::LoadU(d16, row.own + i)), other = hn::PromoteTo(di, hn::LoadU(d16, row.other + i));
    const auto weight = hn::PromoteTo(di, hn::LoadU(d16, row.weight + i));
    const auto product = hn::ConvertTo(df, hn::Mul(hn::Mul(weight, own), other));
    const auto contrast = hn::Mul(product, hn::GatherIndex(df, table, hn::Add(own, other)));
    const auto pairs = hn::Max(contrast, hn::Shuffle2301(contrast));
    hn::StoreU(hn::Max(pairs, hn::Shuffle1032(pairs)), df, largest + i);
  }
}

struct Buffers {
  PlaneView<std::uint16_t> keys;
  RowCounts row;
  float* largest;
  std::size_t group_lanes;
  const std::uint16_t* nothing;  // a row of kNone
};

Result<Buffers> take_buffers(int width, int height, int differences, Scratch& scratch) {
  constexpr std::size_t kSpare = 64;  // the last vector reaches beyond the last group
  const std::size_t groups = static_cast<std::size_t>(width) * static_cast<std::size_t>(differences) + kSpare;
  Buffers b;
  b.keys = scratch.take_plane<std::uint16_t>(width, height);
  b.row = {scratch.take<std::uint16_t>(groups), scratch.take<std::uint16_t>(groups), scratch.take<std::uint16_t>(groups), scratch.take<int>(static_cast<std::size_t>(width))};
  b.largest = scratch.take<float>(groups);
  auto* const nothing = scratch.take<std::uint16_t>(static_cast<std::size_t>(width));
  if (b.keys.data == nullptr || b.row.own == nullptr || b.row.other == nullptr || b.row.weight == nullptr || b.row.columns == nullptr ||
      b.largest == nullptr || nothing == nullptr)
    return fail(ENOMEM, "cambi: no memory for the counts of a row");
  std::fill_n(nothing, width, kNone);
  for (std::uint16_t* const p : {b.row.own, b.row.other, b.row.weight}) std::fill_n(p, groups, std::uint16_t{0});
  b.nothing = nothing;
  return b;
}

void add_contrasts(Buffers& buffers, int y, int differences, Contrasts& out) {
  const auto groups = static_cast<std::size_t>(differences / 4);
  RowCounts& row = buffers.row;
  contrast_groups(row, row.samples * groups, buffers.largest);
  for (std::size_t i = 0; i < row.samples; ++i) {
    const float* const parts = buffers.largest + i * groups * 4;
    float contrast = parts[0];
    for (std::size_t g = 1; g < groups; ++g) contrast = std::max(contrast, parts[4 * g]);
    out.values[out.count++] = contrast;
    if (out.map.data != nullptr) out.map.row(y)[row.columns[i]] = contrast;
  }
}

template <int kBlocks>
void all_rows(int radius, const Visibility& visibility, const Columns& columns, Buffers& buffers, Contrasts& out) {
  const PlaneView<std::uint16_t> keys = buffers.keys;
  for (int y = 0; y < std::min(radius, keys.height); ++y) slide_columns(keys.row(y), buffers.nothing, keys.width, columns);
  for (int y = 0; y < keys.height; ++y) {
    const std::uint16_t* const entering = y + radius < keys.height ? keys.row(y + radius) : buffers.nothing;
    const std::uint16_t* const leaving = y - radius - 1 >= 0 ? keys.row(y - radius - 1) : buffers.nothing;
    slide_columns(entering, leaving, keys.width, columns);
    Window<kBlocks> window(columns, radius);
    buffers.row.samples = 0;
    count_row(keys.row(y), keys.width, visibility, window, buffers.row);
    if (out.map.data != nullptr) std::fill_n(out.map.row(y), keys.width, 0.0f);
    add_contrasts(buffers, y, visibility.differences, out);
  }
}

Status contrasts_of_plane(PlaneView<const std::uint16_t> plane, int side, const Visibility& visibility, Scratch& scratch, Contrasts& out) {
  out.count = 0;
  VISQ_ASSIGN(Buffers buffers, take_buffers(plane.width, plane.height, visibility.differences, scratch));
  Columns columns(visibility, plane.width, side / 2);
  if (!columns.allocate(scratch)) return fail(ENOMEM, "cambi: no memory for the counts of columns");
  make_keys(plane, visibility, buffers.keys);
  switch (blocks_for(visibility.differences)) {
    case 1: all_rows<1>(side / 2, visibility, columns, buffers, out); break;
    case 2: all_rows<2>(side / 2, visibility, columns, buffers, out); break;
    case 3: all_rows<3>(side / 2, visibility, columns, buffers, out); break;
    default: all_rows<5>(side / 2, visibility, columns, buffers, out); break;
  }
  return {};
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::cambi
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::cambi {

HWY_EXPORT(contrasts_of_plane);

Status contrasts(PlaneView<const std::uint16_t> plane, int side, const Visibility& visibility, Scratch& scratch, Contrasts& out) {
  if (visibility.high < visibility.low) {  // nothing is visible
    out.count = 0;
    for (int y = 0; out.map.data != nullptr && y < plane.height; ++y) std::fill_n(out.map.row(y), plane.width, 0.0f);
    return {};
  }
  return HWY_DYNAMIC_DISPATCH(contrasts_of_plane)(plane, side, visibility, scratch, out);
}

}  // namespace visq::cambi
#endif
