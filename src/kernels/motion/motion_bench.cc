#include "kernels/bench.h"
#include "kernels/motion/motion.h"

namespace visq::motion {
namespace {

template <typename T, int kBits>
void sum_of_blurred_differences(benchmark::State& state) {
  const auto a = bench::texture<T>(kBits), b = bench::texture<T>(kBits, 3);
  const auto samples = [](const std::vector<T>& plane) -> Samples {
    if constexpr (sizeof(T) == 1)
      return bench::view(plane);
    else
      return {bench::view(plane), kBits};
  };
  const Samples first = samples(a), second = samples(b);
  Scratch scratch;
  bench::on_target(
      state,
      [&](bool reference) {
        scratch.reset();
        benchmark::DoNotOptimize(reference ? sad_ref(first, second)
                                           : sad(first, second, *serial(), scratch));
      },
      {2.0 * sizeof(T), 10, kBits == 8 ? bench::Arithmetic::int16 : bench::Arithmetic::int32});
}

BENCHMARK(sum_of_blurred_differences<std::uint8_t, 8>)
    ->Name("motion/8 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(sum_of_blurred_differences<std::uint16_t, 10>)
    ->Name("motion/10 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(sum_of_blurred_differences<std::uint16_t, 16>)
    ->Name("motion/16 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq::motion
