#include "kernels/bench.h"
#include "kernels/moments/moments.h"

namespace visq {
namespace {

template <typename T, int kBits>
void moments(benchmark::State& state) {
  const auto plane = bench::texture<T>(kBits);
  bench::on_target(
      state,
      [&](bool reference) {
        benchmark::DoNotOptimize(
            (reference ? plane_moments_ref(bench::view(plane)) : plane_moments(bench::view(plane)))
                .squares);
      },
      {sizeof(T), 1, sizeof(T) == 1 ? bench::Arithmetic::int16 : bench::Arithmetic::int32});
}

BENCHMARK(moments<std::uint8_t, 8>)
    ->Name("moments/8 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(moments<std::uint16_t, 16>)
    ->Name("moments/16 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq
