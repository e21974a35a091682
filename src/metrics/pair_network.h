// What metrics have in common that are a network of two pictures (lpips, dists): their options, the
// choice of the engine, and the way through ONNX Runtime. What the streaming engine makes of the
// network is the metric's own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/shared.h"
#include "color/rgb.h"
#include "dnn/run/loader.h"
#include "dnn/stream/network.h"
#include "extract/metric.h"

namespace visq::pair_network {

inline constexpr std::string_view kEngines[] = {"auto", "stream", "onnxruntime"},
                                  kPrecisions[] = {"fp32", "fast"};
inline constexpr OptionInfo kEngineOption{
    .name = "engine",
    .help = "what runs the network: auto takes stream for networks that it knows",
    .type = OptionType::text,
    .text = "auto",
    .choices = kEngines};
constexpr OptionInfo precision_option(std::string_view help) {
  return {.name = "precision",
          .help = help,
          .type = OptionType::text,
          .text = "fp32",
          .choices = kPrecisions};
}

// One instance: its metric, how it sees pictures, and the file of its network.
struct Setup {
  std::string_view metric, network;  // "lpips", "LPIPS"
  int min_side = 1;                  // of pictures, where the network does not say
  RgbRule rule;
  // What the network gets to see in the place of a picture; empty: the picture.
  std::function<PicturePtr(const PicturePtr&)> view = {};
  NetworkFile file = {};

  PicturePtr seen(const PicturePtr& picture) const { return view ? view(picture) : picture; }
};

template <typename Base>
class PairMetric : public Base {
 public:
  explicit PairMetric(Setup setup) : setup_(std::move(setup)) {}

  std::optional<NetworkFile> network() const override { return setup_.file; }

  Status prepare(const PictureFormat& format) override {
    const auto least = setup_.min_side;
    if (format.width >= least && format.height >= least) return {};
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

// What the options and the context ask for.
struct Engine {
  bool runtime = false;       // ONNX Runtime
  bool needs_stream = false;  // ONNX Runtime will not do
  stream::Precision precision = stream::Precision::fp32;
};
Result<Engine> choose_engine(const Options& options, const Environment& environment,
                             std::string_view metric);

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
  const int threads = used.inference.threads;
  const std::string& path = options.text("model_path");
  VISQ_ASSIGN(ModelFile file, open_model_for(path, used.inference));
  VISQ_ASSIGN(const Engine engine, choose_engine(options, used, setup.metric));
  // ONNX Runtime may end the process on a picture that is too small for a pooling.
  if (engine.runtime) {
    if (const auto graph = Network::recognised(file))
      setup.min_side = stream::smallest_side(*graph);
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
  setup.min_side = stream::smallest_side((*network)->layers().graph());
  setup.file = {file.path, file.sha256,
                int16 ? "CPU, stream engine, precision=fast" : "CPU, stream engine"};
  return streamed(*network, std::move(setup));
}

}  // namespace visq::pair_network
