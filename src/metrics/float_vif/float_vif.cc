// Visual information fidelity in floating point: how much of what the eye could learn from the
// reference it can still learn from the distorted picture, at four scales.
//
// vif_prescale scores pictures of another size, by a method that does not smooth before it leaves
// samples out; vif_kernelscale widens or narrows the windows of all scales.
#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "extract/metric.h"
#include "kernels/conv/values.h"
#include "kernels/float_vif/float_vif.h"
#include "kernels/resample/resample.h"

namespace visq {
namespace {

enum Feature : std::size_t {
  kScore = 0,
  kOverall = 4,
  kOverallNum,
  kOverallDen,
  kScaleSums
};  // kScaleSums + 2 * scale: num, den

constexpr FeatureInfo score_feature(std::string_view name, std::string_view alias) {
  return {
      name, alias, "1", 0, kInfinity, kNoIdentity, Direction::higher_is_better, FeatureRole::score};
}
constexpr FeatureInfo debug_feature(std::string_view name) {
  return {name,
          "",
          "1",
          -kInfinity,
          kInfinity,
          kNoIdentity,
          Direction::descriptive,
          FeatureRole::debug};
}

constexpr FeatureInfo kFeatures[] = {
    score_feature("VMAF_feature_vif_scale0_score", "vif_scale0"),
    score_feature("VMAF_feature_vif_scale1_score", "vif_scale1"),
    score_feature("VMAF_feature_vif_scale2_score", "vif_scale2"),
    score_feature("VMAF_feature_vif_scale3_score", "vif_scale3"),
    debug_feature("vif"),
    debug_feature("vif_num"),
    debug_feature("vif_den"),
    debug_feature("vif_num_scale0"),
    debug_feature("vif_den_scale0"),
    debug_feature("vif_num_scale1"),
    debug_feature("vif_den_scale1"),
    debug_feature("vif_num_scale2"),
    debug_feature("vif_den_scale2"),
    debug_feature("vif_num_scale3"),
    debug_feature("vif_den_scale3"),
};

constexpr std::string_view kMethods[] = {"nearest", "bilinear", "bicubic",
                                         "lanczos4"};  // in the order of Resampling

constexpr OptionInfo smallest_score(std::string_view name, std::string_view alias) {
  return {.name = name,
          .alias = alias,
          .help = "smallest score of that scale",
          .type = OptionType::real,
          .value = 0,
          .min = 0,
          .max = 1,
          .in_name = true};
}

constexpr OptionInfo kOptions[] = {
    {.name = "debug",
     .help = "report numerators and denominators, too",
     .type = OptionType::boolean,
     .role = OptionRole::debug},
    {.name = "vif_enhn_gain_limit",
     .alias = "egl",
     .help = "largest gain that counts; 1: enhancement gains nothing",
     .type = OptionType::real,
     .value = 100,
     .min = 1,
     .max = 100,
     .in_name = true},
    {.name = "vif_kernelscale",
     .alias = "ks",
     .help = "factor of the windows' width; one of a fixed list",
     .type = OptionType::real,
     .value = 1,
     .min = 0.1,
     .max = 4,
     .in_name = true},
    {.name = "vif_prescale",
     .alias = "ps",
     .help = "factor of the pictures' size",
     .type = OptionType::real,
     .value = 1,
     .min = 0.1,
     .max = 4,
     .in_name = true},
    smallest_score("vif_scale1_min_val", "s1miv"),
    smallest_score("vif_scale2_min_val", "s2miv"),
    smallest_score("vif_scale3_min_val", "s3miv"),
    {.name = "vif_prescale_method",
     .alias = "pm",
     .help = "how vif_prescale interpolates",
     .type = OptionType::text,
     .text = "nearest",
     .in_name = true,
     .choices = kMethods},
    {.name = "vif_sigma_nsq",
     .alias = "snsq",
     .help = "variance of the noise of the eye, in squared code values",
     .type = OptionType::real,
     .value = 2,
     .min = 0,
     .max = 5,
     .in_name = true},
    {.name = "vif_skip_scale0",
     .alias = "ssclz",
     .help = "leave out the finest scale",
     .type = OptionType::boolean,
     .in_name = true},
};

// What libvmaf takes for vif_kernelscale, each within 1e-3.
constexpr float kKernelScales[] = {1,          1 / 2.f,   3 / 2.f,  2,         2 / 3.f,   24 / 10.f,
                                   360 / 97.f, 4 / 3.f,   3.5f / 3, 3.75f / 3, 4.25f / 3, 5 / 3.f,
                                   3,          1 / 2.25f, 1.4746f,  1.54f,     1.6f,      1.06667f,
                                   0.711111f,  0.740740f, 1.111111f};

constexpr int kSmallest = 1 << (float_vif::kScales - 1);  // one sample is left at the last scale

struct Pair {
  Samples ref, dist;
};

using ScaleSums = std::array<float_vif::Sums, float_vif::kScales>;

class FloatVif final : public Metric {
 public:
  explicit FloatVif(const Options& o)
      : debug_(o.boolean("debug")),
        first_scale_(o.boolean("vif_skip_scale0") ? 1 : 0),
        prescale_(o.real("vif_prescale")),
        method_(static_cast<Resampling>(
            std::find(std::begin(kMethods), std::end(kMethods), o.text("vif_prescale_method")) -
            std::begin(kMethods))),
        limit_(static_cast<float>(o.real("vif_enhn_gain_limit"))),
        noise_(static_cast<float>(o.real("vif_sigma_nsq"))),
        smallest_{0, o.real("vif_scale1_min_val"), o.real("vif_scale2_min_val"),
                  o.real("vif_scale3_min_val")} {
    for (int scale = 0; scale < float_vif::kScales; ++scale)
      taps_[static_cast<std::size_t>(scale)] =
          float_vif::gaussian(scale, static_cast<float>(o.real("vif_kernelscale")));
  }

  Status prepare(const PictureFormat& format) override {
    const int width = scaled_side(format.width, prescale_),
              height = scaled_side(format.height, prescale_);
    if (std::min(width, height) < kSmallest)
      return fail(EINVAL, fmt::format("float_vif needs at least {0}x{0} samples, and the picture "
                                      "has {1}x{2} after vif_prescale",
                                      kSmallest, width, height));
    return {};
  }

  Status extract(const Frame& frame, Scratch& scratch, Scores& scores) const override {
    const Pair pair{frame.ref->samples(0), frame.dist->samples(0)};
    const bool whole = scaled_side(pair.ref.width, prescale_) == pair.ref.width &&
                       scaled_side(pair.ref.height, prescale_) == pair.ref.height;
    Parallel& parallel = *frame.parallel;
    report(all_scales(whole ? pair : prescaled(pair, scratch, parallel), scratch, parallel),
           scores);
    return {};
  }

 private:
  Pair prescaled(const Pair& pair, Scratch& scratch, Parallel& parallel) const {
    const SampleRange range = value_range(pair.ref.bits, float_vif::kCentre);
    const auto scaled = [&](const Samples& in) {
      const auto out = scratch.take_plane<float>(scaled_side(in.width, prescale_),
                                                 scaled_side(in.height, prescale_));
      resample(in, range, method_, out, scratch, parallel);
      return float_samples(out);
    };
    return {scaled(pair.ref), scaled(pair.dist)};
  }

  float_vif::Rule rule(int scale) const {
    return {taps_[static_cast<std::size_t>(scale)], limit_, noise_};
  }

  // Those before first_scale_ stay zero.
  ScaleSums all_scales(Pair pair, Scratch& scratch, Parallel& parallel) const {
    ScaleSums sums;
    for (int scale = 0; scale < float_vif::kScales; ++scale) {
      if (scale > 0) pair = halved(pair, scale, scratch, parallel);
      if (scale >= first_scale_)
        sums[static_cast<std::size_t>(scale)] =
            float_vif::sums(pair.ref, pair.dist, rule(scale), scratch, parallel);
    }
    return sums;
  }

  Pair halved(const Pair& pair, int scale, Scratch& scratch, Parallel& parallel) const {
    const auto half = [&](const Samples& in) {
      const auto out = scratch.take_plane<float>(in.width / 2, in.height / 2);
      float_vif::downsample(in, rule(scale).taps, out, scratch, parallel);
      return float_samples(out);
    };
    return {half(pair.ref), half(pair.dist)};
  }

  void report(const ScaleSums& sums, Scores& scores) const {
    for (std::size_t scale = 0; scale < sums.size(); ++scale) {
      const bool skipped = static_cast<int>(scale) < first_scale_;
      scores.set(kScore + scale, skipped ? 0 : std::max(ratio(sums[scale]), smallest_[scale]));
      if (!debug_) continue;
      scores.set(kScaleSums + 2 * scale, sums[scale].num);
      scores.set(kScaleSums + 2 * scale + 1, skipped ? -1 : sums[scale].den);
    }
    if (!debug_) return;
    float_vif::Sums all;
    for (const float_vif::Sums& scale : sums) all = {all.num + scale.num, all.den + scale.den};
    scores.set(kOverall, ratio(all));
    scores.set(kOverallNum, all.num);
    scores.set(kOverallDen, all.den);
  }

  static double ratio(const float_vif::Sums& sums) {
    return sums.den == 0 ? 1 : sums.num / sums.den;
  }

  bool debug_;
  int first_scale_;
  double prescale_;
  Resampling method_;
  float limit_, noise_;
  std::array<double, float_vif::kScales> smallest_;
  std::array<std::vector<float>, float_vif::kScales> taps_;
};

Result<std::unique_ptr<Metric>> create(const Options& options, const Environment&) {
  const auto asked = static_cast<float>(options.real("vif_kernelscale"));
  const auto near = [asked](float known) { return std::fabs(asked - known) < 1e-3f; };
  if (std::none_of(std::begin(kKernelScales), std::end(kKernelScales), near))
    return fail(EINVAL,
                fmt::format("float_vif: vif_kernelscale is {:g}; it must be one of {:g}", asked,
                            fmt::join(kKernelScales, ", ")),
                ErrorKind::usage);
  return std::make_unique<FloatVif>(options);
}

constexpr Descriptor kDescriptor{
    .name = "float_vif",
    .summary = "visual information fidelity of luma at four scales, in floating point",
    .source = "Sheikh, Bovik: Image information and visual quality, IEEE TIP 15(2), 2006",
    .features = kFeatures,
    .options = kOptions,
    .planes = Planes::luma,
    .exactness = Exactness::deterministic,
    .create = create,
};

}  // namespace

const Descriptor& float_vif_metric() { return kDescriptor; }

}  // namespace visq
