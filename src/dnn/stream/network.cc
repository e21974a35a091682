#include "dnn/stream/network.h"

#include <algorithm>
#include <cerrno>
#include <latch>
#include <thread>

#include "dnn/stream/run.h"

namespace visq::stream {
namespace {

// Bringing activations to 16 bits takes longer than it saves where few products share it and pairs
// of products take two instructions.
bool gains_by_int16(const Layer& layer) {
  return suits_winograd(layer) || nn::dot_products_available() ||
         layer.in_channels * layer.window.width * layer.window.height >= 32;
}

PackedLayer packed(const Layer& layer, bool int16, nn::Int16Format format) {
  const nn::ConvShape shape{layer.in_channels, layer.out_channels, layer.window.height,
                            layer.window.width, layer.relu};
  PackedLayer out;
  if (suits_winograd(layer))
    out.winograd = nn::pack_winograd(shape, layer.weights.data(), layer.bias.data());
  else
    out.direct = nn::pack_conv(shape, layer.weights.data(), layer.bias.data());
  if (!int16) return out;
  PackedLayer of_16_bits;
  if (suits_winograd(layer))
    of_16_bits.int16 = nn::pack_int16(out.winograd, format);
  else
    of_16_bits.int16 = nn::pack_int16(out.direct, format);
  return of_16_bits;
}

}  // namespace

Network::Runner::Runner(int threads) : helpers(static_cast<std::size_t>(threads - 1)) {}
Network::Runner::~Runner() = default;

Network::Network(Graph graph, int threads)
    : graph_(std::move(graph)),
      threads_(std::max(threads, 1)),
      most_running_(std::max(static_cast<int>(std::thread::hardware_concurrency()) / threads_, 1)) {
}
Network::~Network() = default;

Result<std::shared_ptr<const Network>> Network::make(Graph graph, int threads,
                                                     Precision precision) {
  if (precision == Precision::int16 && !nn::int16_available())
    return fail(ENOTSUP, "this CPU adds no pairs of 16-bit products, which int16 precision needs");
  std::shared_ptr<Network> network(new Network(std::move(graph), threads));
  network->pack(precision);
  return network;
}

void Network::pack(Precision precision) {
  std::vector<bool> int16;
  for (const Layer& layer : graph_.layers)
    int16.push_back(precision == Precision::int16 && layer.kind == Layer::Kind::convolution &&
                    gains_by_int16(layer));
  if (precision == Precision::int16) bf16_ = bf16_tensors(graph_, int16);
  const std::vector<bool> positive = positive_tensors(graph_);
  for (std::size_t i = 0; i < graph_.layers.size(); ++i) {
    Layer& layer = graph_.layers[i];
    packed_.emplace_back();
    if (layer.kind != Layer::Kind::convolution) continue;
    nn::Int16Format format;
    if (int16[i])
      format = {bf16_[static_cast<std::size_t>(layer.in)],
                bf16_[static_cast<std::size_t>(layer.out)],
                positive[static_cast<std::size_t>(layer.in)]};
    packed_.back() = packed(layer, int16[i], format);
    layer.weights = {};
  }
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
    workspace = std::make_unique<Workspace>(graph_, packed_, std::move(made), threads_);
  }
  workspace->make_room(1 + comparison.dists.size());
  return workspace.get();
}

Result<std::vector<double>> Network::distances(const Comparison& comparison) const {
  const Turn turn(*this);
  return distances(comparison, turn.runner());
}

Result<std::vector<double>> Network::distances(const Comparison& comparison, Runner& runner) const {
  VISQ_ASSIGN(Workspace* const space, workspace(runner, comparison));
  Run run(graph_, packed_, *space, comparison);
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
  return run.distances();
}

}  // namespace visq::stream
