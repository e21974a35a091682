#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "base/large_pages.h"
#include "kernels/nn/bf16.h"
#include "kernels/nn/nn.h"

namespace visq::nn {
namespace {

// A block of channels, whose numbers stand side by side: one value to the compiler, so that a
// sanitizer checks a block and not each of its numbers.
template <typename T>
using Block [[gnu::vector_size(kBlock * sizeof(T)), gnu::aligned(alignof(T)), gnu::may_alias]] = T;

template <typename T>
Block<T>& block_at(T* values) {
  return *reinterpret_cast<Block<T>*>(values);
}
template <typename T>
const Block<T>& block_at(const T* values) {
  return *reinterpret_cast<const Block<T>*>(values);
}

AlignedBuffer<float> padded_bias(const float* bias, int channels, int blocks) {
  auto out = AlignedBuffer<float>::zeroed(static_cast<std::size_t>(blocks) * kBlock);
  std::copy(bias, bias + channels, out.data());
  return out;
}

// What weight `k` of a row or column of `size` counts at each of the points 0, 1, -1, 2, -2, in
// larger tiles 1/2 and -1/2, and infinity.
double at_point(std::size_t point, std::size_t k, std::size_t size, std::size_t side) {
  static constexpr double kValues[] = {0, 1, -1, 2, -2, 0.5, -0.5};
  if (point == side - 1) return k == size - 1 ? 1 : 0;
  double scale = 1;
  for (std::size_t other = 0; other < side - 1; ++other)
    if (other != point) scale *= kValues[point] - kValues[other];
  return std::pow(kValues[point], static_cast<double>(k)) / scale;
}

// What the weights of a square kernel count at a point; most count nothing at some.
struct Count {
  std::size_t weight;
  double factor;
};
std::vector<std::vector<Count>> counts_of_points(std::size_t size, std::size_t side) {
  std::vector<std::vector<Count>> out(side * side);
  for (std::size_t p = 0; p < out.size(); ++p)
    for (std::size_t weight = 0; weight < size * size; ++weight) {
      const double factor = at_point(p / side, weight / size, size, side) *
                            at_point(p % side, weight % size, size, side);
      if (factor != 0) out[p].push_back({weight, factor});
    }
  return out;
}

// A block's weights from one input channel, as [weight][16], zero beyond the last channel.
void read_block(const float* weights, std::size_t area, std::size_t in_channels,
                std::size_t channels, double* out) {
  std::fill_n(out, area * kBlock, 0.0);
  for (std::size_t o = 0; o < std::min<std::size_t>(channels, kBlock); ++o)
    for (std::size_t weight = 0; weight < area; ++weight)
      out[weight * kBlock + o] = static_cast<double>(weights[o * in_channels * area + weight]);
}

}  // namespace

ConvWeights pack_conv(const ConvShape& shape, const float* weights, const float* bias) {
  ConvWeights packed{
      shape.in_channels, shape.out_channels, shape.height, shape.width, shape.relu, {}, {}};
  const auto area = static_cast<std::size_t>(shape.height) * static_cast<std::size_t>(shape.width),
             in = static_cast<std::size_t>(shape.in_channels);
  packed.values =
      AlignedBuffer<float>::zeroed(static_cast<std::size_t>(packed.blocks()) * area * in * kBlock);
  packed.bias = padded_bias(bias, shape.out_channels, packed.blocks());
  for (std::size_t o = 0; o < static_cast<std::size_t>(shape.out_channels); ++o)
    for (std::size_t i = 0; i < in; ++i)
      for (std::size_t p = 0; p < area; ++p)
        packed.values[((o / kBlock * area + p) * in + i) * kBlock + o % kBlock] =
            weights[(o * in + i) * area + p];
  return packed;
}

namespace {

// Calls store(pixel, channel, value).
template <typename Store>
void conv_to(const ConvWeights& w, const float* const* in, const RowShape& shape,
             const Store& store) {
  for (int x = 0; x < shape.pixels; ++x)
    for (int block = 0; block < w.blocks(); ++block) {
      const float* weights = w.values.data() + std::ptrdiff_t{block} * w.height * w.run() * kBlock;
      Block<float> sums = block_at(w.bias.data() + std::ptrdiff_t{block} * kBlock);
      for (int y = 0; y < w.height; ++y)
        for (int k = 0; k < w.run(); ++k, weights += kBlock)
          sums += in[y][x * shape.in_step + k] * block_at(weights);
      const int first = block * kBlock;
      for (int o = first; o < std::min(first + kBlock, w.out_channels); ++o) {
        const float sum = sums[o - first];
        store(x * shape.out_step, o, w.relu ? std::max(sum, 0.0f) : sum);
      }
    }
}

std::ptrdiff_t place(int channel) {
  return static_cast<std::ptrdiff_t>(bf16_place(static_cast<std::size_t>(channel)));
}

}  // namespace

void conv_row_ref(const ConvWeights& w, const float* const* in, const RowShape& shape, float* out) {
  conv_to(w, in, shape,
          [out](std::ptrdiff_t pixel, int channel, float value) { out[pixel + channel] = value; });
}
void conv_row_ref(const ConvWeights& w, const float* const* in, const RowShape& shape,
                  Bfloat16* out) {
  conv_to(w, in, shape, [out](std::ptrdiff_t pixel, int channel, float value) {
    out[pixel + place(channel)] = to_bf16(value);
  });
}

WinogradWeights pack_winograd(const ConvShape& shape, int tile, const float* weights,
                              const float* bias) {
  WinogradWeights packed{shape.in_channels, shape.out_channels, tile, shape.relu, {}, {}};
  const auto in = static_cast<std::size_t>(shape.in_channels),
             size = static_cast<std::size_t>(shape.height);
  const auto all_counts = counts_of_points(size, static_cast<std::size_t>(tile_side(tile)));
  const std::size_t points = all_counts.size();
  packed.values = zeroed_in_large_pages<float>(static_cast<std::size_t>(packed.blocks()) * points *
                                               in * kBlock);
  packed.bias = padded_bias(bias, shape.out_channels, packed.blocks());
  std::vector<double> block(size * size * kBlock);
  for (std::size_t first = 0; first < static_cast<std::size_t>(shape.out_channels); first += kBlock)
    for (std::size_t i = 0; i < in; ++i) {
      read_block(
          weights + (first * in + i) * size * size, size * size, in,
          std::min<std::size_t>(kBlock, static_cast<std::size_t>(shape.out_channels) - first),
          block.data());
      for (std::size_t p = 0; p < points; ++p) {
        Block<double> sums{};
        for (const Count& count : all_counts[p])
          sums += count.factor * block_at(block.data() + count.weight * kBlock);
        block_at(packed.values.data() + ((first / kBlock * points + p) * in + i) * kBlock) =
            __builtin_convertvector(sums, Block<float>);
      }
    }
  return packed;
}

namespace {

constexpr int kLargestSide = tile_side(kLargestTile);
using Line = float[kLargestSide];

// Values on a line of input at the points, and back from points to a line of output.
void to_points(const Line& v, int side, Line& out) {
  if (side == 6) {
    out[0] = 4 * v[0] - 5 * v[2] + v[4];
    out[1] = -4 * (v[1] + v[2]) + v[3] + v[4];
    out[2] = 4 * (v[1] - v[2]) - v[3] + v[4];
    out[3] = 2 * (v[3] - v[1]) + v[4] - v[2];
    out[4] = 2 * (v[1] - v[3]) + v[4] - v[2];
    out[5] = 4 * v[1] - 5 * v[3] + v[5];
    return;
  }
  const auto both = [&](int point, float even, float odd) {
    out[point] = even + odd;
    out[point + 1] = even - odd;
  };
  out[0] = v[6] - v[0] + 5.25f * (v[2] - v[4]);
  both(1, v[2] - 4.25f * v[4] + v[6], v[1] - 4.25f * v[3] + v[5]);
  both(3, v[2] / 4 - 1.25f * v[4] + v[6], v[1] / 2 - 2.5f * v[3] + 2 * v[5]);
  both(5, 4 * v[2] - 5 * v[4] + v[6], 2 * v[1] - 2.5f * v[3] + v[5] / 2);
  out[7] = v[7] - v[1] + 5.25f * (v[3] - v[5]);
}

// Infinity counts in the last value of a tile.
void from_points(const Line& v, int tile, Line& out) {
  static constexpr float kValues[] = {0, 1, -1, 2, -2, 0.5f, -0.5f};
  const int last = tile_side(tile) - 1;
  std::fill_n(out, tile, 0.0f);
  for (int point = 0; point < last; ++point) {
    float power = 1;
    for (int k = 0; k < tile; ++k, power *= kValues[point]) out[k] += power * v[point];
  }
  out[tile - 1] += v[last];
}

using Points = Line[kLargestSide];

void tile_to_points(const float* const* in, std::ptrdiff_t at, std::ptrdiff_t step, int side,
                    Points& out) {
  Points columns;  // transposed
  for (int x = 0; x < side; ++x) {
    Line line;
    for (int y = 0; y < side; ++y) line[y] = in[y][at + x * step];
    to_points(line, side, columns[x]);
  }
  for (int y = 0; y < side; ++y) {
    Line line;
    for (int x = 0; x < side; ++x) line[x] = columns[x][y];
    to_points(line, side, out[y]);
  }
}

void tile_from_points(const Points& sums, int tile, Points& out) {
  const int side = tile_side(tile);
  Points columns;
  for (int x = 0; x < side; ++x) {
    Line line;
    for (int y = 0; y < side; ++y) line[y] = sums[y][x];
    from_points(line, tile, columns[x]);
  }
  for (int y = 0; y < tile; ++y) {
    Line line;
    for (int x = 0; x < side; ++x) line[x] = columns[x][y];
    from_points(line, tile, out[y]);
  }
}

// One tile of some rows and columns. `points`: of each input channel.
void make_tile(const WinogradWeights& w, const std::vector<float>& points, int rows, int columns,
               std::ptrdiff_t step, float* const* out) {
  const int all_points = tile_points(w.tile);
  for (int first = 0; first < w.out_channels; first += kBlock) {
    Points sums[kBlock];
    const float* weights = w.values.data() + std::ptrdiff_t{first} * all_points * w.in_channels;
    for (int p = 0; p < all_points; ++p) {
      Block<float> of_point{};
      for (int c = 0; c < w.in_channels; ++c, weights += kBlock)
        of_point += points[static_cast<std::size_t>(c * all_points + p)] * block_at(weights);
      for (std::size_t o = 0; o < kBlock; ++o)
        sums[o][p / tile_side(w.tile)][p % tile_side(w.tile)] = of_point[o];
    }
    for (int o = first; o < std::min(first + kBlock, w.out_channels); ++o) {
      Points tile;
      tile_from_points(sums[o - first], w.tile, tile);
      for (int y = 0; y < rows; ++y)
        for (int x = 0; x < columns; ++x) {
          const float value = tile[y][x] + w.bias[static_cast<std::size_t>(o)];
          out[y][x * step + o] = w.relu ? std::max(value, 0.0f) : value;
        }
    }
  }
}

void row_of_tiles(const WinogradWeights& w, const float* const* in, const TileShape& shape,
                  float* const* out) {
  const int side = tile_side(w.tile);
  std::vector<float> points(static_cast<std::size_t>(w.in_channels * side * side));
  for (int x = 0; x < shape.pixels; x += w.tile) {
    for (int c = 0; c < w.in_channels; ++c) {
      Points of_channel;
      tile_to_points(in, x * shape.in_step + c, shape.in_step, side, of_channel);
      for (int p = 0; p < side * side; ++p)
        points[static_cast<std::size_t>(c * side * side + p)] = of_channel[p / side][p % side];
    }
    float* to[kLargestTile];
    for (int y = 0; y < shape.rows; ++y) to[y] = out[y] + x * shape.out_step;
    make_tile(w, points, shape.rows, std::min(w.tile, shape.pixels - x), shape.out_step, to);
  }
}

}  // namespace

void winograd_rows_ref(const WinogradWeights& w, const float* const* in, const TileShape& shape,
                       float* const* out, float*) {
  for (int y = 0; y < shape.rows; y += w.tile) {
    TileShape row = shape;
    row.rows = std::min(w.tile, shape.rows - y);
    row_of_tiles(w, in + y, row, out + y);
  }
}

namespace {

template <typename T>
void pool(const T* const* rows, int row_count, const PoolShape& shape, T* out) {
  for (int x = 0; x < shape.pixels; ++x) {
    const int from = x * shape.stride + shape.first,
              to = std::min(from + shape.width, shape.in_pixels);
    for (int c = 0; c < shape.channels; ++c) {
      T largest = std::numeric_limits<T>::lowest();
      for (int y = 0; y < row_count; ++y)
        for (int i = std::max(from, 0); i < to; ++i)
          largest = std::max(largest, rows[y][i * shape.in_step + c]);
      out[x * shape.out_step + c] = largest;
    }
  }
}

float at(const float* pixel, int channel) { return pixel[channel]; }
float at(const Bfloat16* pixel, int channel) { return from_bf16(pixel[place(channel)]); }

template <typename T>
void distances(const T* a, const T* b, const float* weights, const DistanceShape& shape,
               float* out) {
  const auto scale = [&](const T* v) {
    float sum = 0;
    for (int c = 0; c < shape.channels; ++c) sum += at(v, c) * at(v, c);
    return 1 / (std::sqrt(sum + shape.inside) + shape.outside);
  };
  for (int x = 0; x < shape.pixels; ++x, a += shape.channels, b += shape.channels) {
    const float of_a = scale(a), of_b = scale(b);
    float sum = 0;
    for (int c = 0; c < shape.channels; ++c) {
      const float difference = at(a, c) * of_a - at(b, c) * of_b;
      sum += weights[c] * (difference * difference);
    }
    out[x] = sum;
  }
}

}  // namespace

void max_pool_row_ref(const float* const* rows, int row_count, const PoolShape& shape, float* out) {
  pool(rows, row_count, shape, out);
}
void max_pool_row_ref(const Bfloat16* const* rows, int row_count, const PoolShape& shape,
                      Bfloat16* out) {
  pool(rows, row_count, shape, out);
}
void distance_row_ref(const float* a, const float* b, const float* weights,
                      const DistanceShape& shape, float* out) {
  distances(a, b, weights, shape, out);
}
void distance_row_ref(const Bfloat16* a, const Bfloat16* b, const float* weights,
                      const DistanceShape& shape, float* out) {
  distances(a, b, weights, shape, out);
}

}  // namespace visq::nn
