#include "kernels/bench.h"
#include "kernels/conv/values.h"
#include "kernels/hvs/hvs.h"

namespace visq::hvs {
namespace {

// Two transforms of 240 products for every 49 samples.
template <int kBits>
void error_of_planes(benchmark::State& state) {
  const bench::Texture a(kBits), b(kBits, 3);
  std::array<float, kCoefficients> sensitivity;
  for (std::size_t i = 0; i < sensitivity.size(); ++i)
    sensitivity[i] = 2.0f / static_cast<float>(1 + i % 8 + i / 8);
  const Weights weights = weights_of(sensitivity);
  Scratch scratch;
  bench::on_target(
      state,
      [&](bool reference) {
        scratch.reset();
        benchmark::DoNotOptimize(reference ? error_ref(a.samples(), b.samples(), weights)
                                           : error(a.samples(), b.samples(), weights, scratch));
      },
      {2.0 * bytes_of_sample(kBits), 2 * 240 / 49.0,
       kBits <= 11 ? bench::Arithmetic::int16 : bench::Arithmetic::int32});
}

BENCHMARK(error_of_planes<8>)
    ->Name("hvs/8 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(error_of_planes<10>)
    ->Name("hvs/10 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(error_of_planes<12>)
    ->Name("hvs/12 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq::hvs
