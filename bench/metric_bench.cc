// What every metric costs on 1080p frames, under every CPU target, through the C interface.
#include <algorithm>
#include <cstring>

#include <benchmark/benchmark.h>

#include "base/cpu.h"
#include "kernels/bench.h"
#include "libvmaf/libvmaf.h"
#include "libvmaf/visq.h"

namespace visq::bench {
namespace {

// VmafConfiguration::cpumask: everything, AVX2 at most, SSE4.1 at most, no vectors.
constexpr std::uint64_t kMasks[] = {0, 48, 56, ~std::uint64_t{0}};

// Clips of which every frame is the same texture, in pictures of their own: artefacts are made
// anew.
class Clips {
 public:
  explicit Clips(int bits) : bits_(bits) {
    vmaf_picture_pool_open(&pool_, VMAF_PIX_FMT_YUV420P, static_cast<unsigned>(bits), kWidth,
                           kHeight);
  }
  ~Clips() { vmaf_picture_pool_close(pool_); }
  Clips(const Clips&) = delete;
  Clips& operator=(const Clips&) = delete;

  int next(VmafPicture* picture, bool distorted) {
    const int code = vmaf_picture_pool_fetch(pool_, picture);
    if (code != 0) return code;
    if (bits_ == 8)
      fill(picture, distorted ? dist8_ : ref8_);
    else
      fill(picture, distorted ? dist16_ : ref16_);
    return 0;
  }

 private:
  template <typename T>
  static void fill(VmafPicture* picture, const std::vector<T>& texture) {
    for (int p = 0; p < 3; ++p)
      for (unsigned y = 0; y < picture->h[p]; ++y)
        std::memcpy(static_cast<char*>(picture->data[p]) +
                        static_cast<std::ptrdiff_t>(y) * picture->stride[p],
                    texture.data() + static_cast<std::size_t>(y) * kWidth,
                    picture->w[p] * sizeof(T));
  }

  int bits_;
  VmafPicturePool* pool_ = nullptr;
  std::vector<std::uint8_t> ref8_ = texture<std::uint8_t>(8), dist8_ = texture<std::uint8_t>(8, 3);
  std::vector<std::uint16_t> ref16_ = texture<std::uint16_t>(bits_),
                             dist16_ = texture<std::uint16_t>(bits_, 3);
};

Clips& clips(int bits) {
  static Clips eight(8), ten(10);
  return bits == 8 ? eight : ten;
}

// Scores frames until the benchmark has enough; the error of the call that failed.
int score_frames(benchmark::State& state, VmafContext* vmaf, int bits) {
  unsigned frame = 0;
  for (auto unused : state) {
    (void)unused;
    state.PauseTiming();
    VmafPicture ref{}, dist{};
    if (clips(bits).next(&ref, false) != 0 || clips(bits).next(&dist, true) != 0) return -1;
    state.ResumeTiming();
    if (vmaf_read_pictures(vmaf, &ref, &dist, frame++) != 0) return -1;
  }
  return 0;
}

void metric(benchmark::State& state, const char* name, int bits) {
  VmafContext* vmaf = nullptr;
  const std::uint64_t mask = kMasks[state.range(0)];
  if (vmaf_init(&vmaf, {VMAF_LOG_LEVEL_NONE, 0, 1, mask, 0}) != 0)
    return state.SkipWithError(vmaf_last_error());
  state.SetLabel(cpu_target());
  if (vmaf_use_feature(vmaf, name, nullptr) != 0 || score_frames(state, vmaf, bits) != 0)
    state.SkipWithError(vmaf_last_error());
  vmaf_close(vmaf);
  const double pixels = static_cast<double>(state.iterations()) * kWidth * kHeight;
  state.counters["frames"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  state.counters["pixels"] = benchmark::Counter(pixels, benchmark::Counter::kIsRate);
}

// A target that this machine does not have would repeat the one before it.
std::vector<std::int64_t> masks() {
  std::vector<std::int64_t> all;
  std::string previous;
  for (std::size_t i = 0; i < std::size(kMasks); ++i) {
    disable_cpu_targets(kMasks[i]);
    if (cpu_target() != previous) all.push_back(static_cast<std::int64_t>(i));
    previous = cpu_target();
  }
  disable_cpu_targets(0);
  return all;
}

const bool kRegistered = [] {
  for (unsigned i = 0; const VmafMetricInfo* info = vmaf_metric_info(i); ++i)
    for (const int bits : {8, 10})
      for (const std::int64_t mask : masks())
        benchmark::RegisterBenchmark(
            ("metric/" + std::string(info->name) + "/" + std::to_string(bits) + " bits").c_str(),
            [name = info->name, bits](benchmark::State& state) { metric(state, name, bits); })
            ->Arg(mask)
            ->Unit(benchmark::kMillisecond);
  return true;
}();

}  // namespace
}  // namespace visq::bench
