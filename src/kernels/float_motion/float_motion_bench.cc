#include "kernels/bench.h"
#include "kernels/conv/values.h"
#include "kernels/float_motion/float_motion.h"

namespace visq::float_motion {
namespace {

// Products of a pixel: different taps in both directions, of the difference.
template <int kBits, const Taps& kTaps>
void sum_of_blurred_differences(benchmark::State& state) {
  const bench::Texture a(kBits), b(kBits, 3);
  const Blur blur{kTaps, {}};
  Scratch scratch;
  bench::on_target(state,
                   [&](bool reference) {
                     scratch.reset();
                     benchmark::DoNotOptimize(
                         reference ? sad_ref(a.samples(), b.samples(), blur)
                                   : sad(a.samples(), b.samples(), blur, scratch, *serial()));
                   },
                   {2.0 * bytes_of_sample(kBits), kTaps[0] == 0 ? 2.0 * 2 : 2.0 * 3,
                    bench::Arithmetic::float32});
}

BENCHMARK(sum_of_blurred_differences<8, kFive>)
    ->Name("float_motion/8 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(sum_of_blurred_differences<10, kFive>)
    ->Name("float_motion/10 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(sum_of_blurred_differences<8, kThree>)
    ->Name("float_motion/8 bits, 3 taps")
    ->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq::float_motion
