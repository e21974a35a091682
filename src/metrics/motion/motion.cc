// How much the reference moves from frame to frame, in code values of 8-bit luma. Integer
// arithmetic; the distorted video is not read.
//
// motion_sad is the blurred difference to the frame before (or two before, in the five-frame
// window), motion2 the smaller of a frame's and its successor's, which keeps a scene cut from
// counting as motion, and motion3 is motion2 with large values blended down and, if asked,
// averaged with the frame before. The first frames, which have no frame to differ from, count as
// 0 in motion2 and as the first frame that has one in motion3.
#include <algorithm>

#include <fmt/format.h>

#include "extract/metric.h"
#include "kernels/motion/motion.h"

namespace visq {
namespace {

enum Feature : std::size_t { kSad, kMotion, kMotion2, kMotion3 };

constexpr double kLargest = 10000;

constexpr FeatureInfo motion_feature(std::string_view name, std::string_view alias,
                                     FeatureRole role) {
  return {name, alias, "8-bit code values", 0, kLargest, kNoIdentity, Direction::descriptive, role};
}

constexpr FeatureInfo kFeatures[] = {
    motion_feature("VMAF_integer_feature_motion_sad_score", "", FeatureRole::score),
    motion_feature("VMAF_integer_feature_motion_score", "integer_motion", FeatureRole::debug),
    motion_feature("VMAF_integer_feature_motion2_score", "integer_motion2", FeatureRole::derived),
    motion_feature("VMAF_integer_feature_motion3_score", "integer_motion3", FeatureRole::derived),
};

constexpr OptionInfo kOptions[] = {
    {.name = "debug",
     .help = "report motion, too",
     .type = OptionType::boolean,
     .role = OptionRole::debug},
    {.name = "motion_force_zero",
     .alias = "force_0",
     .help = "every score is 0",
     .type = OptionType::boolean,
     .in_name = true},
    {.name = "motion_blend_factor",
     .alias = "mbf",
     .help = "motion3: weight of what exceeds motion_blend_offset",
     .type = OptionType::real,
     .value = 1,
     .min = 0,
     .max = 1,
     .in_name = true},
    {.name = "motion_blend_offset",
     .alias = "mbo",
     .help = "motion3: where blending begins, in code values",
     .type = OptionType::real,
     .value = 40,
     .min = 0,
     .max = 1000,
     .in_name = true},
    {.name = "motion_fps_weight",
     .alias = "mfw",
     .help = "factor that makes up for the frame rate",
     .type = OptionType::real,
     .value = 1,
     .min = 0,
     .max = 5,
     .in_name = true},
    {.name = "motion_max_val",
     .alias = "mmxv",
     .help = "largest value, in code values",
     .type = OptionType::real,
     .value = kLargest,
     .min = 0,
     .max = kLargest,
     .in_name = true},
    {.name = "motion_five_frame_window",
     .alias = "mffw",
     .help = "difference to the frame before the last",
     .type = OptionType::boolean,
     .in_name = true},
    {.name = "motion_moving_average",
     .alias = "mma",
     .help = "motion3: mean with the frame before",
     .type = OptionType::boolean,
     .in_name = true},
};

class Motion final : public BatchMetric {
 public:
  explicit Motion(const Options& options)
      : debug_(options.boolean("debug")),
        zero_(options.boolean("motion_force_zero")),
        average_(options.boolean("motion_moving_average")),
        distance_(options.boolean("motion_five_frame_window") ? 2 : 1),
        blend_factor_(options.real("motion_blend_factor")),
        blend_offset_(options.real("motion_blend_offset")),
        fps_weight_(options.real("motion_fps_weight")),
        largest_(options.real("motion_max_val")) {}

  Status prepare(const PictureFormat& format) override {
    constexpr int kSmallest = motion::kRadius + 1;
    if (std::min(format.width, format.height) < kSmallest)
      return fail(EINVAL,
                  fmt::format("motion needs at least {0}x{0} samples, and the picture is {1}x{2}",
                              kSmallest, format.width, format.height));
    return {};
  }

