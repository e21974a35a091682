// visq_network_peer MODEL WIDTH HEIGHT THREADS FRAMES: ONNX Runtime alone on a network of LPIPS or
// DISTS, one session with all graph optimisations; no decoding, no colour.
#include <chrono>
#include <cstdlib>
#include <vector>

#include <fmt/format.h>
#include <onnxruntime_cxx_api.h>
#include <sys/resource.h>

namespace {

std::vector<float> noise(std::size_t count, unsigned seed) {
  std::vector<float> values(count);
  for (float& value : values) {
    seed = seed * 1664525u + 1013904223u;
    value = static_cast<float>(seed >> 8) / 8388608.0f - 1.0f;
  }
  return values;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 1;
  const std::int64_t width = std::atoi(argv[2]), height = std::atoi(argv[3]);
  const int threads = std::atoi(argv[4]), frames = std::atoi(argv[5]);
  Ort::Env env(ORT_LOGGING_LEVEL_FATAL, "peer");
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(threads);
  options.SetGraphOptimizationLevel(ORT_ENABLE_ALL);
  Ort::Session session(env, argv[1], options);
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  const std::vector<std::int64_t> shape{1, 3, height, width};
  std::vector<float> ref = noise(static_cast<std::size_t>(3 * width * height), 1),
                     dist = noise(ref.size(), 2);
  const char* inputs[] = {"ref", "dist"};
  const auto output = session.GetOutputNameAllocated(0, Ort::AllocatorWithDefaultOptions());
  const char* outputs[] = {output.get()};
  const auto run = [&] {
    Ort::Value values[] = {
        Ort::Value::CreateTensor<float>(memory, ref.data(), ref.size(), shape.data(), shape.size()),
        Ort::Value::CreateTensor<float>(memory, dist.data(), dist.size(), shape.data(),
                                        shape.size())};
    session.Run(Ort::RunOptions{nullptr}, inputs, values, 2, outputs, 1);
  };
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < frames; ++i) run();
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print("{:.3f} frames/s, {} MB\n", frames / elapsed.count(), usage.ru_maxrss / 1024);
}
