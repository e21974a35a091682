#include "kernels/nn/int16.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/nn/int16.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/nn/integers-inl.h"
#include "kernels/nn/winograd-inl.h"

#ifndef VISQ_NN_INTEGER_ROW_
#define VISQ_NN_INTEGER_ROW_
namespace visq::nn {

// Whole numbers that one row of the windows of kInt16Pixels takes, and room for half a pair.
constexpr std::ptrdiff_t integer_row(const Int16Weights& weights, std::ptrdiff_t in_step) {
  return ((kInt16Pixels - 1) * in_step + weights.run) / kBlock * kBlock + kBlock;
}

inline WinogradOrder order_of(const Int16Weights& weights) {
  return winograd_order(weights.tile, weights.values.size() * sizeof(std::int16_t),
                        weights.blocks(), 5);
}

// Room for what a step is worth in each tile of a batch, which leaves what follows aligned.
inline constexpr int kWorths = 16;
static_assert(kBatch <= kWorths);

}  // namespace visq::nn
#endif

HWY_BEFORE_NAMESPACE();
namespace visq::nn {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR

bool available() { return false; }
void conv_int16(const Int16Weights& weights, const void* const* in, const RowShape& shape,
                void* out, void* scratch) {
  conv_row_int16_ref(weights, in, shape, out, scratch);
}
void winograd_int16(const Int16Weights& weights, const void* const* in, const TileShape& shape,
                    void* const* out, void* scratch) {
  winograd_rows_int16_ref(weights, in, shape, out, scratch);
}

#else

using visq::HWY_NAMESPACE::add_pair_products;

bool available() { return true; }

struct IntegerProducts {
  using Value = std::int16_t;
  using Sum = V32;
  static constexpr int kPerStep = 2;

  static HWY_INLINE V16 weights(const std::int16_t* from) { return hn::Load(D16(), from); }

  // In assembly, because GCC would make the products of all rows first and have no register left
  // for the sums, or copy each sum and write it to memory.
  template <int N>
  static HWY_INLINE void add(const std::int16_t* from, const V16* w, V32* sums) {
    std::int32_t pair;
    std::memcpy(&pair, from, sizeof(pair));
    const V16 x = hn::BitCast(D16(), hn::Set(D32(), pair));
    unrolled<N>([&](auto j) VISQ_NN_INLINE {
#if HWY_COMPILER_GCC_ACTUAL && HWY_TARGET <= HWY_AVX3_DL
      asm("vpdpwssd %2, %1, %0" : "+v"(sums[j].raw) : "v"(w[j].raw), "v"(x.raw));
#elif HWY_COMPILER_GCC_ACTUAL && HWY_TARGET == HWY_AVX2
      V32 product;
      asm("vpmaddwd %2, %3, %1\n\tvpaddd %1, %0, %0"
          : "+x"(sums[j].raw), "=&x"(product.raw)
          : "x"(w[j].raw), "x"(x.raw));
#else
      sums[j] = add_pair_products(x, w[j], sums[j]);
#endif
    });
  }
};

HWY_INLINE V real(V32 sum, V worth, V offset) {
  return hn::MulAdd(hn::ConvertTo(D(), sum), worth, offset);
}

// Some pixels as whole numbers, `height` rows of them.
struct IntegerRows {
  std::int16_t* first;
  std::ptrdiff_t row, step;
};

// B blocks of output channels, from the first of these.
template <typename Out, int B>
struct Int16Blocks {
  const IntegerRows& in;
  int height, pairs, channels;
  const std::int16_t* weights;
  const float *step, *bias;
  float worth, least;
  Out* out;
  std::ptrdiff_t out_step;
  const void* const* rows;  // of the inputs
  int block;
  const Following& next;

