// How much the reference moves from frame to frame, in code values of 8-bit luma, in floating
// point. The distorted video is not read.
//
// motion is the mean difference of two blurred frames, motion2 the smaller of a frame's and its
// successor's, which keeps a scene cut from counting as motion, and motion3 is motion2 with large
// values blended down. The first frame, which has none to differ from, is 0 in motion and motion2
// and what the second one is in motion3.
//
// motion_add_scale1 adds the motion of the blurred pictures at half their size, motion_add_uv that
// of chroma. With both, libvmaf keeps chroma rows as far apart as those of luma but halves them as
// if they were adjacent, so that the lower part of a subsampled plane does not count and blank rows
// do. Scores depend on it, and so it is done here, too.
#include <algorithm>

#include <fmt/format.h>

#include "extract/metric.h"
#include "kernels/float_motion/float_motion.h"
#include "kernels/resample/resample.h"

namespace visq {
namespace {

enum Feature : std::size_t { kMotion2, kMotion, kMotion3, kDifference };

constexpr double kLargest = 10000;

constexpr FeatureInfo motion_feature(std::string_view name, std::string_view alias,
                                     FeatureRole role, bool early = false) {
  FeatureInfo feature{name,     alias,       "8-bit code values",    0,
                      kLargest, kNoIdentity, Direction::descriptive, role};
  feature.reported_early = early;
  return feature;
}

constexpr FeatureInfo kFeatures[] = {
    motion_feature("VMAF_feature_motion2_score", "motion2", FeatureRole::derived, true),
    motion_feature("VMAF_feature_motion_score", "motion", FeatureRole::debug),
    motion_feature("VMAF_feature_motion3_score", "motion3", FeatureRole::derived),
    motion_feature("VMAF_feature_motion_difference", "",
                   FeatureRole::internal),  // before weight and limit
};

constexpr OptionInfo kOptions[] = {
    {.name = "debug",
     .help = "report motion, too",
     .type = OptionType::boolean,
     .value = 1,
     .role = OptionRole::debug},
    {.name = "motion_force_zero",
     .alias = "force_0",
     .help = "every score is 0",
     .type = OptionType::boolean,
     .in_name = true},
    {.name = "motion_fps_weight",
     .alias = "mfw",
     .help = "factor that makes up for the frame rate",
     .type = OptionType::real,
     .value = 1,
     .min = 0,
     .max = 5,
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
    {.name = "motion_add_scale1",
     .alias = "mdc",
     .help = "add the motion at half the size",
     .type = OptionType::boolean,
     .in_name = true},
    {.name = "motion_filter_size",
     .alias = "mfs",
     .help = "taps of the blur: 1, 3, or any other number for 5",
     .type = OptionType::integer,
     .value = 5,
     .min = 0,
     .max = 9,
     .in_name = true},
    {.name = "motion_add_uv",
     .alias = "mau",
     .help = "add the motion of chroma",
     .type = OptionType::boolean,
     .in_name = true},
    {.name = "motion_max_val",
     .alias = "mmxv",
     .help = "largest value, in code values",
     .type = OptionType::real,
     .value = kLargest,
     .min = 0,
     .max = kLargest,
     .in_name = true},
};

float_motion::Taps taps_of(std::int64_t size) {
  return size == 1 ? float_motion::kNone : size == 3 ? float_motion::kThree : float_motion::kFive;
}

double mean(double sum, int width, int height) {
  return sum / (static_cast<double>(width) * height);
}

struct Pair {
  Samples before, now;
};

class FloatMotion final : public Metric {
 public:
  explicit FloatMotion(const Options& options)
      : debug_(options.boolean("debug")),
        zero_(options.boolean("motion_force_zero")),
        half_size_(options.boolean("motion_add_scale1")),
        chroma_(options.boolean("motion_add_uv")),
        taps_(taps_of(options.integer("motion_filter_size"))),
        fps_weight_(options.real("motion_fps_weight")),
        blend_factor_(options.real("motion_blend_factor")),
        blend_offset_(options.real("motion_blend_offset")),
        largest_(options.real("motion_max_val")) {}

  Status prepare(const PictureFormat& format) override {
    if (chroma_ && plane_count(format.pixel_format) < 3)
      return fail(EINVAL,
                  "float_motion: motion_add_uv needs a picture with chroma, and this one is 4:0:0");
    return {};
  }

  int window() const override { return zero_ ? 0 : 1; }
  bool needs_distorted() const override { return false; }
  Planes planes() const override { return chroma_ && !zero_ ? Planes::all : Planes::luma; }
  int lookahead() const override { return 1; }

  Status extract(const Frame& frame, Scratch& scratch, Scores& scores) const override {
    VISQ_ASSIGN(const double value, difference(frame, scratch));
    scores.set(kDifference, value);
    if (debug_) scores.set(kMotion, limited(value * fps_weight_));
    return {};
  }

  Status derive(unsigned frame, const ScoreReader& reader, Scores& scores) const override {
    const double here = reader.at(kDifference, frame).value_or(0),
                 next = reader.at(kDifference, frame + 1).value_or(here);
    const double smaller = std::min(here, next) * fps_weight_;
    scores.set(kMotion2, frame == 0 ? 0 : limited(smaller));
    scores.set(kMotion3, blended(frame == 0 ? next * fps_weight_ : smaller));
    return {};
  }

 private:
  Result<double> difference(const Frame& frame, Scratch& scratch) const {
    if (zero_ || frame.index == 0) return 0.0;
    if (frame.previous_ref.empty())
      return fail(EINVAL, fmt::format("float_motion of frame {} needs frame {} before it",
                                      frame.index, frame.index - 1));
    const Picture &before = *frame.previous_ref[0], &now = *frame.ref;
    double sum = 0;
    for (int plane = 0; plane < (chroma_ ? 3 : 1); ++plane)
      if (now.width(plane) > 0 && now.height(plane) > 0)
        sum += plane_difference({before.samples(plane), now.samples(plane)},
                                take_source(now, plane, scratch), scratch, *frame.parallel);
    return sum;
  }

  // Blurred chroma as libvmaf lays it out in memory, and as it then reads it.
  struct HalfSizeSource {
    PlaneView<float> written, read;
  };

  // Null data where nobody reads it.
  HalfSizeSource take_source(const Picture& picture, int plane, Scratch& scratch) const {
    if (!half_size_) return {};
    constexpr std::size_t kMultiple = 8;  // of samples in a row
    const int width = picture.width(plane), height = picture.height(plane);
    const auto row = round_up(static_cast<std::size_t>(picture.width(0)), kMultiple),
               read = round_up(static_cast<std::size_t>(width), kMultiple);
    const std::size_t size = row * static_cast<std::size_t>(height);
    float* const data = scratch.take<float>(size);
    std::fill_n(data, size, 0.f);
    return {{data, static_cast<std::ptrdiff_t>(row), width, height},
            {data, static_cast<std::ptrdiff_t>(read), width, height}};
  }

  double plane_difference(const Pair& pair, const HalfSizeSource& source, Scratch& scratch,
                          Parallel& parallel) const {
    const int width = pair.now.width, height = pair.now.height;
    const double sum =
        float_motion::sad(pair.before, pair.now, {taps_, source.written}, scratch, parallel);
    if (!half_size_) return mean(sum, width, height);
    const auto half = scratch.take_plane<float>(scaled_side(width, 0.5), scaled_side(height, 0.5));
    resample(float_samples(source.read), {}, Resampling::bilinear, half, scratch, parallel);
    return mean(sum, width, height) + mean(float_motion::magnitudes(half), half.width, half.height);
  }

  double limited(double value) const { return std::min(value, largest_); }
  double blended(double value) const {
    return limited(value * blend_factor_ + (1 - blend_factor_) * std::min(blend_offset_, value));
  }

  bool debug_, zero_, half_size_, chroma_;
  float_motion::Taps taps_;
  double fps_weight_, blend_factor_, blend_offset_, largest_;
};

constexpr Descriptor kDescriptor{
    .name = "float_motion",
    .summary = "temporal information of the reference: blurred frame difference, in floating point",
    .source = "Netflix VMAF, https://github.com/Netflix/vmaf",
    .features = kFeatures,
    .options = kOptions,
    .planes = Planes::all,
    .exactness = Exactness::deterministic,
    .every_frame = true,
    .create = [](const Options& options, const Environment&) -> Result<std::unique_ptr<Metric>> {
      return std::make_unique<FloatMotion>(options);
    },
};

}  // namespace

const Descriptor& float_motion_metric() { return kDescriptor; }

}  // namespace visq
