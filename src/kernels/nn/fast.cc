#include "kernels/nn/fast.h"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/nn/fast.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/conv/pairs-inl.h"
#include "kernels/nn/winograd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace visq::nn {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR

bool available() { return false; }
void conv_fast(const FastWeights& weights, const float* in, const RowShape& shape, float* out, void* scratch) { conv_row_fast_ref(weights, in, shape, out, scratch); }
void winograd_fast(const FastWeights&, const float* const*, const TileShape&, float* const*, void*) {}

#else

using visq::HWY_NAMESPACE::add_pair_products;
using visq::HWY_NAMESPACE::D16;
using visq::HWY_NAMESPACE::D32;
using visq::HWY_NAMESPACE::V16;
using visq::HWY_NAMESPACE::V32;
static_assert(hn::MaxLanes(D32()) == kLanes);

bool available() { return true; }

// What one step of a whole number is worth, and how many make one.
struct Scale {
  float worth, steps;
};
HWY_INLINE Scale scale_for(V largest) {
  const float value = hn::GetLane(hn::MaxOfLanes(D(), largest));
  return {value / kLargestInput, value > 0 ? kLargestInput / value : 0};
}

HWY_INLINE V largest_of(const float* HWY_RESTRICT values, int count, V so_far) {
  const D d;
  int i = 0;
  for (; i + kLanes <= count; i += kLanes) so_far = hn::Max(so_far, hn::Abs(hn::LoadU(d, values + i)));
  for (; i < count; ++i) so_far = hn::Max(so_far, hn::Abs(hn::Set(d, values[i])));
  return so_far;
}

// Rounded to nearest, ties to even.
HWY_INLINE void to_integers(const float* HWY_RESTRICT values, int count, float steps, std::int16_t* HWY_RESTRICT out) {
  const D d;
  const hn::Rebind<std::int16_t, D> half;
  const V factor = hn::Set(d, steps);
  int i = 0;
  for (; i + kLanes <= count; i += kLanes) hn::StoreU(hn::DemoteTo(half, hn::NearestInt(hn::Mul(hn::LoadU(d, values + i), factor))), half, out + i);
  for (; i < count; ++i) out[i] = static_cast<std::int16_t>(hn::GetLane(hn::NearestInt(hn::Mul(hn::Set(d, values[i]), factor))));
}

// Fewer rows than of floats: products need a register, and sums of integers wait for nothing.
constexpr int kFastRows = kVectors == 1 ? 8 : 4;

template <int N>
struct PairSums {
  V32 v[N][kVectors];

  HWY_INLINE PairSums() {}

  HWY_INLINE void clear() {
    HWY_UNROLL(16) for (int i = 0; i < N; ++i)
      HWY_UNROLL(4) for (int j = 0; j < kVectors; ++j) v[i][j] = hn::Zero(D32());
  }
  // Adds rows of `count` values, `step` apart, times [count / 2][16][2] weights.
  HWY_INLINE void add(const std::int16_t* HWY_RESTRICT rows, std::ptrdiff_t step, int count, const std::int16_t* HWY_RESTRICT weights) {
    for (int k = 0; k < count; k += 2, weights += 2 * kBlock) {
      V16 w[kVectors];
      HWY_UNROLL(4) for (int j = 0; j < kVectors; ++j) w[j] = hn::Load(D16(), weights + 2 * j * kLanes);
      HWY_UNROLL(16) for (int i = 0; i < N; ++i) {
        std::int32_t pair;
        std::memcpy(&pair, rows + i * step + k, sizeof(pair));
        const V16 x = hn::BitCast(D16(), hn::Set(D32(), pair));
        HWY_UNROLL(4) for (int j = 0; j < kVectors; ++j) v[i][j] = add_pair_products(x, w[j], v[i][j]);
      }
    }
  }
  HWY_INLINE V real(int i, int j, V worth, V offset) const { return hn::MulAdd(hn::ConvertTo(D(), v[i][j]), worth, offset); }
};

struct FastBlock {
  const FastWeights& weights;
  const std::int16_t* rows;
  float worth;
  int block;
  float* out;
  std::ptrdiff_t out_step;

  template <int N>
  HWY_INLINE void run(int from) const {
    const D d;
    const int channels = weights.in_channels;
    PairSums<N> sums;
    sums.clear();
    sums.add(rows + static_cast<std::ptrdiff_t>(from) * channels, channels, channels, weights.values.data() + static_cast<std::ptrdiff_t>(block) * channels * kBlock);
    const V least = weights.relu ? hn::Zero(d) : hn::Set(d, -hwy::HighestValue<float>());
    float* to = out + from * out_step + block * kBlock;
    V step[kVectors], bias[kVectors];
    HWY_UNROLL(4) for (int j = 0; j < kVectors; ++j) {
      step[j] = hn::Mul(hn::Set(d, worth), hn::Load(d, weights.step.data() + block * kBlock + j * kLanes));
      bias[j] = hn::Load(d, weights.bias.data() + block * kBlock + j * kLanes);
    }
    HWY_UNROLL(16) for (int i = 0; i < N; ++i, to += out_step) {
      V values[kVectors];
      HWY_UNROLL(4) for (int j = 0; j < kVectors; ++j) values[j] = hn::Max(sums.real(i, j, step[j], bias[j]), least);
      store_block(values, weights.out_channels - block * kBlock, to);
    }
  }
};

