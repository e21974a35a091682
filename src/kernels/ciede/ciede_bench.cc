#include "kernels/bench.h"
#include "kernels/ciede/ciede.h"

namespace visq {
namespace {

template <typename T>
YcbcrView<T> picture(const std::vector<T>& luma, const std::vector<T>& chroma) {
  const PlaneView<const T> plane{chroma.data(), bench::kWidth, bench::kWidth / 2,
                                 bench::kHeight / 2};
  return {bench::view(luma),
          plane,
          {plane.data + plane.width, plane.stride, plane.width, plane.height},
          1,
          1};
}

// Products of a sample: 28 to linear light and 45 to L*a*b*, both in two pictures, and 49 of a
// difference that is not blue.
template <typename T, int kBits>
void sum(benchmark::State& state) {
  const auto a = bench::texture<T>(kBits), b = bench::texture<T>(kBits, 3);
  const auto ref = picture(a, b), dist = picture(b, a);
  Scratch scratch;
  bench::on_target(state,
                   [&](bool reference) {
                     scratch.reset();
                     benchmark::DoNotOptimize(reference
                                                  ? ciede_sum_ref(ref, dist, kBits)
                                                  : ciede_sum(ref, dist, kBits, scratch).value());
                   },
                   {3.0 * sizeof(T), 2 * (28 + 45) + 49, bench::Arithmetic::float32});
}

BENCHMARK(sum<std::uint8_t, 8>)
    ->Name("ciede/8 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(sum<std::uint16_t, 10>)
    ->Name("ciede/10 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq
