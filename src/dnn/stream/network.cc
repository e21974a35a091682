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
  if (!int16 || (out.winograd.values.data() == nullptr && out.direct.values.data() == nullptr))
    return out;
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
  VISQ_TRY(network->pack(precision));
  return network;
}

Status Network::pack(Precision precision) {
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
    const PackedLayer& made = packed_.back();
    if (!made.is_int16() && made.direct.values.data() == nullptr &&
        made.winograd.values.data() == nullptr)
      return fail(ENOMEM, "no memory for the weights of a network");
    layer.weights = {};
  }
  return {};
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
    VISQ_ASSIGN(workspace, Workspace::make(graph_, packed_, std::move(made), threads_));
  }
  VISQ_TRY(workspace->make_room(1 + comparison.dists.size()));
  return workspace.get();
}

Result<std::vector<double>> Network::distances(const Comparison& comparison) const {
  std::unique_ptr<Runner> runner = take_runner();
  auto distances = this->distances(comparison, *runner);
  give_back(std::move(runner));
  return distances;
}

Result<std::vector<double>> Network::distances(const Comparison& comparison, Runner& runner) const {
  VISQ_ASSIGN(Workspace* const space, workspace(runner, comparison));
  Run run(graph_, packed_, *space, comparison);
  std::latch finished(threads_ - 1);
  for (int i = 1; i < threads_; ++i)
    runner.helpers.submit([&run, &finished, i] {
      run.work(static_cast<std::size_t>(i));
      finished.count_down();
    });
  run.work(0);
  finished.wait();
  if (run.given_up()) return fail(ECANCELED, "the comparison was given up");
  return run.distances();
}

}  // namespace visq::stream
