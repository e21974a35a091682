#include "kernels/bench.h"
#include "kernels/speed/speed.h"

namespace visq::speed {
namespace {

void reduce_plane(benchmark::State& state, const Samples& samples, double scale, Scaler scaler) {
  const Signal signal{samples};
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
                   {9.0 / 16 * (samples.bits == 8 ? 1 : 2), 9.0 / 16, bench::Arithmetic::float32});
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
    benchmark::DoNotOptimize(reference ? covariance_ref(plane) : covariance_of(plane, scratch));
  });
}

void reduce8(benchmark::State& state) {
  const auto samples = bench::texture<std::uint8_t>(8);
  reduce_plane(state, bench::view(samples), 1, Scaler::nearest);
}
void reduce10(benchmark::State& state) {
  const auto samples = bench::texture<std::uint16_t>(10);
  reduce_plane(state, {bench::view(samples), 10}, 1, Scaler::nearest);
}
void reduce_scaled(benchmark::State& state) {
  const auto samples = bench::texture<std::uint8_t>(8);
  reduce_plane(state, bench::view(samples), 0.6, Scaler::bilinear);
}

// As many right sides as 1920x1080 has blocks.
void solve_blocks(benchmark::State& state) {
  constexpr int kColumns = 24 * 13;
  std::vector<float> y(kElements * kColumns), x(y.size()), work(y.size());
  std::uint32_t random = 1;
  for (float& v : y) {
    random = random * 1664525 + 1013904223;
    v = static_cast<float>(random >> 24) / 16 - 8;
  }
  Covariance matrix;
  for (int i = 0; i < kElements; ++i)
    for (int j = 0; j < kElements; ++j)
      matrix.at[i][j] = i == j ? 9.0f : 8.0f / static_cast<float>(1 + (i - j) * (i - j));
  bench::on_target(state, [&](bool reference) {
    benchmark::DoNotOptimize(reference
                                 ? solve_ref(matrix, y.data(), kColumns, x.data(), work.data())
                                 : solve(matrix, y.data(), kColumns, x.data(), work.data()));
  });
}

BENCHMARK(reduce8)->Name("speed/reduce 8 bits")->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(reduce10)
    ->Name("speed/reduce 10 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(reduce_scaled)
    ->Name("speed/reduce, scaled by 0.6")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(solve_blocks)->Name("speed/solve")->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(covariance)->Name("speed/covariance")->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq::speed
