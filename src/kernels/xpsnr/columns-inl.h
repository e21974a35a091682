// What the kernels of XPSNR have in common: filters of pairs of samples, sums of columns, and
// squared errors. Included once a target.
//
// A row at a time: sizes are added to sums of columns, and once a row of blocks is done, the sums
// of a block's columns are added up. So vectors need not know where blocks begin.
//
// Filters are sums of products of pairs of samples, which the CPU adds to lanes of 32 bits: one for
// each even and one for each odd column. Samples of up to 14 bits ("narrow") of two rows that have
// the same weights are added first. Above, samples are kept as v - 32768; the weights of each
// filter add up to 0, and so the offset does not show.
#if defined(VISQ_KERNELS_XPSNR_COLUMNS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VISQ_KERNELS_XPSNR_COLUMNS_INL_H_
#undef VISQ_KERNELS_XPSNR_COLUMNS_INL_H_
#else
#define VISQ_KERNELS_XPSNR_COLUMNS_INL_H_
#endif

#include <algorithm>
#include <cstring>
#include <limits>

#include "kernels/conv/pairs-inl.h"
#include "kernels/parts.h"
#include "kernels/xpsnr/xpsnr.h"

#include <hwy/cache_control.h>

HWY_BEFORE_NAMESPACE();
namespace visq::xpsnr {
namespace HWY_NAMESPACE {
using namespace visq::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR

using DU16 = hn::RebindToUnsigned<D16>;
using DU32 = hn::RebindToUnsigned<D32>;
using DU64 = hn::Repartition<std::uint64_t, D32>;

inline int lanes16() { return static_cast<int>(hn::Lanes(D16())); }

// A vector of samples, all of it or its first lanes: nothing beyond a row is read.
struct Whole {
  template <typename D, typename T>
  HWY_INLINE hn::Vec<D> load(D d, const T* samples) const {
    return hn::LoadU(d, samples);
  }
  template <typename D, typename T>
  HWY_INLINE void store(hn::Vec<D> v, D d, T* to) const {
    hn::StoreU(v, d, to);
  }
  Whole and_one_more() const { return {}; }
  Whole half() const { return {}; }
};
struct Part {
  std::size_t count;
  template <typename D, typename T>
  HWY_INLINE hn::Vec<D> load(D d, const T* samples) const {
    return hn::LoadN(d, samples, count);
  }
  template <typename D, typename T>
  HWY_INLINE void store(hn::Vec<D> v, D d, T* to) const {
    hn::StoreN(v, d, to, count);
  }
  Part and_one_more() const { return {count + 1}; }
  Part half() const { return {count / 2}; }
};

template <typename Extent>
HWY_INLINE hn::Vec<DU16> plain(const std::uint8_t* samples, const Extent& extent) {
  return hn::PromoteTo(DU16(), extent.load(hn::Rebind<std::uint8_t, DU16>(), samples));
}
template <typename Extent>
HWY_INLINE hn::Vec<DU16> plain(const std::uint16_t* samples, const Extent& extent) {
  return extent.load(DU16(), samples);
}

// Calls f(x, extent) for each vector of `count` columns.
template <typename F>
HWY_INLINE void for_each_vector(int count, const F& f) {
  int x = 0;
  for (; x + lanes16() <= count; x += lanes16()) f(x, Whole());
  if (x < count) f(x, Part{static_cast<std::size_t>(count - x)});
}

// Rows that are read soon, which are fetched meanwhile.
template <typename T, std::size_t kCount>
struct Ahead {
  const T* rows[kCount];
  HWY_INLINE void fetch(int x) const {
    for (const T* const row : rows) hwy::Prefetch(row + x);
  }
};

template <typename T>
const T* row_or_last(PlaneView<const T> plane, int y) {
  return plane.row(std::min(y, plane.height - 1));
}

// Sums of columns, those of even and of odd ones apart.
class ColumnSums {
 public:
  ColumnSums(int columns, Scratch& scratch)
      : columns_(std::max(columns, 0)),
        length_(static_cast<std::size_t>(columns_ / 2 + lanes16())) {
    even_ = scratch.take<std::uint32_t>(2 * length_);
    clear();
  }

  int columns() const { return columns_; }
  void clear() { std::memset(even_, 0, 2 * length_ * sizeof *even_); }

  HWY_INLINE void add_even(int x, hn::Vec<DU32> values) const { add(even_ + x / 2, values); }
  HWY_INLINE void add_odd(int x, hn::Vec<DU32> values) const {
    add(even_ + length_ + x / 2, values);
  }

  // Of columns from..to-1, as far as they are there.
  std::uint64_t sum(int from, int to) const {
    from = std::clamp(from, 0, columns_), to = std::clamp(to, 0, columns_);
    return sum_of(even_, (from + 1) / 2, (to + 1) / 2) + sum_of(even_ + length_, from / 2, to / 2);
  }

 private:
  static HWY_INLINE void add(std::uint32_t* sums, hn::Vec<DU32> values) {
    hn::StoreU(hn::Add(hn::LoadU(DU32(), sums), values), DU32(), sums);
  }

  static std::uint64_t sum_of(const std::uint32_t* values, int from, int to) {
    const int lanes = static_cast<int>(hn::Lanes(DU32()));
    auto total = hn::Zero(DU64());
    const auto add = [&](hn::Vec<DU32> v) HWY_ATTR {
      const auto wide = hn::BitCast(DU64(), v);
      total = hn::Add(
          total, hn::Add(hn::And(wide, hn::Set(DU64(), 0xFFFFFFFFu)), hn::ShiftRight<32>(wide)));
    };
    for (; from + lanes <= to; from += lanes) add(hn::LoadU(DU32(), values + from));
    if (from < to) add(hn::LoadN(DU32(), values + from, static_cast<std::size_t>(to - from)));
    return hn::GetLane(hn::SumOfLanes(DU64(), total));
  }

  int columns_;
  std::size_t length_;  // of the sums of even columns, which those of odd ones follow
  std::uint32_t* even_;
};

inline constexpr int kNarrowBits = 14;

HWY_INLINE hn::Vec<DU32> size_of(V32 v) { return hn::BitCast(DU32(), hn::Abs(v)); }

// Of an unsigned vector.
HWY_INLINE hn::Vec<DU32> even_of(hn::Vec<DU16> v) {
  return hn::And(hn::BitCast(DU32(), v), hn::Set(DU32(), 0xFFFFu));
}
HWY_INLINE hn::Vec<DU32> odd_of(hn::Vec<DU16> v) {
  return hn::ShiftRight<16>(hn::BitCast(DU32(), v));
}

// Of a pair of samples.
struct Weights {
  std::int16_t first, second;
};

HWY_INLINE V32 add_products(hn::Vec<DU16> v, const Weights& w, V32 sum) {
  const auto pair =
      packed_pair(static_cast<std::uint16_t>(w.first), static_cast<std::uint16_t>(w.second));
  return add_pair_products(hn::BitCast(D16(), v), hn::BitCast(D16(), hn::Set(D32(), pair)), sum);
}

HWY_INLINE hn::Vec<DU16> centred(hn::Vec<DU16> v) { return hn::Xor(v, hn::Set(DU16(), 0x8000)); }

// Those of one vector, and of two with the same weights.
template <bool kNarrow>
HWY_INLINE V32 filter(hn::Vec<DU16> v, const Weights& w, V32 sum) {
  return add_products(kNarrow ? v : centred(v), w, sum);
}
template <bool kNarrow>
HWY_INLINE V32 filter(hn::Vec<DU16> a, hn::Vec<DU16> b, const Weights& w, V32 sum) {
  if constexpr (kNarrow) return add_products(hn::Add(a, b), w, sum);
  return add_products(centred(b), w, add_products(centred(a), w, sum));
}

// Squares of differences of whole pairs, of which each is a sum of two; differences have 15 bits.
HWY_INLINE V32 squares_of_pairs(hn::Vec<DU16> a, hn::Vec<DU16> b, V32 sum) {
  const auto difference = hn::BitCast(D16(), hn::Sub(a, b));
  return add_pair_products(difference, difference, sum);
}

template <typename T>
void add_squares_of_pairs(const T* a, const T* b, const ColumnSums& sums) {
  for_each_vector(sums.columns(), [&](int x, const auto& extent) HWY_ATTR {
    const V32 squares =
        squares_of_pairs(plain(a + x, extent), plain(b + x, extent), hn::Zero(D32()));
    sums.add_even(x, hn::BitCast(DU32(), squares));
  });
}

template <typename T>
void add_squares(const T* a, const T* b, const ColumnSums& sums) {
  for_each_vector(sums.columns(), [&](int x, const auto& extent) HWY_ATTR {
    const auto va = plain(a + x, extent), vb = plain(b + x, extent);
    const auto size = hn::Or(hn::SaturatedSub(va, vb), hn::SaturatedSub(vb, va));
    const auto even = even_of(size), odd = odd_of(size);
    sums.add_even(x, hn::Mul(even, even));
    sums.add_odd(x, hn::Mul(odd, odd));
  });
}

// The squared errors of one row of blocks, to which rows of samples are added.
template <typename T>
class ErrorsOfRow {
 public:
  ErrorsOfRow(const Pair& planes, const Grid& grid, Scratch& scratch)
      : grid_(grid),
        a_(planes.reference.as<T>()),
        b_(planes.distorted.as<T>()),
        in_pairs_(planes.reference.bits < 16 && grid.width % 2 == 0),
        step_(rows_at_once(planes.reference.bits, in_pairs_ ? 2 : 1)),
        sums_(a_.width, scratch) {}

