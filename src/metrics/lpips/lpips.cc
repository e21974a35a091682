// LPIPS: how far apart two pictures look, by the features of a trained network.
#include <algorithm>
#include <mutex>

#include <fmt/format.h>

#include "metrics/lpips/distance_map.h"
#include "metrics/lpips/network.h"
#include "metrics/pair_network.h"
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
    pair_network::kEngineOption,
    pair_network::precision_option("fast: 16-bit products, within 0.002 of fp32"),
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

// The rows of all pictures flow through the network; nothing as large as a picture stands in
// between.
class StreamedLpips final : public pair_network::PairMetric<BatchMetric> {
 public:
  StreamedLpips(std::shared_ptr<const lpips::Network> network, pair_network::Setup setup, bool maps)
      : PairMetric(std::move(setup)), network_(std::move(network)), maps_(maps) {}

  // Maps are of one picture.
  std::size_t batch_limit() const override { return maps_ ? 1 : kBatchLimit; }

  Status extract_batch(std::span<const Frame> frames, Scratch& scratch,
                       std::span<Scores* const> scores) const override {
    std::vector<PicturePtr> seen;
    VISQ_ASSIGN(stream::Comparison comparison, pair_network::comparison_of(frames, setup_, seen));
    std::vector<lpips::TapMap> maps;
    std::unique_lock running(running_);  // one comparison has all threads of this context
    VISQ_ASSIGN(const std::vector<double> distances,
                network_->distances(std::move(comparison), maps_ ? &maps : nullptr));
    running.unlock();
    for (std::size_t i = 0; i < frames.size(); ++i) scores[i]->set(0, distances[i]);
    if (maps_) give(maps, frames[0], scratch, *scores[0]);
    return {};
  }

 private:
  // White is where the distance would be 1 (or more) if the whole picture were like that pixel.
  static void give(const std::vector<lpips::TapMap>& taps, const Frame& frame, Scratch& scratch,
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

  std::shared_ptr<const lpips::Network> network_;
  bool maps_;
  mutable std::mutex running_;
};

Result<std::unique_ptr<Metric>> create(const Options& options, const Environment& environment) {
  VISQ_TRY(check_maps(options, environment.maps));
  pair_network::Setup setup{"lpips", "LPIPS", kMinSide, rgb_rule(options)};
  setup.rule.compat = options.boolean("compat");
  return pair_network::make_metric<lpips::Network>(
      std::move(setup), options, environment,
      [&](std::shared_ptr<const lpips::Network> network, pair_network::Setup streamed) {
        return std::make_unique<StreamedLpips>(std::move(network), std::move(streamed),
                                               environment.maps);
      });
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
