#include "kernels/bench.h"
#include "kernels/speed/speed.h"

namespace visq::speed {
namespace {

template <typename T, int kBits>
void reduce_plane(benchmark::State& state, double scale, Scaler scaler) {
  const auto samples = bench::texture<T>(kBits);
  const Signal<T> signal{bench::view(samples), {}, kBits};
  const Reduction reduction = reduction_for(1, scale, scaler);
  const Shape shape = shape_of(bench::kWidth, bench::kHeight, scale);
  Scratch scratch;
  // Nine of sixteen rows are read; their samples are multiplied once.
  bench::on_target(state,
                   [&](bool reference) {
                     scratch.reset();
                     benchmark::DoNotOptimize(reference
                                                  ? reduce_ref(signal, shape, reduction, scratch)
                                                  : reduce(signal, shape, reduction, scratch));
                   },
                   {9.0 / 16 * sizeof(T), 9.0 / 16, bench::Arithmetic::float32});
}

// Of the reduced plane of 1920x1080.
void covariance(benchmark::State& state) {
  std::vector<float> samples(120 * 65);
  std::uint32_t random = 1;
  for (float& s : samples) {
    random = random * 1664525 + 1013904223;
    s = static_cast<float>(random >> 24) / 16 - 8;
  }
  const PlaneView<const float> plane{samples.data(), 120, 120, 65};
  Scratch scratch;
  bench::on_target(state, [&](bool reference) {
    scratch.reset();
    benchmark::DoNotOptimize(reference ? Result<Covariance>(covariance_ref(plane))
                                       : covariance_of(plane, scratch));
  });
}

void reduce8(benchmark::State& state) { reduce_plane<std::uint8_t, 8>(state, 1, Scaler::nearest); }
void reduce10(benchmark::State& state) {
  reduce_plane<std::uint16_t, 10>(state, 1, Scaler::nearest);
}
void reduce_scaled(benchmark::State& state) {
  reduce_plane<std::uint8_t, 8>(state, 0.6, Scaler::bilinear);
}

BENCHMARK(reduce8)->Name("speed/reduce 8 bits")->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(reduce10)
    ->Name("speed/reduce 10 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(reduce_scaled)
    ->Name("speed/reduce, scaled by 0.6")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(covariance)->Name("speed/covariance")->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq::speed
