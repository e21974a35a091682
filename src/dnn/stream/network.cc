#include "dnn/stream/network.h"

#include <algorithm>
#include <cerrno>
#include <latch>

#include "base/machine.h"
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
      most_running_(std::max(static_cast<int>(usable_cpus()) / threads_, 1)) {}
Network::~Network() = default;

Result<std::shared_ptr<const Network>> Network::make(Graph graph, int threads,
                                                     Precision precision) {
  if (precision == Precision::int16 && !nn::int16_available())
    return fail(ENOTSUP, "this CPU adds no pairs of 16-bit products, which int16 precision needs");
  return std::shared_ptr<const Network>(new Network(std::move(graph), threads, precision));
}

// One of the comparisons that run at once, also where it ends by an exception. The list has room
// for all runners, so that giving one back needs no memory.
class Network::Turn {
 public:
  explicit Turn(const Network& network) : network_(network) {
    std::unique_lock lock(network_.mutex_);
    network_.ended_.wait(lock, [&] { return network_.running_ < network_.most_running_; });
    auto& idle = network_.idle_;
    idle.reserve(static_cast<std::size_t>(network_.running_) + 1);
    if (idle.empty()) idle.push_back(std::make_unique<Runner>(network_.threads_));
    runner_ = std::move(idle.back());
    idle.pop_back();
    ++network_.running_;
  }
  ~Turn() {
    std::lock_guard lock(network_.mutex_);
    network_.idle_.push_back(std::move(runner_));
    --network_.running_;
    network_.ended_.notify_one();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  Runner& runner() const { return *runner_; }

 private:
  const Network& network_;
  std::unique_ptr<Runner> runner_;
};

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
  const Turn turn(*this);
  return run(comparison, turn.runner());
}

Status Network::run(const Comparison& comparison, Runner& runner) const {
  VISQ_ASSIGN(Workspace* const space, workspace(runner, comparison));
  Run run(graph_, operators_, *space, comparison);
  std::latch finished(threads_ - 1);
  int begun = 1;
  try {
    for (; begun < threads_; ++begun)
      runner.helpers.submit([&run, &finished, begun] {
        run.work(static_cast<std::size_t>(begun));
        finished.count_down();
      });
  } catch (const std::bad_alloc&) {  // no memory for a task: those that began do the work
    finished.count_down(threads_ - begun);
  }
  run.work(0);
  finished.wait();
  return run.outcome();
}

}  // namespace visq::stream
