// LPIPS: how far apart two pictures look, by the features of a trained network.
#include <algorithm>
#include <mutex>
#include <optional>

#include <fmt/format.h>

#include "base/shared.h"
#include "color/rgb.h"
#include "dnn/run/devices.h"
#include "dnn/run/loader.h"
#include "dnn/stream/network.h"
#include "extract/metric.h"
#include "metrics/lpips/distance_map.h"
#include "metrics/rgb_options.h"

namespace visq {
namespace {

constexpr int kMinSide = 17;  // below, a pooling layer of the network has nothing to pool

constexpr FeatureInfo kFeatures[] = {{.name = "lpips",
                                      .unit = "distance",
                                      .min = 0,
                                      .max = kInfinity,
                                      .identity = 0,
                                      .direction = Direction::lower_is_better}};

// A client may want maps by itself; for a folder the options say so twice.
Status check_maps(const Options& options, bool wanted) {
  const bool spatial = options.boolean("spatial"), folder = !options.text("map_path").empty();
  if (spatial ? !wanted : folder)
    return fail(EINVAL,
                "metric lpips needs spatial=true and a folder map_path together to write its maps",
                ErrorKind::usage);
  if (wanted && options.text("engine") == "onnxruntime")
    return fail(ENOTSUP, "metric lpips cannot write maps with engine=onnxruntime",
                ErrorKind::usage);
  return {};
}

constexpr std::string_view kEngines[] = {"auto", "stream", "onnxruntime"},
                           kPrecisions[] = {"fp32", "fast"};

constexpr OptionInfo kOptions[] = {
    {.name = "model_path",
     .help = "ONNX file of the network; else the environment's VMAF_LPIPS_MODEL_PATH",
     .type = OptionType::text,
     .role = OptionRole::model_file,
     .store_file = "tiny/lpips_sq.onnx",
     .environment = "VMAF_LPIPS_MODEL_PATH"},
    kColourMatrix,
    kColourRange,
    chroma_option("nearest"),
    {.name = "engine",
     .help = "what runs the network: auto takes stream for networks that it knows",
     .type = OptionType::text,
     .text = "auto",
     .choices = kEngines},
    {.name = "precision",
     .help = "fast: 16-bit products, within 0.002 of fp32",
     .type = OptionType::text,
     .text = "fp32",
     .choices = kPrecisions},
    {.name = "spatial",
     .help = "write the map of each frame, which sums to its score, into map_path",
     .type = OptionType::boolean},
    {.name = "map_path",
     .help = "folder for maps: a 16-bit PNG and raw float32 for each frame",
     .type = OptionType::text,
     .role = OptionRole::map_folder},
    {.name = "compat",
     .help = "colour as libvmaf forks have it: rounded BT.709 gains, 8 bits",
     .type = OptionType::boolean},
};

constexpr ArtefactId<RgbTensor> kTensor{"ImageNet RGB tensor"};

bool is_rgb_input(const TensorInfo& input) {
  return input.shape.size() == 4 && (input.shape[1] == 3 || input.shape[1] < 0);
}

Status check_signature(const Session& session, const std::string& path) {
  const auto& in = session.inputs();
  if (in.size() == 2 && is_rgb_input(in[0]) && is_rgb_input(in[1]) && session.outputs().size() == 1)
    return {};
  return fail(ENOTSUP,
              fmt::format("model {} is no LPIPS network: it must have two inputs "
                          "[1,3,H,W], reference and distorted, and one output",
                          path),
              ErrorKind::model);
}

template <typename Base>
class Lpips : public Base {
 public:
  Lpips(const RgbRule& rule, NetworkFile network)
      : rule_(rule), network_file_(std::move(network)) {}

  std::optional<NetworkFile> network() const override { return network_file_; }

  Status prepare(const PictureFormat& format) override {
    if (format.width >= kMinSide && format.height >= kMinSide) return {};
    return fail(EINVAL,
                fmt::format("metric lpips needs pictures of at least {}x{} pixels, not {}x{}",
                            kMinSide, kMinSide, format.width, format.height));
  }

 protected:
  RgbRule rule_;
  NetworkFile network_file_;
};

class RuntimeLpips final : public Lpips<Metric> {
 public:
  RuntimeLpips(const LoadedModel& model, const RgbRule& rule)
      : Lpips(rule, network_of(model)), session_(model.session) {}

  // One frame at a time is in the network, with all threads: it needs about 700 bytes a pixel,
  // which two frames side by side would need twice (docs/decisions/0005-inference-threads.md). One
  // more is being converted meanwhile.
  Status extract(const Frame& frame, Scratch&, Scores& scores) const override {
    std::unique_lock converting(converting_);
    // Only the reference is scored again, against other distorted clips: its tensor stays with it.
    const auto ref = frame.ref->artefact(
        kTensor, rule_.key(), [&] { return imagenet_tensor(*frame.ref, rule_, tensors_); });
    const RgbTensor dist = imagenet_tensor(*frame.dist, rule_, tensors_);
    const std::vector<std::int64_t> shape{1, 3, ref->height, ref->width};
    const InputTensor inputs[] = {{session_->inputs()[0].name, ref->values.data(), shape},
                                  {session_->inputs()[1].name, dist.values.data(), shape}};
    std::lock_guard running(running_);
    converting.unlock();
    VISQ_ASSIGN(const auto outputs, session_->run(inputs, {}, frame.stop));
    if (outputs[0].data.size() != 1)
      return fail(EIO,
                  fmt::format("the model gave {} values instead of one", outputs[0].data.size()),
                  ErrorKind::model);
    scores.set(0, outputs[0].data[0]);
    return {};
  }

 private:
  std::shared_ptr<const Session> session_;
  std::shared_ptr<BufferPool<float>> tensors_ = std::make_shared<BufferPool<float>>();
  mutable std::mutex converting_, running_;
};

// The rows of all pictures flow through the network; nothing as large as a picture stands in
// between.
class StreamedLpips final : public Lpips<BatchMetric> {
 public:
  StreamedLpips(std::shared_ptr<const stream::Network> network, NetworkFile file,
                const RgbRule& rule, bool maps)
      : Lpips(rule, std::move(file)), network_(std::move(network)), maps_(maps) {}

  // Maps are of one picture.
  std::size_t batch_limit() const override { return maps_ ? 1 : kBatchLimit; }

  Status extract_batch(std::span<const Frame> frames, Scratch& scratch,
                       std::span<Scores* const> scores) const override {
    const Picture& ref = *frames[0].ref;
    stream::Comparison comparison;
    comparison.width = ref.width(0);
    comparison.height = ref.height(0);
    comparison.ref = source(ref);
    for (const Frame& frame : frames) {
      comparison.dists.push_back(source(*frame.dist));
      comparison.stops.push_back(frame.stop);
    }
    std::vector<stream::TapMap> maps;
    if (maps_) comparison.maps = &maps;
    std::unique_lock running(running_);  // one comparison has all threads of this context
    VISQ_ASSIGN(const std::vector<double> distances, network_->distances(comparison));
    running.unlock();
    for (std::size_t i = 0; i < frames.size(); ++i) scores[i]->set(0, distances[i]);
    if (maps_) give(maps, frames[0], scratch, *scores[0]);
    return {};
  }

 private:
  stream::RowSource source(const Picture& picture) const {
    return [rows = imagenet_rows(picture, rule_)](int y, const stream::InputRow& row) {
      rows(y, rgb::Pixels{row.values,
                          {row.scale[0], row.scale[1], row.scale[2]},
                          {row.offset[0], row.offset[1], row.offset[2]}});
    };
  }

  // White is where the distance would be 1 (or more) if the whole picture were like that pixel.
  static void give(const std::vector<stream::TapMap>& taps, const Frame& frame, Scratch& scratch,
                   Scores& scores) {
    const int width = frame.ref->width(0), height = frame.ref->height(0);
    const auto values = scratch.take_plane<float>(width, height);
    lpips::spread(taps, values);
    const double white = 65535.0 * width * height;
    const auto gray = [white](float value) {
      return static_cast<std::uint16_t>(
          std::clamp(white * static_cast<double>(value) + 0.5, 0.0, 65535.0));
    };
    scores.map({"distance", values, gray,
                fmt::format("lpips_map_{}x{}_frame_{}", width, height, frame.index),
                MapFiles::png_and_values});
  }