void conv_fast(const FastWeights& weights, const float* in, const RowShape& shape, float* out, void* scratch) {
  auto* const integers = static_cast<std::int16_t*>(scratch);
  for (int first = 0; first < shape.pixels; first += kFastPixels) {
    const int pixels = std::min(kFastPixels, shape.pixels - first);
    const float* const from = in + first * shape.in_step;
    V largest = hn::Zero(D());
    for (int x = 0; x < pixels; ++x) largest = largest_of(from + x * shape.in_step, weights.in_channels, largest);
    const Scale scale = scale_for(largest);
    for (int x = 0; x < pixels; ++x) to_integers(from + x * shape.in_step, weights.in_channels, scale.steps, integers + static_cast<std::ptrdiff_t>(x) * weights.in_channels);
    for (int block = 0; block < weights.blocks(); ++block)
      in_blocks_of_rows<kFastRows>(pixels, FastBlock{weights, integers, scale.worth, block, out + first * shape.out_step, shape.out_step});
  }
}

struct FastPointProduct {
  const std::int16_t* points;
  const std::int16_t* weights;
  const float* step;
  float* sums;
  int channels;
  float worth;
  const float* bias;  // nullptr: zeros

  template <int N>
  HWY_INLINE void run(int from) const {
    const D d;
    PairSums<N> block;
    block.clear();
    block.add(points + static_cast<std::ptrdiff_t>(from) * channels, channels, channels, weights);
    HWY_UNROLL(4) for (int j = 0; j < kVectors; ++j) {
      const V worth_of = hn::Mul(hn::Set(d, worth), hn::Load(d, step + j * kLanes)), offset = bias != nullptr ? hn::Load(d, bias + j * kLanes) : hn::Zero(d);
      HWY_UNROLL(16) for (int i = 0; i < N; ++i) hn::Store(block.real(i, j, worth_of, offset), d, sums + (from + i) * kBlock + j * kLanes);
    }
  }
};

struct FastMemory {
  float* points;           // [36][kBatch][in_channels]
  float* sums;             // [36][kBatch][16]
  std::int16_t* integers;  // as points
  float worth[kTilePoints];
};

// Each point has a scale of its own.
HWY_INLINE void points_to_integers(FastMemory& memory, int tiles, int channels) {
  for (int p = 0; p < kTilePoints; ++p) {
    const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(p) * kBatch * channels;
    const Scale scale = scale_for(largest_of(memory.points + at, tiles * channels, hn::Zero(D())));
    memory.worth[p] = scale.worth;
    to_integers(memory.points + at, tiles * channels, scale.steps, memory.integers + at);
  }
}

void winograd_fast(const FastWeights& weights, const float* const* in, const TileShape& shape, float* const* out, void* scratch) {
  const int channels = weights.in_channels, all = (shape.pixels + kTile - 1) / kTile;
  const std::ptrdiff_t point_step = static_cast<std::ptrdiff_t>(kBatch) * channels;
  FastMemory memory;
  memory.points = static_cast<float*>(scratch);
  memory.sums = memory.points + kTilePoints * point_step;
  memory.integers = reinterpret_cast<std::int16_t*>(memory.sums + kTilePoints * kBatch * kBlock);
  for (int first = 0; first < all; first += kBatch) {
    const int tiles = std::min(kBatch, all - first);
    tiles_to_points(in, shape, first, tiles, channels, memory.points);
    points_to_integers(memory, tiles, channels);
    for (int block = 0; block < weights.blocks(); ++block) {
      for (int p = 0; p < kTilePoints; ++p) {
        const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(block) * kTilePoints + p;
        in_blocks_of_rows<kFastRows>(tiles, FastPointProduct{memory.integers + p * point_step, weights.values.data() + row * channels * kBlock, weights.step.data() + row * kBlock,
                                                  memory.sums + static_cast<std::ptrdiff_t>(p) * kBatch * kBlock, channels, memory.worth[p],
                                                  p == kBiasPoint ? weights.bias.data() + block * kBlock : nullptr});
      }
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

HWY_EXPORT(available);
HWY_EXPORT(conv_fast);
HWY_EXPORT(winograd_fast);

bool fast_available() { return HWY_DYNAMIC_DISPATCH(available)(); }

std::size_t fast_scratch(const FastWeights& weights) {
  const auto channels = static_cast<std::size_t>(weights.in_channels);
  if (weights.points == 1) return kFastPixels * channels * sizeof(std::int16_t);
  return static_cast<std::size_t>(kTilePoints) * kBatch * (channels * (sizeof(float) + sizeof(std::int16_t)) + kBlock * sizeof(float));
}

void conv_row_fast(const FastWeights& weights, const float* in, const RowShape& shape, float* out, void* scratch) {
  HWY_DYNAMIC_DISPATCH(conv_fast)(weights, in, shape, out, scratch);
}
void winograd_rows_fast(const FastWeights& weights, const float* const* in, const TileShape& shape, float* const* out, void* scratch) {
  HWY_DYNAMIC_DISPATCH(winograd_fast)(weights, in, shape, out, scratch);
}

}  // namespace visq::nn
#endif
