// LPIPS: how far apart two pictures look, by the features of a trained network.
#include <algorithm>

#include <fmt/format.h>

#include "metrics/lpips/distance_map.h"
#include "metrics/lpips/network.h"
#include "metrics/pair_network.h"
#include "metrics/rgb_options.h"

namespace visq {
namespace {

// The networks, the smallest side of pictures, below which a pooling has nothing to pool, and the
// channels of the taps, by which a file is known.
struct Net {
  std::string_view name, backbone;
  int min_side;
  std::vector<int> taps;
};
const Net kNets[] = {{"squeeze", "SqueezeNet", 17, {64, 128, 256, 384, 384, 512, 512}},
                     {"alex", "AlexNet", 31, {64, 192, 384, 256, 256}},
                     {"vgg", "VGG-16", 16, {64, 128, 256, 512, 512}}};
constexpr std::string_view kNetChoices[] = {"squeeze", "alex", "vgg"};
constexpr ModelPlace kPlaces[] = {
    {"tiny/lpips_sq.onnx", "VMAF_LPIPS_MODEL_PATH", "squeeze"},
    {"tiny/lpips_alex.onnx", "VMAF_LPIPS_ALEX_MODEL_PATH", "alex", "lpips-alex"},
    {"tiny/lpips_vgg.onnx", "VMAF_LPIPS_VGG_MODEL_PATH", "vgg", "lpips-vgg"}};

constexpr FeatureInfo distance(std::string_view name, FeatureRole role = FeatureRole::debug) {
  return {name, "", "distance", 0, kInfinity, 0, Direction::lower_is_better, role};
}

// Those of taps have their order; a network may have fewer.
enum Feature : std::size_t { kLpips, kTap };
constexpr FeatureInfo kFeatures[] = {distance("lpips", FeatureRole::score),
                                     distance("lpips_tap0"),
                                     distance("lpips_tap1"),
                                     distance("lpips_tap2"),
                                     distance("lpips_tap3"),
                                     distance("lpips_tap4"),
                                     distance("lpips_tap5"),
                                     distance("lpips_tap6")};
constexpr std::size_t kMaxTaps = std::size(kFeatures) - kTap;

// A client may want maps by itself; for a folder the options say so twice. Maps and taps are what
// the streaming engine alone can tell.
Status check_details(const Options& options, bool wanted) {
  const bool spatial = options.boolean("spatial"), folder = !options.text("map_path").empty();
  if (spatial ? !wanted : folder)
    return fail(EINVAL,
                "metric lpips needs spatial=true and a folder map_path together to write its maps",
                ErrorKind::usage);
  for (const auto& [asked, what] :
       {std::pair(wanted, "write maps"), std::pair(options.boolean("enable_taps"), "report taps")})
    if (asked && options.text("engine") == "onnxruntime")
      return fail(ENOTSUP, fmt::format("metric lpips cannot {} with engine=onnxruntime", what),
                  ErrorKind::usage);
  return {};
}

constexpr OptionInfo kOptions[] = {
    {.name = "net",
     .help =
         "squeeze is what libvmaf's users call LPIPS, alex what most papers do, vgg what papers "
         "on 3-D reconstruction do",
     .type = OptionType::text,
     .text = "squeeze",
     .in_name = true,
     .choices = kNetChoices,
     .named_by_value = true},
    {.name = "model_path",
     .help = "ONNX file of the network; else the environment's VMAF_LPIPS_MODEL_PATH, of alex and "
             "vgg VMAF_LPIPS_ALEX_MODEL_PATH and VMAF_LPIPS_VGG_MODEL_PATH",
     .type = OptionType::text,
     .role = OptionRole::model_file,
     .places = kPlaces,
     .chosen_by = "net"},
    kColourMatrix,
    kColourRange,
    chroma_option("nearest"),
    pair_network::kEngineOption,
    pair_network::kPrecisionOption,
    {.name = "enable_taps",
     .help = "report the distance at each layer that is compared, too; they sum to the score",
     .type = OptionType::boolean,
     .role = OptionRole::debug},
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

// A file of another of the networks would give scores under the wrong name.
Status check_net(const Net& asked, const stream::Graph& graph) {
  std::vector<int> taps;
  taps.reserve(graph.taps.size());
  for (const int tap : graph.taps) taps.push_back(graph.channels[static_cast<std::size_t>(tap)]);
  for (const Net& net : kNets)
    if (taps == net.taps && net.name != asked.name)
      return fail(EINVAL,
                  fmt::format("metric lpips got a model of {} for net={}; say net={}", net.backbone,
                              asked.name, net.name),
                  ErrorKind::model);
  return {};
}

Status check_taps(const stream::Graph& graph) {
  if (graph.taps.size() <= kMaxTaps) return {};
  return fail(ENOTSUP,
              fmt::format("metric lpips reports up to {} taps, and its network has {}", kMaxTaps,
                          graph.taps.size()),
              ErrorKind::model);
}

class StreamedLpips final : public pair_network::StreamedPair<lpips::Network> {
 public:
  struct Details {
    bool maps, taps;
  };
  StreamedLpips(std::shared_ptr<const lpips::Network> network, pair_network::Setup setup,
                Details details)
      : StreamedPair(std::move(network), std::move(setup)), details_(details) {}

  // Maps are of one picture.
  std::size_t batch_limit() const override { return details_.maps ? 1 : kBatchLimit; }

  Status extract_batch(std::span<const Frame> frames, Scratch& scratch,
                       std::span<Scores* const> scores) const override {
    std::vector<lpips::TapMap> maps;
    std::vector<std::vector<double>> taps;
    VISQ_TRY(score(frames, scores, details_.maps ? &maps : nullptr, &taps));
    if (details_.maps) give(maps, frames[0], scratch, *scores[0]);
    for (std::size_t i = 0; details_.taps && i < frames.size(); ++i)
      for (std::size_t tap = 0; tap < taps[i].size(); ++tap)
        scores[i]->set(kTap + tap, taps[i][tap]);
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

  Details details_;
};

Result<std::unique_ptr<Metric>> create(const Options& options, const Environment& environment) {
  VISQ_TRY(check_details(options, environment.maps));
  const Net& net = *std::find_if(std::begin(kNets), std::end(kNets),
                                 [&](const Net& n) { return n.name == options.text("net"); });
  const StreamedLpips::Details details{environment.maps, options.boolean("enable_taps")};
  pair_network::Setup setup{"lpips", "LPIPS", net.min_side, rgb_rule(options),
                            details.maps || details.taps};
  setup.rule.compat = options.boolean("compat");
  setup.check = [&net, details](const stream::Graph& graph) -> Status {
    if (details.taps) VISQ_TRY(check_taps(graph));
    return check_net(net, graph);
  };
  return pair_network::make_metric<lpips::Network>(
      std::move(setup), options, environment,
      [&](std::shared_ptr<const lpips::Network> network, pair_network::Setup streamed) {
        return std::make_unique<StreamedLpips>(std::move(network), std::move(streamed), details);
      });
}

constexpr Descriptor kDescriptor{
    .name = "lpips",
    .summary = "learned perceptual image patch similarity (SqueezeNet, AlexNet or VGG-16)",
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
