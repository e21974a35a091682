#include "kernels/bench.h"
#include "kernels/ciede/ciede.h"
#include "kernels/conv/values.h"

namespace visq::ciede {
namespace {

Ycbcr picture(const Samples& luma, const Samples& chroma) {
  const auto half = [&](int x) {
    return part_of(chroma, x, 0, bench::kWidth / 2, bench::kHeight / 2);
  };
  return {luma, half(0), half(bench::kWidth / 2), 1, 1};
}

// Products of a sample: 28 to linear light and 45 to L*a*b*, both in two pictures, and 49 of a
// difference that is not blue.
template <int kBits>
void sum_of_pictures(benchmark::State& state) {
  const bench::Texture a(kBits), b(kBits, 3);
  const Ycbcr ref = picture(a.samples(), b.samples()), dist = picture(b.samples(), a.samples());
  Scratch scratch;
  bench::on_target(state,
                   [&](bool reference) {
                     scratch.reset();
                     benchmark::DoNotOptimize(reference ? sum_ref(ref, dist)
                                                        : sum(ref, dist, scratch, *serial()));
                   },
                   {3.0 * bytes_of_sample(kBits), 2 * (28 + 45) + 49, bench::Arithmetic::float32});
}

BENCHMARK(sum_of_pictures<8>)
    ->Name("ciede/8 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(sum_of_pictures<10>)
    ->Name("ciede/10 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq::ciede
