#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <vector>

#include "base/large_pages.h"
#include "kernels/nn/int16.h"

namespace visq::nn {
namespace {

constexpr double kLargestSum = 2147483647.0 - 65536;  // with room for what rounding adds

constexpr int kToPoints[kTileIn][kTileIn] = {{4, 0, -5, 0, 1, 0},  {0, -4, -4, 1, 1, 0},
                                             {0, 4, -4, -1, 1, 0}, {0, -2, -1, 2, 1, 0},
                                             {0, 2, -1, -2, 1, 0}, {0, 4, 0, -5, 0, 1}};

// How many times its inputs a point can be.
int growth(std::size_t p, bool positive_in) {
  int positive = 0, negative = 0;
  for (int y = 0; y < kTileIn; ++y)
    for (int x = 0; x < kTileIn; ++x) {
      const int factor = kToPoints[p / kTileIn][y] * kToPoints[p % kTileIn][x];
      (factor > 0 ? positive : negative) += std::abs(factor);
    }
  return positive_in ? std::max(positive, negative) : positive + negative;
}

int largest_input(int points, std::size_t p, bool positive_in) {
  if (points == 1) return kLargestInput;
  return growth(p, positive_in) * (positive_in ? kLargestPositive : kLargestSigned);
}

// A block of one point: `count` weights of each output channel. How many steps make one.
std::array<double, kBlock> steps_of_block(const float* from, int count, int largest_value) {
  std::array<double, kBlock> sums{}, largest{}, steps{};
  for (int i = 0; i < count; ++i, from += kBlock)
    for (std::size_t o = 0; o < kBlock; ++o) {
      const double size = std::abs(static_cast<double>(from[o]));
      sums[o] += size;
      largest[o] = std::max(largest[o], size);
    }
  // Rounding adds half a step for each weight at most.
  for (std::size_t o = 0; o < kBlock; ++o)
    if (largest[o] != 0)
      steps[o] =
          std::min(32767 / largest[o], (kLargestSum / largest_value - 0.5 * count) / sums[o]);
  return steps;
}

// To nearest, ties to even, as std::lrint, which is a call: beside 1.5 * 2^52 a double has no room
// for fractions.
double rounded(double value) { return (value + 0x1.8p52) - 0x1.8p52; }

struct Source {
  const float *values, *bias;
  int out_channels, points, height, run;
  bool relu, in_bf16_order;
  int tile = 4;  // of Winograd
};

int place_of(int channel) {
  return static_cast<int>(bf16_place(static_cast<std::size_t>(channel)));
}

// [height][run][16] weights to [height][pairs][16][2]. `worth`: of a step.
void pack_block(const Source& source, const float* from, int largest, std::int16_t* to,
                float* worth) {
  const auto steps = steps_of_block(from, source.height * source.run, largest);
  for (int y = 0; y < source.height; ++y, to += (source.run + 1) / 2 * 2 * kBlock)
    for (int i = 0; i < source.run; ++i, from += kBlock) {
      const int place = source.in_bf16_order ? place_of(i) : i;
      std::int16_t* const pair = to + place / 2 * 2 * kBlock + place % 2;
      for (std::size_t o = 0; o < kBlock; ++o)
        pair[2 * o] = static_cast<std::int16_t>(rounded(static_cast<double>(from[o]) * steps[o]));
    }
  std::transform(steps.begin(), steps.end(), worth,
                 [](double step) { return step == 0 ? 0 : static_cast<float>(1 / step); });
}

void set_lift(Int16Weights& packed) {
  for (std::size_t o = 0; o < packed.lift.size(); ++o) {
    const std::int16_t* const weights =
        packed.values.data() + (o / kBlock * kTilePoints + kLiftedPoint) * packed.block_size() +
        o % kBlock * 2;
    for (int k = 0; k < packed.run; ++k)
      packed.lift[o] += kLift * weights[k / 2 * 2 * kBlock + k % 2];
  }
}

Int16Weights pack(const Source& source, Int16Format format) {
  format.positive_in = format.positive_in || format.bf16_in;

  Int16Weights packed{source.out_channels,
                      source.points,
                      source.height,
                      source.run,
                      source.tile,
                      source.relu,
                      format,
                      {},
                      {},
                      {},
                      {}};
  const auto parts = static_cast<std::size_t>(packed.blocks() * source.points),
             length = static_cast<std::size_t>(source.height * source.run) * kBlock;
  packed.values = zeroed_in_large_pages<std::int16_t>(parts * packed.block_size());
  packed.lift =
      AlignedBuffer<std::int32_t>::zeroed(static_cast<std::size_t>(packed.blocks()) * kBlock);
  packed.step = AlignedBuffer<float>::zeroed(parts * kBlock);
  packed.bias = AlignedBuffer<float>(static_cast<std::size_t>(packed.blocks()) * kBlock);
  std::copy(source.bias, source.bias + packed.bias.size(), packed.bias.data());
  for (std::size_t part = 0; part < parts; ++part) {
    const int largest = largest_input(source.points, part % static_cast<std::size_t>(source.points),
                                      format.positive_in);
    pack_block(source, source.values + part * length, largest,
               packed.values.data() + part * packed.block_size(),
               packed.step.data() + part * kBlock);
  }
  if (source.points == kTilePoints && format.positive_in) set_lift(packed);
  return packed;
}

// Inputs and outputs of either kind.
float value_at(const void* row, std::ptrdiff_t i, bool bf16) {
  return bf16 ? from_bf16(static_cast<const Bfloat16*>(row)[i]) : static_cast<const float*>(row)[i];
}
void put(const Int16Weights& w, void* row, std::ptrdiff_t pixel, int channel, float value) {
  const float put = w.relu ? std::max(value, 0.0f) : value;
  if (w.format.bf16_out)
    static_cast<Bfloat16*>(row)[pixel + place_of(channel)] = to_bf16(put);
  else
    static_cast<float*>(row)[pixel + channel] = put;
}

// The sum of one output channel; `weight` as pack_channel made it.
std::int32_t window_sum(const Int16Weights& w, const void* const* in, std::ptrdiff_t at,
                        const std::int16_t* weight, float steps) {
  std::int32_t sum = 0;
  for (int y = 0; y < w.height; ++y, weight += w.pairs() * 2 * kBlock)
    for (int k = 0; k < w.run; ++k)
      sum +=
          static_cast<std::int32_t>(std::lrint(value_at(in[y], at + k, w.format.bf16_in) * steps)) *
          weight[k / 2 * 2 * kBlock + k % 2];
  return sum;
}

float largest_of_rows(const void* const* in, int rows, std::ptrdiff_t from, std::ptrdiff_t count,
                      bool bf16) {
  float largest = 0;
  for (int y = 0; y < rows; ++y)
    for (std::ptrdiff_t i = 0; i < count; ++i)
      largest = std::max(largest, std::abs(value_at(in[y], from + i, bf16)));
  return largest;
}

// Of the finite points; infinity counts in the last of a tile.
constexpr int kFromPoints[4][kTileIn] = {
    {1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 0}};

int from_point(int tile, int pixel, int p) {
  return p == kTileIn - 1 && pixel == tile - 1 ? 1 : kFromPoints[pixel][p];
}

// Point p of one channel of the tile whose first input is at `at`.
int point(const Int16Weights& w, const void* const* in, std::ptrdiff_t at, std::ptrdiff_t step,
          std::size_t p, float steps) {
  int sum = 0;
  for (int y = 0; y < kTileIn; ++y)
    for (int x = 0; x < kTileIn; ++x)
      if (const int factor = kToPoints[p / kTileIn][y] * kToPoints[p % kTileIn][x]; factor != 0)
        sum += factor * static_cast<int>(
                            std::lrint(value_at(in[y], at + x * step, w.format.bf16_in) * steps));
  return sum;
}

struct TileOfChannel {
  int size;
  double points[kTilePoints];

