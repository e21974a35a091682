#include "kernels/nn/fast.h"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/nn/fast.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/conv/pairs-inl.h"
#include "kernels/nn/winograd-inl.h"

#ifndef VISQ_NN_FAST_INTEGER_ROW_
#define VISQ_NN_FAST_INTEGER_ROW_
namespace visq::nn {

// Whole numbers that one row of the windows of kFastPixels takes, and room for half a pair.
constexpr std::ptrdiff_t integer_row(const FastWeights& weights, std::ptrdiff_t in_step) {
  return ((kFastPixels - 1) * in_step + weights.run) / kBlock * kBlock + kBlock;
}

}  // namespace visq::nn
#endif

HWY_BEFORE_NAMESPACE();
namespace visq::nn {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR

bool available() { return false; }
void conv_fast(const FastWeights& weights, const float* const* in, const RowShape& shape, float* out, void* scratch) { conv_row_fast_ref(weights, in, shape, out, scratch); }
void winograd_fast(const FastWeights&, const float* const*, const TileShape&, float* const*, void*) {}

#else

using visq::HWY_NAMESPACE::add_pair_products;
using visq::HWY_NAMESPACE::D16;
using visq::HWY_NAMESPACE::D32;
using visq::HWY_NAMESPACE::V16;
using visq::HWY_NAMESPACE::V32;
static_assert(hn::MaxLanes(D32()) == kLanes);

bool available() { return true; }

HWY_INLINE V largest_of(const float* HWY_RESTRICT values, std::ptrdiff_t count, V so_far) {
  const D d;
  std::ptrdiff_t i = 0;
  V other = so_far;
  for (; i + 2 * kLanes <= count; i += 2 * kLanes) {
    so_far = hn::Max(so_far, hn::Abs(hn::LoadU(d, values + i)));
    other = hn::Max(other, hn::Abs(hn::LoadU(d, values + i + kLanes)));
  }
  for (; i < count; ++i) so_far = hn::Max(so_far, hn::Abs(hn::Set(d, values[i])));
  return hn::Max(so_far, other);
}

// Floats to whole numbers of 16 bits, rounded to nearest, ties to even.
class ToIntegers {
 public:
  // Demoting two vectors leaves pairs in an order of the CPU's own; a permutation that undoes it is found by trying.
  HWY_INLINE ToIntegers() {
    HWY_ALIGN std::int16_t tried[2 * kLanes];
    HWY_ALIGN std::int32_t order[kLanes];
    hn::Store(hn::ReorderDemote2To(D16(), hn::Iota(D32(), 0), hn::Iota(D32(), kLanes)), D16(), tried);
    for (int i = 0; i < kLanes; ++i) order[tried[2 * i] / 2] = i;
    order_ = hn::Load(D32(), order);
  }

  // `steps` is a power of two, so products are exact.
  HWY_INLINE void run(const float* HWY_RESTRICT values, std::ptrdiff_t count, float steps, std::int16_t* HWY_RESTRICT out) const {
    const D d;
    const V factor = hn::Set(d, steps);
    std::ptrdiff_t i = 0;
    for (; i + 2 * kLanes <= count; i += 2 * kLanes) {
      const V32 a = rounded(hn::LoadU(d, values + i), factor), b = rounded(hn::LoadU(d, values + i + kLanes), factor);
      const V32 pairs = hn::BitCast(D32(), hn::ReorderDemote2To(D16(), a, b));
      hn::StoreU(hn::TableLookupLanes(pairs, hn::IndicesFromVec(D32(), order_)), D32(), reinterpret_cast<std::int32_t*>(out + i));
    }
    for (; i < count; ++i) out[i] = static_cast<std::int16_t>(hn::GetLane(rounded(hn::Set(d, values[i]), factor)));
  }

 private:
  // Beside 1.5 * 2^23 a float has no room for fractions, and ends in the whole number.
  static HWY_INLINE V32 rounded(V value, V factor) {
    const V base = hn::Set(D(), 0x1.8p23f);
    return hn::Sub(hn::BitCast(D32(), hn::MulAdd(value, factor, base)), hn::BitCast(D32(), base));
  }

  V32 order_;
};

HWY_INLINE FastScale scale_for(V largest) { return fast_scale(hn::GetLane(hn::MaxOfLanes(D(), largest))); }

// GCC would make the products of all rows first and have no register left for the sums.
HWY_INLINE void add_products(V16 a, V16 b, V32& sum) {
#if HWY_TARGET == HWY_AVX2 && HWY_COMPILER_GCC_ACTUAL
  V32 product;
  asm("vpmaddwd %2, %3, %1\n\tvpaddd %1, %0, %0" : "+x"(sum.raw), "=&x"(product.raw) : "x"(b.raw), "x"(a.raw));
#else
  sum = add_pair_products(a, b, sum);
#endif
}

template <int N>
struct PairSums {
  V32 v[N][kVectors];

  HWY_INLINE PairSums() {}

