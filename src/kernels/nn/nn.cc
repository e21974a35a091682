// Layers of floats: direct convolution, Winograd's, and pooling; those that make or read bfloat16
// activations too.
#include <algorithm>
#include <cmath>
#include <type_traits>

#include "kernels/nn/bf16.h"
#include "kernels/nn/nn.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/nn/nn.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/nn/bf16-inl.h"
#include "kernels/nn/gemm-inl.h"
#include "kernels/nn/winograd-inl.h"

#ifndef VISQ_NN_ORDER_
#define VISQ_NN_ORDER_
namespace visq::nn {

inline WinogradOrder order_of(const WinogradWeights& weights) {
  return winograd_order(weights.tile, weights.values.size() * sizeof(float), weights.blocks(), 4);
}

}  // namespace visq::nn
#endif

HWY_BEFORE_NAMESPACE();
namespace visq::nn {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR

template <typename Out>
void conv_to(const ConvWeights& weights, const float* const* in, const RowShape& shape, Out* out) {
  conv_row_ref(weights, in, shape, out);
}
void winograd(const WinogradWeights& weights, const float* const* in, const TileShape& shape,
              float* const* out, float* scratch) {
  winograd_rows_ref(weights, in, shape, out, scratch);
}
template <class T>
void pool_row(const T* const* rows, int row_count, const PoolShape& shape, T* out) {
  max_pool_row_ref(rows, row_count, shape, out);
}

#else

// Direct convolution of a row: because the channels of a pixel, and the pixels of a row, lie side
// by side, each row of the window is one run of values, whatever the kernel and its stride. B
// blocks of channels for some pixels of the row.
template <typename Out, int B>
struct ConvBlocks {
  const ConvWeights& weights;
  const float* const* in;
  const RowShape& shape;
  Out* out;
  int block, first;
  const Following& next;

  template <int N>
  HWY_INLINE void run(int from) const {
    const std::ptrdiff_t x = first + from, step = shape.out_step;
    Out* const to = out + x * step + block * kBlock;
    const int run_length = weights.run(), channels = weights.out_channels - block * kBlock;
    const std::ptrdiff_t length = std::ptrdiff_t{run_length} * kBlock,
                         block_size = weights.height * length;
    const float* packed = weights.values.data() + block * block_size;
    Sums<FloatProducts, N, B> sums;
    sums.start([&](auto j) VISQ_NN_INLINE {
      return hn::Load(D(), weights.bias.data() + block * kBlock + j * kLanes);
    });
    for (int y = 0; y < weights.height; ++y, packed += length)
      sums.template add<false, true>(in[y] + x * shape.in_step, shape.in_step, run_length, packed,
                                     block_size, next.of<B>(in[y], block, from));
    const V least = weights.relu ? hn::Zero(D()) : hn::Set(D(), -hwy::HighestValue<float>());
    unrolled<N>([&](auto i) VISQ_NN_INLINE {
      unrolled<B * kVectors>([&](auto j)
                                 VISQ_NN_INLINE { sums.v[i][j] = hn::Max(sums.v[i][j], least); });
      store_blocks<B>(sums.v[i], channels, to + i * step);
    });
  }
};

// Pixels whose inputs stay in the first cache while all blocks of channels pass over them.
constexpr int kPixelsAtOnce = 48;

template <typename Out>
HWY_INLINE void conv_to(const ConvWeights& weights, const float* const* in, const RowShape& shape,
                        Out* out) {
  for (int x = 0; x < shape.pixels; x += kPixelsAtOnce) {
    const int pixels = std::min(kPixelsAtOnce, shape.pixels - x);
    const std::ptrdiff_t pixel = shape.in_step * static_cast<std::ptrdiff_t>(sizeof(float));
    const Following next((x + pixels) * pixel, pixels * pixel, pixels, weights.blocks(),
                         weights.run());
    in_blocks(0, weights.blocks(), [&](auto together, int block) VISQ_NN_INLINE {
      in_blocks_of_rows(pixels, ConvBlocks<Out, together>{weights, in, shape, out, block, x, next});
    });
  }
}

// Winograd's way: inputs are taken to points, each point is a small product of matrices, and its
// sums are taken back.
template <int B, int T, bool kFarther>
struct PointProduct {
  const float* points;
  const float* weights;
  float* sums;
  int channels;
  const float* bias;  // nullptr: zeros
  Ahead ahead;

