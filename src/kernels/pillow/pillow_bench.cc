#include "kernels/bench.h"
#include "kernels/pillow/pillow.h"

namespace visq::pillow {
namespace {

constexpr int kTaps = kTapsTogether, kNarrow = 455, kLow = 256;

// From Full HD's size to a short side of 256; weights all alike.
Filter filter_of(int from, int to) {
  Filter filter{from, to, kTaps, {}, {}};
  for (int i = 0; i < to; ++i) filter.first.push_back(i * (from - kTaps) / to);
  filter.weights.assign(static_cast<std::size_t>(to * kTaps), (1 << kFractionBits) / kTaps);
  return filter;
}

// Of one plane; products with the zeros beyond the weights are counted.
void columns(benchmark::State& state) {
  const auto plane = bench::texture<std::uint8_t>(8);
  const Filter filter = filter_of(bench::kWidth, kNarrow);
  std::vector<std::uint8_t> out(kNarrow);
  bench::on_target(
      state,
      [&](bool reference) {
        for (int y = 0; y < bench::kHeight; ++y) {
          const std::uint8_t* const row = bench::view(plane).row(y);
          if (reference)
            filter_columns_ref(row, filter, out.data());
          else
            filter_columns(row, filter, out.data());
        }
        benchmark::DoNotOptimize(out.data());
      },
      {1, static_cast<double>(kTaps) * kNarrow / bench::kWidth, bench::Arithmetic::int32});
}

void rows(benchmark::State& state) {
  const Filter filter = filter_of(bench::kHeight, kLow);
  const std::vector<std::uint8_t> narrow(static_cast<std::size_t>(kNarrow * bench::kHeight), 77);
  std::vector<std::uint8_t> out(kNarrow);
  bench::on_target(state,
                   [&](bool reference) {
                     for (int y = 0; y < kLow; ++y)
                       if (reference)
                         filter_rows_ref(narrow.data(), kNarrow, filter, y, out.data());
                       else
                         filter_rows(narrow.data(), kNarrow, filter, y, out.data());
                     benchmark::DoNotOptimize(out.data());
                   },
                   {static_cast<double>(kNarrow) / bench::kWidth,
                    static_cast<double>(kTaps) * kNarrow * kLow / bench::kWidth / bench::kHeight,
                    bench::Arithmetic::int32});
}

void bytes(benchmark::State& state) {
  const std::vector<float> pixels(3 * bench::kWidth, 100.5f);
  std::vector<std::uint8_t> out(3 * bench::kWidth);
  const BytePlanes to{{out.data(), out.data() + bench::kWidth, out.data() + 2 * bench::kWidth}};
  bench::on_target(state,
                   [&](bool reference) {
                     for (int y = 0; y < bench::kHeight; ++y)
                       if (reference)
                         bytes_of_pixels_ref(pixels.data(), bench::kWidth, to);
                       else
                         bytes_of_pixels(pixels.data(), bench::kWidth, to);
                     benchmark::DoNotOptimize(out.data());
                   },
                   {15, 0, bench::Arithmetic::float32});
}

BENCHMARK(columns)->Name("pillow/columns")->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(rows)->Name("pillow/rows")->DenseRange(bench::kReference, bench::kLastTarget);
BENCHMARK(bytes)->Name("pillow/bytes")->DenseRange(bench::kReference, bench::kLastTarget);

}  // namespace
}  // namespace visq::pillow
