#include "dnn/stream/network.h"

#include <algorithm>
#include <cerrno>
#include <latch>
#include <thread>

#include "dnn/stream/formats.h"
#include "dnn/stream/run.h"
#include "kernels/nn/int16.h"

namespace visq::stream {
Network::Runner::Runner(int threads) : helpers(static_cast<std::size_t>(threads - 1)) {}
Network::Runner::~Runner() = default;

Network::Network(Graph graph, int threads, Precision precision)
    : graph_(std::move(graph)),
      storages_(storages(graph_, precision)),
      operators_(make_operators(graph_, storages_, precision)),
      threads_(std::max(threads, 1)),
      most_running_(std::max(static_cast<int>(std::thread::hardware_concurrency()) / threads_, 1)) {
}
Network::~Network() = default;

Result<std::shared_ptr<const Network>> Network::make(Graph graph, int threads,
                                                     Precision precision) {
  if (precision == Precision::int16 && !nn::int16_available())
    return fail(ENOTSUP, "this CPU adds no pairs of 16-bit products, which int16 precision needs");
  return std::shared_ptr<const Network>(new Network(std::move(graph), threads, precision));
}

std::unique_ptr<Network::Runner> Network::take_runner() const {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [this] { return running_ < most_running_; });
  ++running_;
  if (idle_.empty()) return std::make_unique<Runner>(threads_);
  std::unique_ptr<Runner> runner = std::move(idle_.back());
  idle_.pop_back();
  return runner;
}

void Network::give_back(std::unique_ptr<Runner> runner) const {
  std::lock_guard lock(mutex_);
  idle_.push_back(std::move(runner));
  --running_;
  ended_.notify_one();
}

Result<Workspace*> Network::workspace(Runner& runner, const Comparison& comparison) const {
  auto& workspace = runner.workspace;
  if (workspace == nullptr || workspace->plan.width != comparison.width ||
      workspace->plan.height != comparison.height) {
    workspace.reset();
    VISQ_ASSIGN(Plan made, plan(comparison.width, comparison.height));
    workspace = std::make_unique<Workspace>(std::move(made), operators_, threads_);
  }
  workspace->make_room(1 + comparison.dists.size());
  return workspace.get();
}

Status Network::run(const Comparison& comparison) const {
  std::unique_ptr<Runner> runner = take_runner();
  Status status = run(comparison, *runner);
  give_back(std::move(runner));
  return status;
}

Status Network::run(const Comparison& comparison, Runner& runner) const {
  VISQ_ASSIGN(Workspace* const space, workspace(runner, comparison));
  Run run(graph_, operators_, *space, comparison);
  std::latch finished(threads_ - 1);
  for (int i = 1; i < threads_; ++i)
    runner.helpers.submit([&run, &finished, i] {
      run.work(static_cast<std::size_t>(i));
      finished.count_down();
    });
  run.work(0);
  finished.wait();
  return run.given_up() ? Status(fail(ECANCELED, "the comparison was given up")) : Status();
}

}  // namespace visq::stream
