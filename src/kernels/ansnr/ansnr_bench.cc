#include "kernels/ansnr/ansnr.h"
#include "kernels/bench.h"

namespace visq {
namespace {

// Products of a pixel: six different taps of the distorted picture, two squares; taps of the
// reference are powers of two.
template <typename T, int kBits>
void sums(benchmark::State& state) {
  const auto ref = bench::texture<T>(kBits), dist = bench::texture<T>(kBits, 3);
  Scratch scratch;
  bench::on_target(
      state,
      [&](bool reference) {
        scratch.reset();
        benchmark::DoNotOptimize(
            (reference ? ansnr_sums_ref(bench::view(ref), bench::view(dist), kBits)
                       : ansnr_sums(bench::view(ref), bench::view(dist), kBits, scratch).value())
                .noise);
      },
      {2.0 * sizeof(T), 6 + 2, bench::Arithmetic::float32});
}

BENCHMARK(sums<std::uint8_t, 8>)
    ->Name("ansnr/8 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(sums<std::uint16_t, 10>)
    ->Name("ansnr/10 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq
