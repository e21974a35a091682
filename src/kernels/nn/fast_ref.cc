#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/nn/fast.h"

namespace visq::nn {
namespace {

constexpr double kLargestSum = 2147483647.0 - 65536;  // with room for what rounding adds

// One output channel of one point: `count` weights, kBlock apart in `from`. How many steps make one.
double steps_of_channel(const float* from, int count) {
  double sum = 0, largest = 0;
  for (int i = 0; i < count; ++i) {
    const double size = std::abs(static_cast<double>(from[i * kBlock]));
    sum += size;
    largest = std::max(largest, size);
  }
  // Rounding adds half a step for each weight at most.
  return largest == 0 ? 0 : std::min(32767 / largest, (kLargestSum / kLargestInput - 0.5 * count) / sum);
}

struct Source {
  const float *values, *bias;
  int out_channels, points, height, run;
  bool relu;
};

// [height][run] weights, kBlock apart, to [height][pairs], two side by side. What a step is worth.
float pack_channel(const Source& source, const float* from, std::int16_t* to) {
  const double steps = steps_of_channel(from, source.height * source.run);
  for (int y = 0; y < source.height; ++y, to += (source.run + 1) / 2 * 2 * kBlock)
    for (int i = 0; i < source.run; ++i, from += kBlock) to[i / 2 * 2 * kBlock + i % 2] = static_cast<std::int16_t>(std::lrint(static_cast<double>(*from) * steps));
  return steps == 0 ? 0 : static_cast<float>(1 / steps);
}

FastWeights pack(const Source& source) {
  FastWeights packed{source.out_channels, source.points, source.height, source.run, source.relu, {}, {}, {}};
  const auto parts = static_cast<std::size_t>(packed.blocks() * source.points), length = static_cast<std::size_t>(source.height * source.run) * kBlock;
  packed.values = AlignedBuffer<std::int16_t>::zeroed(parts * packed.block_size());
  packed.step = AlignedBuffer<float>::zeroed(parts * kBlock);
  packed.bias = AlignedBuffer<float>(static_cast<std::size_t>(packed.blocks()) * kBlock);
  if (packed.values.data() == nullptr || packed.step.data() == nullptr || packed.bias.data() == nullptr) return {};
  std::copy(source.bias, source.bias + packed.bias.size(), packed.bias.data());
  for (std::size_t part = 0; part < parts; ++part)
    for (std::size_t o = 0; o < kBlock; ++o)
      packed.step[part * kBlock + o] = pack_channel(source, source.values + part * length + o, packed.values.data() + part * packed.block_size() + 2 * o);
  return packed;
}

// The sum of one output channel; `weight` as pack_channel made it.
std::int32_t window_sum(const FastWeights& w, const float* const* in, std::ptrdiff_t at, const std::int16_t* weight, float steps) {
  std::int32_t sum = 0;
  for (int y = 0; y < w.height; ++y, weight += w.pairs() * 2 * kBlock)
    for (int k = 0; k < w.run; ++k) sum += static_cast<std::int32_t>(std::lrint(in[y][at + k] * steps)) * weight[k / 2 * 2 * kBlock + k % 2];
  return sum;
}

float largest_of_windows(const FastWeights& w, const float* const* in, std::ptrdiff_t from, std::ptrdiff_t count) {
  float largest = 0;
  for (int y = 0; y < w.height; ++y)
    for (std::ptrdiff_t i = 0; i < count; ++i) largest = std::max(largest, std::abs(in[y][from + i]));
  return largest;
}

}  // namespace

FastScale fast_scale(float largest) {
  if (!(largest > 0x1p-100f)) return {};
  int exponent = 0;
  std::frexp(largest, &exponent);  // largest < 2^exponent
  return {std::ldexp(static_cast<float>(kLargestInput), -exponent), std::ldexp(1.0f / kLargestInput, exponent)};
}

FastWeights pack_fast(const ConvWeights& w) { return pack({w.values.data(), w.bias.data(), w.out_channels, 1, w.height, w.run(), w.relu}); }
FastWeights pack_fast(const WinogradWeights& w) { return pack({w.values.data(), w.bias.data(), w.out_channels, kTilePoints, 1, w.in_channels, w.relu}); }

void conv_row_fast_ref(const FastWeights& w, const float* const* in, const RowShape& shape, float* out, void*) {
  for (int first = 0; first < shape.pixels; first += kFastPixels) {
    const int end = std::min(first + kFastPixels, shape.pixels);
    const FastScale scale = fast_scale(largest_of_windows(w, in, first * shape.in_step, (end - first - 1) * shape.in_step + w.run));
    for (int x = first; x < end; ++x)
      for (std::size_t o = 0; o < static_cast<std::size_t>(w.out_channels); ++o) {
        const std::int32_t sum = window_sum(w, in, x * shape.in_step, w.values.data() + o / kBlock * w.block_size() + o % kBlock * 2, scale.steps);
        const float value = static_cast<float>(sum) * (scale.worth * w.step[o]) + w.bias[o];
        out[x * shape.out_step + static_cast<std::ptrdiff_t>(o)] = w.relu ? std::max(value, 0.0f) : value;
      }
  }
}

}  // namespace visq::nn
