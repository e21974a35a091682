// Layers whose products are of 16 bits and whose sums are of 32: half the time of floats, where the
// CPU adds pairs of products. Activations become whole numbers of 14 bits, scaled by a power of two
// that suits the largest of a stretch of a row; those of Winograd's tiles of 8 or 9 bits, so that
// the 36 points are exact in
// 16. Weights are scaled so that no sum can overflow.
#pragma once

#include <cstdint>

#include "kernels/nn/bf16.h"
#include "kernels/nn/nn.h"

namespace visq::nn {

inline constexpr int kLargestInputBits = 13, kLargestInput = 1 << kLargestInputBits;

// The largest inputs of tiles of any sign, and of those that are never negative. Points are at most
// 100 times, or 50 times, as large, and fit into 16 bits: the only one that can grow further, that
// of kLiftedPoint, from 32 times below zero to 68 times above it, is stored with `kLift` taken off.
inline constexpr int kLargestSigned = 327, kLargestPositive = 655;
inline constexpr int kLiftedPoint = kTileIn + 1, kLift = 18 * kLargestPositive;

// Which of a layer's input and output are bfloat16 (bf16.h); the others are floats. What is
// bfloat16 has whole blocks of channels, and a bfloat16 output ends with ReLU. `positive_in`: no
// input is below zero, as none of a bfloat16 one is.
struct Int16Format {
  bool bf16_in = false, bf16_out = false, positive_in = false;
};

// [blocks][points][height][pairs][16][2]; [blocks][points][16] is what one step of a weight is
// worth. `points` is 1, or 36 of Winograd; `run`: values side by side that one row of the window
// covers, in the order of bf16.h for Winograd and for bfloat16 inputs.
struct Int16Weights {
  int out_channels = 0, points = 1, height = 1, run = 0, tile = 4;
  bool relu = false;
  Int16Format format;
  AlignedBuffer<std::int16_t> values;
  AlignedBuffer<std::int32_t>
      lift;  // [blocks][16]: what kLift subtracts from the sums of its point
  AlignedBuffer<float> step, bias;

  int blocks() const { return (out_channels + kBlock - 1) / kBlock; }
  int pairs() const { return (run + 1) / 2; }
  std::size_t block_size() const {
    return static_cast<std::size_t>(height) * static_cast<std::size_t>(pairs()) * 2 * kBlock;
  }
};

// Whether this CPU has such products.
bool int16_available();

// From weights packed for floats.
Int16Weights pack_int16(const ConvWeights& weights, Int16Format format);
Int16Weights pack_int16(const WinogradWeights& weights, Int16Format format);

// Bytes of working memory, for either; `in_step` as that of the row's shape.
std::size_t int16_scratch(const Int16Weights& weights, std::ptrdiff_t in_step);

int winograd_tile_rows(const Int16Weights& weights, int pixels);

// As conv_row and winograd_rows; rows are of floats or of Bfloat16, as the weights' format says.
void conv_row_int16(const Int16Weights& weights, const void* const* in, const RowShape& shape,
                    void* out, void* scratch);
void conv_row_int16_ref(const Int16Weights& weights, const void* const* in, const RowShape& shape,
                        void* out, void* scratch);
void winograd_rows_int16(const Int16Weights& weights, const void* const* in, const TileShape& shape,
                         void* const* out, void* scratch);
void winograd_rows_int16_ref(const Int16Weights& weights, const void* const* in,
                             const TileShape& shape, void* const* out, void* scratch);

// 2^k that brings values up to `largest` just below kLargestInput, and its inverse; zeros for what
// is hardly above zero.
struct Int16Scale {
  float steps = 0, worth = 0;
};
Int16Scale int16_scale(float largest);

// The same for tiles, not rounded to a power of two: `largest` becomes `whole`.
Int16Scale tile_scale(float largest, int whole);

// Pixels of a row with a common scale, and tiles with one.
inline constexpr int kInt16Pixels = 24, kInt16Tiles = 12;

}  // namespace visq::nn
