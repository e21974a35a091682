// Layers of LPIPS's network at 1080p, a row (or, Winograd, four rows) a time, with their rows in
// the second cache.
#include "kernels/bench.h"
#include "kernels/nn/int16.h"
#include "kernels/nn/nn.h"

namespace visq::nn {
namespace {

std::vector<float> noise(std::size_t count, float from) {
  std::vector<float> values(count);
  std::uint32_t state = 1;
  for (float& value : values) {
    state = state * 1664525u + 1013904223u;
    value = from + (1 - from) * static_cast<float>(state >> 8) / 16777216.0f;
  }
  return values;
}

struct LayerCase {
  const char* name;
  ConvShape shape;
  int pixels, stride, out_channels_all;  // a pixel of the output holds channels of other layers too
};

constexpr LayerCase kLayers[] = {
    {"3x3 step 2, 3 to 64", {3, 64, 3, 3, true}, 959, 2, 64},
    {"1x1, 64 to 16", {64, 16, 1, 1, true}, 479, 1, 16},
    {"1x1, 16 to 64", {16, 64, 1, 1, true}, 479, 1, 128},
    {"3x3, 16 to 64", {16, 64, 3, 3, true}, 479, 1, 128},
    {"1x1, 128 to 16", {128, 16, 1, 1, true}, 479, 1, 16},
    {"3x3, 32 to 128", {32, 128, 3, 3, true}, 239, 1, 256},
    {"1x1, 256 to 32", {256, 32, 1, 1, true}, 239, 1, 32},
    {"3x3, 48 to 192", {48, 192, 3, 3, true}, 119, 1, 384},
    {"3x3, 64 to 256", {64, 256, 3, 3, true}, 119, 1, 512},
    {"3x3, 128 to 128", {128, 128, 3, 3, true}, 119, 1, 128},
    {"3x3, 256 to 256", {256, 256, 3, 3, true}, 119, 1, 256},
    {"1x1, 512 to 64", {512, 64, 1, 1, true}, 119, 1, 64},
};

// A layer with memory for its rows.
constexpr int kTile = 4, kSide = tile_side(kLargestTile);
struct LayerData {
  const LayerCase& layer;
  int in_pixels;
  std::vector<float> weights, bias, in, out;
  std::vector<Bfloat16> bf16_in, bf16_out;
  std::vector<const float*> rows;
  std::vector<float*> to;

