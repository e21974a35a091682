#include "kernels/bench.h"
#include "kernels/sse/sse.h"

namespace visq {
namespace {

template <typename T>
void sum_of_squares(benchmark::State& state) {
  constexpr int kBits = 8 * sizeof(T);
  const auto a = bench::texture<T>(kBits), b = bench::texture<T>(kBits, 3);
  const auto samples = [](const std::vector<T>& plane) -> Samples {
    if constexpr (sizeof(T) == 1)
      return bench::view(plane);
    else
      return {bench::view(plane), kBits};
  };
  bench::on_target(
      state,
      [&](bool reference) {
        const Samples x = samples(a), y = samples(b);
        benchmark::DoNotOptimize(reference ? sum_squared_error_ref(x, y) : sum_squared_error(x, y));
      },
      {2.0 * sizeof(T), 1, sizeof(T) == 1 ? bench::Arithmetic::int16 : bench::Arithmetic::int32});
}

BENCHMARK(sum_of_squares<std::uint8_t>)
    ->Name("sse/8 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(sum_of_squares<std::uint16_t>)
    ->Name("sse/16 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq
