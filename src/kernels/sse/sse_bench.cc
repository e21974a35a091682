#include <vector>

#include <benchmark/benchmark.h>
#include <hwy/targets.h>

#include "kernels/sse/sse.h"

namespace visq {
namespace {

constexpr int kWidth = 1920, kHeight = 1080;

// Argument: the number of a CPU target; -1 is the plain reference.
template <typename T>
void sum_of_squares(benchmark::State& state) {
  const std::vector<T> a(kWidth * kHeight, 7), b(kWidth * kHeight, 11);
  const PlaneView<const T> va{a.data(), kWidth, kWidth, kHeight}, vb{b.data(), kWidth, kWidth, kHeight};
  std::int64_t target = hwy::SupportedTargets();
  for (std::int64_t skip = state.range(0); skip > 0; --skip) target &= target - 1;
  if (target == 0) return state.SkipWithError("this machine has no more targets");
  hwy::SetSupportedTargetsForTest(target & -target);
  state.SetLabel(state.range(0) < 0 ? "reference" : hwy::TargetName(target & -target));
  for (auto unused : state) {
    (void)unused;
    benchmark::DoNotOptimize(state.range(0) < 0 ? sum_squared_error_ref(va, vb) : sum_squared_error(va, vb));
  }
  hwy::SetSupportedTargetsForTest(0);
  state.SetItemsProcessed(state.iterations() * kWidth * kHeight);
}

BENCHMARK(sum_of_squares<std::uint8_t>)->Name("sse/8 bits")->DenseRange(-1, 2);
BENCHMARK(sum_of_squares<std::uint16_t>)->Name("sse/16 bits")->DenseRange(-1, 2);

}  // namespace
}  // namespace visq
