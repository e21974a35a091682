// Layers of convolutional networks, a few rows at a time. Activations stand pixel by pixel, the
// channels of a pixel side by side; weights are packed once, in blocks of 16 output channels,
// whatever the CPU.
#pragma once

#include <cstddef>

#include "base/aligned.h"

namespace visq::nn {

inline constexpr int kBlock = 16;  // output channels that are computed together

// [blocks][height][width * in_channels][16] and [blocks][16], zero beyond the last channel.
struct ConvWeights {
  int in_channels = 0, out_channels = 0, height = 0, width = 0;
  bool relu = false;
  AlignedBuffer<float> values, bias;

  int blocks() const { return (out_channels + kBlock - 1) / kBlock; }
  int run() const {
    return width * in_channels;
  }  // values side by side that one row of the window covers
};

struct ConvShape {
  int in_channels = 0, out_channels = 0, height = 0, width = 0;
  bool relu = false;
};

// From [out][in][height][width] and [out].
ConvWeights pack_conv(const ConvShape& shape, const float* weights, const float* bias);

// One row of output. `in`: for each row of the window, its first value for the first pixel;
// `in_step` and `out_step`: from one pixel to the next.
struct RowShape {
  int pixels = 0;
  std::ptrdiff_t in_step = 0, out_step = 0;
};
void conv_row(const ConvWeights& weights, const float* const* in, const RowShape& shape,
              float* out);
void conv_row_ref(const ConvWeights& weights, const float* const* in, const RowShape& shape,
                  float* out);

// Convolutions with stride 1 by Winograd's way: F(4x4, 3x3) and F(2x2, 5x5), which make 36 products
// where the direct way takes 144 and 100, and F(6x6, 3x3), which makes 64 where it takes 324. A
// tile of output has so many rows and columns, and is made of this many of input.
inline constexpr int kLargestTile = 6;
constexpr int tile_side(int tile) { return tile == kLargestTile ? 8 : 6; }
constexpr int tile_points(int tile) { return tile_side(tile) * tile_side(tile); }

// That of the smaller tiles, which are all that 16 bits have room for.
inline constexpr int kTileIn = 6, kTilePoints = kTileIn * kTileIn;
constexpr int tile_of_kernel(int size) { return kTileIn + 1 - size; }

// Rows of tiles that one call makes at most.
inline constexpr int kMostRowsMade = 20, kMostRowsRead = kMostRowsMade + 2;
constexpr int most_tile_rows(int tile) { return tile == 2 ? 5 : kMostRowsMade / tile; }

// [blocks][points][in_channels][16] and [blocks][16].
struct WinogradWeights {
  int in_channels = 0, out_channels = 0, tile = 4;
  bool relu = false;
  AlignedBuffer<float> values, bias;

  int blocks() const { return (out_channels + kBlock - 1) / kBlock; }
};
// `shape`: 3x3 for tiles of 4 and 6, 5x5 for those of 2.
WinogradWeights pack_winograd(const ConvShape& shape, int tile, const float* weights,
                              const float* bias);

// Floats of working memory that winograd_rows needs.
std::size_t winograd_scratch(const WinogradWeights& weights);

// Rows of tiles of that many pixels that one call should make: several where the tiles of one are
// too few for weights that are read from far away.
int winograd_tile_rows(const WinogradWeights& weights, int pixels);

// Whole rows of tiles, of the last one fewer rows if need be. `in[0]` is the first pixel that the
// kernel of the first row covers; a kernel's rows but one of input more are read than whole tiles
// have, and as many pixels.
struct TileShape {
  int pixels = 0, rows = 0;
  std::ptrdiff_t in_step = 0, out_step = 0;
};
void winograd_rows(const WinogradWeights& weights, const float* const* in, const TileShape& shape,
                   float* const* out, float* scratch);
void winograd_rows_ref(const WinogradWeights& weights, const float* const* in,
                       const TileShape& shape, float* const* out, float* scratch);

// The largest of a window's rows and columns, channel by channel. Window x of `pixels` covers
// columns x * stride + first .. + width, those outside 0 .. in_pixels left out; `rows` are those
// inside.
struct PoolShape {
  int pixels = 0, in_pixels = 0, channels = 0;
  int width = 0, stride = 0, first = 0;
  std::ptrdiff_t in_step = 0, out_step = 0;
};
void max_pool_row(const float* const* rows, int row_count, const PoolShape& shape, float* out);
void max_pool_row_ref(const float* const* rows, int row_count, const PoolShape& shape, float* out);

// sum over channels of w * (a / |a| - b / |b|)^2 for each pixel; |x| = sqrt(sum of squares +
// inside) + outside.
struct DistanceShape {
  int pixels = 0, channels = 0;
  float inside = 0, outside = 0;
};
void distance_row(const float* a, const float* b, const float* weights, const DistanceShape& shape,
                  float* out);
void distance_row_ref(const float* a, const float* b, const float* weights,
                      const DistanceShape& shape, float* out);

}  // namespace visq::nn