  // A function of its own, because GCC keeps its sums in registers only there.
  template <int N>
  HWY_NOINLINE void run(int from) const {
    const std::ptrdiff_t length = std::ptrdiff_t{pairs} * 2 * kBlock;
    Sums<IntegerProducts, N, B> sums;
    sums.start([](auto) VISQ_NN_INLINE { return hn::Zero(D32()); });
    for (int y = 0; y < height; ++y)
      sums.template add<true, true>(in.first + y * in.row + from * in.step, in.step, pairs,
                                    weights + y * length, height * length,
                                    next.of<B>(rows[y], block, from));
    const D d;
    const Int16Blocks b = *this;  // stores might change what is not local
    const V lowest = hn::Set(d, b.least);
    Out* const to = b.out + from * b.out_step;
    constexpr int kAll = B * kVectors;
    V worth_of[kAll], offset[kAll];
    unrolled<kAll>([&](auto j) VISQ_NN_INLINE {
      worth_of[j] = hn::Mul(hn::Set(d, b.worth), hn::Load(d, b.step + j * kLanes));
      offset[j] = hn::Load(d, b.bias + j * kLanes);
    });
    unrolled<N>([&](auto i) VISQ_NN_INLINE {
      V values[kAll];
      unrolled<kAll>([&](auto j) VISQ_NN_INLINE {
        values[j] = hn::Max(real(sums.v[i][j], worth_of[j], offset[j]), lowest);
      });
      store_blocks<B>(values, b.channels, to + i * b.out_step);
    });
  }
};

// A stretch of the rows of windows at one scale. What a step is worth.
template <typename In>
HWY_INLINE float rows_to_integers(const ToIntegers& to_integers, const void* const* rows,
                                  int height, std::ptrdiff_t from, std::ptrdiff_t count,
                                  const IntegerRows& integers) {
  float largest = 0;
  for (int y = 0; y < height; ++y)
    largest = std::max(largest, largest_of(static_cast<const In*>(rows[y]) + from, count));
  const Int16Scale scale = int16_scale(largest);
  for (int y = 0; y < height; ++y) {
    const In* const stretch = static_cast<const In*>(rows[y]) + from;
    std::int16_t* const row = integers.first + y * integers.row;
    to_integers.run(stretch, count, scale.steps, row);
    row[count] = 0;  // the other half of an odd run's last pair
  }
  return scale.worth;
}

template <typename Out>
HWY_INLINE void conv_to(const Int16Weights& weights, const void* const* rows, const RowShape& shape,
                        Out* out, void* scratch) {
  const ToIntegers to_integers;
  const IntegerRows integers{static_cast<std::int16_t*>(scratch),
                             integer_row(weights, shape.in_step), shape.in_step};
  const float least = weights.relu ? 0 : -hwy::HighestValue<float>();
  for (int first = 0; first < shape.pixels; first += kInt16Pixels) {
    const int pixels = std::min(kInt16Pixels, shape.pixels - first);
    const std::ptrdiff_t from = first * shape.in_step,
                         count = (pixels - 1) * shape.in_step + weights.run;
    const float worth =
        weights.format.bf16_in
            ? rows_to_integers<Bfloat16>(to_integers, rows, weights.height, from, count, integers)
            : rows_to_integers<float>(to_integers, rows, weights.height, from, count, integers);
    const std::ptrdiff_t value = weights.format.bf16_in ? sizeof(Bfloat16) : sizeof(float);
    const Following next((from + count) * value, count * value, pixels, weights.blocks(),
                         weights.pairs());
    in_blocks(0, weights.blocks(), [&](auto together, int block) VISQ_NN_INLINE {
      const int channel = block * kBlock;
      in_blocks_of_rows(
          pixels,
          Int16Blocks<Out, together>{
              integers, weights.height, weights.pairs(), weights.out_channels - channel,
              weights.values.data() + static_cast<std::size_t>(block) * weights.block_size(),
              weights.step.data() + channel, weights.bias.data() + channel, worth, least,
              out + first * shape.out_step + channel, shape.out_step, rows, block, next});
    });
  }
}

void conv_int16(const Int16Weights& weights, const void* const* in, const RowShape& shape,
                void* out, void* scratch) {
  if (weights.format.bf16_out)
    conv_to(weights, in, shape, static_cast<Bfloat16*>(out), scratch);
  else
    conv_to(weights, in, shape, static_cast<float*>(out), scratch);
}

template <int B, int T, bool kFarther>
struct Int16PointProduct {
  const std::int16_t* points;
  const std::int16_t* weights;
  const float* step;
  float* sums;
  int channels;
  const float* worth;        // of a step, of each tile
  const float* bias;         // nullptr: zeros
  const std::int32_t* lift;  // nullptr: zeros
  Ahead ahead;

