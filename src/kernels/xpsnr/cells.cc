// Luma above HD, where memory is what takes time: all that is wanted of a row of cells, the sums
// over blocks and the cells' own, is found out while it is read, and each sample is read once. Of
// the frames before, only sums of cells are wanted, which are mostly kept.
#include "kernels/xpsnr/cells.h"

#include <algorithm>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/xpsnr/cells.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/xpsnr/columns-inl.h"

// Otherwise GCC keeps the vectors that a lambda changes in memory.
#ifndef VISQ_INLINE_LAMBDA
#define VISQ_INLINE_LAMBDA HWY_ATTR __attribute__((always_inline))
#endif

HWY_BEFORE_NAMESPACE();
namespace visq::xpsnr {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

void all_of_cells(const Luma& luma, const Grid& grid, const Sums& blocks, Scratch&, Parallel&) {
  activities_ref(luma.reference, grid, blocks.activities);
  errors_ref(luma.planes, grid, blocks.errors);
}

#else

// Sums of cells in memory; of samples of more than 14 bits, less 4 * 32768.
template <bool kNarrow>
using Cell = std::conditional_t<kNarrow, std::uint16_t, std::int32_t>;

template <typename Extent>
HWY_INLINE V32 load_cells(const std::uint16_t* cells, const Extent& extent) {
  return hn::PromoteTo(D32(), extent.load(hn::Rebind<std::uint16_t, D32>(), cells));
}
template <typename Extent>
HWY_INLINE V32 load_cells(const std::int32_t* cells, const Extent& extent) {
  return extent.load(D32(), cells);
}

template <typename Extent>
HWY_INLINE void store_cells(V32 sums, std::uint16_t* cells, const Extent& extent) {
  const hn::Rebind<std::uint16_t, D32> d;
  extent.store(hn::DemoteTo(d, sums), d, cells);
}
template <typename Extent>
HWY_INLINE void store_cells(V32 sums, std::int32_t* cells, const Extent& extent) {
  extent.store(sums, D32(), cells);
}

// Two rows would not stay in the first one. GCC drops calls of it where it is not inlined.
HWY_INLINE void fetch_to_second_cache(const void* from) { __builtin_prefetch(from, 0, 2); }

template <bool kNarrow>
HWY_INLINE V32 sums_of_cells(hn::Vec<DU16> row, hn::Vec<DU16> below) {
  return filter<kNarrow>(row, below, {1, 1}, hn::Zero(D32()));
}

// The cells of a frame before: those that are kept, else a row that is made when it is asked for.
template <bool kNarrow, typename T>
class CellsBefore {
 public:
  CellsBefore(const Samples& luma, const CellSums* kept, Scratch& scratch)
      : luma_(luma.as<T>()),
        kept_(kept),
        own_(kept != nullptr ? nullptr
                             : scratch.take<Cell<kNarrow>>(static_cast<std::size_t>(luma.width))) {}

  // Before cells of these rows of samples are asked for.
  void begin(int row_of_blocks, Band rows) const {
    if constexpr (kNarrow)
      if (kept_ != nullptr)
        kept_->once(row_of_blocks, [&] {
          for (int y = rows.from; y < rows.to; y += 2) make(y, kept_->row(y / 2));
        });
  }
  const Cell<kNarrow>* row(int y) const {
    if constexpr (kNarrow)
      if (kept_ != nullptr) return kept_->row(y / 2);
    make(y, own_);
    return own_;
  }

 private:
  void make(int y, Cell<kNarrow>* cells) const {
    for_each_vector(luma_.width, [&](int x, const auto& extent) HWY_ATTR {
      store_cells(sums_of_cells<kNarrow>(plain(luma_.row(y) + x, extent),
                                         plain(luma_.row(y + 1) + x, extent)),
                  cells + x / 2, extent.half());
    });
  }

  PlaneView<const T> luma_;
  const CellSums* kept_;
  Cell<kNarrow>* own_;
};

// A row of cells, with what is around it and what it is compared with. What is beyond the picture's
// edges is of no account.
template <bool kNarrow, typename T>
struct RowOfCells {
  const T* rows[6];  // two above the cells, theirs, two below
  const T* distorted[2];
  const T* ahead[4];  // rows of both that come next
  const Cell<kNarrow>*before, *earlier;
  Cell<kNarrow>* now;  // is made
};

// The sums of columns of one row of blocks: a sample's size has less than 22 bits, and of the
// blocks of the largest picture, 32768x32768, each column has 728 cells. 32 bits hold them.
template <bool kNarrow, bool kTwoBefore, typename T>
class RowOfBlocks {
 public:
  RowOfBlocks(const Luma& luma, const Grid& grid, Scratch& scratch)
      : grid_(grid),
        now_(luma.reference.now.as<T>()),
        distorted_(luma.planes.distorted.as<T>()),
        kept_(luma.kept.now),
        before_(luma.reference.before, luma.kept.before, scratch),
        earlier_(luma.reference.two_before(), kTwoBefore ? luma.kept.earlier : luma.kept.before,
                 scratch),
        made_(scratch.take<Cell<kNarrow>>(static_cast<std::size_t>(now_.width))),
        spatial_(now_.width + lanes16(), scratch),
        outside_(now_.width + lanes16(), scratch),
        temporal_(now_.width, scratch),
        errors_(luma.planes, grid, scratch) {}

  void sum(int row, const Sums& all) {
    const Band rows{row * grid_.height, std::min((row + 1) * grid_.height, now_.height)};
    const std::ptrdiff_t first = static_cast<std::ptrdiff_t>(row) * grid_.columns;
    before_.begin(row, rows);
    if (kTwoBefore) earlier_.begin(row, rows);
    bool done = false;
    if constexpr (kNarrow)
      if (kept_ != nullptr)
        kept_->once(row, [&] {
          sum(rows, all.errors + first, [&](int y) { return kept_->row(y / 2); });
          done = true;
        });
    if (!done) sum(rows, all.errors + first, [&](int) { return made_; });
    for (int i = 0; i < grid_.columns; ++i) {
      const int from = i * grid_.width, to = from + grid_.width;
      all.activities[first + i] = {spatial(from, to), temporal_.sum(from, to)};
    }
  }

 private:
  static constexpr int kMargin = margin(true);

  // The spatial sums of a vector are ready with the next one, and lie there.
  std::uint64_t spatial(int from, int to) const {
    return spatial_.sum(std::max(from, kMargin) + lanes16(),
                        std::min(to, now_.width - kMargin) + lanes16());
  }

  template <typename Made>
  void sum(Band rows, std::uint64_t* errors, const Made& made) {
    spatial_.clear();
    temporal_.clear();
    errors_.begin(errors);
    for (int y = rows.from; y < rows.to; y += 2) {
      add(row_of_cells(y, made(y)),
          y >= kMargin && y < now_.height - kMargin ? spatial_ : outside_);
      if constexpr (kNarrow)
        errors_.count_rows(2);
      else
        errors_.add(y), errors_.add(y + 1);
    }
    errors_.end();
  }

  RowOfCells<kNarrow, T> row_of_cells(int y, Cell<kNarrow>* made) const {
    RowOfCells<kNarrow, T> row;
    for (int i = 0; i < 6; ++i) row.rows[i] = now_.row(std::clamp(y - 2 + i, 0, now_.height - 1));
    for (int i = 0; i < 2; ++i) row.distorted[i] = distorted_.row(y + i);
    for (int i = 0; i < 2; ++i) {
      row.ahead[i] = row_or_last(now_, y + 4 + i);
      row.ahead[2 + i] = row_or_last(distorted_, y + 2 + i);
    }
    row.before = before_.row(y);
    row.earlier = kTwoBefore ? earlier_.row(y) : row.before;
    row.now = made;
    return row;
  }

  // The filter of 6x6 samples meets three cells side by side in each pair of rows. A vector of
  // cells has products with the weights of each of the three; those of the cells around the middle
  // one are then moved by a lane. A vector's last cell waits for the next vector.
  void add(const RowOfCells<kNarrow, T>& row, const ColumnSums& spatial) const {
    const D32 d;
    const auto next = hn::IndicesFromVec(d, hn::Iota(d, 1)),
               last = hn::IndicesFromVec(d, hn::Iota(d, static_cast<int>(hn::Lanes(d)) - 1));
    V32 left_before = hn::Zero(d), right_before = hn::Zero(d), open = hn::Zero(d);
    for_each_vector(now_.width, [&](int x, const auto& extent) VISQ_INLINE_LAMBDA {
      for (const T* const ahead : row.ahead) fetch_to_second_cache(ahead + x);
      const auto a = plain(row.rows[2] + x, extent), b = plain(row.rows[3] + x, extent);
      V32 left = hn::Zero(d), middle = hn::Zero(d), right = hn::Zero(d);
      const auto filter_rows = [&](auto above, auto below, Weights l, Weights m, Weights r)
                                   VISQ_INLINE_LAMBDA {
                                     left = filter<kNarrow>(above, below, l, left);
                                     middle = filter<kNarrow>(above, below, m, middle);
                                     right = filter<kNarrow>(above, below, r, right);
                                   };
      filter_rows(plain(row.rows[0] + x, extent), plain(row.rows[5] + x, extent), {0, -1}, {-1, -1},
                  {-1, 0});
      filter_rows(plain(row.rows[1] + x, extent), plain(row.rows[4] + x, extent), {-1, -2},
                  {-3, -3}, {-2, -1});
      filter_rows(a, b, {-1, -3}, {12, 12}, {-3, -1});
      spatial.add_even(
          x, size_of(hn::Add(open, hn::TwoTablesLookupLanes(d, right_before, right, next))));
      open = hn::Add(middle, hn::TwoTablesLookupLanes(d, left_before, left, last));
      left_before = left;
      right_before = right;

      const V32 cells = sums_of_cells<kNarrow>(a, b);
      store_cells(cells, row.now + x / 2, extent.half());
      temporal_.add_even(x, size_of(change(cells, row, x, extent.half())));
      if constexpr (kNarrow)
        errors_.add(x, a, plain(row.distorted[0] + x, extent), b,
                    plain(row.distorted[1] + x, extent));
    });
    const int end = static_cast<int>(
        round_up(static_cast<std::size_t>(now_.width), static_cast<std::size_t>(lanes16())));
    spatial.add_even(
        end, size_of(hn::Add(open, hn::TwoTablesLookupLanes(d, right_before, hn::Zero(d), next))));
  }

