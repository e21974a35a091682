// What the kernels' benchmarks have in common: a picture, and one run per CPU target.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <vector>

#include <benchmark/benchmark.h>
#include <hwy/targets.h>

#include "base/samples.h"

namespace visq::bench {

inline constexpr int kWidth = 1920, kHeight = 1080;

// Argument of a benchmark: the number of a CPU target, best first; -1 is the plain reference.
inline constexpr int kReference = -1, kLastTarget = 4;

// A texture that is neither flat nor noise, in `bits`; `quality` above 0 spoils it.
template <typename T>
std::vector<T> texture(int bits, int quality = 0) {
  std::vector<T> samples(static_cast<std::size_t>(kWidth) * kHeight);
  std::uint32_t random = 1;
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x) {
      random = random * 1664525 + 1013904223;
      const auto wave = static_cast<std::uint32_t>((x * x / 50 + y * 3) % 200);
      const std::uint32_t value = 16 + wave + (random >> 28);
      const std::uint32_t kept = value >> quality << quality;
      samples[static_cast<std::size_t>(y) * kWidth + static_cast<std::size_t>(x)] =
          static_cast<T>(kept << (bits - 8));
    }
  return samples;
}

template <typename T>
PlaneView<const T> view(const std::vector<T>& samples) {
  return {samples.data(), kWidth, kWidth, kHeight};
}

// The same, as kernels take it.
class Texture {
 public:
  explicit Texture(int bits, int quality = 0)
      : bits_(bits),
        bytes_(bits == 8 ? texture<std::uint8_t>(bits, quality) : std::vector<std::uint8_t>()),
        words_(bits == 8 ? std::vector<std::uint16_t>() : texture<std::uint16_t>(bits, quality)) {}

  Samples samples() const {
    if (bits_ == 8) return view(bytes_);
    return {view(words_), bits_};
  }

 private:
  int bits_;
  std::vector<std::uint8_t> bytes_;
  std::vector<std::uint16_t> words_;
};

enum class Arithmetic { int16, int32, float32, bfloat16 };

// Rates a second of one core, measured once, on the best target.
struct Peak {
  double bytes = 0;
  std::array<double, 4> products{};  // by Arithmetic
};
const Peak& machine_peak();

// What a kernel cannot do without for each pixel: bytes from memory, and products.
struct Work {
  double bytes = 0, products = 0;
  Arithmetic arithmetic = Arithmetic::int32;
};

// The time that the machine would need for a pixel if nothing else took any, in seconds.
inline double least_time(const Work& work) {
  const Peak& peak = machine_peak();
  return std::max(work.bytes / peak.bytes,
                  work.products / peak.products[static_cast<std::size_t>(work.arithmetic)]);
}

// Times `run(is_reference)`, which reads every pixel of the picture, under the target that the
// benchmark's argument names. Prints pixels a second and, where `work` is known, the fraction of
// the machine's limit.
template <typename Run>
void on_target(benchmark::State& state, const Run& run, const Work& work = {}) {
  const bool is_reference = state.range(0) == kReference;
  std::int64_t target = hwy::SupportedTargets() &
                        static_cast<std::int64_t>(HWY_TARGETS);  // that kernels are compiled for
  for (std::int64_t skip = state.range(0); skip > 0; --skip) target &= target - 1;
  if (target == 0) return state.SkipWithError("this machine has no more targets");
  hwy::SetSupportedTargetsForTest(target);
  state.SetLabel(is_reference ? "reference" : hwy::TargetName(target & -target));
  const auto start = std::chrono::steady_clock::now();
  for (auto unused : state) {
    (void)unused;
    run(is_reference);
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  hwy::SetSupportedTargetsForTest(0);
  const double pixels = static_cast<double>(state.iterations()) * kWidth * kHeight;
  state.counters["pixels"] = benchmark::Counter(pixels, benchmark::Counter::kIsRate);
  if (work.bytes > 0) state.counters["of_limit"] = pixels * least_time(work) / elapsed.count();
}

}  // namespace visq::bench