  template <int N>
  HWY_INLINE void run(int from) const {
    const D d;
    Sums<IntegerProducts, N, B> product;
    product.start([&](auto j) VISQ_NN_INLINE {
      return lift != nullptr ? hn::Load(D32(), lift + j * kLanes) : hn::Zero(D32());
    });
    product.template add<true, kFarther>(
        points + static_cast<std::ptrdiff_t>(from) * channels, channels, channels / 2, weights,
        static_cast<std::ptrdiff_t>(kTilePoints) * channels * kBlock,
        ahead.after(std::ptrdiff_t{part_of(from)} * channels / 2));
    unrolled<B * kVectors>([&](auto j) VISQ_NN_INLINE {
      const float* const steps = step + j / kVectors * kTilePoints * kBlock + j % kVectors * kLanes;
      const V of_step = hn::Load(d, steps),
              offset = bias != nullptr ? hn::Load(d, bias + j * kLanes) : hn::Zero(d);
      unrolled<N>([&](auto i) VISQ_NN_INLINE {
        const V worth_of = hn::Mul(hn::Set(d, worth[from + i]), of_step);
        hn::Store(real(product.v[i][j], worth_of, offset), d, sums + sum_at<T>(from + i, j));
      });
    });
  }
};

using SixWhole = VWhole[kTileIn];

// As winograd-inl.h's, where five times v is four and one.
HWY_INLINE void to_points(const SixWhole& v, SixWhole& out) {
  const VWhole even = hn::Sub(v[4], hn::ShiftLeft<2>(v[2])),
               odd = hn::Sub(v[3], hn::ShiftLeft<2>(v[1]));
  const VWhole outer = hn::Sub(v[4], v[2]), half = hn::Sub(v[3], v[1]), inner = hn::Add(half, half);
  out[0] = hn::Add(outer, hn::ShiftLeft<2>(hn::Sub(v[0], v[2])));
  out[1] = hn::Add(even, odd);
  out[2] = hn::Sub(even, odd);
  out[3] = hn::Add(outer, inner);
  out[4] = hn::Sub(outer, inner);
  out[5] = hn::Sub(hn::Sub(v[5], v[3]), hn::Add(inner, inner));
}

// A tile's inputs, rounded to whole numbers as they are read.
template <typename In>
struct WholeInput {
  const void* const* rows;
  VHalf factor;

  // `c`: a place of bf16.h. Floats stand channel by channel.
  HWY_INLINE VWhole at(int y, std::ptrdiff_t pixel, int c) const {
    const In* const values = static_cast<const In*>(rows[y]) + pixel;
    if constexpr (std::is_same_v<In, float>) {
      const float* const block = values + c / kBlock * kBlock + c % kBlock / 2;
      return whole_numbers(hn::LoadU(DHalf(), block), hn::LoadU(DHalf(), block + kBlock / 2),
                           factor);
    } else {
      const VPairs pairs = load_pairs(values + c);
      return whole_numbers(lower_of(pairs), upper_of(pairs), factor);
    }
  }
};

struct WholePoints {
  std::int16_t* first;  // [36][point_step]
  int channels;
  std::int16_t lift;  // taken off kLiftedPoint

  template <int T, typename In>
  HWY_INLINE void fill(const WholeInput<In>& in, std::ptrdiff_t at, std::ptrdiff_t step,
                       int tiles) const {
    for (int c = 0; c < channels; c += 2 * kHalfLanes) {
      VWhole columns[kTileIn][kTileIn];
      for (int t = 0; t < tiles; ++t) {
        const std::ptrdiff_t tile = at + t * T * step;
        for (int x = t > 0 ? kTileIn - T : 0; x < kTileIn; ++x) {
          SixWhole line;
          HWY_UNROLL(6)
          for (int y = 0; y < kTileIn; ++y) line[y] = in.at(y, tile + x * step, c);
          to_points(line, columns[x]);
        }
        store(columns, first + static_cast<std::ptrdiff_t>(t) * channels + c);
        for (int x = 0; x < kTileIn - T; ++x) {
          HWY_UNROLL(6)
          for (int y = 0; y < kTileIn; ++y) columns[x][y] = columns[x + T][y];
        }
      }
    }
  }
  HWY_INLINE void store(const VWhole (&columns)[kTileIn][kTileIn],
                        std::int16_t* HWY_RESTRICT out) const {
    const std::ptrdiff_t step = point_step<std::int16_t>(channels);
    for (int y = 0; y < kTileIn; ++y) {
      SixWhole line, points;
      HWY_UNROLL(6)
      for (int x = 0; x < kTileIn; ++x) line[x] = columns[x][y];
      to_points(line, points);
      if (y == kLiftedPoint / kTileIn)
        points[kLiftedPoint % kTileIn] =
            hn::Sub(points[kLiftedPoint % kTileIn], hn::Set(DWhole(), lift));
      HWY_UNROLL(6)
      for (int x = 0; x < kTileIn; ++x)
        hn::Store(points[x], DWhole(), out + (y * kTileIn + x) * step);
    }
  }
};

// The inputs of some tiles, all of those in the row that have one scale or a part of them, as
// points. What a step is worth.
template <int T, typename In>
HWY_NOINLINE float tiles_to_integers(const void* const* in, const TileShape& shape, Tiles tiles,
                                     const WholePoints& points) {
  const void* const* const rows = in + tiles.row * T;
  const auto place = [&](int tile) { return tile * T * shape.in_step; };
  const int first = tiles.first / kInt16Tiles * kInt16Tiles,
            end = std::min(first + kInt16Tiles, (shape.pixels + T - 1) / T);
  const std::ptrdiff_t count = place(end - first) + (kTileIn - T) * shape.in_step;
  float largest = 0;
  for (int y = 0; y < kTileIn; ++y)
    largest = std::max(largest, largest_of(static_cast<const In*>(rows[y]) + place(first), count));
  const Int16Scale scale =
      tile_scale(largest, points.lift == 0 ? kLargestSigned : kLargestPositive);
  points.template fill<T>(WholeInput<In>{rows, hn::Set(DHalf(), scale.steps)}, place(tiles.first),
                          shape.in_step, tiles.count);
  return scale.worth;
}

template <typename Out, int T>
struct Int16Pass {
  static constexpr int kTile = T;
  const Int16Weights& weights;
  const WinogradOrder& order;
  const void* const* in;
  const TileShape& shape;
  Out* const* out;
  float *worth, *sums;   // [batches][kWorths] and [batches][blocks][36][kBatch][16]
  std::int16_t* points;  // [batches][36][point_step]

