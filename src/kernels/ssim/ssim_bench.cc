#include "kernels/bench.h"
#include "kernels/ssim/rounded.h"
#include "kernels/ssim/shrink.h"
#include "kernels/ssim/ssim.h"

namespace visq {
namespace {

// Two passes of six products for each of five moments, and those of the score.
template <typename T, int kBits, SsimTerms kTerms>
void means(benchmark::State& state) {
  const auto a = bench::texture<T>(kBits), b = bench::texture<T>(kBits, 3);
  Scratch scratch;
  bench::on_target(
      state,
      [&](bool reference) {
        scratch.reset();
        benchmark::DoNotOptimize(
            reference ? ssim_means_ref(bench::view(a), bench::view(b), kBits, kTerms)
                      : ssim_means(bench::view(a), bench::view(b), kBits, kTerms, scratch).value());
      },
      {2.0 * sizeof(T), 60 + 3 + 14, bench::Arithmetic::float32});
}

void box(benchmark::State& state) {
  const auto in = bench::texture<std::uint8_t>(8);
  Plane<float> out(bench::kWidth / 4, bench::kHeight / 4);
  Scratch scratch;
  bench::on_target(
      state,
      [&](bool reference) {
        scratch.reset();
        if (reference)
          shrink_by_box_ref(bench::view(in), 8, 4, out.view());
        else
          benchmark::DoNotOptimize(shrink_by_box(bench::view(in), 8, 4, out.view(), scratch));
      },
      {1, 0, bench::Arithmetic::int32});
}

void half(benchmark::State& state) {
  const auto in = bench::texture<std::uint8_t>(8);
  Plane<float> out(bench::kWidth / 2, bench::kHeight / 2);
  Scratch scratch;
  bench::on_target(state,
                   [&](bool reference) {
                     scratch.reset();
                     if (reference)
                       halve_ref(bench::view(in), 8, out.view());
                     else
                       benchmark::DoNotOptimize(halve(bench::view(in), 8, out.view(), scratch));
                   },
                   {2, 2.5 + 1.25, bench::Arithmetic::float32});
}

// As above, and of each product the sum in double precision.
void rounded(benchmark::State& state) {
  const auto a = bench::texture<std::uint8_t>(8), b = bench::texture<std::uint8_t>(8, 3);
  Scratch scratch;
  bench::on_target(
      state,
      [&](bool) {
        scratch.reset();
        benchmark::DoNotOptimize(ssim_means_rounded(bench::view(a), bench::view(b), 8,
                                                    SsimTerms::contrast_structure, scratch));
      },
      {2, 60 + 2 * 110 + 3 + 14, bench::Arithmetic::float32});
}

void rounded_half(benchmark::State& state) {
  const auto in = bench::texture<std::uint8_t>(8);
  Plane<float> out(bench::kWidth / 2, bench::kHeight / 2);
  Scratch scratch;
  bench::on_target(
      state,
      [&](bool) {
        scratch.reset();
        benchmark::DoNotOptimize(halve_rounded(bench::view(in), 8, out.view(), scratch));
      },
      {2, 6.25 + 2 * 11.25, bench::Arithmetic::float32});
}

BENCHMARK(means<std::uint8_t, 8, SsimTerms::product>)
    ->Name("ssim/8 bits, product")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(means<std::uint8_t, 8, SsimTerms::contrast_structure>)
    ->Name("ssim/8 bits, contrast and structure")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(means<std::uint16_t, 10, SsimTerms::product>)
    ->Name("ssim/10 bits, product")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(box)->Name("ssim/box of 4")->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(rounded)->Name("ssim/rounded, contrast and structure")->DenseRange(0, bench::kLastTarget);
BENCHMARK(rounded_half)->Name("ssim/rounded, half")->DenseRange(0, bench::kLastTarget);
BENCHMARK(half)->Name("ssim/half")->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq
