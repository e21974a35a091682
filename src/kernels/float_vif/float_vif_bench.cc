#include "kernels/bench.h"
#include "kernels/conv/values.h"
#include "kernels/float_vif/float_vif.h"

namespace visq::float_vif {
namespace {

// Products of a pixel: all taps, as libvmaf's rounding has it, in both directions of five moments;
// three of samples, three of means, and ten of the information, logarithms' polynomials among them.
template <int kBits, int kScale>
void sums_of_planes(benchmark::State& state) {
  const bench::Texture ref(kBits), dist(kBits, 3);
  const std::vector<float> taps = gaussian(kScale, 1);
  const Rule rule{taps, 100, 2};
  Scratch scratch;
  bench::on_target(
      state,
      [&](bool reference) {
        scratch.reset();
        benchmark::DoNotOptimize(
            (reference ? sums_ref(ref.samples(), dist.samples(), rule)
                       : sums(ref.samples(), dist.samples(), rule, scratch, *serial()))
                .num);
      },
      {2.0 * bytes_of_sample(kBits), 10.0 * static_cast<double>(taps.size()) + 3 + 3 + 10,
       bench::Arithmetic::float32});
}

// Of every second row, then of every second column of those.
template <int kBits>
void halve(benchmark::State& state) {
  const bench::Texture in(kBits);
  const std::vector<float> taps = gaussian(1, 1);
  Plane<float> out(in.samples().width / 2, in.samples().height / 2);
  Scratch scratch;
  bench::on_target(state,
                   [&](bool reference) {
                     scratch.reset();
                     if (reference)
                       downsample_ref(in.samples(), taps, out.view());
                     else
                       downsample(in.samples(), taps, out.view(), scratch, *serial());
                   },
                   {bytes_of_sample(kBits) + 1.0, 0.75 * static_cast<double>(taps.size()),
                    bench::Arithmetic::float32});
}

BENCHMARK(sums_of_planes<8, 0>)
    ->Name("float_vif/8 bits, 17 taps")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(sums_of_planes<10, 0>)
    ->Name("float_vif/10 bits, 17 taps")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(sums_of_planes<10, 3>)
    ->Name("float_vif/10 bits, 3 taps")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(halve<8>)
    ->Name("float_vif/halve, 8 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq::float_vif
