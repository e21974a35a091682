#include "kernels/bench.h"
#include "kernels/conv/values.h"
#include "kernels/ssim/rounded.h"
#include "kernels/ssim/shrink.h"
#include "kernels/ssim/ssim.h"

namespace visq::ssim {
namespace {

// Two passes of six products for each of five moments, and those of the score.
template <int kBits, Terms kTerms>
void means_of_planes(benchmark::State& state) {
  const bench::Texture a(kBits), b(kBits, 3);
  Scratch scratch;
  bench::on_target(state,
                   [&](bool reference) {
                     scratch.reset();
                     benchmark::DoNotOptimize(
                         reference ? means_ref(a.samples(), b.samples(), kTerms)
                                   : means(a.samples(), b.samples(), kTerms, scratch, *serial()));
                   },
                   {2.0 * bytes_of_sample(kBits), 60 + 3 + 14, bench::Arithmetic::float32});
}

void box(benchmark::State& state) {
  const bench::Texture in(8);
  Plane<float> out(bench::kWidth / 4, bench::kHeight / 4);
  Scratch scratch;
  bench::on_target(state,
                   [&](bool reference) {
                     scratch.reset();
                     if (reference)
                       shrink_by_box_ref(in.samples(), 4, out.view());
                     else
                       shrink_by_box(in.samples(), 4, out.view(), scratch, *serial());
                   },
                   {1, 0, bench::Arithmetic::int32});
}

void half(benchmark::State& state) {
  const bench::Texture in(8);
  Plane<float> out(bench::kWidth / 2, bench::kHeight / 2);
  Scratch scratch;
  bench::on_target(state,
                   [&](bool reference) {
                     scratch.reset();
                     if (reference)
                       halve_ref(in.samples(), out.view());
                     else
                       halve(in.samples(), out.view(), scratch, *serial());
                   },
                   {2, 2.5 + 1.25, bench::Arithmetic::float32});
}

// As above, and of each product the sum in double precision.
void rounded_means(benchmark::State& state) {
  const bench::Texture a(8), b(8, 3);
  Scratch scratch;
  bench::on_target(state,
                   [&](bool) {
                     scratch.reset();
                     benchmark::DoNotOptimize(rounded::means(
                         a.samples(), b.samples(), Terms::contrast_structure, scratch, *serial()));
                   },
                   {2, 60 + 2 * 110 + 3 + 14, bench::Arithmetic::float32});
}

void rounded_half(benchmark::State& state) {
  const bench::Texture in(8);
  Plane<float> out(bench::kWidth / 2, bench::kHeight / 2);
  Scratch scratch;
  bench::on_target(state,
                   [&](bool) {
                     scratch.reset();
                     rounded::halve(in.samples(), out.view(), scratch, *serial());
                   },
                   {2, 6.25 + 2 * 11.25, bench::Arithmetic::float32});
}

BENCHMARK(means_of_planes<8, Terms::product>)
    ->Name("ssim/8 bits, product")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(means_of_planes<8, Terms::contrast_structure>)
    ->Name("ssim/8 bits, contrast and structure")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(means_of_planes<10, Terms::product>)
    ->Name("ssim/10 bits, product")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(box)->Name("ssim/box of 4")->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(rounded_means)
    ->Name("ssim/rounded, contrast and structure")
    ->DenseRange(0, bench::kLastTarget);
BENCHMARK(rounded_half)->Name("ssim/rounded, half")->DenseRange(0, bench::kLastTarget);
BENCHMARK(half)->Name("ssim/half")->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq::ssim
