#include "kernels/bench.h"
#include "kernels/float_motion/float_motion.h"

namespace visq {
namespace {

// Products of a pixel: different taps in both directions, of the difference.
template <typename T, int kBits, const BlurTaps& kTaps>
void sum_of_blurred_differences(benchmark::State& state) {
  const auto a = bench::texture<T>(kBits), b = bench::texture<T>(kBits, 3);
  const BlurredDifference how{kTaps, kBits, {}};
  Scratch scratch;
  bench::on_target(
      state,
      [&](bool reference) {
        scratch.reset();
        benchmark::DoNotOptimize(
            reference ? float_motion_sad_ref(bench::view(a), bench::view(b), how)
                      : float_motion_sad(bench::view(a), bench::view(b), how, scratch).value());
      },
      {2.0 * sizeof(T), kTaps[0] == 0 ? 2.0 * 2 : 2.0 * 3, bench::Arithmetic::float32});
}

BENCHMARK(sum_of_blurred_differences<std::uint8_t, 8, kBlurFive>)
    ->Name("float_motion/8 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(sum_of_blurred_differences<std::uint16_t, 10, kBlurFive>)
    ->Name("float_motion/10 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(sum_of_blurred_differences<std::uint8_t, 8, kBlurThree>)
    ->Name("float_motion/8 bits, 3 taps")
    ->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq
