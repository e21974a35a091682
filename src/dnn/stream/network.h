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
#include "dnn/stream/reduction.h"

namespace visq::stream {

// A row of a network's input, pixel by pixel: of each channel value * scale + offset.
struct InputRow {
  float* values = nullptr;
  std::span<const float> scale, offset;
};

// Fills row y of a picture. Called in order, from one thread at a time.
using RowSource = std::function<void(int y, const InputRow& row)>;

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
  Reduction* reduction = nullptr;  // of this comparison alone
  StageTimes* times = nullptr;     // added to, for benchmarks
  std::vector<std::stop_token> stops =
      {};  // given up once a stop of each is requested; empty: never
};

// Of few rows, for which several threads would wait.
bool is_small(const Comparison& comparison);

class Workspace;

class Network {
 public:
  // Runs with that many threads. -ENOTSUP for int16 where the CPU has no such products.
  static Result<std::shared_ptr<const Network>> make(Graph graph, int threads,
                                                     Precision precision = Precision::fp32);
  ~Network();

  // Gives the comparison's reduction all rows of its taps, with all threads. They come to it in an
  // order, and with bits, that depend neither on the number of threads nor on what else is
  // compared. As many comparisons run at once as the CPUs have room for, the others wait: each
  // finds its rows in the cache. Small ones have one thread each where several come at once.
  // -EINVAL for pictures that are too small, -ECANCELED soon after the last stop was requested.
  Status run(const Comparison& comparison) const;

  const Graph& graph() const { return graph_; }
  const Operator& op(std::size_t layer) const { return *operators_[layer]; }
  Result<Plan> plan(int width, int height) const {
    return make_plan(graph_, operators_, storages_, width, height);
  }

 private:
  // What one comparison needs for itself.
  struct Runner {
    std::unique_ptr<ThreadPool> helpers;   // once it was wanted
    std::unique_ptr<Workspace> workspace;  // of the last size

    Runner();
    ~Runner();
  };
  class Turn;

  Network(Graph graph, int threads, Precision precision);
  Status run(const Comparison& comparison, Runner& runner, int threads) const;
  Result<Workspace*> workspace(Runner& runner, const Comparison& comparison) const;

  Graph graph_;
  std::vector<Storage> storages_;  // of each tensor
  Operators operators_;
  int threads_, most_running_;
  mutable std::mutex mutex_;
  mutable std::condition_variable ended_;
  mutable int running_ = 0;
  mutable std::vector<std::unique_ptr<Runner>> idle_;
};

}  // namespace visq::stream
