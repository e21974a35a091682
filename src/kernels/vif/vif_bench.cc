#include "kernels/bench.h"
#include "kernels/vif/vif.h"

namespace visq::vif {
namespace {

constexpr std::array<double, 2> kLimits{100, 1};

// Products a pixel: three squares, and five moments through both directions of a symmetric filter.
double moments(int scale) { return 3 + 5 * (static_cast<double>(filter(scale).size()) + 1); }

template <typename T>
Samples samples(const std::vector<T>& plane, int bits) {
  if constexpr (sizeof(T) == 1)
    return bench::view(plane);
  else
    return {bench::view(plane), bits};
}

// The sums of one scale, of a picture of full size.
template <typename T, int kBits, int kScale>
void vif_sums_speed(benchmark::State& state) {
  const auto ref = bench::texture<T>(kBits), dist = bench::texture<T>(kBits, 3);
  const Scale scale{kScale, kLimits};
  const Samples from = samples<T>(ref, kBits), views[] = {samples<T>(dist, kBits)};
  Sums sums[1];
  Scratch scratch;
  bench::on_target(state,
                   [&](bool reference) {
                     scratch.reset();
                     if (reference)
                       sums[0] = sums_ref(from, views[0], scale);
                     else
                       vif::sums(from, views, scale, *serial(), scratch, sums);
                     benchmark::DoNotOptimize(sums[0]);
                   },
                   {2.0 * sizeof(T), moments(kScale), bench::Arithmetic::int32});
}

BENCHMARK(vif_sums_speed<std::uint8_t, 8, 0>)
    ->Name("vif/scale 0, 8 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(vif_sums_speed<std::uint16_t, 10, 0>)
    ->Name("vif/scale 0, 10 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(vif_sums_speed<std::uint16_t, 16, 1>)
    ->Name("vif/scale 1")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(vif_sums_speed<std::uint16_t, 16, 2>)
    ->Name("vif/scale 2")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(vif_sums_speed<std::uint16_t, 16, 3>)
    ->Name("vif/scale 3")
    ->DenseRange(bench::kReference, bench::kLastTarget);

// The step from a picture of full size to the next scale.
template <typename T, int kBits>
void vif_downsample_speed(benchmark::State& state) {
  const auto in = bench::texture<T>(kBits);
  Plane<std::uint16_t> out(bench::kWidth / 2, bench::kHeight / 2);
  Scratch scratch;
  bench::on_target(state,
                   [&](bool reference) {
                     scratch.reset();
                     if (reference)
                       downsample_ref(samples<T>(in, kBits), 1, out.view());
                     else
                       downsample(samples<T>(in, kBits), 1, out.view(), *serial(), scratch);
                     benchmark::DoNotOptimize(out.row(0));
                   },
                   {sizeof(T) + 0.5, 0.75 * (static_cast<double>(filter(1).size()) + 1) / 2,
                    bench::Arithmetic::int32});
}

BENCHMARK(vif_downsample_speed<std::uint8_t, 8>)
    ->Name("vif/downsample, 8 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(vif_downsample_speed<std::uint16_t, 16>)
    ->Name("vif/downsample, 16 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq::vif
