// Tiles of a picture to Winograd's points and back; for one CPU target at a time.
#include <algorithm>
#include <cstddef>

#include "kernels/nn/nn.h"

#ifndef VISQ_NN_WINOGRAD_BATCH_
#define VISQ_NN_WINOGRAD_BATCH_
namespace visq::nn {

// Tiles whose sums, of a block of channels, just fit into the first cache.
inline constexpr int kBatch = 12;

constexpr std::ptrdiff_t block_sums(int tile) {
  return std::ptrdiff_t{kBatch} * kBlock * tile_points(tile);
}

// How many batches meet the weights together at most, and of how many blocks of channels their sums
// are kept meanwhile. Weights that stay in the second cache meet each batch by itself, two blocks
// at a time, so that its sums hardly leave the first. Larger ones come from far away: then what is
// read of them is used for several batches, and of so many blocks that the sums of all batches stay
// in the second cache; but of all blocks where the points of the batches do not, which are read
// again for each group of blocks.
struct WinogradOrder {
  int tile;
  int batches = 1, blocks = 1;

  std::size_t sums() const {
    return static_cast<std::size_t>(batches) * static_cast<std::size_t>(blocks) *
           static_cast<std::size_t>(block_sums(tile));
  }
  std::ptrdiff_t sums_at(int batch, int block) const {
    return (std::ptrdiff_t{batch} * blocks + block % blocks) * block_sums(tile);
  }
};
inline WinogradOrder winograd_order(int tile, std::size_t weight_bytes, int blocks, int batches) {
  constexpr std::size_t kNear = 768 * 1024;
  if (weight_bytes <= kNear) return {tile, 1, 2};
  const std::size_t of_block = weight_bytes / static_cast<std::size_t>(blocks),
                    points = of_block / kBlock * kBatch * static_cast<std::size_t>(batches);
  constexpr std::size_t kSecondCache = 2 * 1024 * 1024;
  return {tile, batches, points < kSecondCache ? std::min(blocks, 4) : blocks};
}

// Tiles one after another, row by row, in batches: these may hold tiles of several rows.
struct Batches {
  int columns, rows;

  int all() const { return (columns * rows + kBatch - 1) / kBatch; }
  int count(int batch) const { return std::min(kBatch, columns * rows - batch * kBatch); }
};

// Rows of tiles whose batches meet the weights together.
inline int tile_rows(const WinogradOrder& order, int pixels) {
  Batches batches{(pixels + order.tile - 1) / order.tile, 2};
  while (batches.rows <= most_tile_rows(order.tile) && batches.all() <= order.batches)
    ++batches.rows;
  return batches.rows - 1;
}

// Values from one point of a batch to the next. A line of 64 bytes more than the tiles take: else
// the points of a tile with many channels would all want the same few places of the first cache.
template <class Value>
constexpr std::ptrdiff_t point_step(int channels) {
  constexpr std::ptrdiff_t kLine = 64 / sizeof(Value);
  return std::ptrdiff_t{kBatch} * channels + kLine;
}

}  // namespace visq::nn
#endif

#if defined(VISQ_NN_WINOGRAD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VISQ_NN_WINOGRAD_INL_H_
#undef VISQ_NN_WINOGRAD_INL_H_
#else
#define VISQ_NN_WINOGRAD_INL_H_
#endif

#include <hwy/highway.h>

#include "kernels/nn/bf16-inl.h"
#include "kernels/nn/gemm-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::nn {
namespace HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR

template <int T>
inline constexpr int kSide = tile_side(T);
template <int T>
inline constexpr int kPoints = tile_points(T);
using Six = V[6];
using Eight = V[8];

HWY_INLINE void to_points(const Six& v, Six& out) {
  const D d;
  const V two = hn::Set(d, 2), four = hn::Set(d, 4), five = hn::Set(d, 5);
  const V even = hn::NegMulAdd(four, v[2], v[4]), odd = hn::NegMulAdd(four, v[1], v[3]);
  const V outer = hn::Sub(v[4], v[2]), inner = hn::Mul(two, hn::Sub(v[3], v[1]));
  out[0] = hn::MulAdd(four, v[0], hn::NegMulAdd(five, v[2], v[4]));
  out[1] = hn::Add(even, odd);
  out[2] = hn::Sub(even, odd);
  out[3] = hn::Add(outer, inner);
  out[4] = hn::Sub(outer, inner);
  out[5] = hn::MulAdd(four, v[1], hn::NegMulAdd(five, v[3], v[5]));
}

HWY_INLINE void to_points(const Eight& v, Eight& out) {
  const D d;
  const V half = hn::Set(d, 0.5f), two = hn::Set(d, 2), most = hn::Set(d, 5.25f);
  const auto both = [&](int point, V even, V odd) HWY_ATTR {
    out[point] = hn::Add(even, odd);
    out[point + 1] = hn::Sub(even, odd);
  };
  out[0] = hn::MulAdd(most, hn::Sub(v[2], v[4]), hn::Sub(v[6], v[0]));
  const V quarters = hn::Set(d, 4.25f);
  both(1, hn::NegMulAdd(quarters, v[4], hn::Add(v[2], v[6])),
       hn::NegMulAdd(quarters, v[3], hn::Add(v[1], v[5])));
  const V middle = hn::Mul(hn::Set(d, 2.5f), v[3]);
  both(3, hn::NegMulAdd(hn::Set(d, 1.25f), v[4], hn::MulAdd(hn::Set(d, 0.25f), v[2], v[6])),
       hn::MulAdd(half, v[1], hn::MulSub(two, v[5], middle)));
  both(5, hn::NegMulAdd(hn::Set(d, 5), v[4], hn::MulAdd(hn::Set(d, 4), v[2], v[6])),
       hn::MulAdd(two, v[1], hn::MulSub(half, v[5], middle)));
  out[7] = hn::MulAdd(most, hn::Sub(v[3], v[5]), hn::Sub(v[7], v[1]));
}

HWY_INLINE void from_points(const Six& v, V (&out)[2]) {
  const D d;
  out[0] = hn::Add(v[0], hn::Add(hn::Add(v[1], v[2]), hn::Add(v[3], v[4])));
  out[1] = hn::Add(hn::MulAdd(hn::Set(d, 2), hn::Sub(v[3], v[4]), hn::Sub(v[1], v[2])), v[5]);
}
HWY_INLINE void from_points(const Six& v, V (&out)[4]) {
  const D d;
  const V sum12 = hn::Add(v[1], v[2]), sum34 = hn::Add(v[3], v[4]),
          difference12 = hn::Sub(v[1], v[2]), difference34 = hn::Sub(v[3], v[4]);
  out[0] = hn::Add(v[0], hn::Add(sum12, sum34));
  out[1] = hn::MulAdd(hn::Set(d, 2), difference34, difference12);
  out[2] = hn::MulAdd(hn::Set(d, 4), sum34, sum12);
  out[3] = hn::Add(hn::MulAdd(hn::Set(d, 8), difference34, difference12), v[5]);
}

HWY_INLINE void from_points(const Eight& v, V (&out)[6]) {
  const D d;
  const V sum12 = hn::Add(v[1], v[2]), sum34 = hn::Add(v[3], v[4]), sum56 = hn::Add(v[5], v[6]),
          difference12 = hn::Sub(v[1], v[2]), difference34 = hn::Sub(v[3], v[4]),
          difference56 = hn::Sub(v[5], v[6]);
  const auto mixed = [&](V a, V b, V c, float scale) HWY_ATTR {
    return hn::MulAdd(hn::Set(d, scale), b, hn::MulAdd(hn::Set(d, 1 / scale), c, a));
  };
  out[0] = hn::Add(v[0], hn::Add(sum12, hn::Add(sum34, sum56)));
  out[1] = mixed(difference12, difference34, difference56, 2);
  out[2] = mixed(sum12, sum34, sum56, 4);
  out[3] = mixed(difference12, difference34, difference56, 8);
  out[4] = mixed(sum12, sum34, sum56, 16);
  out[5] = hn::Add(mixed(difference12, difference34, difference56, 32), v[7]);
}

// A vector of channels of one tile of T columns of output. The first of its columns are those that
// the tile before ended with.
template <int T>
struct TileColumns {
  using Line = V[kSide<T>];
  V columns[kSide<T>][kSide<T>];

  HWY_INLINE TileColumns() {}

  // The next tile is brought near meanwhile: rows have mostly left the second cache.
  HWY_INLINE void load(const float* const* in, std::ptrdiff_t at, std::ptrdiff_t step, int from) {
    const D d;
    for (int x = from; x < kSide<T>; ++x) {
      Line line;
      HWY_UNROLL(8)
      for (int y = 0; y < kSide<T>; ++y) {
        line[y] = hn::LoadU(d, in[y] + at + x * step);
        hwy::Prefetch(in[y] + at + (x + T) * step);
      }
      to_points(line, columns[x]);
    }
  }
  HWY_INLINE void advance() {
    for (int x = 0; x < kSide<T> - T; ++x) {
      HWY_UNROLL(8)
      for (int y = 0; y < kSide<T>; ++y) columns[x][y] = columns[x + T][y];
    }
  }
  HWY_INLINE void store(float* HWY_RESTRICT out, std::ptrdiff_t step) const {
    const D d;
    for (int y = 0; y < kSide<T>; ++y) {
      Line line, points;
      HWY_UNROLL(8)
      for (int x = 0; x < kSide<T>; ++x) line[x] = columns[x][y];
      to_points(line, points);
      HWY_UNROLL(8)
      for (int x = 0; x < kSide<T>; ++x) hn::Store(points[x], d, out + (y * kSide<T> + x) * step);
    }
  }
};

// Tiles side by side in one row of them.
struct Tiles {
  int row, first, count;
};

template <int T>
inline void tiles_to_points(const float* const* rows, const TileShape& shape, Tiles tiles,
                            int channels, float* points) {
  const float* const* const in = rows + tiles.row * T;
  const std::ptrdiff_t step = point_step<float>(channels);
  for (int c = 0; c < channels; c += kLanes) {
    TileColumns<T> tile;
    for (int t = 0; t < tiles.count; ++t) {
      if (t > 0) tile.advance();
      tile.load(in, (tiles.first + t) * T * shape.in_step + c, shape.in_step,
                t > 0 ? kSide<T> - T : 0);
      tile.store(points + static_cast<std::ptrdiff_t>(t) * channels + c, step);
    }
  }
}

// Where the sums of a tile are, behind those of the first one; `vector`: of blocks side by side.
template <int T>
constexpr std::ptrdiff_t sum_at(int tile, int vector) {
  return vector / kVectors * block_sums(T) + tile * kBlock + vector % kVectors * kLanes;
}

// What is multiplied after a batch has met some blocks at a point, where weights come from far
// away. Each batch brings its part of the weights that follow: all at once would take longer than
// what is multiplied meanwhile.
struct Next {
  int batch, batches, point;
  int from, block, to, together;  // blocks

  template <class Pass>
  HWY_INLINE bool is_last_point() const {
    return point + 1 == kPoints<Pass::kTile>;
  }
  template <class Pass>
  HWY_INLINE Ahead weights(const Pass& pass) const {
    const bool here = block + together < to;
    const auto at = [&](int i) HWY_ATTR {
      return reinterpret_cast<const std::byte*>(pass.weights_at(
          (here ? block + together : from) + i, here || is_last_point<Pass>() ? point : point + 1));
    };
    constexpr int kRuns = kBatch / kRows;  // over the weights, of one batch
    const std::ptrdiff_t all = std::ptrdiff_t{batches} * kRuns * pass.steps(),
                         step = (pass.block_bytes() + all - 1) / all;
    return {at(0) + std::ptrdiff_t{batch} * kRuns * pass.steps() * step, step, at(1) - at(0)};
  }

  // Of the batch at the next point, too, part by part.
  template <class Pass>
  HWY_INLINE void bring_points(const Pass& pass) const {
    if (is_last_point<Pass>()) return;
    const std::ptrdiff_t part = pass.point_bytes() * together / (to - from);
    prefetch(reinterpret_cast<const std::byte*>(pass.points_at(batch, point + 1)) +
                 (block - from) / together * part,
             part);
  }
};