  template <int N>
  HWY_INLINE void run(int from) const {
    Sums<FloatProducts, N, B> product;
    product.start([&](auto j) VISQ_NN_INLINE {
      return bias != nullptr ? hn::Load(D(), bias + j * kLanes) : hn::Zero(D());
    });
    product.template add<true, kFarther>(
        points + static_cast<std::ptrdiff_t>(from) * channels, channels, channels, weights,
        static_cast<std::ptrdiff_t>(kPoints<T>) * channels * kBlock,
        ahead.after(std::ptrdiff_t{part_of(from)} * channels));
    unrolled<N>([&](auto i) VISQ_NN_INLINE {
      unrolled<B * kVectors>([&](auto j) VISQ_NN_INLINE {
        hn::Store(product.v[i][j], D(), sums + sum_at<T>(from + i, j));
      });
    });
  }
};

template <int T>
struct FloatPass {
  static constexpr int kTile = T;
  const WinogradWeights& weights;
  const WinogradOrder& order;
  const float* const* in;
  const TileShape& shape;
  float* const* out;
  // [batches][points][point_step] and [batches][blocks][points][kBatch][16]
  float *points, *sums;

  HWY_INLINE float* points_at(int batch, int point) const {
    return points + (batch * kPoints<T> + point) * point_step<float>(weights.in_channels);
  }
  HWY_INLINE std::ptrdiff_t point_bytes() const {
    return point_step<float>(weights.in_channels) * std::ptrdiff_t{sizeof(float)};
  }
  HWY_INLINE int steps() const { return weights.in_channels; }
  HWY_INLINE std::ptrdiff_t block_bytes() const {
    return std::ptrdiff_t{weights.in_channels} * kBlock * std::ptrdiff_t{sizeof(float)};
  }
  HWY_INLINE const float* weights_at(int block, int point) const {
    return weights.values.data() +
           (std::ptrdiff_t{block} * kPoints<T> + point) * weights.in_channels * kBlock;
  }
  HWY_INLINE void take(int batch, int at, Tiles tiles) const {
    tiles_to_points<T>(in, shape, tiles, weights.in_channels,
                       points_at(batch, 0) + std::ptrdiff_t{at} * weights.in_channels);
  }
  template <int B, bool kFarther>
  HWY_INLINE void multiply(int batch, int tiles, int block, int point, Ahead ahead) const {
    const int channels = weights.in_channels;
    in_blocks_of_rows(
        tiles, PointProduct<B, T, kFarther>{
                   points_at(batch, point), weights_at(block, point),
                   sums + order.sums_at(batch, block) +
                       static_cast<std::ptrdiff_t>(point) * kBatch * kBlock,
                   channels,
                   point == kBiasPoint<T> ? weights.bias.data() + block * kBlock : nullptr, ahead});
  }
  HWY_INLINE void give(int batch, int at, Tiles tiles, int block) const {
    points_to_tiles<T>({block * kBlock, weights.out_channels, weights.relu}, shape, tiles,
                       sums + order.sums_at(batch, block) + at * kBlock, out);
  }
};

template <int T>
HWY_INLINE void winograd_of(const WinogradWeights& weights, const float* const* in,
                            const TileShape& shape, float* const* out, float* scratch) {
  const WinogradOrder order = order_of(weights);
  in_order<T>(FloatPass<T>{weights, order, in, shape, out, scratch + order.sums(), scratch}, order,
              shape, weights.blocks());
}

void winograd(const WinogradWeights& weights, const float* const* in, const TileShape& shape,
              float* const* out, float* scratch) {
  if (weights.tile == 2)
    winograd_of<2>(weights, in, shape, out, scratch);
  else if (weights.tile == 4)
    winograd_of<4>(weights, in, shape, out, scratch);
  else
    winograd_of<6>(weights, in, shape, out, scratch);
}

// The largest of a window, for all channels; the last vector overlaps the one before. Bf16 values
// are never negative, so that they are ordered as whole numbers.
template <class DValues, class T = hn::TFromD<DValues>>
HWY_INLINE void pool_window(const T* const* rows, int row_count, std::ptrdiff_t first, int columns,
                            const PoolShape& shape, T* HWY_RESTRICT out) {
  const DValues d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  for (int next = 0; next < shape.channels; next += lanes) {
    const int c = std::min(next, shape.channels - lanes);
    hn::Vec<DValues> largest = hn::LoadU(d, rows[0] + first + c);
    for (int y = 0; y < row_count; ++y)
      for (int i = 0; i < columns; ++i)
        largest = hn::Max(largest, hn::LoadU(d, rows[y] + first + i * shape.in_step + c));
    hn::StoreU(largest, d, out + c);
  }
}

// A whole window of three by three.
template <class DValues, class T = hn::TFromD<DValues>>
HWY_INLINE void pool_nine(DValues d, const T* const* rows, std::ptrdiff_t first,
                          const PoolShape& shape, T* HWY_RESTRICT out) {
  const int lanes = static_cast<int>(hn::Lanes(d));
  const T *HWY_RESTRICT a = rows[0] + first, *HWY_RESTRICT b = rows[1] + first,
                        *HWY_RESTRICT e = rows[2] + first;
  const std::ptrdiff_t second = shape.in_step, third = 2 * shape.in_step;
  const auto column = [&](std::ptrdiff_t at) HWY_ATTR {
    return hn::Max(hn::LoadU(d, a + at), hn::Max(hn::LoadU(d, b + at), hn::LoadU(d, e + at)));
  };
  for (int next = 0; next < shape.channels; next += lanes) {
    const int c = std::min(next, shape.channels - lanes);
    hn::StoreU(hn::Max(column(c), hn::Max(column(c + second), column(c + third))), d, out + c);
  }
}

template <class DValues, class T = hn::TFromD<DValues>>
HWY_INLINE void pool_row_by(DValues d, const T* const* rows, int row_count, const PoolShape& shape,
                            T* out) {
  for (int x = 0; x < shape.pixels; ++x, out += shape.out_step) {
    const int first = x * shape.stride + shape.first, from = std::max(first, 0),
              columns = std::min(first + shape.width, shape.in_pixels) - from;
    if (row_count == 3 && columns == 3)
      pool_nine(d, rows, from * shape.in_step, shape, out);
    else
      pool_window<DValues>(rows, row_count, from * shape.in_step, columns, shape, out);
  }
}

template <class T>
HWY_INLINE void pool_row(const T* const* rows, int row_count, const PoolShape& shape, T* out) {
  const hn::ScalableTag<T> all;
  const hn::CappedTag<T, kBlock> block;
  if (shape.channels >= static_cast<int>(hn::Lanes(all)))
    pool_row_by(all, rows, row_count, shape, out);
  else if (shape.channels >= static_cast<int>(hn::Lanes(block)))
    pool_row_by(block, rows, row_count, shape, out);
  else
    max_pool_row_ref(rows, row_count, shape, out);
}

#endif

void conv(const ConvWeights& weights, const float* const* in, const RowShape& shape, float* out) {
  conv_to(weights, in, shape, out);
}
void conv_bf16(const ConvWeights& weights, const float* const* in, const RowShape& shape,
               Bfloat16* out) {
  conv_to(weights, in, shape, out);
}
void pool(const float* const* rows, int row_count, const PoolShape& shape, float* out) {
  pool_row(rows, row_count, shape, out);
}
void pool_bf16(const Bfloat16* const* rows, int row_count, const PoolShape& shape, Bfloat16* out) {
  pool_row(rows, row_count, shape, out);
}

}  // namespace HWY_NAMESPACE
}  // namespace visq::nn
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::nn {

HWY_EXPORT(conv);
HWY_EXPORT(conv_bf16);
HWY_EXPORT(winograd);
HWY_EXPORT(pool);
HWY_EXPORT(pool_bf16);

void conv_row(const ConvWeights& weights, const float* const* in, const RowShape& shape,
              float* out) {
  HWY_DYNAMIC_DISPATCH(conv)(weights, in, shape, out);
}
void conv_row(const ConvWeights& weights, const float* const* in, const RowShape& shape,
              Bfloat16* out) {
  HWY_DYNAMIC_DISPATCH(conv_bf16)(weights, in, shape, out);
}

std::size_t winograd_scratch(const WinogradWeights& weights) {
  const WinogradOrder order = order_of(weights);
  return order.sums() + static_cast<std::size_t>(order.batches * tile_points(weights.tile) *
                                                 point_step<float>(weights.in_channels));
}
int winograd_tile_rows(const WinogradWeights& weights, int pixels) {
  return tile_rows(order_of(weights), pixels);
}
void winograd_rows(const WinogradWeights& weights, const float* const* in, const TileShape& shape,
                   float* const* out, float* scratch) {
  HWY_DYNAMIC_DISPATCH(winograd)(weights, in, shape, out, scratch);
}

void max_pool_row(const float* const* rows, int row_count, const PoolShape& shape, float* out) {
  HWY_DYNAMIC_DISPATCH(pool)(rows, row_count, shape, out);
}
void max_pool_row(const Bfloat16* const* rows, int row_count, const PoolShape& shape,
                  Bfloat16* out) {
  HWY_DYNAMIC_DISPATCH(pool_bf16)(rows, row_count, shape, out);
}

}  // namespace visq::nn
#endif
