#include "kernels/bench.h"
#include "kernels/hvs/hvs.h"

namespace visq {
namespace {

// Two transforms of 240 products for every 49 samples.
template <typename T, int kBits>
void error(benchmark::State& state) {
  const auto a = bench::texture<T>(kBits), b = bench::texture<T>(kBits, 3);
  std::array<float, kHvsCoefficients> sensitivity;
  for (std::size_t i = 0; i < sensitivity.size(); ++i)
    sensitivity[i] = 2.0f / static_cast<float>(1 + i % 8 + i / 8);
  const HvsWeights weights = hvs_weights(sensitivity);
  Scratch scratch;
  bench::on_target(
      state,
      [&](bool reference) {
        scratch.reset();
        benchmark::DoNotOptimize(
            reference ? hvs_error_ref(bench::view(a), bench::view(b), kBits, weights)
                      : hvs_error(bench::view(a), bench::view(b), kBits, weights, scratch).value());
      },
      {2.0 * sizeof(T), 2 * 240 / 49.0,
       kBits <= 11 ? bench::Arithmetic::int16 : bench::Arithmetic::int32});
}

BENCHMARK(error<std::uint8_t, 8>)
    ->Name("hvs/8 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(error<std::uint16_t, 10>)
    ->Name("hvs/10 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(error<std::uint16_t, 12>)
    ->Name("hvs/12 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq
