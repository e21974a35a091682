#include "kernels/ansnr/ansnr.h"
#include "kernels/bench.h"

namespace visq {
namespace {

template <typename T, int kBits>
void sums(benchmark::State& state) {
  const auto ref = bench::texture<T>(kBits), dist = bench::texture<T>(kBits, 3);
  Scratch scratch;
  bench::on_target(state, [&](bool reference) {
    scratch.reset();
    benchmark::DoNotOptimize((reference ? ansnr_sums_ref(bench::view(ref), bench::view(dist), kBits) : ansnr_sums(bench::view(ref), bench::view(dist), kBits, scratch).value()).noise);
  });
}

BENCHMARK(sums<std::uint8_t, 8>)->Name("ansnr/8 bits")->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(sums<std::uint16_t, 10>)->Name("ansnr/10 bits")->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq
