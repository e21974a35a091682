// A row at a time: sizes are added to sums of columns, and once a row of blocks is done, the sums
// of a block's columns are added up. So vectors need not know where blocks begin. All that is
// wanted of a row of luma is done while it is in the cache: above HD memory is what takes time.
#include "kernels/xpsnr/xpsnr.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/xpsnr/xpsnr.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/xpsnr/columns-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::xpsnr {
namespace HWY_NAMESPACE {
using namespace visq::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR  // no vectors at all: the reference is the kernel

void all_of_luma(const Luma& luma, const Grid& grid, const Sums& blocks, Scratch&, Parallel&) {
  activities_ref(luma.reference, grid, blocks.activities);
  errors_ref(luma.planes, grid, blocks.errors);
}

void all_errors(const Pair& planes, const Grid& grid, std::uint64_t* blocks, Scratch&, Parallel&) {
  errors_ref(planes, grid, blocks);
}

#else

template <typename T>
struct Frames {
  explicit Frames(const Luma& luma)
      : now(luma.reference.now.as<T>()),
        before(luma.reference.before.as<T>()),
        earlier(luma.reference.two_before().as<T>()),
        distorted(luma.planes.distorted.as<T>()) {}
  PlaneView<const T> now, before;
  PlaneView<const T> earlier;  // or `before` again, where there is none
  PlaneView<const T> distorted;
};

// Adds the sizes of -1 -2 -1 | -2 12 -2 | -1 -2 -1 at each sample of row y from column 1 on.
template <bool kNarrow, typename T>
void add_high_pass(const Frames<T>& frames, int y, const ColumnSums& sums) {
  const auto plane = frames.now;
  const T *const above = plane.row(y - 1), *const row = plane.row(y),
                 *const below = plane.row(y + 1);
  const Ahead<T, 4> next{{row_or_last(plane, y + 2), frames.before.row(y), frames.earlier.row(y),
                          row_or_last(frames.distorted, y)}};
  for_each_vector(sums.columns(), [&](int x, const auto& extent) HWY_ATTR {
    next.fetch(x);
    const auto more = extent.and_one_more();
    const auto left = plain(row + x, more), right = plain(row + x + 2, extent);
    V32 even = filter<kNarrow>(left, {-2, 12}, hn::Zero(D32()));
    V32 odd = filter<kNarrow>(left, {0, -2}, hn::Zero(D32()));
    even = filter<kNarrow>(right, {-2, 0}, even);
    odd = filter<kNarrow>(right, {12, -2}, odd);
    const auto left_above = plain(above + x, more), left_below = plain(below + x, more);
    even = filter<kNarrow>(left_above, left_below, {-1, -2}, even);
    odd = filter<kNarrow>(left_above, left_below, {0, -1}, odd);
    const auto right_above = plain(above + x + 2, extent),
               right_below = plain(below + x + 2, extent);
    even = filter<kNarrow>(right_above, right_below, {-1, 0}, even);
    odd = filter<kNarrow>(right_above, right_below, {-2, -1}, odd);
    sums.add_even(x, size_of(even));
    sums.add_odd(x, size_of(odd));
  });
}

// Adds the sizes of now - before, or of now - 2 before + earlier.
template <bool kTwoBefore, typename T>
void add_change(const Frames<T>& frames, int y, const ColumnSums& sums) {
  for_each_vector(sums.columns(), [&](int x, const auto& extent) HWY_ATTR {
    const auto now = plain(frames.now.row(y) + x, extent),
               before = plain(frames.before.row(y) + x, extent);
    if constexpr (kTwoBefore) {
      const auto earlier = plain(frames.earlier.row(y) + x, extent);
      const auto bend = [](auto a, auto b, auto c) HWY_ATTR {
        return size_of(hn::BitCast(D32(), hn::Sub(hn::Add(a, c), hn::Add(b, b))));
      };
      sums.add_even(x, bend(even_of(now), even_of(before), even_of(earlier)));
      sums.add_odd(x, bend(odd_of(now), odd_of(before), odd_of(earlier)));
    } else {
      const auto size = hn::Or(hn::SaturatedSub(now, before), hn::SaturatedSub(before, now));
      sums.add_even(x, even_of(size));
      sums.add_odd(x, odd_of(size));
    }
  });
}

// The sums of columns of one row of blocks: a sample's size has less than 22 bits, and of the
// blocks of the largest picture, 32768x32768, each column has 728 cells. 32 bits hold them.
template <bool kNarrow, bool kTwoBefore, typename T>
class RowOfBlocks {
 public:
  RowOfBlocks(const Luma& luma, const Grid& grid, Scratch& scratch)
      : grid_(grid),
        frames_(luma),
        spatial_(frames_.now.width - 2 * kMargin, scratch),
        temporal_(frames_.now.width, scratch),
        errors_(luma.planes, grid, scratch) {}

  void sum(int row, const Sums& all) {
    const std::ptrdiff_t first = static_cast<std::ptrdiff_t>(row) * grid_.columns;
    spatial_.clear();
    temporal_.clear();
    errors_.begin(all.errors + first);
    const int top = row * grid_.height, end = std::min(top + grid_.height, frames_.now.height);
    for (int y = top; y < end; ++y) add(y);
    errors_.end();
    for (int i = 0; i < grid_.columns; ++i) {
      const int from = i * grid_.width, to = from + grid_.width;
      all.activities[first + i] = {spatial_.sum(from - kMargin, to - kMargin),
                                   temporal_.sum(from, to)};
    }
  }

 private:
  static constexpr int kMargin = margin(false);

  void add(int y) {
    if (y >= kMargin && y < frames_.now.height - kMargin)
      add_high_pass<kNarrow>(frames_, y, spatial_);
    add_change<kTwoBefore>(frames_, y, temporal_);
    errors_.add(y);
  }

  Grid grid_;
  Frames<T> frames_;
  ColumnSums spatial_, temporal_;
  ErrorsOfRow<T> errors_;
};

template <bool kNarrow, typename T>
void sum_luma(const Luma& luma, const Grid& grid, Band rows, const Sums& blocks, Scratch& scratch) {
  const auto sum = [&](auto row_of_blocks) {
    for (int row = rows.from; row < rows.to; ++row) row_of_blocks.sum(row, blocks);
  };
  if (luma.reference.earlier.data == nullptr)
    sum(RowOfBlocks<kNarrow, false, T>(luma, grid, scratch));
  else
    sum(RowOfBlocks<kNarrow, true, T>(luma, grid, scratch));
}

template <typename T>
void sum_errors(const Pair& planes, const Grid& grid, Band rows, std::uint64_t* blocks,
                Scratch& scratch) {
  ErrorsOfRow<T> sums(planes, grid, scratch);
  for (int row = rows.from; row < rows.to; ++row) {
    sums.begin(blocks + static_cast<std::ptrdiff_t>(row) * grid.columns);
    const int end = std::min((row + 1) * grid.height, planes.reference.height);
    for (int y = row * grid.height; y < end; ++y) sums.add(y);
    sums.end();
  }
}

void all_of_luma(const Luma& luma, const Grid& grid, const Sums& blocks, Scratch& scratch,
                 Parallel& parallel) {
  const Bands bands = bands_of(grid);
  parallel.run(bands.count(), scratch, [&](std::size_t i, Scratch& own) {
    const int bits = luma.reference.now.bits;
    with_sample_type(bits, [&]<typename T>() {
      if (sizeof(T) == 1 || bits <= kNarrowBits)
        sum_luma<true, T>(luma, grid, bands[i], blocks, own);
      else
        sum_luma<false, T>(luma, grid, bands[i], blocks, own);
    });
  });
}

void all_errors(const Pair& planes, const Grid& grid, std::uint64_t* blocks, Scratch& scratch,
                Parallel& parallel) {
  const Bands bands = bands_of(grid);
  parallel.run(bands.count(), scratch, [&](std::size_t i, Scratch& own) {
    with_sample_type(planes.reference.bits,
                     [&]<typename T>() { sum_errors<T>(planes, grid, bands[i], blocks, own); });
  });
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::xpsnr
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::xpsnr {
HWY_EXPORT(all_of_luma);
HWY_EXPORT(all_errors);

void sums_of_luma(const Luma& luma, const Grid& grid, const Sums& blocks, Scratch& scratch,
                  Parallel& parallel) {
  if (luma.reference.large)
    sums_of_large_luma(luma, grid, blocks, scratch, parallel);
  else
    HWY_DYNAMIC_DISPATCH(all_of_luma)(luma, grid, blocks, scratch, parallel);
}

void errors(const Pair& planes, const Grid& grid, std::uint64_t* blocks, Scratch& scratch,
            Parallel& parallel) {
  HWY_DYNAMIC_DISPATCH(all_errors)(planes, grid, blocks, scratch, parallel);
}

}  // namespace visq::xpsnr
#endif
