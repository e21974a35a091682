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

}  // namespace

Bfloat16Weights pack_bfloat16(const ConvWeights& from) {
  Bfloat16Weights packed{from.out_channels, from.height, from.run(), from.relu, {}, {}};
  const auto run = static_cast<std::size_t>(packed.run);
  packed.values = AlignedBuffer<Bfloat16>(from.values.size());
  packed.bias = AlignedBuffer<float>(from.bias.size());
  if (packed.values.data() == nullptr || packed.bias.data() == nullptr) return {};
  std::copy(from.bias.data(), from.bias.data() + from.bias.size(), packed.bias.data());
  for (std::size_t i = 0; i < from.values.size(); ++i) {
    const std::size_t row = i / kBlock / run, place = narrow_place(i / kBlock % run);
    packed.values[(row * run + place / 2 * 2) * kBlock + i % kBlock * 2 + place % 2] =
        narrowed(from.values[i]);
  }
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