  double pixel(int y, int x) const {
    double sum = 0;
    for (int p = 0; p < kTilePoints; ++p)
      sum += from_point(size, y, p / kTileIn) * from_point(size, x, p % kTileIn) * points[p];
    return sum;
  }
};

TileOfChannel tile_of(const Int16Weights& w, const std::vector<int>& points, std::size_t channel,
                      float worth) {
  TileOfChannel tile{w.tile, {}};
  for (std::size_t p = 0; p < kTilePoints; ++p) {
    const std::size_t part = channel / kBlock * kTilePoints + p;
    std::int32_t sum = 0;
    for (int k = 0; k < w.run; ++k)
      sum += points[p * static_cast<std::size_t>(w.run) + static_cast<std::size_t>(k)] *
             w.values[part * w.block_size() + static_cast<std::size_t>(k / 2 * 2 * kBlock + k % 2) +
                      channel % kBlock * 2];
    tile.points[p] = static_cast<double>(sum) *
                     static_cast<double>(worth * w.step[part * kBlock + channel % kBlock]);
  }
  return tile;
}

}  // namespace

Int16Scale int16_scale(float largest) {
  if (!(largest > 0x1p-100f)) return {};
  const int exponent =
      static_cast<int>(std::bit_cast<std::uint32_t>(largest) >> 23) - 126;  // largest < 2^exponent
  const auto power_of_two = [](int k) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(k + 127) << 23);
  };
  return {power_of_two(kLargestInputBits - exponent), power_of_two(exponent - kLargestInputBits)};
}

