// SpEED of chroma: how much the local entropies of Cb and Cr differ, after a strong reduction in
// size.
//
// The statistics need many samples of planes reduced by 16. Where there are too few (below about
// 160x160 samples of chroma) the covariance is singular and a plane's score is 0, as in libvmaf;
// also below 80x80, where libvmaf crashes. `prepare` warns of that. A plane that is flat is
// singular, too: if only one is, uv is the score of the other.
#include <fmt/format.h>

#include "metrics/speed_options.h"

#include <algorithm>

namespace visq {
namespace {

enum Feature : std::size_t { kU, kV, kUV };

constexpr FeatureInfo speed_feature(std::string_view name, std::string_view alias) {
  return {name, alias, "1", 0, 1000, 0, Direction::lower_is_better, FeatureRole::score};
}
constexpr FeatureInfo kFeatures[] = {
    speed_feature("Speed_chroma_feature_speed_chroma_u_score", "speed_chroma_u"),
    speed_feature("Speed_chroma_feature_speed_chroma_v_score", "speed_chroma_v"),
    speed_feature("Speed_chroma_feature_speed_chroma_uv_score", "speed_chroma_uv")};

constexpr OptionInfo kOptions[] = {
    kSpeedKernelScale,
    kSpeedPrescale,
    kSpeedPrescaleMethod,
    kSpeedNoise,
    kSpeedNoiseFloor,
    speed_real("speed_max_val", "mxv", "largest score", 1000, 0, 1000),
    {.name = "speed_weight_var_mode",
     .alias = "wvm",
     .help = "whose variances weight entropies: 0 each its own, 1 the reference's, 2 the "
             "distorted's, 3 to 6 mixtures",
     .type = OptionType::integer,
     .value = 0,
     .min = 0,
     .max = 6,
     .in_name = true},
};

class SpeedChroma final : public Metric {
 public:
  SpeedChroma(speed::Rule rule, double largest, Log log)
      : rule_(std::move(rule)), largest_(largest), log_(std::move(log)) {}

  Status prepare(const PictureFormat& format) override {
    if (format.pixel_format == PixelFormat::yuv400)
      return fail(EINVAL, "speed_chroma needs chroma, and the pictures are 4:0:0");
    const int width = format.width >> chroma_shift_x(format.pixel_format),
              height = format.height >> chroma_shift_y(format.pixel_format);
    if (!speed::has_enough_samples(speed::shape_of(width, height, rule_.reduction.scale)))
      log_.warning(
          fmt::format("speed_chroma: {}x{} samples of chroma are too few for its statistics, so "
                      "its scores are 0",
                      width, height));
    return {};
  }

  Status extract(const Frame& frame, Scratch& scratch, Scores& scores) const override {
    const auto pair = [&](int plane) {
      return speed::Pair{{frame.ref->samples(plane)}, {frame.dist->samples(plane)}};
    };
    const speed::Pair pairs[] = {pair(1), pair(2)};
    speed::Score both_scores[2];
    speed::score_pairs(pairs, rule_, *frame.parallel, scratch, both_scores);
    const auto& [u, v] = both_scores;
    float both = static_cast<float>(static_cast<double>(u.value + v.value) / 2);
    if (u.singular != v.singular) both = u.singular ? v.value : u.value;
    scores.set(kU, clipped(u.value));
    scores.set(kV, clipped(v.value));
    scores.set(kUV, clipped(both));
    return {};
  }

 private:
  double clipped(float value) const { return std::min(static_cast<double>(value), largest_); }

  speed::Rule rule_;
  double largest_;
  Log log_;
};

Result<std::unique_ptr<Metric>> create(const Options& options, const Environment& environment) {
  VISQ_ASSIGN(speed::Rule rule,
              speed_rule(options, static_cast<int>(options.integer("speed_weight_var_mode"))));
  return std::make_unique<SpeedChroma>(std::move(rule), options.real("speed_max_val"),
                                       environment.log);
}

constexpr Descriptor kDescriptor{
    .name = "speed_chroma",
    .summary = "entropic difference of chroma",
    .source =
        "Bampis et al., SpEED-QA: Spatial efficient entropic differencing for image and video "
        "quality, IEEE Signal Processing Letters 2017",
    .features = kFeatures,
    .options = kOptions,
    .planes = Planes::all,
    .exactness = Exactness::deterministic,
    .create = create,
};

}  // namespace

const Descriptor& speed_chroma_metric() { return kDescriptor; }

}  // namespace visq
