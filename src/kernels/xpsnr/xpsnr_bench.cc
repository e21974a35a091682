#include "kernels/bench.h"
#include "kernels/conv/values.h"
#include "kernels/xpsnr/xpsnr.h"

namespace visq::xpsnr {
namespace {

constexpr int kBlock = 64;
constexpr Grid kGrid{kBlock, kBlock, (bench::kWidth + kBlock - 1) / kBlock,
                     (bench::kHeight + kBlock - 1) / kBlock};

// Products: those of the high-pass filter, and a square.
template <int kBits, bool kLarge, bool kTwoBefore>
void luma_of_blocks(benchmark::State& state) {
  const bench::Texture now(kBits), before(kBits, 2), earlier(kBits, 3), distorted(kBits, 4);
  const Luma luma{
      {now.samples(), before.samples(), kTwoBefore ? earlier.samples() : Samples(), kLarge},
      {now.samples(), distorted.samples()}};
  std::vector<Activity> blocks(kGrid.blocks());
  std::vector<std::uint64_t> errors(kGrid.blocks());
  Scratch scratch;
  bench::on_target(state,
                   [&](bool is_reference) {
                     scratch.reset();
                     if (is_reference) {
                       activities_ref(luma.reference, kGrid, blocks.data());
                       errors_ref(luma.planes, kGrid, errors.data());
                     } else {
                       sums_of_luma(luma, kGrid, {blocks.data(), errors.data()}, scratch,
                                    *serial());
                     }
                     benchmark::DoNotOptimize(blocks.data());
                     benchmark::DoNotOptimize(errors.data());
                   },
                   {(kTwoBefore ? 4.0 : 3.0) * bytes_of_sample(kBits), kLarge ? 9 : 10,
                    bench::Arithmetic::int16});
}

template <int kBits>
void errors_of_blocks(benchmark::State& state) {
  const bench::Texture ref(kBits), dist(kBits, 3);
  const Pair pair{ref.samples(), dist.samples()};
  std::vector<std::uint64_t> blocks(kGrid.blocks());
  Scratch scratch;
  bench::on_target(state,
                   [&](bool is_reference) {
                     scratch.reset();
                     if (is_reference)
                       errors_ref(pair, kGrid, blocks.data());
                     else
                       errors(pair, kGrid, blocks.data(), scratch, *serial());
                     benchmark::DoNotOptimize(blocks.data());
                   },
                   {2.0 * bytes_of_sample(kBits), 1, bench::Arithmetic::int32});
}

BENCHMARK(luma_of_blocks<8, false, false>)
    ->Name("xpsnr/luma/8 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(luma_of_blocks<10, false, true>)
    ->Name("xpsnr/luma/10 bits, two before")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(luma_of_blocks<10, true, false>)
    ->Name("xpsnr/luma/10 bits, above HD")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(errors_of_blocks<8>)
    ->Name("xpsnr/errors/8 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(errors_of_blocks<10>)
    ->Name("xpsnr/errors/10 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(errors_of_blocks<16>)
    ->Name("xpsnr/errors/16 bits")
    ->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq::xpsnr
