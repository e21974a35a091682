// DISTS: how far apart two pictures look in structure and texture, by the features of a trained
// network.
#include <algorithm>

#include <fmt/format.h>

#include "metrics/dists/network.h"
#include "metrics/dists/shrink.h"
#include "metrics/pair_network.h"
#include "metrics/rgb_options.h"

namespace visq {
namespace {

constexpr FeatureInfo kFeatures[] = {{.name = "dists",
                                      .unit = "distance",
                                      .min = 0,
                                      .max = kInfinity,
                                      .identity = 0,
                                      .direction = Direction::lower_is_better}};

constexpr std::string_view kSizes[] = {"none", "256"};

constexpr ModelPlace kPlaces[] = {{.store_file = "tiny/dists_vgg.onnx",
                                   .environment = "VMAF_DISTS_MODEL_PATH",
                                   .setup = "dists"}};

constexpr OptionInfo kOptions[] = {
    {.name = "model_path",
     .help = "ONNX file of the network; else the environment's VMAF_DISTS_MODEL_PATH",
     .type = OptionType::text,
     .role = OptionRole::model_file,
     .places = kPlaces},
    {.name = "resize",
     .help = "256: pictures are shrunk first, their short side to 256 pixels, as in the authors' "
             "command line and published scores",
     .type = OptionType::text,
     .text = "none",
     .in_name = true,
     .choices = kSizes,
     .named_by_value = true},
    kColourMatrix,
    kColourRange,
    chroma_option("nearest"),
    pair_network::kEngineOption,
    pair_network::kPrecisionOption,
};

// Whoever compares a score with published ones, or waits for it, should know.
void note_large(const Log& log, const PictureFormat& format) {
  constexpr int kLarge = 512;
  if (std::min(format.width, format.height) < kLarge) return;
  log.warning(
      fmt::format("dists compares whole pictures of {}x{}; published scores are mostly of pictures "
                  "with a short side of 256, about 20 times as fast: dists=resize=256",
                  format.width, format.height));
}

Result<std::unique_ptr<Metric>> create(const Options& options, const Environment& environment) {
  pair_network::Setup setup{"dists", "DISTS", 1, rgb_rule(options)};
  if (options.text("resize") == "256")
    setup.view = [rule = setup.rule](const PicturePtr& picture) {
      return dists::shrunk(picture, rule);
    };
  else
    setup.note = [log = environment.log](const PictureFormat& format) { note_large(log, format); };
  return pair_network::make_metric<dists::Network>(
      std::move(setup), options, environment,
      [](std::shared_ptr<const dists::Network> network, pair_network::Setup streamed) {
        return std::make_unique<pair_network::StreamedPair<dists::Network>>(std::move(network),
                                                                            std::move(streamed));
      });
}

constexpr Descriptor kDescriptor{
    .name = "dists",
    .summary = "deep image structure and texture similarity, as a distance (VGG-16)",
    .source =
        "Ding et al., Image Quality Assessment: Unifying Structure and Texture Similarity, "
        "IEEE TPAMI 2022",
    .features = kFeatures,
    .options = kOptions,
    .planes = Planes::all,
    .exactness = Exactness::tolerant,
    .rgb = true,
    .symmetric = true,
    .create = create,
};

}  // namespace

const Descriptor& dists_metric() { return kDescriptor; }

}  // namespace visq
