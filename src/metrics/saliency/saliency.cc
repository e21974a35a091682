// Saliency: how much of the distorted picture draws the eye, by a trained network. No reference is
// needed.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "dnn/run/picture_model.h"
#include "extract/metric.h"

namespace visq {
namespace {

constexpr FeatureInfo kFeatures[] = {{.name = "saliency", .unit = "1", .min = 0, .max = 1}};

constexpr ModelPlace kPlaces[] = {
    {.store_file = "tiny/saliency_student_v2.onnx", .environment = "VMAF_SALIENCY_MODEL_PATH"}};

constexpr OptionInfo kOptions[] = {
    {.name = "model_path",
     .help = "ONNX file of the network; else the environment's VMAF_SALIENCY_MODEL_PATH",
     .type = OptionType::text,
     .role = OptionRole::model_file,
     .places = kPlaces},
    {.name = "map_path",
     .help = "folder for maps: a 16-bit PNG for each frame, white draws the eye",
     .type = OptionType::text,
     .role = OptionRole::map_folder},
};

class Saliency final : public Metric {
 public:
  Saliency(std::unique_ptr<PictureModel> model, bool maps)
      : model_(std::move(model)), maps_(maps) {}

  bool needs_reference() const override { return false; }
  std::optional<NetworkFile> network() const override { return network_of(model_->file()); }

  Status extract(const Frame& frame, Scratch&, Scores& scores) const override {
    VISQ_ASSIGN(const PictureModelOutput map, model_->run(*frame.ref, *frame.dist, frame.stop));
    scores.set(0, map.mean());
    if (maps_)
      scores.map({"saliency",
                  {map.values.data(), map.width, map.width, map.height},
                  gray,
                  fmt::format("saliency_{:06}", frame.index)});
    return {};
  }

 private:
  static std::uint16_t gray(float value) {
    return static_cast<std::uint16_t>(std::lround(std::clamp(value, 0.0f, 1.0f) * 65535));
  }

  std::unique_ptr<PictureModel> model_;
  bool maps_;
};

Result<std::unique_ptr<Metric>> create(const Options& options, const Environment& environment) {
  if (!Session::available())
    return fail(ENOSYS, "metric saliency cannot run: DNN disabled, this build has no ONNX Runtime",
                ErrorKind::usage);
  const std::string& path = options.text("model_path");
  VISQ_ASSIGN(auto model, PictureModel::open(path, environment.inference, environment.threads,
                                             environment.log));
  if (model->inputs() != 1 || !model->makes_map())
    return fail(ENOTSUP,
                fmt::format("model {} is no saliency network: it must have one picture as "
                            "input and one map [1,1,H,W] as output",
                            path),
                ErrorKind::model);
  return std::make_unique<Saliency>(std::move(model), environment.maps);
}

constexpr Descriptor kDescriptor{
    .name = "saliency",
    .summary = "mean of the map of what draws the eye, of the distorted picture alone",
    .source =
        "saliency_student (U-Net trained on DUTS: Wang et al., Learning to Detect Salient Objects "
        "with Image-level Supervision, CVPR 2017)",
    .features = kFeatures,
    .options = kOptions,
    .planes = Planes::all,
    .exactness = Exactness::tolerant,
    .rgb = true,
    .needs_reference = false,
    .create = create,
};

}  // namespace

const Descriptor& saliency_metric() { return kDescriptor; }

}  // namespace visq
