// What metrics have in common that are a network of two pictures (lpips, dists): their options, the
// choice of the engine, and the way through ONNX Runtime. What the streaming engine makes of the
// network is the metric's own.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/shared.h"
#include "color/rgb.h"
#include "dnn/run/loader.h"
#include "dnn/stream/network.h"
#include "extract/metric.h"

namespace visq::pair_network {

inline constexpr std::string_view kEngines[] = {"auto", "stream", "onnxruntime"},
                                  kPrecisions[] = {"fp32", "fast", "int8"};
inline constexpr OptionInfo kEngineOption{
    .name = "engine",
    .help = "what runs the network: auto takes stream for networks that it knows",
    .type = OptionType::text,
    .text = "auto",
    .choices = kEngines};
inline constexpr OptionInfo kPrecisionOption{
    .name = "precision",
    .help =
        "fast: 16-bit products, within 0.002 of fp32; int8: the quantised file beside the "
        "model, which ai/quantize.py makes",
    .type = OptionType::text,
    .text = "fp32",
    .choices = kPrecisions};

// One instance: its metric, how it sees pictures, and the file of its network.
struct Setup {
  std::string_view metric, network;  // "lpips", "LPIPS"
  int min_side = 1;                  // of pictures, where the network does not say
  RgbRule rule;
  bool details = false;  // maps or taps are wanted, which the streaming engine alone can tell
  // What the network gets to see in the place of a picture; empty: the picture.
  std::function<PicturePtr(const PicturePtr&)> view = {};
  // Refuses a network that is not the one that was asked for; empty: any will do.
  std::function<Status(const stream::Graph&)> check = {};
  // What there is to say of pictures of that format before the first is compared.
  std::function<void(const PictureFormat&)> note = {};
  NetworkFile file = {};

  // What the layers say of pictures.
  Status take(const stream::Graph& graph) {
    min_side = stream::smallest_side(graph);
    return check ? check(graph) : Status();
  }
  PicturePtr seen(const PicturePtr& picture) const { return view ? view(picture) : picture; }
};

// The network in the streaming engine, of whose graph the head (a stream::Head) is the metric's.
// Network: the class that derives from this one.
template <typename Network, typename Head>
class PairNetwork {
 public:
  // -ENOTSUP: the model is no such network, or the CPU has no 16-bit products. The file is released
  // as soon as its weights were read.
  static Result<std::shared_ptr<const Network>> make(ModelFile& file, int threads,
                                                     stream::Precision precision) {
    Head head;
    VISQ_ASSIGN(stream::Graph graph, recognise(file, head));
    if (graph.scale.size() != 3)
      return fail(ENOTSUP, "its inputs have not three channels", ErrorKind::model);
    file.release();  // the graph has the weights: two copies less while they are packed
    VISQ_ASSIGN(auto layers, stream::Network::make(std::move(graph), threads, precision));
    return std::make_shared<const Network>(std::move(layers), std::move(head));
  }

  // The layers alone, for what they say of pictures. -ENOTSUP.
  static Result<stream::Graph> recognised(const ModelFile& file) {
    Head head;
    return recognise(file, head);
  }

  const stream::Network& layers() const { return *layers_; }

 protected:
  const Head& head() const { return head_; }

 private:
  friend Network;
  PairNetwork(std::shared_ptr<const stream::Network> layers, Head head)
      : layers_(std::move(layers)), head_(std::move(head)) {}

  static Result<stream::Graph> recognise(const ModelFile& file, Head& head) {
    VISQ_ASSIGN(const OnnxGraph onnx, read_onnx_graph(file));
    return stream::recognise(onnx, head);
  }

  std::shared_ptr<const stream::Network> layers_;
  Head head_;
};

template <typename Base>
class PairMetric : public Base {
 public:
  explicit PairMetric(Setup setup) : setup_(std::move(setup)) {}

  std::optional<NetworkFile> network() const override { return setup_.file; }

  Status prepare(const PictureFormat& format) override {
    const auto least = setup_.min_side;
    if (format.width >= least && format.height >= least) {
      if (setup_.note) setup_.note(format);
      return {};
    }
    return fail(EINVAL,
                fmt::format("metric {} needs pictures of at least {}x{} pixels, not {}x{}",
                            setup_.metric, least, least, format.width, format.height),
                ErrorKind::input);
  }

