// Direct convolution of a row: because the channels of a pixel, and the pixels of a row, lie side by side,
// each row of the window is one run of values, whatever the kernel and its stride.
#include <algorithm>

#include "kernels/nn/nn.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/nn/conv.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/nn/gemm-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::nn {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR

void conv(const ConvWeights& weights, const float* const* in, const RowShape& shape, float* out) { conv_row_ref(weights, in, shape, out); }

#else

// One block of channels for some pixels of the row.
struct ConvBlock {
  const ConvWeights& weights;
  const float* const* in;
  const RowShape& shape;
  float* out;
  int block, first;

  template <int N>
  HWY_INLINE void run(int from) const {
    const std::ptrdiff_t x = first + from;
    const int run_length = weights.run(), channels = weights.out_channels - block * kBlock;
    const std::size_t length = static_cast<std::size_t>(run_length) * kBlock;
    const float* packed = weights.values.data() + static_cast<std::size_t>(block * weights.height) * length;
    Sums<N> sums;
    sums.start(weights.bias.data() + block * kBlock);
    for (int y = 0; y < weights.height; ++y, packed += length) sums.add(in[y] + x * shape.in_step, shape.in_step, run_length, packed);
    const V least = weights.relu ? hn::Zero(D()) : hn::Set(D(), -hwy::HighestValue<float>());
    float* to = out + x * shape.out_step + block * kBlock;
    HWY_UNROLL(16) for (int i = 0; i < N; ++i, to += shape.out_step) {
      HWY_UNROLL(4) for (int j = 0; j < kVectors; ++j) sums.v[i][j] = hn::Max(sums.v[i][j], least);
      store_block(sums.v[i], channels, to);
    }
  }
};

// Pixels whose inputs stay in the first cache while all blocks of channels pass over them.
constexpr int kPixelsAtOnce = 8 * kRows;

void conv(const ConvWeights& weights, const float* const* in, const RowShape& shape, float* out) {
  for (int x = 0; x < shape.pixels; x += kPixelsAtOnce)
    for (int block = 0; block < weights.blocks(); ++block)
      in_blocks_of_rows(std::min(kPixelsAtOnce, shape.pixels - x), ConvBlock{weights, in, shape, out, block, x});
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::nn
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::nn {

HWY_EXPORT(conv);

void conv_row(const ConvWeights& weights, const float* const* in, const RowShape& shape, float* out) {
  HWY_DYNAMIC_DISPATCH(conv)(weights, in, shape, out);
}

}  // namespace visq::nn
#endif
