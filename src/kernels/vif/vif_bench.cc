#include "kernels/bench.h"
#include "kernels/vif/vif.h"

namespace visq {
namespace {

constexpr std::array<double, 2> kLimits{100, 1};

// Products a pixel: three squares, and five moments through both directions of a symmetric filter.
double moments(int scale) { return 3 + 5 * (static_cast<double>(vif_filter(scale).size()) + 1); }

// The sums of one scale, of a picture of full size.
template <typename T, int kBits, int kScale>
void vif_sums_speed(benchmark::State& state) {
  const auto ref = bench::texture<T>(kBits), dist = bench::texture<T>(kBits, 3);
  const VifScale scale{kScale, kBits, kLimits};
  const PlaneView<const T> views[] = {bench::view(dist)};
  VifSums sums[1];
  Scratch scratch;
  bench::on_target(state,
                   [&](bool reference) {
                     scratch.reset();
                     if (reference)
                       sums[0] = vif_sums_ref(bench::view(ref), views[0], scale);
                     else if (!vif_sums(bench::view(ref), views, scale, scratch, sums))
                       state.SkipWithError("no memory");
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
                       vif_downsample_ref(bench::view(in), kBits, 1, out.view());
                     else if (!vif_downsample(bench::view(in), kBits, 1, out.view(), scratch))
                       state.SkipWithError("no memory");
                     benchmark::DoNotOptimize(out.row(0));
                   },
                   {sizeof(T) + 0.5, 0.75 * (static_cast<double>(vif_filter(1).size()) + 1) / 2,
                    bench::Arithmetic::int32});
}

BENCHMARK(vif_downsample_speed<std::uint8_t, 8>)
    ->Name("vif/downsample, 8 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(vif_downsample_speed<std::uint16_t, 16>)
    ->Name("vif/downsample, 16 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq
