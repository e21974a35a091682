#include "kernels/ansnr/ansnr.h"
#include "kernels/bench.h"
#include "kernels/conv/values.h"

namespace visq::ansnr {
namespace {

// Products of a pixel: six different taps of the distorted picture, two squares; taps of the
// reference are powers of two.
template <int kBits>
void sums_of_planes(benchmark::State& state) {
  const bench::Texture ref(kBits), dist(kBits, 3);
  Scratch scratch;
  bench::on_target(state,
                   [&](bool reference) {
                     scratch.reset();
                     benchmark::DoNotOptimize(
                         (reference ? sums_ref(ref.samples(), dist.samples())
                                    : sums(ref.samples(), dist.samples(), scratch, *serial()))
                             .noise);
                   },
                   {2.0 * bytes_of_sample(kBits), 6 + 2, bench::Arithmetic::float32});
}

BENCHMARK(sums_of_planes<8>)
    ->Name("ansnr/8 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(sums_of_planes<10>)
    ->Name("ansnr/10 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq::ansnr
