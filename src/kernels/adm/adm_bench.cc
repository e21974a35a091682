#include "kernels/adm/adm.h"
#include "kernels/bench.h"

namespace visq::adm {
namespace {

// Viewing at three heights, as models have it.
Settings settings_of(bool two_limits) {
  constexpr float kStraight[] = {.0173815f, .0319848f, .0433727f, .0456734f},
                  kDiagonal[] = {.0058907f, .0142991f, .0243969f, .0313127f};
  Settings settings;
  if (two_limits) settings.gains = {100, 1};
  for (std::size_t s = 0; s < kScales; ++s) {
    ScaleRule& rule = settings.rules[s];
    rule = {static_cast<int>(s), {kStraight[s], kStraight[s], kDiagonal[s]}, {36453, 36453, 49417}};
    for (std::size_t o = 0; s > 0 && o < 3; ++o)
      rule.fixed[o] = static_cast<std::uint32_t>(rule.contrast[o] * 4294967296.0);
  }
  return settings;
}

// Products a pixel, of the first scale and a third more for the others: 8 of the wavelet in each
// picture; and in each of a distorted one's three bands, a quarter of a pixel, 12 for angle, gain,
// contrast, masking and cubes.
constexpr double products(std::size_t distorted) {
  const auto n = static_cast<double>(distorted);
  return ((1 + n) * 8 + n * 12 * 3 / 4.0) * 4 / 3;
}

// All four scales of a reference and of distorted pictures.
template <typename T, int kBits, std::size_t kDistorted, bool kTwoLimits>
void all_scales(benchmark::State& state) {
  const auto ref = bench::texture<T>(kBits), dist = bench::texture<T>(kBits, 3);
  const auto samples = [](const std::vector<T>& plane) -> Samples {
    if constexpr (sizeof(T) == 1)
      return bench::view(plane);
    else
      return {bench::view(plane), kBits};
  };
  const Samples reference_picture = samples(ref);
  std::array<Samples, kDistorted> pictures;
  pictures.fill(samples(dist));
  const Settings settings = settings_of(kTwoLimits);
  std::vector<Sums> out(kDistorted * settings.gains.size());
  Scratch scratch;
  bench::on_target(
      state,
      [&](bool reference) {
        scratch.reset();
        for (std::size_t i = 0; reference && i < out.size(); ++i)
          out[i] = sums_ref(reference_picture, pictures[i / settings.gains.size()], settings,
                            settings.gains[i % settings.gains.size()]);
        if (!reference) sums(reference_picture, pictures, settings, *serial(), scratch, out);
        benchmark::DoNotOptimize(out.data());
      },
      {(1.0 + kDistorted) * sizeof(T), products(kDistorted), bench::Arithmetic::int32});
}

BENCHMARK(all_scales<std::uint8_t, 8, 1, false>)
    ->Name("adm/8 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(all_scales<std::uint8_t, 8, 1, true>)
    ->Name("adm/8 bits, 2 gain limits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(all_scales<std::uint8_t, 8, 4, false>)
    ->Name("adm/8 bits, 4 distorted")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(all_scales<std::uint16_t, 10, 1, false>)
    ->Name("adm/10 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(all_scales<std::uint16_t, 16, 1, false>)
    ->Name("adm/16 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq::adm