  int window() const override { return zero_ ? 0 : static_cast<int>(distance_); }
  bool needs_distorted() const override { return false; }
  int lookahead() const override { return static_cast<int>(distance_); }
  int lookback() const override { return static_cast<int>(distance_) - 1 + (average_ ? 1 : 0); }

  // That of the first frame serves all that have the same frame before them.
  Status extract_batch(std::span<const Frame> frames, Scratch& scratch,
                       std::span<Scores* const> scores) const override {
    VISQ_ASSIGN(const double first, value_of(frames[0], scratch));
    for (std::size_t i = 0; i < frames.size(); ++i) {
      double value = first;
      if (before(frames[i]) != before(frames[0])) {
        VISQ_ASSIGN(value, value_of(frames[i], scratch));
      }
      scores[i]->set(kSad, value);
      if (debug_) scores[i]->set(kMotion, value);
    }
    return {};
  }

  Status derive(unsigned frame, const ScoreReader& reader, Scores& scores) const override {
    scores.set(kMotion2, motion2(frame, reader));
    scores.set(kMotion3, motion3(frame, reader));
    return {};
  }

 private:
  // The picture that a frame's is compared with; nullptr where there is none.
  const Picture* before(const Frame& frame) const {
    return zero_ || frame.previous_ref.size() < distance_ ? nullptr
                                                          : frame.previous_ref[distance_ - 1].get();
  }

  Result<double> value_of(const Frame& frame, Scratch& scratch) const {
    if (zero_ || frame.index < distance_) return 0.0;
    const Picture* const earlier = before(frame);
    if (earlier == nullptr)
      return fail(EINVAL, fmt::format("motion of frame {} needs frame {} before it", frame.index,
                                      frame.index - distance_));
    const std::uint64_t sad =
        motion::sad(earlier->samples(0), frame.ref->samples(0), *frame.parallel, scratch);
    const double pixels = static_cast<double>(frame.ref->width(0)) * frame.ref->height(0);
    return std::min(static_cast<double>(sad) / 256. / pixels * fps_weight_, largest_);
  }

  // The later of the two neighbours is missing at the end of the clip, the earlier at its start.
  double motion2(unsigned frame, const ScoreReader& reader) const {
    if (frame < distance_) return 0;
    const auto next = reader.at(kSad, frame + 1);
    if (!next) return reader.at(kSad, frame).value_or(0);
    const unsigned earlier = frame - (distance_ - 1);
    if (earlier < distance_) return *next;
    return std::min(reader.at(kSad, earlier).value_or(*next), *next);
  }

  double blended(double value) const {
    return std::min(value * blend_factor_ + (1 - blend_factor_) * std::min(blend_offset_, value),
                    largest_);
  }

  // motion3 before averaging.
  double blended_motion2(unsigned frame, const ScoreReader& reader) const {
    if (frame < distance_) return blended(reader.at(kSad, distance_).value_or(0));
    return blended(motion2(frame, reader));
  }

  double motion3(unsigned frame, const ScoreReader& reader) const {
    const double value = blended_motion2(frame, reader);
    if (frame < distance_ || !average_) return value;
    return (value + blended_motion2(frame - 1, reader)) / 2;
  }

  bool debug_, zero_, average_;
  unsigned distance_;  // frames back to the picture that a frame is compared with
  double blend_factor_, blend_offset_, fps_weight_, largest_;
};

Result<std::unique_ptr<Metric>> create(const Options& options, const Environment&) {
  return std::make_unique<Motion>(options);
}

constexpr Descriptor kDescriptor{
    .name = "motion",
    .summary = "temporal information of the reference: blurred frame difference",
    .source = "Netflix VMAF, https://github.com/Netflix/vmaf",
    .features = kFeatures,
    .options = kOptions,
    .planes = Planes::luma,
    .exactness = Exactness::exact,
    .every_frame = true,
    .create = create,
};

}  // namespace

const Descriptor& motion_metric() { return kDescriptor; }

}  // namespace visq
