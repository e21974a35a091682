#include <algorithm>

#include "kernels/nn/conv_bfloat16.h"

namespace visq::nn {
namespace {

template <typename Store>
void convolve(const Bfloat16Weights& w, const Bfloat16* const* in, const RowShape& shape,
              const Store& store) {
  const auto run = static_cast<std::size_t>(w.run), height = static_cast<std::size_t>(w.height);
  for (int x = 0; x < shape.pixels; ++x)
    for (std::size_t o = 0; o < static_cast<std::size_t>(w.out_channels); ++o) {
      const Bfloat16* weight =
          w.values.data() + o / kBlock * height * run * kBlock + o % kBlock * 2;
      float sum = w.bias[o];
      for (std::size_t y = 0; y < height; ++y, weight += run * kBlock)
        for (std::size_t k = 0; k < run; ++k)
          sum += widened(in[y][x * shape.in_step + static_cast<std::ptrdiff_t>(k)]) *
                 widened(weight[k / 2 * 2 * kBlock + k % 2]);
      store(x * shape.out_step, o, w.relu ? std::max(sum, 0.0f) : sum);
    }
}

// One output channel's weights, kBlock apart, to pairs. What rounding took from a weight is given
// to the next one: inputs are never negative, so that errors of one sign would add up.
void pack_channel(const float* from, std::size_t count, Bfloat16* to) {
  float left = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const float wanted = from[k * kBlock] + left;
    const std::size_t place = narrow_place(k);
    Bfloat16& packed = to[place / 2 * 2 * kBlock + place % 2];
    packed = narrowed(wanted);
    left = wanted - widened(packed);
  }
}

}  // namespace

Bfloat16Weights pack_bfloat16(const ConvWeights& from) {
  Bfloat16Weights packed{from.out_channels, from.height, from.run(), from.relu, {}, {}};
  const auto run = static_cast<std::size_t>(packed.run);
  packed.values = AlignedBuffer<Bfloat16>(from.values.size());
  packed.bias = AlignedBuffer<float>(from.bias.size());
  if (packed.values.data() == nullptr || packed.bias.data() == nullptr) return {};
  std::copy(from.bias.data(), from.bias.data() + from.bias.size(), packed.bias.data());
  const std::size_t count = static_cast<std::size_t>(packed.height) * run;  // of an output channel
  for (std::size_t o = 0; o < packed.bias.size(); ++o)
    pack_channel(from.values.data() + o / kBlock * count * kBlock + o % kBlock, count,
                 packed.values.data() + o / kBlock * count * kBlock + o % kBlock * 2);
  return packed;
}

void conv_row_ref(const Bfloat16Weights& w, const Bfloat16* const* in, const RowShape& shape,
                  float* out) {
  convolve(w, in, shape, [out](std::ptrdiff_t pixel, std::size_t channel, float value) {
    out[pixel + static_cast<std::ptrdiff_t>(channel)] = value;
  });
}
void conv_row_ref(const Bfloat16Weights& w, const Bfloat16* const* in, const RowShape& shape,
                  Bfloat16* out) {
  convolve(w, in, shape, [out](std::ptrdiff_t pixel, std::size_t channel, float value) {
    out[pixel + static_cast<std::ptrdiff_t>(narrow_place(channel))] = narrowed(value);
  });
}

}  // namespace visq::nn