 protected:
  Setup setup_;
};

// What a comparison of those frames is to the streaming engine. `seen` gets the pictures that it
// reads, which must outlive it: the reference first.
Result<stream::Comparison> comparison_of(std::span<const Frame> frames, const Setup& setup,
                                         std::vector<PicturePtr>& seen);

// The rows of all pictures flow through the network; nothing as large as a picture stands in
// between.
template <typename Network>
class StreamedPair : public PairMetric<BatchMetric> {
 public:
  StreamedPair(std::shared_ptr<const Network> network, Setup setup)
      : PairMetric(std::move(setup)), network_(std::move(network)) {}

  Status extract_batch(std::span<const Frame> frames, Scratch&,
                       std::span<Scores* const> scores) const override {
    return score(frames, scores);
  }

 protected:
  // `more`: what Network::distances takes besides.
  template <typename... More>
  Status score(std::span<const Frame> frames, std::span<Scores* const> scores, More... more) const {
    std::vector<PicturePtr> seen;
    VISQ_ASSIGN(stream::Comparison comparison, comparison_of(frames, setup_, seen));
    std::unique_lock running(running_, std::defer_lock);
    if (!stream::is_small(comparison)) running.lock();  // it has all threads of this context
    VISQ_ASSIGN(const std::vector<double> distances,
                network_->distances(std::move(comparison), more...));
    if (running.owns_lock()) running.unlock();
    for (std::size_t i = 0; i < frames.size(); ++i) scores[i]->set(0, distances[i]);
    return {};
  }

 private:
  std::shared_ptr<const Network> network_;
  mutable std::mutex running_;
};

// What the options and the context ask for.
struct Engine {
  bool runtime = false;       // ONNX Runtime
  bool needs_stream = false;  // ONNX Runtime will not do
  stream::Precision precision = stream::Precision::fp32;
};
Result<Engine> choose_engine(const Options& options, const Environment& environment,
                             const Setup& setup);

Result<std::unique_ptr<Metric>> runtime_metric(Setup setup, ModelFile file,
                                               const Environment& environment);

// The metric, in the engine that the options and the network choose. `streamed(network, setup)`
// makes it in the streaming engine, whose network (Network::make) all contexts with the same file
// share.
template <typename Network, typename Streamed>
Result<std::unique_ptr<Metric>> make_metric(Setup setup, const Options& options,
                                            const Environment& environment,
                                            const Streamed& streamed) {
  static SharedObjects<Network> networks;
  Environment used = environment;
  if (used.inference.threads == 0) used.inference.threads = environment.threads;
  if (options.text("precision") == "int8") used.inference.int8 = true;
  const int threads = used.inference.threads;
  const std::string& path = options.text("model_path");
  VISQ_ASSIGN(ModelFile file, open_model_for(path, used.inference));
  VISQ_ASSIGN(const Engine engine, choose_engine(options, used, setup));
  // ONNX Runtime may end the process on a picture that is too small for a pooling.
  if (engine.runtime) {
    if (const auto graph = Network::recognised(file)) VISQ_TRY(setup.take(*graph));
    return runtime_metric(std::move(setup), std::move(file), used);
  }
  const bool int16 = engine.precision == stream::Precision::int16;
  const auto network = networks.get(fmt::format("{} {} {}", content_key(file), threads, int16),
                                    [&] { return Network::make(file, threads, engine.precision); });
  if (!network && network.error().code == ENOTSUP && !engine.needs_stream)
    return runtime_metric(std::move(setup), std::move(file), used);
  if (!network)
    return fail(network.error(), fmt::format("the stream engine cannot run model {}: {}", path,
                                             network.error().message));
  VISQ_TRY(setup.take((*network)->layers().graph()));
  setup.file = {file.path, file.sha256,
                int16 ? "CPU, stream engine, precision=fast" : "CPU, stream engine"};
  return streamed(*network, std::move(setup));
}

}  // namespace visq::pair_network
