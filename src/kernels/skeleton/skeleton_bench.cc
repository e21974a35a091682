#include "kernels/bench.h"
#include "kernels/conv/values.h"
#include "kernels/skeleton/skeleton.h"

namespace visq::skeleton {
namespace {

// There is nothing to multiply: memory is the limit.
template <int kBits>
void difference_of_planes(benchmark::State& state) {
  const bench::Texture ref(kBits), dist(kBits, 3);
  Scratch scratch;
  bench::on_target(state,
                   [&](bool reference) {
                     scratch.reset();
                     benchmark::DoNotOptimize(
                         reference ? difference_ref(ref.samples(), dist.samples())
                                   : difference(ref.samples(), dist.samples(), scratch, *serial()));
                   },
                   {2.0 * bytes_of_sample(kBits), 0, bench::Arithmetic::int32});
}

BENCHMARK(difference_of_planes<8>)
    ->Name("skeleton/8 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(difference_of_planes<10>)
    ->Name("skeleton/10 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq::skeleton