// All tiles of T rows and columns, in the order. `pass`: take(batch, at, tiles) makes points of
// tiles that begin at that place of the batch, multiply<blocks, farther>(batch, count, block,
// point, ahead) makes sums of them, and give(batch, at, tiles, block) makes pixels of those.
template <int T, class Pass>
HWY_INLINE void in_order(const Pass& pass, const WinogradOrder& order, const TileShape& shape,
                         int all_blocks) {
  const Batches batches{(shape.pixels + T - 1) / T, (shape.rows + T - 1) / T};
  const auto for_rows = [&](int batch, const auto& use) HWY_ATTR {
    const int first = batch * kBatch, count = batches.count(batch);
    for (int at = 0; at < count;) {
      const int column = (first + at) % batches.columns,
                length = std::min(count - at, batches.columns - column);
      use(at, Tiles{(first + at) / batches.columns, column, length});
      at += length;
    }
  };
  const int all = batches.all(), groups = (all + order.batches - 1) / order.batches;
  for (int group = 0; group < groups; ++group) {
    const int first = all * group / groups, together_count = all * (group + 1) / groups - first;
    for (int i = 0; i < together_count; ++i)
      for_rows(first + i, [&](int at, Tiles tiles) HWY_ATTR { pass.take(i, at, tiles); });
    for (int from = 0; from < all_blocks; from += order.blocks) {
      const int to = std::min(from + order.blocks, all_blocks);
      for (int p = 0; p < kPoints<T>; ++p)
        in_blocks(from, to, [&](auto together, int block) VISQ_NN_INLINE {
          for (int i = 0; i < together_count; ++i) {
            const int count = batches.count(first + i);
            if (order.batches == 1) {
              pass.template multiply<together(), false>(i, count, block, p, {});
              continue;
            }
            const Next next{i, together_count, p, from, block, to, together()};
            next.bring_points(pass);
            pass.template multiply<together(), true>(i, count, block, p, next.weights(pass));
          }
        });
      for (int i = 0; i < together_count; ++i)
        for (int block = from; block < to; ++block)
          for_rows(first + i,
                   [&](int at, Tiles tiles) HWY_ATTR { pass.give(i, at, tiles, block); });
    }
  }
}

// A value at this point alone is the same value at all pixels of the tile.
template <int T>
inline constexpr int kBiasPoint = kSide<T> + 1;

// The columns of a tile's sums, for a vector of channels.
template <int T>
HWY_INLINE void columns_from_points(const float* HWY_RESTRICT sums, V (&rows)[kSide<T>][T]) {
  constexpr std::ptrdiff_t kStep = static_cast<std::ptrdiff_t>(kBatch) * kBlock;
  HWY_UNROLL(8)
  for (int y = 0; y < kSide<T>; ++y) {
    V line[kSide<T>];
    HWY_UNROLL(8)
    for (int x = 0; x < kSide<T>; ++x) line[x] = hn::Load(D(), sums + (y * kSide<T> + x) * kStep);
    from_points(line, rows[y]);
  }
}
template <int T>
HWY_INLINE void column_from_points(const V (&rows)[kSide<T>][T], int x, V (&column)[T]) {
  V line[kSide<T>];
  HWY_UNROLL(8)
  for (int y = 0; y < kSide<T>; ++y) line[y] = rows[y][x];
  from_points(line, column);
}

// The sums of one tile and a vector of channels become T rows of T pixels: store(y, x, value).
template <int T, typename Store>
HWY_INLINE void tile_from_points(const float* HWY_RESTRICT sums, const Store& store) {
  V rows[kSide<T>][T];
  columns_from_points<T>(sums, rows);
  HWY_UNROLL(6)
  for (int x = 0; x < T; ++x) {
    V column[T];
    column_from_points<T>(rows, x, column);
    HWY_UNROLL(6)
    for (int y = 0; y < T; ++y) store(y, x, column[y]);
  }
}

HWY_INLINE void store_lanes(V value, int channels, float* out) {
  const D d;
  if (channels >= kLanes) return hn::StoreU(value, d, out);
  HWY_ALIGN float all[kBlock];
  hn::Store(value, d, all);
  for (int c = 0; c < channels; ++c) out[c] = all[c];
}

// Where a block of channels goes, and what may not be overwritten there.
template <int T>
struct TileOutput {
  float* rows[T];
  std::ptrdiff_t step;
  int columns, row_count, channels;
  V least;

  HWY_INLINE void fill(const float* sums) const {
    if (columns < T || row_count < T || channels < kLanes) return fill_part(sums);
    tile_from_points<T>(sums, [&](int y, int x, V value) HWY_ATTR {
      hn::StoreU(hn::Max(value, least), D(), rows[y] + x * step);
    });
  }
  HWY_NOINLINE void fill_part(const float* sums) const {
    tile_from_points<T>(sums, [&](int y, int x, V value) HWY_ATTR {
      if (y < row_count && x < columns)
        store_lanes(hn::Max(value, least), channels, rows[y] + x * step);
    });
  }
};

// Brings near what the tile after the next is written to: `rows` are this one's.
template <int T, typename Out>
HWY_INLINE void bring_rows(Out* const (&rows)[T], int row_count, std::ptrdiff_t step) {
  for (int y = 0; y < row_count; ++y) {
    HWY_UNROLL(6)
    for (int x = 0; x < T; ++x) hwy::Prefetch(rows[y] + (2 * T + x) * step);
  }
}

// Rows of pixels that tiles make.
template <int T>
HWY_INLINE int rows_of(const TileShape& shape, Tiles tiles) {
  return std::min(T, shape.rows - tiles.row * T);
}

// The block of output channels from `first` on.
struct TileChannels {
  int first, all;
  bool relu;
};

template <int T>
inline void points_to_tiles(const TileChannels& to_channels, const TileShape& shape, Tiles tiles,
                            const float* sums, float* const* out) {
  const D d;
  const int rows = rows_of<T>(shape, tiles);
  for (int j = 0; j < kVectors; ++j) {
    const int channel = to_channels.first + j * kLanes, channels = to_channels.all - channel;
    if (channels <= 0) return;
    const V least = to_channels.relu ? hn::Zero(d) : hn::Set(d, -hwy::HighestValue<float>());
    for (int t = 0; t < tiles.count; ++t) {
      const int x = (tiles.first + t) * T;
      TileOutput<T> to{{}, shape.out_step, shape.pixels - x, rows, channels, least};
      for (int y = 0; y < rows; ++y)
        to.rows[y] = out[tiles.row * T + y] + x * shape.out_step + channel;
      if (t + 2 < tiles.count) bring_rows(to.rows, rows, shape.out_step);
      to.fill(sums + t * kBlock + j * kLanes);
    }
  }
}

// A whole block of channels, which ends with ReLU, at once.
template <int T>
struct Bf16TileOutput {
  Bfloat16* rows[T];
  std::ptrdiff_t step;
  int columns, row_count;

  HWY_INLINE void fill(const float* sums) const {
    if (columns < T || row_count < T)
      fill_part<false>(sums);
    else
      fill_part<true>(sums);
  }
  template <bool kWhole>
  HWY_INLINE void fill_part(const float* sums) const {
    V lines[kVectors][kSide<T>][T];
    HWY_UNROLL(4)
    for (int j = 0; j < kVectors; ++j) columns_from_points<T>(sums + j * kLanes, lines[j]);
    HWY_UNROLL(4)
    for (int x = 0; x < T; ++x) {
      V column[kVectors][T];
      HWY_UNROLL(4)
      for (int j = 0; j < kVectors; ++j) column_from_points<T>(lines[j], x, column[j]);
      HWY_UNROLL(4)
      for (int y = 0; y < T; ++y) {
        if (!kWhole && (y >= row_count || x >= columns)) continue;
        V block[kVectors];
        HWY_UNROLL(4)
        for (int j = 0; j < kVectors; ++j) block[j] = hn::Max(column[j][y], hn::Zero(D()));
        store_bf16(block, rows[y] + x * step);
      }
    }
  }
};

template <int T>
inline void points_to_tiles(const TileChannels& to_channels, const TileShape& shape, Tiles tiles,
                            const float* sums, Bfloat16* const* out) {
  const int rows = rows_of<T>(shape, tiles);
  for (int t = 0; t < tiles.count; ++t) {
    const int x = (tiles.first + t) * T;
    Bf16TileOutput<T> to{{}, shape.out_step, shape.pixels - x, rows};
    for (int y = 0; y < rows; ++y)
      to.rows[y] = out[tiles.row * T + y] + x * shape.out_step + to_channels.first;
    if (t + 2 < tiles.count) bring_rows(to.rows, rows, shape.out_step);
    to.fill(sums + t * kBlock);
  }
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::nn
HWY_AFTER_NAMESPACE();

#endif
