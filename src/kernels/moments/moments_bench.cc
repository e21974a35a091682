#include "kernels/bench.h"
#include "kernels/conv/values.h"
#include "kernels/moments/moments.h"

namespace visq::moments {
namespace {

template <int kBits>
void sums_of_plane(benchmark::State& state) {
  const bench::Texture plane(kBits);
  bench::on_target(
      state,
      [&](bool reference) {
        const Samples samples = plane.samples();
        benchmark::DoNotOptimize((reference ? sums_ref(samples) : sums(samples)).squares);
      },
      {static_cast<double>(bytes_of_sample(kBits)), 1,
       kBits == 8 ? bench::Arithmetic::int16 : bench::Arithmetic::int32});
}

BENCHMARK(sums_of_plane<8>)
    ->Name("moments/8 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(sums_of_plane<16>)
    ->Name("moments/16 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq::moments
