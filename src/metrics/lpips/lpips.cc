// LPIPS: how far apart two pictures look, by the features of a trained network.
#include <cstdlib>
#include <mutex>

#include <fmt/format.h>

#include "color/rgb.h"
#include "dnn/session.h"
#include "dnn/stream/network.h"
#include "extract/metric.h"
#include "metrics/rgb_options.h"

namespace visq {
namespace {

constexpr int kMinSide = 17;  // below, a pooling layer of the network has nothing to pool
constexpr const char* kPathVariable = "VMAF_LPIPS_MODEL_PATH";

constexpr FeatureInfo kFeatures[] = {
    {.name = "lpips", .unit = "distance", .min = 0, .max = kInfinity, .identity = 0, .direction = Direction::lower_is_better}};

constexpr std::string_view kEngines[] = {"auto", "stream", "onnxruntime"};

constexpr OptionInfo kOptions[] = {
    {.name = "model_path", .help = "ONNX file of the network; else the environment's VMAF_LPIPS_MODEL_PATH", .type = OptionType::text},
    kColourMatrix,
    kColourRange,
    chroma_option("nearest"),
    {.name = "engine", .help = "what runs the network: auto takes stream for networks that it knows", .type = OptionType::text, .text = "auto", .choices = kEngines},
    {.name = "compat", .help = "colour as libvmaf forks have it: rounded BT.709 gains, 8 bits", .type = OptionType::boolean},
};

constexpr ArtefactId<RgbTensor> kTensor{"ImageNet RGB tensor"};

Result<std::string> model_path(const Options& options) {
  if (const std::string& path = options.text("model_path"); !path.empty()) return path;
  if (const char* path = std::getenv(kPathVariable); path != nullptr && *path != '\0') return std::string(path);
  return fail(EINVAL, fmt::format("metric lpips needs its model: name the ONNX file with the option model_path or the environment variable {}", kPathVariable));
}

bool is_rgb_input(const TensorInfo& input) {
  return input.shape.size() == 4 && (input.shape[1] == 3 || input.shape[1] < 0);
}

Status check_signature(const Session& session, const std::string& path) {
  const auto& in = session.inputs();
  if (in.size() == 2 && is_rgb_input(in[0]) && is_rgb_input(in[1]) && session.outputs().size() == 1) return {};
  return fail(ENOTSUP, fmt::format("model {} is no LPIPS network: it must have two inputs [1,3,H,W], reference and distorted, and one output", path));
}

class Lpips : public Metric {
 public:
  explicit Lpips(const RgbRule& rule) : rule_(rule) {}

  Status prepare(const PictureFormat& format) override {
    if (format.width >= kMinSide && format.height >= kMinSide) return {};
    return fail(EINVAL, fmt::format("metric lpips needs pictures of at least {}x{} pixels, not {}x{}", kMinSide, kMinSide, format.width, format.height));
  }

 protected:
  RgbRule rule_;
};

class RuntimeLpips final : public Lpips {
 public:
  RuntimeLpips(std::shared_ptr<const Session> session, const RgbRule& rule) : Lpips(rule), session_(std::move(session)) {}

  // One frame at a time is in the network, with all threads: it needs about 700 bytes a pixel, which
  // two frames side by side would need twice (docs/decisions/0005-inference-threads.md). One more is
  // being converted meanwhile.
  Status extract(const Frame& frame, Scratch&, Scores& scores) const override {
    std::unique_lock converting(converting_);
    // Only the reference is scored again, against other distorted clips: its tensor stays with it.
    VISQ_ASSIGN(const auto ref, frame.ref->artefact(kTensor, rule_.key(), [&] { return imagenet_tensor(*frame.ref, rule_, tensors_); }));
    VISQ_ASSIGN(const RgbTensor dist, imagenet_tensor(*frame.dist, rule_, tensors_));
    const std::vector<std::int64_t> shape{1, 3, ref->height, ref->width};
    const InputTensor inputs[] = {{session_->inputs()[0].name, ref->values.data(), shape},
                                  {session_->inputs()[1].name, dist.values.data(), shape}};
    std::lock_guard running(running_);
    converting.unlock();
    VISQ_ASSIGN(const auto outputs, session_->run(inputs, {}));
    if (outputs[0].data.size() != 1) return fail(EIO, fmt::format("the model gave {} values instead of one", outputs[0].data.size()));
    scores.set(0, outputs[0].data[0]);
    return {};
  }

 private:
  std::shared_ptr<const Session> session_;
  std::shared_ptr<BufferPool<float>> tensors_ = std::make_shared<BufferPool<float>>();
  mutable std::mutex converting_, running_;
};

// The rows of both pictures flow through the network; nothing as large as a picture stands in between.
class StreamedLpips final : public Lpips {
 public:
  StreamedLpips(std::shared_ptr<const stream::Network> network, const RgbRule& rule) : Lpips(rule), network_(std::move(network)) {}

  Status extract(const Frame& frame, Scratch&, Scores& scores) const override {
    stream::Comparison comparison;
    comparison.width = frame.ref->width(0);
    comparison.height = frame.ref->height(0);
    comparison.ref = source(*frame.ref);
    comparison.dist = source(*frame.dist);
    VISQ_ASSIGN(const double distance, network_->distance(comparison));
    scores.set(0, distance);
    return {};
  }

 private:
  stream::RowSource source(const Picture& picture) const {
    return [rows = imagenet_rows(picture, rule_)](int y, float* const* channels) { rows(y, {channels[0], channels[1], channels[2]}); };
  }

  std::shared_ptr<const stream::Network> network_;
};

Result<std::unique_ptr<Metric>> create_with_session(ModelFile file, const std::string& path, const RgbRule& rule, int threads) {
  if (!Session::available()) return fail(ENOSYS, "metric lpips cannot run: DNN disabled, this build has no ONNX Runtime");
  SessionConfig config;
  config.threads = threads;
  VISQ_ASSIGN(auto session, Session::open(std::move(file), config));
  VISQ_TRY(check_signature(*session, path));
  return std::make_unique<RuntimeLpips>(std::move(session), rule);
}

Result<stream::Graph> streamed_graph(const ModelFile& file) {
  VISQ_ASSIGN(const OnnxGraph onnx, read_onnx_graph(file));
  VISQ_ASSIGN(stream::Graph graph, stream::recognise(onnx));
  if (graph.scale.size() != 3) return fail(ENOTSUP, "its inputs have not three channels");
  return graph;
}

Result<std::unique_ptr<Metric>> create(const Options& options, const Environment& environment) {
  VISQ_ASSIGN(const std::string path, model_path(options));
  VISQ_ASSIGN(ModelFile file, open_model_file(path, rules_from_environment()));
  RgbRule rule = rgb_rule(options);
  rule.compat = options.boolean("compat");
  const std::string engine = options.text("engine");
  if (engine == "onnxruntime") return create_with_session(std::move(file), path, rule, environment.threads);
  auto graph = streamed_graph(file);
  if (!graph && engine == "auto") return create_with_session(std::move(file), path, rule, environment.threads);
  if (!graph) return fail(graph.error().code, fmt::format("the stream engine cannot run model {}: {}", path, graph.error().message));
  VISQ_ASSIGN(auto network, stream::Network::make(*std::move(graph), environment.threads));
  return std::make_unique<StreamedLpips>(std::move(network), rule);
}

constexpr Descriptor kDescriptor{
    .name = "lpips",
    .summary = "learned perceptual image patch similarity (SqueezeNet)",
    .source = "Zhang et al., The Unreasonable Effectiveness of Deep Features as a Perceptual Metric, CVPR 2018",
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
