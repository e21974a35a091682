#include "kernels/bench.h"
#include "kernels/ssimulacra/ssimulacra.h"

namespace visq::ssimulacra {
namespace {

std::vector<float> unit(int quality) {
  const auto codes = bench::texture<std::uint8_t>(8, quality);
  std::vector<float> values(codes.size());
  std::transform(codes.begin(), codes.end(), values.begin(), [](int code) { return static_cast<float>(code) / 255; });
  return values;
}

// Products of a pixel: 69 to XYB in two pictures; 9 of channels; two passes of 6 in the blurs of 15 signals;
// 18 of errors and of their powers in three channels.
void errors(benchmark::State& state) {
  const auto a = unit(0), b = unit(3);
  const Light ref{bench::view(a), bench::view(b), bench::view(a)}, dist{bench::view(b), bench::view(b), bench::view(a)};
  Scratch scratch;
  bench::on_target(state, [&](bool reference) {
    scratch.reset();
    benchmark::DoNotOptimize(reference ? scale_errors_ref(ref, dist) : scale_errors(ref, dist, scratch).value());
  }, {6.0 * sizeof(float), 2 * 69 + 9 + 2 * 6 * 15 + 3 * 18, bench::Arithmetic::float32});
}

// One channel of one picture; light of light is as long on its way.
void light(benchmark::State& state) {
  auto values = unit(0);
  const PlaneView<float> plane{values.data(), bench::kWidth, bench::kWidth, bench::kHeight};
  bench::on_target(state, [&](bool reference) { reference ? to_light_ref(plane) : to_light(plane); }, {2.0 * sizeof(float), 10, bench::Arithmetic::float32});
}

void half(benchmark::State& state) {
  const auto in = unit(0);
  Plane<float> out(bench::kWidth / 2, bench::kHeight / 2);
  bench::on_target(state, [&](bool) { halve(bench::view(in), out.view()); }, {1.25 * sizeof(float), 1.25, bench::Arithmetic::float32});
}

BENCHMARK(errors)->Name("ssimulacra/errors of a scale")->DenseRange(bench::kReference, bench::kLastTarget)->Unit(benchmark::kMillisecond);
BENCHMARK(light)->Name("ssimulacra/light")->DenseRange(bench::kReference, bench::kLastTarget)->Unit(benchmark::kMillisecond);
BENCHMARK(half)->Name("ssimulacra/half")->Unit(benchmark::kMillisecond)->Arg(0);

}  // namespace
}  // namespace visq::ssimulacra
