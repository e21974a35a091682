// A network of graph.h that runs: rows flow through all layers at once, so that what lies between
// layers stays in the cache (docs/decisions/0007-streaming-engine.md).
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <vector>

#include "base/result.h"
#include "base/thread_pool.h"
#include "dnn/stream/plan.h"
#include "kernels/nn/int16.h"
#include "kernels/nn/nn.h"

namespace visq::stream {

// A row of a network's input, pixel by pixel: of each channel value * scale + offset.
struct InputRow {
  float* values = nullptr;
  std::span<const float> scale, offset;
};

// Fills row y of a picture. Called in order, from one thread at a time.
using RowSource = std::function<void(int y, const InputRow& row)>;

// The weighted squared difference at each place of each tap; the distance is the sum of their
// means.
struct TapMap {
  int width = 0, height = 0;
  std::vector<float> values;
};

// Seconds of work, over all threads and pictures.
struct StageTimes {
  double source = 0;
  std::vector<double> layers, taps;
};

// One reference with one distorted picture or more. Each takes memory of its own, as the reference
// does.
struct Comparison {
  int width = 0, height = 0;
  RowSource ref;
  std::vector<RowSource> dists;
  std::vector<TapMap>* maps = nullptr;  // of the first distorted picture
  StageTimes* times = nullptr;          // added to, for benchmarks
  std::vector<std::stop_token> stops =
      {};  // given up once a stop of each is requested; empty: never
};

// int16: products of 16 bits where they take less time (kernels/nn/int16.h), and activations of 16
// bits.
enum class Precision { fp32, int16 };

// Weights as the layer's kernel wants them; of a int16 layer `int16` alone.
struct PackedLayer {
  nn::ConvWeights direct;
  nn::WinogradWeights winograd;
  nn::Int16Weights int16;

  bool is_int16() const { return int16.values.data() != nullptr; }
};

class Workspace;

class Network {
 public:
  // Runs with that many threads. -ENOTSUP for int16 where the CPU has no such products.
  static Result<std::shared_ptr<const Network>> make(Graph graph, int threads,
                                                     Precision precision = Precision::fp32);
  ~Network();

  // Of each distorted picture, with all threads; equal bits for any number of threads, and whatever
  // else is compared. As many comparisons run at once as the CPUs have room for, the others wait:
  // each finds its rows in the cache. -EINVAL for pictures that are too small, -ECANCELED
  // soon after the last stop was requested.
  Result<std::vector<double>> distances(const Comparison& comparison) const;

  const Graph& graph() const { return graph_; }
  bool is_int16(std::size_t layer) const { return packed_[layer].is_int16(); }
  Result<Plan> plan(int width, int height) const { return make_plan(graph_, width, height, bf16_); }

 private:
  // What one comparison needs for itself.
  struct Runner {
    ThreadPool helpers;
    std::unique_ptr<Workspace> workspace;  // of the last size

    explicit Runner(int threads);
    ~Runner();
  };
  class Turn;

  Network(Graph graph, int threads);
  void pack(Precision precision);
  Result<std::vector<double>> distances(const Comparison& comparison, Runner& runner) const;
  Result<Workspace*> workspace(Runner& runner, const Comparison& comparison) const;

  Graph graph_;
  std::vector<PackedLayer> packed_;
  std::vector<bool> bf16_;  // by tensor
  int threads_, most_running_;
  mutable std::mutex mutex_;
  mutable std::condition_variable ended_;
  mutable int running_ = 0;
  mutable std::vector<std::unique_ptr<Runner>> idle_;
};

}  // namespace visq::stream