  HWY_INLINE void clear() {
    HWY_UNROLL(16) for (int i = 0; i < N; ++i)
      HWY_UNROLL(4) for (int j = 0; j < kVectors; ++j) v[i][j] = hn::Zero(D32());
  }
  // Adds rows of pairs of values, `step` apart, times [pairs][16][2] weights.
  HWY_INLINE void add(const std::int16_t* HWY_RESTRICT rows, std::ptrdiff_t step, int pairs, const std::int16_t* HWY_RESTRICT weights) {
    for (int k = 0; k < pairs; ++k, weights += 2 * kBlock) {
      V16 w[kVectors];
      HWY_UNROLL(4) for (int j = 0; j < kVectors; ++j) w[j] = hn::Load(D16(), weights + 2 * j * kLanes);
      HWY_UNROLL(16) for (int i = 0; i < N; ++i) {
        std::int32_t pair;
        std::memcpy(&pair, rows + i * step + 2 * k, sizeof(pair));
        const V16 x = hn::BitCast(D16(), hn::Set(D32(), pair));
        HWY_UNROLL(4) for (int j = 0; j < kVectors; ++j) add_products(x, w[j], v[i][j]);
      }
    }
  }
  HWY_INLINE V real(int i, int j, V worth, V offset) const { return hn::MulAdd(hn::ConvertTo(D(), v[i][j]), worth, offset); }
};

// Some pixels as whole numbers, `height` rows of them.
struct IntegerRows {
  std::int16_t* first;
  std::ptrdiff_t row, step;
};

struct FastBlock {
  const FastWeights& weights;
  const IntegerRows& in;
  float worth;
  int block;
  float* out;
  std::ptrdiff_t out_step;

  template <int N>
  HWY_INLINE void run(int from) const {
    const int pairs = weights.pairs();
    const std::int16_t* packed = weights.values.data() + static_cast<std::size_t>(block) * weights.block_size();
    PairSums<N> sums;
    sums.clear();
    for (int y = 0; y < weights.height; ++y, packed += 2 * pairs * kBlock) sums.add(in.first + y * in.row + from * in.step, in.step, pairs, packed);
    const D d;
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

void conv_fast(const FastWeights& weights, const float* const* in, const RowShape& shape, float* out, void* scratch) {
  const ToIntegers to_integers;
  const IntegerRows integers{static_cast<std::int16_t*>(scratch), integer_row(weights, shape.in_step), shape.in_step};
  for (int first = 0; first < shape.pixels; first += kFastPixels) {
    const int pixels = std::min(kFastPixels, shape.pixels - first);
    const std::ptrdiff_t from = first * shape.in_step, count = (pixels - 1) * shape.in_step + weights.run;
    V largest = hn::Zero(D());
    for (int y = 0; y < weights.height; ++y) largest = largest_of(in[y] + from, count, largest);
    const FastScale scale = scale_for(largest);
    for (int y = 0; y < weights.height; ++y) {
      std::int16_t* const row = integers.first + y * integers.row;
      to_integers.run(in[y] + from, count, scale.steps, row);
      row[count] = 0;  // the other half of an odd run's last pair
    }
    for (int block = 0; block < weights.blocks(); ++block)
      in_blocks_of_rows(pixels, FastBlock{weights, integers, scale.worth, block, out + first * shape.out_step, shape.out_step});
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
    block.add(points + static_cast<std::ptrdiff_t>(from) * channels, channels, channels / 2, weights);
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
  const ToIntegers to_integers;
  for (int p = 0; p < kTilePoints; ++p) {
    const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(p) * kBatch * channels, count = static_cast<std::ptrdiff_t>(tiles) * channels;
    const FastScale scale = scale_for(largest_of(memory.points + at, count, hn::Zero(D())));
    memory.worth[p] = scale.worth;
    to_integers.run(memory.points + at, count, scale.steps, memory.integers + at);
  }
}

void winograd_fast(const FastWeights& weights, const float* const* in, const TileShape& shape, float* const* out, void* scratch) {
  const int channels = weights.run, all = (shape.pixels + kTile - 1) / kTile;
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
        in_blocks_of_rows(tiles, FastPointProduct{memory.integers + p * point_step, weights.values.data() + row * channels * kBlock, weights.step.data() + row * kBlock,
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

std::size_t fast_scratch(const FastWeights& weights, std::ptrdiff_t in_step) {
  if (weights.points == 1) return static_cast<std::size_t>(weights.height * integer_row(weights, in_step)) * sizeof(std::int16_t);
  return static_cast<std::size_t>(kTilePoints) * kBatch * (static_cast<std::size_t>(weights.run) * (sizeof(float) + sizeof(std::int16_t)) + kBlock * sizeof(float));
}

void conv_row_fast(const FastWeights& weights, const float* const* in, const RowShape& shape, float* out, void* scratch) {
  HWY_DYNAMIC_DISPATCH(conv_fast)(weights, in, shape, out, scratch);
}
void winograd_rows_fast(const FastWeights& weights, const float* const* in, const TileShape& shape, float* const* out, void* scratch) {
  HWY_DYNAMIC_DISPATCH(winograd_fast)(weights, in, shape, out, scratch);
}

}  // namespace visq::nn
#endif
