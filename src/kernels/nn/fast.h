// Layers whose products are of 16 bits and whose sums are of 32: half the time of floats, where the CPU
// adds pairs of products. Activations become whole numbers of 14 bits, scaled by the largest of a stretch of
// a row; weights are scaled so that no sum can overflow.
#pragma once

#include <cstdint>

#include "kernels/nn/nn.h"

namespace visq::nn {

inline constexpr int kLargestInput = 8191;

// [blocks][points][in_channels / 2][16][2]; [blocks][points][16] is what one step of a weight is worth.
// `points` is 1, or 36 of Winograd.
struct FastWeights {
  int in_channels = 0, out_channels = 0, points = 1;
  bool relu = false;
  AlignedBuffer<std::int16_t> values;
  AlignedBuffer<float> step, bias;

  int blocks() const { return (out_channels + kBlock - 1) / kBlock; }
};

// Whether this CPU has such products.
bool fast_available();

// From weights packed for floats; in_channels must be even, for Winograd a multiple of 16.
FastWeights pack_fast(const ConvWeights& weights);  // of a 1x1 convolution
FastWeights pack_fast(const WinogradWeights& weights);

// Bytes of working memory, for either.
std::size_t fast_scratch(const FastWeights& weights);

// As conv_row and winograd_rows.
void conv_row_fast(const FastWeights& weights, const float* in, const RowShape& shape, float* out, void* scratch);
void conv_row_fast_ref(const FastWeights& weights, const float* in, const RowShape& shape, float* out, void* scratch);
void winograd_rows_fast(const FastWeights& weights, const float* const* in, const TileShape& shape, float* const* out, void* scratch);

// Pixels of a row with a common scale.
inline constexpr int kFastPixels = 48;

}  // namespace visq::nn