  std::shared_ptr<const stream::Network> network_;
  bool maps_;
  mutable std::mutex running_;
};

Result<std::unique_ptr<Metric>> create_with_session(ModelFile file, const RgbRule& rule,
                                                    const Inference& inference, const Log& log) {
  if (!Session::available())
    return fail(ENOSYS, "metric lpips cannot run: DNN disabled, this build has no ONNX Runtime",
                ErrorKind::usage);
  VISQ_ASSIGN(const LoadedModel model, load_model(std::move(file), inference, log));
  VISQ_TRY(check_signature(*model.session, model.path));
  return std::make_unique<RuntimeLpips>(model, rule);
}

// AUTO takes what is faster than this CPU, where there is such a device.
bool wants_accelerator(const Inference& inference) {
  return inference.device == Device::automatic && has_accelerator();
}

Result<stream::Graph> streamed_graph(const ModelFile& file) {
  VISQ_ASSIGN(const OnnxGraph onnx, read_onnx_graph(file));
  VISQ_ASSIGN(stream::Graph graph, stream::recognise(onnx));
  if (graph.scale.size() != 3)
    return fail(ENOTSUP, "its inputs have not three channels", ErrorKind::model);
  return graph;
}

// Contexts that score with the same network have its packed weights and its rows in flight in
// common.
Result<std::shared_ptr<const stream::Network>> shared_network(const ModelFile& file,
                                                              stream::Graph graph, int threads,
                                                              stream::Precision precision) {
  static SharedObjects<stream::Network> networks;
  const std::string key =
      fmt::format("{} {} {}", content_key(file), threads, precision == stream::Precision::int16);
  return networks.get(key,
                      [&] { return stream::Network::make(std::move(graph), threads, precision); });
}

Result<std::unique_ptr<Metric>> create(const Options& options, const Environment& environment) {
  const std::string& path = options.text("model_path");
  Inference inference = environment.inference;
  if (inference.threads == 0) inference.threads = environment.threads;
  VISQ_ASSIGN(ModelFile file, open_model_for(path, inference));
  VISQ_TRY(check_maps(options, environment.maps));
  RgbRule rule = rgb_rule(options);
  rule.compat = options.boolean("compat");
  const std::string engine = options.text("engine");
  const bool int16 = options.text("precision") == "fast",
             needs_stream = engine == "stream" || int16 || environment.maps;
  const bool asked =
      inference.half || (inference.device != Device::automatic && inference.device != Device::cpu);
  if (engine == "onnxruntime" && needs_stream)
    return fail(ENOTSUP, "metric lpips cannot run at precision=fast with engine=onnxruntime",
                ErrorKind::usage);
  if (needs_stream && asked)
    return fail(ENOTSUP,
                "the stream engine of lpips, which maps and precision=fast need, runs on the CPU "
                "and not in float16",
                ErrorKind::usage);
  const bool runtime =
      engine == "onnxruntime" || (!needs_stream && (asked || wants_accelerator(inference)));
  if (runtime) return create_with_session(std::move(file), rule, inference, environment.log);
  auto graph = streamed_graph(file);
  if (!graph && !needs_stream)
    return create_with_session(std::move(file), rule, inference, environment.log);
  if (!graph)
    return fail(graph.error(), fmt::format("the stream engine cannot run model {}: {}", path,
                                           graph.error().message));
  file.model.reset();  // the graph has the weights: two copies less while they are packed
  std::string().swap(file.bytes);
  VISQ_ASSIGN(auto network,
              shared_network(file, *std::move(graph), inference.threads,
                             int16 ? stream::Precision::int16 : stream::Precision::fp32));
  NetworkFile used{file.path, file.sha256,
                   int16 ? "CPU, stream engine, precision=fast" : "CPU, stream engine"};
  return std::make_unique<StreamedLpips>(std::move(network), std::move(used), rule,
                                         environment.maps);
}

constexpr Descriptor kDescriptor{
    .name = "lpips",
    .summary = "learned perceptual image patch similarity (SqueezeNet)",
    .source =
        "Zhang et al., The Unreasonable Effectiveness of Deep Features as a Perceptual Metric, "
        "CVPR 2018",
    .features = kFeatures,
    .options = kOptions,
    .planes = Planes::all,
    .exactness = Exactness::tolerant,
    .rgb = true,
    .symmetric = true,
    .create = create,
};

}  // namespace

const Descriptor& lpips_metric() { return kDescriptor; }

}  // namespace visq
