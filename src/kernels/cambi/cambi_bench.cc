#include "kernels/bench.h"
#include "kernels/cambi/cambi.h"

namespace visq::cambi {
namespace {

// Broad bands with a little dither: about half of the samples are flat.
std::vector<std::uint16_t> bands() {
  std::vector<std::uint16_t> samples(static_cast<std::size_t>(bench::kWidth) * bench::kHeight);
  std::uint32_t random = 1;
  for (int y = 0; y < bench::kHeight; ++y)
    for (int x = 0; x < bench::kWidth; ++x) {
      random = random * 1664525 + 1013904223;
      const bool dithered = (x / 64 + y / 64) % 2 == 0 && random >> 28 < 4;
      samples[static_cast<std::size_t>(y) * bench::kWidth + static_cast<std::size_t>(x)] =
          static_cast<std::uint16_t>(120 + (x + y) / 40 + dithered);
    }
  return samples;
}

PlaneView<std::uint16_t> writable(std::vector<std::uint16_t>& samples) {
  return {samples.data(), bench::kWidth, bench::kWidth, bench::kHeight};
}

void first(benchmark::State& state, const Samples& samples) {
  std::vector<std::uint16_t> out(static_cast<std::size_t>(bench::kWidth) * bench::kHeight);
  Scratch scratch;
  bench::on_target(
      state,
      [&](bool reference) {
        scratch.reset();
        if (reference)
          benchmark::DoNotOptimize(first_scale_ref(samples, {true, true}, writable(out)));
        else
          benchmark::DoNotOptimize(
              first_scale(samples, {true, true}, {0, bench::kHeight}, writable(out), scratch));
      },
      {samples.bits == 8 ? 3.0 : 4.0, 0, bench::Arithmetic::int16});
}
void first8(benchmark::State& state) {
  const auto in = bench::texture<std::uint8_t>(8);
  first(state, bench::view(in));
}
void first10(benchmark::State& state) {
  const auto in = bench::texture<std::uint16_t>(10);
  first(state, {bench::view(in), 10});
}

void next(benchmark::State& state) {
  const auto in = bands();
  Plane<std::uint16_t> out(bench::kWidth / 2, bench::kHeight / 2);
  Scratch scratch;
  bench::on_target(state,
                   [&](bool reference) {
                     scratch.reset();
                     if (reference)
                       next_scale_ref(bench::view(in), out.view());
                     else
                       next_scale(bench::view(in), {0, bench::kHeight / 2}, out.view(), scratch);
                     benchmark::DoNotOptimize(out.row(0));
                   },
                   {1.5, 0, bench::Arithmetic::int16});
}

template <int kDifferences>
void contrast(benchmark::State& state) {
  const auto in = bands();
  std::vector<std::uint16_t> samples(in.size());
  Scratch scratch;
  first_scale_ref({bench::view(in), 10}, {false, false}, writable(samples));
  Visibility visibility{
      kDifferences, 64, 500,
      std::vector<std::uint8_t>(static_cast<std::size_t>(kValues) * kDifferences, 1)};
  std::vector<float> values(samples.size());
  Contrasts found{values.data(), 0, {}};
  bench::on_target(
      state,
      [&](bool reference) {
        scratch.reset();
        if (reference)
          contrasts_ref(bench::view(samples), {0, bench::kHeight}, 33, visibility, found);
        else
          contrasts(bench::view(samples), {0, bench::kHeight}, 33, visibility, scratch, found);
        benchmark::DoNotOptimize(found);
      },
      {2, 0, bench::Arithmetic::int16});
  state.counters["flat"] = static_cast<double>(found.count) / static_cast<double>(samples.size());
}

BENCHMARK(first8)
    ->Name("cambi/first scale of 8 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(first10)
    ->Name("cambi/first scale of 10 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(next)->Name("cambi/next scale")->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(contrast<4>)->Name("cambi/contrasts")->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(contrast<16>)
    ->Name("cambi/contrasts of 16 steps")
    ->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq::cambi
