// The error of a plane as PSNR-HVS-M sees it: 8x8 blocks in steps of 7, a DCT, and errors weighted
// by contrast sensitivity after taking off what the block's own contrast masks. Deterministic.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/plane.h"
#include "base/result.h"
#include "base/scratch.h"

namespace visq {

inline constexpr int kHvsSide = 8, kHvsStep = 7;
inline constexpr std::size_t kHvsCoefficients = kHvsSide * kHvsSide;

// Of each DCT coefficient, row by row.
struct HvsWeights {
  std::array<float, kHvsCoefficients> sensitivity;
  std::array<float, kHvsCoefficients> masking;    // weight of its square in the contrast of a block
  std::array<float, kHvsCoefficients> unmasking;  // 1 / masking
};

constexpr HvsWeights hvs_weights(const std::array<float, kHvsCoefficients>& sensitivity) {
  HvsWeights weights{sensitivity, {}, {}};
  for (std::size_t i = 0; i < kHvsCoefficients; ++i) {
    const double scaled = static_cast<double>(sensitivity[i]) * 0.3885746225901003;
    weights.masking[i] = static_cast<float>(scaled * scaled);
    weights.unmasking[i] = 1 / weights.masking[i];
  }
  return weights;
}

// How many blocks fit along a side.
constexpr int hvs_blocks(int size) {
  return size < kHvsSide ? 0 : (size - kHvsSide) / kHvsStep + 1;
}

// The sum of the squared weighted errors of all blocks. Scores depend on how it is rounded: it has
// the bits of a float to which the errors are added one by one, block after block, row by row.
// Planes of one size, 8 to 16 bits. -ENOMEM.
Result<float> hvs_error(PlaneView<const std::uint8_t> ref, PlaneView<const std::uint8_t> dist,
                        int bits, const HvsWeights& weights, Scratch& scratch);
Result<float> hvs_error(PlaneView<const std::uint16_t> ref, PlaneView<const std::uint16_t> dist,
                        int bits, const HvsWeights& weights, Scratch& scratch);

// The same bits from plain C++: what the fast ones are tested against.
float hvs_error_ref(PlaneView<const std::uint8_t> ref, PlaneView<const std::uint8_t> dist, int bits,
                    const HvsWeights& weights);
float hvs_error_ref(PlaneView<const std::uint16_t> ref, PlaneView<const std::uint16_t> dist,
                    int bits, const HvsWeights& weights);

// The transform of one block, in place: columns, then rows, in integers (libdaala's lifting steps).
void hvs_transform_ref(std::span<std::int64_t, kHvsCoefficients> block);

}  // namespace visq
