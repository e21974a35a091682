#include "kernels/bench.h"
#include "kernels/float_vif/float_vif.h"

namespace visq {
namespace {

// Products of a pixel: all taps, as libvmaf's rounding has it, in both directions of five moments;
// three of samples, three of means, and ten of the information, logarithms' polynomials among them.
template <typename T, int kBits, int kScale>
void float_vif_sums_speed(benchmark::State& state) {
  const auto ref = bench::texture<T>(kBits), dist = bench::texture<T>(kBits, 3);
  const std::vector<float> taps = float_vif_gaussian(kScale, 1);
  const FloatVifRule rule{taps, 100, 2};
  Scratch scratch;
  bench::on_target(
      state,
      [&](bool reference) {
        scratch.reset();
        benchmark::DoNotOptimize(
            (reference
                 ? float_vif_sums_ref(bench::view(ref), bench::view(dist), {1, -128}, rule)
                 : float_vif_sums(bench::view(ref), bench::view(dist), {1, -128}, rule, scratch)
                       .value())
                .num);
      },
      {2.0 * sizeof(T), 10.0 * static_cast<double>(taps.size()) + 3 + 3 + 10,
       bench::Arithmetic::float32});
}

// Of every second row, then of every second column of those.
template <typename T, int kBits>
void float_vif_downsample_speed(benchmark::State& state) {
  const auto in = bench::texture<T>(kBits);
  const std::vector<float> taps = float_vif_gaussian(1, 1);
  Plane<float> out(bench::view(in).width / 2, bench::view(in).height / 2);
  Scratch scratch;
  bench::on_target(
      state,
      [&](bool reference) {
        scratch.reset();
        if (reference)
          float_vif_downsample_ref(bench::view(in), {1, -128}, taps, out.view());
        else
          benchmark::DoNotOptimize(
              float_vif_downsample(bench::view(in), {1, -128}, taps, out.view(), scratch)
                  .has_value());
      },
      {sizeof(T) + 1.0, 0.75 * static_cast<double>(taps.size()), bench::Arithmetic::float32});
}

BENCHMARK(float_vif_sums_speed<std::uint8_t, 8, 0>)
    ->Name("float_vif/8 bits, 17 taps")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(float_vif_sums_speed<std::uint16_t, 10, 0>)
    ->Name("float_vif/10 bits, 17 taps")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(float_vif_sums_speed<std::uint16_t, 10, 3>)
    ->Name("float_vif/10 bits, 3 taps")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(float_vif_downsample_speed<std::uint8_t, 8>)
    ->Name("float_vif/halve, 8 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq
