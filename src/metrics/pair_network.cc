#include "metrics/pair_network.h"

#include <mutex>

#include "dnn/run/devices.h"

namespace visq::pair_network {
namespace {

constexpr ArtefactId<RgbTensor> kTensor{"ImageNet RGB tensor"};

bool is_rgb_input(const TensorInfo& input) {
  return input.shape.size() == 4 && (input.shape[1] == 3 || input.shape[1] < 0);
}

Status check_signature(const Session& session, const Setup& setup, const std::string& path) {
  const auto& in = session.inputs();
  if (in.size() == 2 && is_rgb_input(in[0]) && is_rgb_input(in[1]) && session.outputs().size() == 1)
    return {};
  return fail(ENOTSUP,
              fmt::format("model {} is no {} network: it must have two inputs "
                          "[1,3,H,W], reference and distorted, and one output",
                          path, setup.network),
              ErrorKind::model);
}

class RuntimeMetric final : public PairMetric<Metric> {
 public:
  RuntimeMetric(const LoadedModel& model, Setup setup)
      : PairMetric(std::move(setup)), session_(model.session) {}

  // One frame at a time is in the network, with all threads: it needs about 700 bytes a pixel,
  // which two frames side by side would need twice (docs/decisions/0005-inference-threads.md). One
  // more is being converted meanwhile.
  Status extract(const Frame& frame, Scratch&, Scores& scores) const override {
    VISQ_TRY(check_rgb(*frame.ref, setup_.rule));
    VISQ_TRY(check_rgb(*frame.dist, setup_.rule));
    std::unique_lock converting(converting_);
    const PicturePtr ref_picture = setup_.seen(frame.ref), dist_picture = setup_.seen(frame.dist);
    // Only the reference is scored again, against other distorted clips: its tensor stays with it.
    const auto ref = ref_picture->artefact(kTensor, setup_.rule.key(), [&] {
      return imagenet_tensor(*ref_picture, setup_.rule, tensors_);
    });
    const RgbTensor dist = imagenet_tensor(*dist_picture, setup_.rule, tensors_);
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

stream::RowSource rows_of(const Picture& picture, const RgbRule& rule) {
  return [rows = imagenet_rows(picture, rule)](int y, const stream::InputRow& row) {
    rows(y, rgb::Pixels{row.values,
                        {row.scale[0], row.scale[1], row.scale[2]},
                        {row.offset[0], row.offset[1], row.offset[2]}});
  };
}

}  // namespace

Result<stream::Comparison> comparison_of(std::span<const Frame> frames, const Setup& setup,
                                         std::vector<PicturePtr>& seen) {
  VISQ_TRY(check_rgb(*frames[0].ref, setup.rule));
  for (const Frame& frame : frames) VISQ_TRY(check_rgb(*frame.dist, setup.rule));
  const PicturePtr ref = setup.seen(frames[0].ref);
  seen.push_back(ref);
  stream::Comparison comparison;
  comparison.width = ref->width(0);
  comparison.height = ref->height(0);
  comparison.ref = rows_of(*ref, setup.rule);
  for (const Frame& frame : frames) {
    const PicturePtr dist = setup.seen(frame.dist);
    seen.push_back(dist);
    comparison.dists.push_back(rows_of(*dist, setup.rule));
    comparison.stops.push_back(frame.stop);
  }
  return comparison;
}

Result<Engine> choose_engine(const Options& options, const Environment& environment,
                             const Setup& setup) {
  const Inference& inference = environment.inference;
  const std::string& name = options.text("engine");
  Engine engine;
  if (options.text("precision") == "fast") engine.precision = stream::Precision::int16;
  const bool int16 = engine.precision == stream::Precision::int16;
  engine.needs_stream = name == "stream" || int16 || setup.details;
  if (inference.int8 && engine.needs_stream)
    return fail(ENOTSUP,
                fmt::format("metric {} runs its quantised file in ONNX Runtime alone: not with "
                            "engine=stream, precision=fast, maps or taps",
                            setup.metric),
                ErrorKind::usage);
  const bool asked =
      inference.half || (inference.device != Device::automatic && inference.device != Device::cpu);
  if (name == "onnxruntime" && engine.needs_stream)
    return fail(
        ENOTSUP,
        fmt::format("metric {} cannot run at precision=fast with engine=onnxruntime", setup.metric),
        ErrorKind::usage);
  if (engine.needs_stream && asked)
    return fail(ENOTSUP,
                fmt::format("the stream engine of {}, which maps, taps and precision=fast need, "
                            "runs on the CPU and not in float16",
                            setup.metric),
                ErrorKind::usage);
  // AUTO takes what is faster than this CPU, where there is such a device. The question loads ONNX
  // Runtime, so it comes last.
  const auto accelerator = [&] {
    return inference.device == Device::automatic && has_accelerator();
  };
  engine.runtime =
      name == "onnxruntime" || inference.int8 || (!engine.needs_stream && (asked || accelerator()));
  return engine;
}

Result<std::unique_ptr<Metric>> runtime_metric(Setup setup, ModelFile file,
                                               const Environment& environment) {
  if (!Session::available())
    return fail(ENOSYS,
                fmt::format("metric {} cannot run: DNN disabled, this build has no ONNX Runtime",
                            setup.metric),
                ErrorKind::usage);
  VISQ_ASSIGN(const LoadedModel model,
              load_model(std::move(file), environment.inference, environment.log));
  VISQ_TRY(check_signature(*model.session, setup, model.path));
  setup.file = network_of(model);
  return std::make_unique<RuntimeMetric>(model, std::move(setup));
}

}  // namespace visq::pair_network
