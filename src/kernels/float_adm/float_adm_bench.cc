#include "kernels/bench.h"
#include "kernels/conv/values.h"
#include "kernels/float_adm/float_adm.h"

namespace visq::float_adm {
namespace {

// Products of a pixel: of either picture, four taps of two filters down half of the rows and four
// along each of four bands of a quarter; 24 for the three details of a quarter of the pixels
// (angles, contrast sensitivity, masks and cubes).
template <int kBits>
void finest_scale(benchmark::State& state) {
  const bench::Texture ref(kBits), dist(kBits, 3);
  const Pictures pictures{ref.samples(), dist.samples()};
  Plane<float> next_ref(band_side(pictures.ref.width), band_side(pictures.ref.height)),
      next_dist(next_ref.width(), next_ref.height());
  const Approximations next{next_ref.view(), next_dist.view()};
  const Rule rule{0.0173f, 0.0059f, 100, 3, 0.03125, true, true};
  Scratch scratch;
  bench::on_target(
      state,
      [&](bool reference) {
        scratch.reset();
        benchmark::DoNotOptimize((reference ? score_scale_ref(pictures, rule, next)
                                            : score_scale(pictures, rule, next, scratch, *serial()))
                                     .restored);
      },
      {2.0 * bytes_of_sample(kBits) + 2, 2 * (4 + 4) + 24 / 4, bench::Arithmetic::float32});
}

BENCHMARK(finest_scale<8>)
    ->Name("float_adm/8 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(finest_scale<10>)
    ->Name("float_adm/10 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq::float_adm
