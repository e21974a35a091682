// Winograd's F(4x4, 3x3), a batch of tiles at a time: the inputs are taken to 36 points, each point is a
// small product of matrices, and its sums are taken back before the next block of channels begins, so that
// they never leave the first cache.
#include <algorithm>

#include "kernels/nn/nn.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/nn/winograd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/nn/winograd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::nn {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR

void winograd(const WinogradWeights& weights, const float* const* in, const TileShape& shape, float* const* out, float* scratch) {
  winograd_rows_ref(weights, in, shape, out, scratch);
}

#else

struct WinogradMemory {
  float* points;  // [36][kBatch][in_channels]
  float* sums;    // [36][kBatch][16]
};

struct PointProduct {
  const float* points;
  const float* weights;
  float* sums;
  int channels;
  const float* bias;  // nullptr: zeros

  template <int N>
  HWY_INLINE void run(int from) const {
    Sums<N> block;
    if (bias != nullptr) block.start(bias);
    else block.clear();
    block.add(points + static_cast<std::ptrdiff_t>(from) * channels, channels, channels, weights);
    HWY_UNROLL(16) for (int i = 0; i < N; ++i)
      HWY_UNROLL(4) for (int j = 0; j < kVectors; ++j) hn::Store(block.v[i][j], D(), sums + (from + i) * kBlock + j * kLanes);
  }
};

void winograd(const WinogradWeights& weights, const float* const* in, const TileShape& shape, float* const* out, float* scratch) {
  const int channels = weights.in_channels, all = (shape.pixels + kTile - 1) / kTile;
  const std::ptrdiff_t point_step = static_cast<std::ptrdiff_t>(kBatch) * channels;
  const WinogradMemory memory{scratch, scratch + kTilePoints * point_step};
  for (int first = 0; first < all; first += kBatch) {
    const int tiles = std::min(kBatch, all - first);
    tiles_to_points(in, shape, first, tiles, channels, memory.points);
    const float* packed = weights.values.data();
    for (int block = 0; block < weights.blocks(); ++block) {
      for (int p = 0; p < kTilePoints; ++p, packed += channels * kBlock)
        in_blocks_of_rows(tiles, PointProduct{memory.points + p * point_step, packed, memory.sums + static_cast<std::ptrdiff_t>(p) * kBatch * kBlock, channels,
                                              p == kBiasPoint ? weights.bias.data() + block * kBlock : nullptr});
      points_to_tiles({block * kBlock, weights.out_channels, weights.relu}, shape, {first, tiles}, memory.sums, out);
    }
  }
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace visq::nn
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::nn {

HWY_EXPORT(winograd);

std::size_t winograd_scratch(const WinogradWeights& weights) {
  return static_cast<std::size_t>(kTilePoints) * kBatch * static_cast<std::size_t>(weights.in_channels + kBlock);
}

void winograd_rows(const WinogradWeights& weights, const float* const* in, const TileShape& shape, float* const* out, float* scratch) {
  HWY_DYNAMIC_DISPATCH(winograd)(weights, in, shape, out, scratch);
}

}  // namespace visq::nn
#endif
