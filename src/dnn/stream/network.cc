#include "dnn/stream/network.h"

#include <algorithm>
#include <cerrno>
#include <latch>

#include "base/machine.h"
#include "dnn/stream/formats.h"
#include "dnn/stream/run.h"
#include "kernels/nn/int16.h"

namespace visq::stream {
Network::Runner::Runner() = default;
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
  Turn(const Network& network, bool is_small) : network_(network) {
    const int most = network.most_running_ * (is_small ? network.threads_ : 1);
    std::unique_lock lock(network_.mutex_);
    network_.ended_.wait(lock, [&] { return network_.running_ < most; });
    const bool is_helped = !is_small || network_.running_ == 0;
    take_runner(is_helped);
    threads_ = is_helped ? network.threads_ : 1;
    ++network_.running_;
  }
  ~Turn() {
    std::lock_guard lock(network_.mutex_);
    network_.idle_.push_back(std::move(runner_));
    --network_.running_;
    network_.ended_.notify_all();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  Runner& runner() const { return *runner_; }
  int threads() const { return threads_; }

 private:
  // Rather one that has helpers, or none, as is wanted: few get any.
  void take_runner(bool is_helped) {
    auto& idle = network_.idle_;
    idle.reserve(static_cast<std::size_t>(network_.running_) + idle.size() + 1);
    auto found = std::find_if(idle.begin(), idle.end(), [&](const auto& runner) {
      return (runner->helpers != nullptr) == is_helped;
    });
    if (found == idle.end() && !idle.empty()) --found;
    runner_ = found == idle.end() ? std::make_unique<Runner>() : std::move(*found);
    if (found != idle.end()) idle.erase(found);
    if (is_helped && runner_->helpers == nullptr)
      runner_->helpers =
          std::make_unique<ThreadPool>(static_cast<std::size_t>(network_.threads_ - 1));
  }

  const Network& network_;
  std::unique_ptr<Runner> runner_;
  int threads_ = 1;
};

Result<Workspace*> Network::workspace(Runner& runner, const Comparison& comparison) const {
  auto& workspace = runner.workspace;
  if (workspace == nullptr || workspace->plan.width != comparison.width ||
      workspace->plan.height != comparison.height) {
    workspace.reset();
    VISQ_ASSIGN(Plan made, plan(comparison.width, comparison.height));
    workspace = std::make_unique<Workspace>(std::move(made), operators_);
  }
  return workspace.get();
}

bool is_small(const Comparison& comparison) {
  return std::int64_t{comparison.width} * comparison.height <= 640 * 360;
}

Status Network::run(const Comparison& comparison) const {
  const Turn turn(*this, is_small(comparison));
  return run(comparison, turn.runner(), turn.threads());
}

Status Network::run(const Comparison& comparison, Runner& runner, int threads) const {
  VISQ_ASSIGN(Workspace* const space, workspace(runner, comparison));
  space->make_room(1 + comparison.dists.size(), static_cast<std::size_t>(threads));
  Run run(graph_, operators_, *space, comparison);
  std::latch finished(threads - 1);
  int begun = 1;
  try {
    for (; begun < threads; ++begun)
      runner.helpers->submit([&run, &finished, begun] {
        run.work(static_cast<std::size_t>(begun));
        finished.count_down();
      });
  } catch (const std::bad_alloc&) {  // no memory for a task: those that began do the work
    finished.count_down(threads - begun);
  }
  run.work(0);
  finished.wait();
  return run.outcome();
}

}  // namespace visq::stream
