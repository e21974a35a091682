#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/nn/fast.h"

namespace visq::nn {
namespace {

constexpr double kLargestSum = 2147483647.0 - 65536;  // with room for what rounding adds

// One output channel of one point: `count` weights, kBlock apart in `from`, pairs in `to`. What a step is worth.
float pack_channel(const float* from, int count, std::int16_t* to) {
  double sum = 0, largest = 0;
  for (int i = 0; i < count; ++i) {
    const double size = std::abs(static_cast<double>(from[i * kBlock]));
    sum += size;
    largest = std::max(largest, size);
  }
  if (largest == 0) return 0;
  // Rounding adds half a step for each weight at most.
  const double steps = std::min(32767 / largest, (kLargestSum / kLargestInput - 0.5 * count) / sum);
  for (int i = 0; i < count; ++i) to[i / 2 * 2 * kBlock + i % 2] = static_cast<std::int16_t>(std::lrint(static_cast<double>(from[i * kBlock]) * steps));
  return static_cast<float>(1 / steps);
}

struct Source {
  const float *values, *bias;
  int in_channels, out_channels, points;
  bool relu;
};

FastWeights pack(const Source& source) {
  FastWeights packed{source.in_channels, source.out_channels, source.points, source.relu, {}, {}, {}};
  const auto rows = static_cast<std::size_t>(packed.blocks() * source.points), length = static_cast<std::size_t>(source.in_channels) * kBlock;
  packed.values = AlignedBuffer<std::int16_t>::zeroed(rows * length);
  packed.step = AlignedBuffer<float>::zeroed(rows * kBlock);
  packed.bias = AlignedBuffer<float>(static_cast<std::size_t>(packed.blocks()) * kBlock);
  if (packed.values.data() == nullptr || packed.step.data() == nullptr || packed.bias.data() == nullptr) return {};
  std::copy(source.bias, source.bias + packed.bias.size(), packed.bias.data());
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t o = 0; o < kBlock; ++o)
      packed.step[row * kBlock + o] = pack_channel(source.values + row * length + o, source.in_channels, packed.values.data() + row * length + 2 * o);
  return packed;
}

}  // namespace

FastWeights pack_fast(const ConvWeights& w) { return pack({w.values.data(), w.bias.data(), w.in_channels, w.out_channels, 1, w.relu}); }
FastWeights pack_fast(const WinogradWeights& w) { return pack({w.values.data(), w.bias.data(), w.in_channels, w.out_channels, kTilePoints, w.relu}); }

void conv_row_fast_ref(const FastWeights& w, const float* in, const RowShape& shape, float* out, void*) {
  const auto channels = static_cast<std::size_t>(w.in_channels);
  for (int first = 0; first < shape.pixels; first += kFastPixels) {
    const int end = std::min(first + kFastPixels, shape.pixels);
    float largest = 0;
    for (int x = first; x < end; ++x)
      for (std::size_t c = 0; c < channels; ++c) largest = std::max(largest, std::abs(in[x * shape.in_step + static_cast<std::ptrdiff_t>(c)]));
    const float steps = largest > 0 ? kLargestInput / largest : 0, worth = largest / kLargestInput;
    for (int x = first; x < end; ++x)
      for (std::size_t o = 0; o < static_cast<std::size_t>(w.out_channels); ++o) {
        const std::int16_t* weight = w.values.data() + o / kBlock * channels * kBlock + o % kBlock * 2;
        std::int32_t sum = 0;
        for (std::size_t c = 0; c < channels; ++c)
          sum += static_cast<std::int32_t>(std::lrint(in[x * shape.in_step + static_cast<std::ptrdiff_t>(c)] * steps)) * weight[c / 2 * 2 * kBlock + c % 2];
        const float value = static_cast<float>(sum) * (worth * w.step[o]) + w.bias[o];
        out[x * shape.out_step + static_cast<std::ptrdiff_t>(o)] = w.relu ? std::max(value, 0.0f) : value;
      }
  }
}

}  // namespace visq::nn
