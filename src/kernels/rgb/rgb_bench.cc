#include "kernels/bench.h"
#include "kernels/rgb/rgb.h"

namespace visq::rgb {
namespace {

constexpr Mix kMix{16, 1 / 219.0f, 128, 1 / 224.0f, 1.5748f, -0.1873f, -0.4681f, 1.8556f};
constexpr Encoding kWhole{255, {0.0171f, 0.0175f, 0.0174f}, {2.118f, 2.036f, 1.804f}};

// 4:2:0, whose chroma are the lines of a texture; a row of output stays in the cache, as the
// network's do. Products of a pixel: 3 and, of half as many columns, 4 to codes 0..1; 4 of the mix;
// 3 each to codes and to what the network wants.
template <typename T, Upsampling kUpsampling>
void pixels(benchmark::State& state) {
  const auto luma = bench::texture<T>(8), chroma = bench::texture<T>(8, 3);
  std::vector<float> out(3 * bench::kWidth);
  const Pixels target{out.data(), {1, 2, 3}, {3, 2, 1}};
  const Conversion conversion{kMix, 0, kWhole};
  bench::on_target(
      state,
      [&](bool reference) {
        for (int y = 0; y < bench::kHeight; ++y) {
          const T *const cb = bench::view(chroma).row(y / 2), *const cr = cb + bench::kWidth / 2;
          const Row<T> row{bench::kWidth,
                           {bench::view(luma).row(y), cb, cr},
                           {nullptr, cb, cr},
                           bench::kWidth / 2,
                           kUpsampling};
          if (reference)
            convert_row_ref(row, conversion, target);
          else
            convert_row(row, conversion, target);
        }
        benchmark::DoNotOptimize(out.data());
      },
      {1.5 * sizeof(T), 15, bench::Arithmetic::float32});
}

BENCHMARK_TEMPLATE(pixels, std::uint8_t, Upsampling::nearest)
    ->Name("rgb/8 bits, nearest")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK_TEMPLATE(pixels, std::uint8_t, Upsampling::between)
    ->Name("rgb/8 bits, between")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK_TEMPLATE(pixels, std::uint16_t, Upsampling::nearest)
    ->Name("rgb/16 bits, nearest")
    ->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq::rgb
