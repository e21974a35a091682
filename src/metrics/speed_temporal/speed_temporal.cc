// SpEED of motion: how much the local entropies of frame differences differ, in luma, after a
// strong reduction in size. The first frame, which has no difference, scores 0.
//
// As in speed_chroma, luma of too few samples (below about 160x160) scores 0; `prepare` warns of
// that.
#include <fmt/format.h>

#include "metrics/speed_options.h"

namespace visq {
namespace {

constexpr FeatureInfo kFeatures[] = {{.name = "Speed_temporal_feature_speed_temporal_score",
                                      .alias = "speed_temporal",
                                      .unit = "1",
                                      .min = 0,
                                      .max = kInfinity,
                                      .identity = 0,
                                      .direction = Direction::lower_is_better}};

constexpr OptionInfo kOptions[] = {
    kSpeedKernelScale,
    kSpeedPrescale,
    kSpeedPrescaleMethod,
    kSpeedNoise,
    kSpeedNoiseFloor,
    speed_real("speed_max_val", "mxv", "taken for libvmaf's sake, which does not apply it either",
               1000, 0, 1000),
    {.name = "speed_use_ref_diff",
     .alias = "urd",
     .help = "distorted frames are compared with the reference's next ones",
     .type = OptionType::boolean,
     .in_name = true},
};

class SpeedTemporal final : public Metric {
 public:
  SpeedTemporal(speed::Rule rule, bool to_reference, Log log)
      : rule_(std::move(rule)), to_reference_(to_reference), log_(std::move(log)) {}

  Status prepare(const PictureFormat& format) override {
    if (!speed::has_enough_samples(
            speed::shape_of(format.width, format.height, rule_.reduction.scale)))
      log_.warning(
          fmt::format("speed_temporal: {}x{} samples of luma are too few for its statistics, so "
                      "its scores are 0",
                      format.width, format.height));
    return {};
  }

  int window() const override { return 1; }

  Status extract(const Frame& frame, Scratch& scratch, Scores& scores) const override {
    if (frame.index == 0) {
      scores.set(0, 0);
      return {};
    }
    if (frame.previous_ref.empty() || frame.previous_dist.empty())
      return fail(EINVAL,
                  fmt::format("speed_temporal of frame {} needs the frame before it", frame.index));
    const speed::Pair pair{
        change(*frame.previous_ref[0], *frame.ref),
        change(*frame.previous_dist[0], to_reference_ ? *frame.ref : *frame.dist)};
    speed::Score score;
    speed::score_pairs({&pair, 1}, rule_, *frame.parallel, scratch, {&score, 1});
    scores.set(0, static_cast<double>(score.value));
    return {};
  }

 private:
  static speed::Signal change(const Picture& before, const Picture& after) {
    return {before.samples(0), after.samples(0)};
  }

  speed::Rule rule_;
  bool to_reference_;
  Log log_;
};

Result<std::unique_ptr<Metric>> create(const Options& options, const Environment& environment) {
  VISQ_ASSIGN(speed::Rule rule, speed_rule(options, 0));
  return std::make_unique<SpeedTemporal>(std::move(rule), options.boolean("speed_use_ref_diff"),
                                         environment.log);
}

constexpr Descriptor kDescriptor{
    .name = "speed_temporal",
    .summary = "entropic difference of motion",
    .source =
        "Bampis et al., SpEED-QA: Spatial efficient entropic differencing for image and video "
        "quality, IEEE Signal Processing Letters 2017",
    .features = kFeatures,
    .options = kOptions,
    .planes = Planes::luma,
    .exactness = Exactness::deterministic,
    .every_frame = true,
    .create = create,
};

}  // namespace

const Descriptor& speed_temporal_metric() { return kDescriptor; }

}  // namespace visq
