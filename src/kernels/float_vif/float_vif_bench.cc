#include <cstdlib>
#include <vector>

#include <benchmark/benchmark.h>
#include <hwy/targets.h>

#include "kernels/float_vif/float_vif.h"

namespace visq {
namespace {

constexpr int kWidth = 1920, kHeight = 1080;

template <typename T>
std::vector<T> noise(unsigned seed) {
  std::vector<T> samples(kWidth * kHeight);
  for (T& sample : samples) sample = static_cast<T>((seed = seed * 1664525u + 1013904223u) >> 24);
  return samples;
}

// Argument: the number of a CPU target; -1 is the plain reference.
bool choose_target(benchmark::State& state) {
  std::int64_t target = hwy::SupportedTargets();
  for (std::int64_t skip = state.range(0); skip > 0; --skip) target &= target - 1;
  if (target == 0) state.SkipWithError("this machine has no more targets");
  else hwy::SetSupportedTargetsForTest(target & -target);
  state.SetLabel(state.range(0) < 0 ? "reference" : hwy::TargetName(target & -target));
  return target != 0;
}

void finish(benchmark::State& state) {
  hwy::SetSupportedTargetsForTest(0);
  state.SetItemsProcessed(state.iterations() * kWidth * kHeight);
}

template <typename T, int kScale>
void sums(benchmark::State& state) {
  const std::vector<T> a = noise<T>(1), b = noise<T>(2);
  const PlaneView<const T> ref{a.data(), kWidth, kWidth, kHeight}, dist{b.data(), kWidth, kWidth, kHeight};
  const std::vector<float> taps = float_vif_gaussian(kScale, 1);
  const FloatVifRule rule{taps, 100, 2};
  if (!choose_target(state)) return;
  Scratch scratch;
  for (auto unused : state) {
    (void)unused;
    scratch.reset();
    if (state.range(0) < 0) benchmark::DoNotOptimize(float_vif_sums_ref(ref, dist, {1, -128}, rule));
    else benchmark::DoNotOptimize(float_vif_sums(ref, dist, {1, -128}, rule, scratch));
  }
  finish(state);
}

template <typename T>
void halve(benchmark::State& state) {
  const std::vector<T> a = noise<T>(1);
  const PlaneView<const T> in{a.data(), kWidth, kWidth, kHeight};
  const std::vector<float> taps = float_vif_gaussian(1, 1);
  Plane<float> out(kWidth / 2, kHeight / 2);
  if (!choose_target(state)) return;
  Scratch scratch;
  for (auto unused : state) {
    (void)unused;
    scratch.reset();
    if (state.range(0) < 0) float_vif_downsample_ref(in, {1, -128}, taps, out.view());
    else benchmark::DoNotOptimize(float_vif_downsample(in, {1, -128}, taps, out.view(), scratch));
  }
  finish(state);
}

BENCHMARK(sums<std::uint8_t, 0>)->Name("float_vif/17 taps, 8 bits")->DenseRange(-1, 3)->Unit(benchmark::kMillisecond);
BENCHMARK(sums<std::uint16_t, 0>)->Name("float_vif/17 taps, 16 bits")->DenseRange(-1, 3)->Unit(benchmark::kMillisecond);
BENCHMARK(sums<float, 1>)->Name("float_vif/9 taps, floats")->DenseRange(-1, 3)->Unit(benchmark::kMillisecond);
BENCHMARK(sums<float, 3>)->Name("float_vif/3 taps, floats")->DenseRange(-1, 3)->Unit(benchmark::kMillisecond);
BENCHMARK(halve<std::uint8_t>)->Name("float_vif/halve, 8 bits")->DenseRange(-1, 3)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace visq