  void begin(std::uint64_t* blocks) {
    blocks_ = blocks;
    std::fill_n(blocks_, grid_.columns, 0);
  }
  void add(int y) {
    if (y >= a_.height) return;
    if (in_pairs_)
      add_squares_of_pairs(a_.row(y), b_.row(y), sums_);
    else
      add_squares(a_.row(y), b_.row(y), sums_);
    count_rows(1);
  }
  // Of the samples of two rows, of whole pairs.
  HWY_INLINE void add(int x, hn::Vec<DU16> a, hn::Vec<DU16> b, hn::Vec<DU16> a_below,
                      hn::Vec<DU16> b_below) const {
    const V32 below = squares_of_pairs(a_below, b_below, hn::Zero(D32()));
    sums_.add_even(x, hn::BitCast(DU32(), squares_of_pairs(a, b, below)));
  }
  void count_rows(int rows) {
    room_ -= rows;
    if (room_ < rows) end();
  }
  void end() {
    for (int i = 0; i < grid_.columns; ++i)
      blocks_[i] += sums_.sum(i * grid_.width, (i + 1) * grid_.width);
    sums_.clear();
    room_ = step_;
  }

 private:
  // How many rows of squares 32 bits hold, where each adds so many.
  static int rows_at_once(int bits, unsigned count) {
    const std::uint64_t peak = (std::uint64_t{1} << bits) - 1;
    return static_cast<int>(std::numeric_limits<std::uint32_t>::max() / (count * peak * peak));
  }

  Grid grid_;
  PlaneView<const T> a_, b_;
  bool in_pairs_;
  int step_, room_ = step_;
  ColumnSums sums_;
  std::uint64_t* blocks_ = nullptr;
};

// Rows of blocks in parts of 64 rows of samples at least.
inline Bands bands_of(const Grid& grid) { return {grid.rows, (63 + grid.height) / grid.height}; }

#endif  // HWY_TARGET

}  // namespace HWY_NAMESPACE
}  // namespace visq::xpsnr
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