Int16Scale tile_scale(float largest, int whole) {
  if (!(largest > 0x1p-100f)) return {};
  return {static_cast<float>(whole) / largest, largest / static_cast<float>(whole)};
}

Int16Weights pack_int16(const ConvWeights& w, Int16Format format) {
  return pack({w.values.data(), w.bias.data(), w.out_channels, 1, w.height, w.run(), w.relu,
               format.bf16_in},
              format);
}
Int16Weights pack_int16(const WinogradWeights& w, Int16Format format) {
  return pack({w.values.data(), w.bias.data(), w.out_channels, kTilePoints, 1, w.in_channels,
               w.relu, true, w.tile},
              format);
}

void conv_row_int16_ref(const Int16Weights& w, const void* const* in, const RowShape& shape,
                        void* out, void*) {
  for (int first = 0; first < shape.pixels; first += kInt16Pixels) {
    const int end = std::min(first + kInt16Pixels, shape.pixels);
    const Int16Scale scale =
        int16_scale(largest_of_rows(in, w.height, first * shape.in_step,
                                    (end - first - 1) * shape.in_step + w.run, w.format.bf16_in));
    for (int x = first; x < end; ++x)
      for (std::size_t o = 0; o < static_cast<std::size_t>(w.out_channels); ++o) {
        const std::int32_t sum =
            window_sum(w, in, x * shape.in_step,
                       w.values.data() + o / kBlock * w.block_size() + o % kBlock * 2, scale.steps);
        put(w, out, x * shape.out_step, static_cast<int>(o),
            static_cast<float>(sum) * (scale.worth * w.step[o]) + w.bias[o]);
      }
  }
}

namespace {

void row_of_tiles(const Int16Weights& w, const void* const* in, const TileShape& shape,
                  void* const* out) {
  const auto run = static_cast<std::size_t>(w.run);
  const int tiles = (shape.pixels + w.tile - 1) / w.tile;
  std::vector<int> points(kTilePoints * run);
  for (int t = 0; t < tiles; ++t) {
    const int first = t / kInt16Tiles * kInt16Tiles, count = std::min(kInt16Tiles, tiles - first);
    const float largest =
        largest_of_rows(in, kTileIn, first * w.tile * shape.in_step,
                        (count * w.tile + kTileIn - w.tile) * shape.in_step, w.format.bf16_in);
    const Int16Scale scale =
        tile_scale(largest, w.format.positive_in ? kLargestPositive : kLargestSigned);
    for (std::size_t p = 0; p < kTilePoints; ++p)
      for (int c = 0; c < w.run; ++c) {
        const int place = place_of(c);  // of the whole number; a float stands at c
        points[p * run + static_cast<std::size_t>(place)] =
            point(w, in, t * w.tile * shape.in_step + (w.format.bf16_in ? place : c), shape.in_step,
                  p, scale.steps);
      }
    for (int o = 0; o < w.out_channels; ++o) {
      const TileOfChannel tile = tile_of(w, points, static_cast<std::size_t>(o), scale.worth);
      for (int y = 0; y < shape.rows; ++y)
        for (int x = t * w.tile; x < std::min((t + 1) * w.tile, shape.pixels); ++x)
          put(w, out[y], x * shape.out_step, o,
              static_cast<float>(tile.pixel(y, x - t * w.tile)) +
                  w.bias[static_cast<std::size_t>(o)]);
    }
  }
}

}  // namespace

void winograd_rows_int16_ref(const Int16Weights& w, const void* const* in, const TileShape& shape,
                             void* const* out, void*) {
  for (int y = 0; y < shape.rows; y += w.tile) {
    TileShape row = shape;
    row.rows = std::min(w.tile, shape.rows - y);
    row_of_tiles(w, in + y, row, out + y);
  }
}

}  // namespace visq::nn