  template <typename Extent>
  HWY_INLINE V32 change(V32 cells, const RowOfCells<kNarrow, T>& row, int x,
                        const Extent& extent) const {
    const V32 before = load_cells(row.before + x / 2, extent);
    const V32 difference = hn::Sub(cells, before);
    if constexpr (!kTwoBefore) return difference;
    return hn::Add(difference, hn::Sub(load_cells(row.earlier + x / 2, extent), before));
  }

  Grid grid_;
  PlaneView<const T> now_, distorted_;
  const CellSums* kept_;
  CellsBefore<kNarrow, T> before_, earlier_;
  Cell<kNarrow>* made_;  // what nobody keeps
  ColumnSums spatial_, outside_, temporal_;
  ErrorsOfRow<T> errors_;
};

template <bool kNarrow, typename T>
void sum_cells(const Luma& luma, const Grid& grid, Band rows, const Sums& blocks,
               Scratch& scratch) {
  const auto sum = [&](auto row_of_blocks) {
    for (int row = rows.from; row < rows.to; ++row) row_of_blocks.sum(row, blocks);
  };
  if (luma.reference.earlier.data == nullptr)
    sum(RowOfBlocks<kNarrow, false, T>(luma, grid, scratch));
  else
    sum(RowOfBlocks<kNarrow, true, T>(luma, grid, scratch));
}

void all_of_cells(const Luma& luma, const Grid& grid, const Sums& blocks, Scratch& scratch,
                  Parallel& parallel) {
  const Bands bands = bands_of(grid);
  parallel.run(bands.count(), scratch, [&](std::size_t i, Scratch& own) {
    const int bits = luma.reference.now.bits;
    if (bits == 8)
      sum_cells<true, std::uint8_t>(luma, grid, bands[i], blocks, own);
    else if (bits <= kNarrowBits)
      sum_cells<true, std::uint16_t>(luma, grid, bands[i], blocks, own);
    else
      sum_cells<false, std::uint16_t>(luma, grid, bands[i], blocks, own);
  });
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::xpsnr
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::xpsnr {
namespace {

// A copy that has the last column and row twice, where their number is odd.
template <typename T>
Samples even_sides(const Samples& plane, Scratch& scratch) {
  const auto from = plane.as<T>();
  const auto to = scratch.take_plane<T>((from.width + 1) / 2 * 2, (from.height + 1) / 2 * 2);
  for (int y = 0; y < to.height; ++y) {
    const T* const row = from.row(std::min(y, from.height - 1));
    std::copy_n(row, from.width, to.row(y));
    to.row(y)[to.width - 1] = row[from.width - 1];
  }
  if constexpr (sizeof(T) == 1)
    return PlaneView<const T>(to);
  else
    return {PlaneView<const T>(to), plane.bits};
}

}  // namespace

HWY_EXPORT(all_of_cells);

// Where a side is odd, copies are looked at, whose last samples are no errors twice.
void sums_of_large_luma(const Luma& luma, const Grid& grid, const Sums& blocks, Scratch& scratch,
                        Parallel& parallel) {
  const Samples& now = luma.reference.now;
  if (now.width % 2 == 0 && now.height % 2 == 0)
    return HWY_DYNAMIC_DISPATCH(all_of_cells)(luma, grid, blocks, scratch, parallel);
  Luma even = luma;
  with_sample_type(now.bits, [&]<typename T>() {
    for (Samples* const plane :
         {&even.reference.now, &even.reference.before, &even.reference.earlier})
      if (plane->data != nullptr) *plane = even_sides<T>(*plane, scratch);
  });
  even.planes = {even.reference.now, even.reference.now};
  HWY_DYNAMIC_DISPATCH(all_of_cells)(even, grid, blocks, scratch, parallel);
  errors(luma.planes, grid, blocks.errors, scratch, parallel);
}

}  // namespace visq::xpsnr
#endif