  explicit LayerData(const LayerCase& l)
      : layer(l),
        in_pixels((l.pixels + kLargestTile) * l.stride + kSide),
        weights(noise(static_cast<std::size_t>(l.shape.in_channels * l.shape.out_channels *
                                               l.shape.height * l.shape.width),
                      -1)),
        bias(noise(static_cast<std::size_t>(l.shape.out_channels), -1)),
        in(noise(static_cast<std::size_t>(kSide * in_pixels * l.shape.in_channels), 0)),
        out(static_cast<std::size_t>(kLargestTile * l.pixels * l.out_channels_all)) {
    for (int y = 0; y < kSide; ++y)
      rows.push_back(in.data() + static_cast<std::ptrdiff_t>(y) * in_pixels * l.shape.in_channels);
    for (int y = 0; y < kLargestTile; ++y)
      to.push_back(out.data() + static_cast<std::ptrdiff_t>(y) * l.pixels * l.out_channels_all);
  }
  // As the network has them at precision=fast: bfloat16, but for the few channels that a squeeze
  // makes.
  Int16Format format() const {
    return {layer.shape.in_channels >= 48, layer.shape.out_channels >= 48};
  }
  struct Int16Rows {
    std::vector<const void*> rows;
    std::vector<void*> to;
  };
  Int16Rows int16_rows() {
    const Int16Format f = format();
    for (const float value : in) bf16_in.push_back(to_bf16(value));
    bf16_out.resize(out.size());
    Int16Rows made;
    for (const float* row : rows)
      made.rows.push_back(f.bf16_in ? static_cast<const void*>(bf16_in.data() + (row - in.data()))
                                    : row);
    for (float* row : to)
      made.to.push_back(f.bf16_out ? static_cast<void*>(bf16_out.data() + (row - out.data()))
                                   : row);
    return made;
  }
  RowShape row() const {
    return {layer.pixels, std::ptrdiff_t{layer.stride} * layer.shape.in_channels,
            layer.out_channels_all};
  }
  TileShape tiles(int tile) const {
    return {layer.pixels, tile, layer.shape.in_channels, layer.out_channels_all};
  }
};

// Products a second, as the kernel computes them, and the share of what this machine can.
template <typename Run>
void on_target(benchmark::State& state, double products, bench::Arithmetic arithmetic,
               const Run& run) {
  // Work is counted for each pixel of a picture there.
  bench::on_target(
      state, run,
      {1e-9, products / (static_cast<double>(bench::kWidth) * bench::kHeight), arithmetic});
  state.counters.erase("pixels");
  state.counters["products"] = benchmark::Counter(
      products * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

double products_of(const LayerCase& l) {
  return static_cast<double>(l.shape.in_channels) * l.shape.out_channels * l.shape.height *
         l.shape.width * l.pixels;
}
double products_of(const LayerCase& l, int tile) {
  return static_cast<double>(l.shape.in_channels) * l.shape.out_channels * tile_points(tile) *
         ((l.pixels + tile - 1) / tile);
}

void direct(benchmark::State& state, const LayerCase& layer) {
  LayerData data(layer);
  const ConvWeights packed = pack_conv(layer.shape, data.weights.data(), data.bias.data());
  on_target(state, products_of(layer), bench::Arithmetic::float32, [&](bool reference) {
    reference ? conv_row_ref(packed, data.rows.data(), data.row(), data.to[0])
              : conv_row(packed, data.rows.data(), data.row(), data.to[0]);
  });
}

template <int kTile>
void winograd(benchmark::State& state, const LayerCase& layer) {
  LayerData data(layer);
  const WinogradWeights packed =
      pack_winograd(layer.shape, kTile, data.weights.data(), data.bias.data());
  AlignedBuffer<float> scratch(winograd_scratch(packed));
  on_target(state, products_of(layer, kTile), bench::Arithmetic::float32, [&](bool reference) {
    (reference ? winograd_rows_ref : winograd_rows)(packed, data.rows.data(), data.tiles(kTile),
                                                    data.to.data(), scratch.data());
  });
}

void winograd_int16(benchmark::State& state, const LayerCase& layer) {
  LayerData data(layer);
  const Int16Weights packed = pack_int16(
      pack_winograd(layer.shape, kTile, data.weights.data(), data.bias.data()), data.format());
  const auto int16 = data.int16_rows();
  AlignedBuffer<std::byte> scratch(int16_scratch(packed, data.row().in_step));
  on_target(state, products_of(layer, kTile), bench::Arithmetic::int16, [&](bool) {
    winograd_rows_int16(packed, int16.rows.data(), data.tiles(kTile), int16.to.data(),
                        scratch.data());
  });
}

void direct_int16(benchmark::State& state, const LayerCase& layer) {
  LayerData data(layer);
  const Int16Weights packed =
      pack_int16(pack_conv(layer.shape, data.weights.data(), data.bias.data()), data.format());
  const auto int16 = data.int16_rows();
  AlignedBuffer<std::byte> scratch(int16_scratch(packed, data.row().in_step));
  on_target(state, products_of(layer), bench::Arithmetic::int16, [&](bool) {
    conv_row_int16(packed, int16.rows.data(), data.row(), int16.to[0], scratch.data());
  });
}

void pooling(benchmark::State& state) {
  const LayerData data({"", {64, 64, 1, 1, false}, 959, 1, 64});
  std::vector<float> out(std::size_t{479} * 64);
  bench::on_target(state, [&](bool reference) {
    const PoolShape shape{479, 959, 64, 3, 2, 0, 64, 64};
    reference ? max_pool_row_ref(data.rows.data(), 3, shape, out.data())
              : max_pool_row(data.rows.data(), 3, shape, out.data());
  });
}

void distance(benchmark::State& state) {
  const LayerData data({"", {64, 64, 1, 1, false}, 959, 1, 64});
  std::vector<float> out(959);
  bench::on_target(state, [&](bool reference) {
    const DistanceShape shape{959, 64, 0, 1e-10f};
    reference ? distance_row_ref(data.rows[0], data.rows[1], data.weights.data(), shape, out.data())
              : distance_row(data.rows[0], data.rows[1], data.weights.data(), shape, out.data());
  });
}

void add(const std::string& name, const LayerCase& layer,
         void (*run)(benchmark::State&, const LayerCase&), int first) {
  benchmark::RegisterBenchmark(name.c_str(), [&layer, run](benchmark::State& state) {
    run(state, layer);
  })->DenseRange(first, bench::kLastTarget);
}

const bool kRegistered = [] {
  for (const LayerCase& layer : kLayers) {
    const std::string name = layer.name;
    const bool tiles = layer.shape.height == 3 && layer.stride == 1;
    if (tiles) {
      add("nn/winograd " + name, layer, winograd<kTile>, bench::kReference);
      add("nn/winograd, large tiles " + name, layer, winograd<kLargestTile>, 0);
      add("nn/winograd, 16 bits " + name, layer, winograd_int16, 0);
    } else {
      add("nn/direct " + name, layer, direct, bench::kReference);
      add("nn/direct, 16 bits " + name, layer, direct_int16, 0);
    }
  }
  return true;
}();
BENCHMARK(pooling)
    ->Name("nn/pool 3x3 step 2 of 64")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(distance)->Name("nn/distance of 64")->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq::nn
