// Layers whose products are of 16 bits and whose sums are of 32: half the time of floats, where the CPU
// adds pairs of products. Activations become whole numbers of 14 bits, scaled by a power of two that suits
// the largest of a stretch of a row; weights are scaled so that no sum can overflow.
#pragma once

#include <cstdint>

#include "kernels/nn/nn.h"

namespace visq::nn {

inline constexpr int kLargestInput = 8192;

// [blocks][points][height][pairs][16][2]; [blocks][points][16] is what one step of a weight is worth.
// `points` is 1, or 36 of Winograd; `run`: values side by side that one row of the window covers.
struct FastWeights {
  int out_channels = 0, points = 1, height = 1, run = 0;
  bool relu = false;
  AlignedBuffer<std::int16_t> values;
  AlignedBuffer<float> step, bias;

  int blocks() const { return (out_channels + kBlock - 1) / kBlock; }
  int pairs() const { return (run + 1) / 2; }
  std::size_t block_size() const { return static_cast<std::size_t>(height) * static_cast<std::size_t>(pairs()) * 2 * kBlock; }
};

// Whether this CPU has such products.
bool fast_available();

// From weights packed for floats.
FastWeights pack_fast(const ConvWeights& weights);
FastWeights pack_fast(const WinogradWeights& weights);

// Bytes of working memory, for either; `in_step` as that of the row's shape.
std::size_t fast_scratch(const FastWeights& weights, std::ptrdiff_t in_step);

// As conv_row and winograd_rows.
void conv_row_fast(const FastWeights& weights, const float* const* in, const RowShape& shape, float* out, void* scratch);
void conv_row_fast_ref(const FastWeights& weights, const float* const* in, const RowShape& shape, float* out, void* scratch);
void winograd_rows_fast(const FastWeights& weights, const float* const* in, const TileShape& shape, float* const* out, void* scratch);

// 2^k that brings values up to `largest` just below kLargestInput, and its inverse; zeros for what is hardly above zero.
struct FastScale {
  float steps = 0, worth = 0;
};
FastScale fast_scale(float largest);

// Pixels of a row with a common scale.
inline constexpr int kFastPixels = 24;

}  // namespace visq::nn
