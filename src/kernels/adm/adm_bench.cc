#include "kernels/adm/adm.h"
#include "kernels/bench.h"

namespace visq::adm {
namespace {

// Viewing at three heights, as models have it.
Settings settings_of(int bits) {
  constexpr float kStraight[] = {.0173815f, .0319848f, .0433727f, .0456734f}, kDiagonal[] = {.0058907f, .0142991f, .0243969f, .0313127f};
  Settings settings{bits, false, {}};
  for (std::size_t s = 0; s < kScales; ++s) {
    ScaleRule& rule = settings.rules[s];
    rule = {static_cast<int>(s), {kStraight[s], kStraight[s], kDiagonal[s]}, {36453, 36453, 49417}};
    for (std::size_t o = 0; s > 0 && o < 3; ++o) rule.fixed[o] = static_cast<std::uint32_t>(rule.contrast[o] * 4294967296.0);
  }
  return settings;
}

// Products a pixel, of the first scale and a third more for the others: 8 of the wavelet in each picture; and
// in each of the three bands, a quarter of a pixel, 12 for angle, gain, contrast, masking and cubes.
constexpr double kProducts = (2 * 8 + 12 * 3 / 4.0) * 4 / 3;

// All four scales of two pictures.
template <typename T, int kBits>
void all_scales(benchmark::State& state) {
  const auto ref = bench::texture<T>(kBits), dist = bench::texture<T>(kBits, 3);
  const Settings settings = settings_of(kBits);
  Scratch scratch;
  bench::on_target(state, [&](bool reference) {
    scratch.reset();
    benchmark::DoNotOptimize(reference ? sums_ref(bench::view(ref), bench::view(dist), settings) : sums(bench::view(ref), bench::view(dist), settings, scratch).value());
  }, {2.0 * sizeof(T), kProducts, bench::Arithmetic::int32});
}

BENCHMARK(all_scales<std::uint8_t, 8>)->Name("adm/8 bits")->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(all_scales<std::uint16_t, 10>)->Name("adm/10 bits")->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(all_scales<std::uint16_t, 16>)->Name("adm/16 bits")->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq::adm
