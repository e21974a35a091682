// Direct convolutions of bfloat16 inputs with bfloat16 weights, whose products are added as floats:
// twice the rate of floats on CPUs that have an instruction for pairs of such products, and nothing
// to convert.
#pragma once

#include "kernels/nn/narrow.h"

namespace visq::nn {

// [blocks][height][run / 2][16][2] in the order of narrow.h, and [blocks][16].
struct Bfloat16Weights {
  int out_channels = 0, height = 1, run = 0;
  bool relu = false;
  AlignedBuffer<Bfloat16> values;
  AlignedBuffer<float> bias;  // empty: there was no memory

  int blocks() const { return (out_channels + kBlock - 1) / kBlock; }
};

// Whether this CPU has that instruction.
bool bfloat16_products_available();

// From weights packed for floats, of input channels in whole blocks.
Bfloat16Weights pack_bfloat16(const ConvWeights& weights);

// As their namesakes in nn.h and narrow.h.
void conv_row(const Bfloat16Weights& weights, const Bfloat16* const* in, const RowShape& shape,
              float* out);
void conv_row(const Bfloat16Weights& weights, const Bfloat16* const* in, const RowShape& shape,
              Bfloat16* out);
void conv_row_ref(const Bfloat16Weights& weights, const Bfloat16* const* in, const RowShape& shape,
                  float* out);
void conv_row_ref(const Bfloat16Weights& weights, const Bfloat16* const* in, const RowShape& shape,
                  Bfloat16* out);

}  // namespace visq::nn
