// Activations in half the memory, for layers whose values are never below zero: the upper half of a
// float, rounded to nearest (bfloat16). Of each 16 channels, i and i + 8 stand side by side:
// vectors of floats turn into that and back without moving lanes.
#pragma once

#include <bit>
#include <cstdint>

#include "kernels/nn/nn.h"

namespace visq::nn {

using Bfloat16 = std::uint16_t;

constexpr Bfloat16 to_bf16(float value) {
  return static_cast<Bfloat16>((std::bit_cast<std::uint32_t>(value) + 0x8000) >> 16);
}
constexpr float from_bf16(Bfloat16 value) {
  return std::bit_cast<float>(std::uint32_t{value} << 16);
}

// Where a channel stands.
constexpr std::size_t bf16_place(std::size_t channel) {
  return channel / kBlock * kBlock + channel % (kBlock / 2) * 2 + channel / (kBlock / 2) % 2;
}

// As their namesakes in nn.h, of channels in whole blocks; the convolution's layer ends with ReLU.
void conv_row(const ConvWeights& weights, const float* const* in, const RowShape& shape,
              Bfloat16* out);
void conv_row_ref(const ConvWeights& weights, const float* const* in, const RowShape& shape,
                  Bfloat16* out);
void max_pool_row(const Bfloat16* const* rows, int row_count, const PoolShape& shape,
                  Bfloat16* out);
void max_pool_row_ref(const Bfloat16* const* rows, int row_count, const PoolShape& shape,
                      Bfloat16* out);
void distance_row(const Bfloat16* a, const Bfloat16* b, const float* weights,
                  const DistanceShape& shape, float* out);
void distance_row_ref(const Bfloat16* a, const Bfloat16* b, const float* weights,
                      const DistanceShape& shape, float* out);

}  // namespace visq::nn
