// The error of a plane as PSNR-HVS-M sees it: 8x8 blocks in steps of 7, a DCT, and errors weighted
// by contrast sensitivity after taking off what the block's own contrast masks. Deterministic.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/samples.h"
#include "base/scratch.h"

namespace visq::hvs {

inline constexpr int kSide = 8, kStep = 7;
inline constexpr std::size_t kCoefficients = std::size_t{kSide} * kSide;

// Of each DCT coefficient, row by row.
struct Weights {
  std::array<float, kCoefficients> sensitivity;
  std::array<float, kCoefficients> masking;    // weight of its square in the contrast of a block
  std::array<float, kCoefficients> unmasking;  // 1 / masking
};

constexpr Weights weights_of(const std::array<float, kCoefficients>& sensitivity) {
  Weights weights{sensitivity, {}, {}};
  for (std::size_t i = 0; i < kCoefficients; ++i) {
    const double scaled = static_cast<double>(sensitivity[i]) * 0.3885746225901003;
    weights.masking[i] = static_cast<float>(scaled * scaled);
    weights.unmasking[i] = 1 / weights.masking[i];
  }
  return weights;
}

// How many blocks fit along a side.
constexpr int blocks(int size) { return size < kSide ? 0 : (size - kSide) / kStep + 1; }

// The sum of the squared weighted errors of all blocks. Scores depend on how it is rounded: it has
// the bits of a float to which the errors are added one by one, block after block, row by row.
// Planes of one format.
float error(const Samples& ref, const Samples& dist, const Weights& weights, Scratch& scratch);

// The same bits from plain C++: what the vector code is tested against.
float error_ref(const Samples& ref, const Samples& dist, const Weights& weights);

// The transform of one block, in place: columns, then rows, in integers (libdaala's lifting steps).
void transform_ref(std::span<std::int64_t, kCoefficients> block);

}  // namespace visq::hvs
