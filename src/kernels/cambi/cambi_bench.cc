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

void ten_bits(benchmark::State& state) {
  const auto in = bench::texture<std::uint8_t>(8);
  std::vector<std::uint16_t> out(in.size());
  bench::on_target(
      state,
      [&](bool reference) {
        benchmark::DoNotOptimize(reference ? to_ten_bits_ref(bench::view(in), 8, writable(out))
                                           : to_ten_bits(bench::view(in), 8, writable(out)));
      },
      {3, 0, bench::Arithmetic::int16});
}

// In place, so that what is marked once is marked again: the work is the same.
void mark(benchmark::State& state) {
  auto samples = bands();
  Scratch scratch;
  bench::on_target(state,
                   [&](bool reference) {
                     scratch.reset();
                     if (reference)
                       mark_flat_ref(writable(samples));
                     else
                       benchmark::DoNotOptimize(mark_flat(writable(samples), scratch));
                   },
                   {4, 0, bench::Arithmetic::int16});
}

void mode(benchmark::State& state) {
  const auto in = bands();
  std::vector<std::uint16_t> out(in.size());
  Scratch scratch;
  bench::on_target(
      state,
      [&](bool reference) {
        scratch.reset();
        if (reference)
          mode_filter_ref(bench::view(in), writable(out));
        else
          benchmark::DoNotOptimize(mode_filter(bench::view(in), writable(out), scratch));
      },
      {4, 0, bench::Arithmetic::int16});
}

template <int kDifferences>
void contrast(benchmark::State& state) {
  auto samples = bands();
  Scratch scratch;
  (void)mark_flat(writable(samples), scratch);
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
          contrasts_ref(bench::view(samples), 33, visibility, found);
        else
          benchmark::DoNotOptimize(contrasts(bench::view(samples), 33, visibility, scratch, found));
      },
      {2, 0, bench::Arithmetic::int16});
  state.counters["flat"] = static_cast<double>(found.count) / static_cast<double>(samples.size());
}

BENCHMARK(ten_bits)->Name("cambi/10 bits of 8")->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(mark)->Name("cambi/mark")->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(mode)->Name("cambi/mode filter")->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(contrast<4>)->Name("cambi/contrasts")->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(contrast<16>)
    ->Name("cambi/contrasts of 16 steps")
    ->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq::cambi