  HWY_INLINE std::int16_t* points_at(int batch, int point) const {
    return points + (batch * kTilePoints + point) * point_step<std::int16_t>(weights.run);
  }
  HWY_INLINE std::ptrdiff_t point_bytes() const {
    return point_step<std::int16_t>(weights.run) * std::ptrdiff_t{sizeof(std::int16_t)};
  }
  HWY_INLINE int steps() const { return weights.run / 2; }
  HWY_INLINE std::ptrdiff_t block_bytes() const {
    return std::ptrdiff_t{weights.run} * kBlock * std::ptrdiff_t{sizeof(std::int16_t)};
  }
  HWY_INLINE const std::int16_t* weights_at(int block, int point) const {
    return weights.values.data() +
           (std::ptrdiff_t{block} * kTilePoints + point) * weights.run * kBlock;
  }
  HWY_INLINE void take(int batch, int at, Tiles tiles) const {
    while (tiles.count > 0) {
      const int count = std::min(tiles.count, kInt16Tiles - tiles.first % kInt16Tiles);
      take_scaled(batch, at, {tiles.row, tiles.first, count});
      at += count, tiles.first += count, tiles.count -= count;
    }
  }
  // At one scale.
  HWY_INLINE void take_scaled(int batch, int at, Tiles tiles) const {
    const WholePoints to{points_at(batch, 0) + std::ptrdiff_t{at} * weights.run, weights.run,
                         weights.format.positive_in ? std::int16_t{kLift} : std::int16_t{0}};
    const float step = weights.format.bf16_in ? tiles_to_integers<T, Bfloat16>(in, shape, tiles, to)
                                              : tiles_to_integers<T, float>(in, shape, tiles, to);
    std::fill_n(worth + batch * kWorths + at, tiles.count, step);
  }
  template <int B, bool kFarther>
  HWY_INLINE void multiply(int batch, int tiles, int block, int point, Ahead ahead) const {
    const std::ptrdiff_t row = std::ptrdiff_t{block} * kTilePoints + point;
    in_blocks_of_rows(
        tiles,
        Int16PointProduct<B, T, kFarther>{
            points_at(batch, point), weights_at(block, point), weights.step.data() + row * kBlock,
            sums + order.sums_at(batch, block) +
                static_cast<std::ptrdiff_t>(point) * kBatch * kBlock,
            weights.run, worth + batch * kWorths,
            point == kBiasPoint<T> ? weights.bias.data() + block * kBlock : nullptr,
            point == kLiftedPoint ? weights.lift.data() + block * kBlock : nullptr, ahead});
  }
  HWY_INLINE void give(int batch, int at, Tiles tiles, int block) const {
    points_to_tiles<T>({block * kBlock, weights.out_channels, weights.relu}, shape, tiles,
                       sums + order.sums_at(batch, block) + at * kBlock, out);
  }
};

template <int T, typename Out>
HWY_INLINE void winograd_to(const Int16Weights& weights, const void* const* in,
                            const TileShape& shape, Out* const* out, void* scratch) {
  const WinogradOrder order = order_of(weights);
  float* const sums = static_cast<float*>(scratch);
  float* const worth = sums + order.sums();
  in_order<T>(Int16Pass<Out, T>{weights, order, in, shape, out, worth, sums,
                                reinterpret_cast<std::int16_t*>(worth + order.batches * kWorths)},
              order, shape, weights.blocks());
}

template <int T>
HWY_INLINE void winograd_of(const Int16Weights& weights, const void* const* in,
                            const TileShape& shape, void* const* out, void* scratch) {
  if (weights.format.bf16_out)
    winograd_to<T>(weights, in, shape, reinterpret_cast<Bfloat16* const*>(out), scratch);
  else
    winograd_to<T>(weights, in, shape, reinterpret_cast<float* const*>(out), scratch);
}

void winograd_int16(const Int16Weights& weights, const void* const* in, const TileShape& shape,
                    void* const* out, void* scratch) {
  if (weights.tile == 2)
    winograd_of<2>(weights, in, shape, out, scratch);
  else
    winograd_of<4>(weights, in, shape, out, scratch);
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::nn
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::nn {

HWY_EXPORT(available);
HWY_EXPORT(conv_int16);
HWY_EXPORT(winograd_int16);

bool int16_available() { return HWY_DYNAMIC_DISPATCH(available)(); }

std::size_t int16_scratch(const Int16Weights& weights, std::ptrdiff_t in_step) {
  if (weights.points == 1)
    return static_cast<std::size_t>(weights.height * integer_row(weights, in_step)) *
           sizeof(std::int16_t);
  const WinogradOrder order = order_of(weights);
  return (order.sums() + static_cast<std::size_t>(order.batches) * kWorths) * sizeof(float) +
         static_cast<std::size_t>(order.batches * kTilePoints *
                                  point_step<std::int16_t>(weights.run)) *
             sizeof(std::int16_t);
}

void conv_row_int16(const Int16Weights& weights, const void* const* in, const RowShape& shape,
                    void* out, void* scratch) {
  HWY_DYNAMIC_DISPATCH(conv_int16)(weights, in, shape, out, scratch);
}
int winograd_tile_rows(const Int16Weights& weights, int pixels) {
  return tile_rows(order_of(weights), pixels);
}
void winograd_rows_int16(const Int16Weights& weights, const void* const* in, const TileShape& shape,
                         void* const* out, void* scratch) {
  HWY_DYNAMIC_DISPATCH(winograd_int16)(weights, in, shape, out, scratch);
}

}  // namespace visq::nn
#endif
