#include "kernels/bench.h"
#include "kernels/ssimulacra/ssimulacra.h"

namespace visq::ssimulacra {
namespace {

std::vector<float> codes(int quality) {
  const auto samples = bench::texture<std::uint8_t>(8, quality);
  std::vector<float> values(samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) values[i] = static_cast<float>(samples[i]) / 255;
  return values;
}

// Products of a pixel: two polynomials of fourth degree and their quotient. In place, so each run
// begins with a copy, which counts.
void light(benchmark::State& state) {
  const auto fresh = codes(0);
  auto values = fresh;
  const PlaneView<float> plane{values.data(), bench::kWidth, bench::kWidth, bench::kHeight};
  bench::on_target(state,
                   [&](bool reference) {
                     values = fresh;
                     if (reference)
                       to_light_ref(plane);
                     else
                       to_light(plane);
                   },
                   {4 * sizeof(float), 4 + 4 + 1, bench::Arithmetic::float32});
}

// Products of a pixel: 9 to the receptors, 15 for each of three cube roots and 3 to XYB.
void xyb(benchmark::State& state) {
  const auto fresh = codes(0);
  std::vector<float> values[3] = {fresh, fresh, fresh};
  const auto plane = [&](int c) {
    return PlaneView<float>{values[c].data(), bench::kWidth, bench::kWidth, bench::kHeight};
  };
  bench::on_target(state,
                   [&](bool reference) {
                     if (reference)
                       perceive_ref({plane(0), plane(1), plane(2)});
                     else
                       perceive({plane(0), plane(1), plane(2)});
                   },
                   {6 * sizeof(float), 9 + 3 * 15 + 3, bench::Arithmetic::float32});
}

// Products of a pixel: of structure 3 squares and 10 more; of edges 4; of each signal three
// oscillators with 2 in both directions.
template <Maps kMaps>
void errors(benchmark::State& state) {
  const auto a = codes(0), b = codes(3);
  Scratch scratch;
  bench::on_target(
      state,
      [&](bool reference) {
        scratch.reset();
        benchmark::DoNotOptimize(
            (reference ? channel_errors_ref(bench::view(a), bench::view(b), kMaps)
                       : channel_errors(bench::view(a), bench::view(b), kMaps, scratch))
                .artefacts.mean);
      },
      {2 * sizeof(float), kMaps == Maps::all ? 3 + 2 * 5 * 3 * 2 + 14 : 2 * 2 * 3 * 2 + 4,
       bench::Arithmetic::float32});
}

void half(benchmark::State& state) {
  const auto in = codes(0);
  Plane<float> out(bench::kWidth / 2, bench::kHeight / 2);
  bench::on_target(state,
                   [&](bool reference) {
                     if (reference)
                       halve_ref(bench::view(in), out.view());
                     else
                       halve(bench::view(in), out.view());
                   },
                   {sizeof(float) + 1, 0, bench::Arithmetic::float32});
}

BENCHMARK(light)->Name("ssimulacra/light")->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(xyb)->Name("ssimulacra/xyb")->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(errors<Maps::all>)
    ->Name("ssimulacra/errors of a channel")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(errors<Maps::edges>)
    ->Name("ssimulacra/errors of a channel's edges")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(half)->Name("ssimulacra/half")->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq::ssimulacra
