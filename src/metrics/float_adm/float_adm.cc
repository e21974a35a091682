// ADM in floating point: how much of the reference's detail is left (adm2), how much was added
// (aim), and both together (adm3), from four scales of a wavelet transform.
//
// Where libvmaf divides by way of the processor's approximate reciprocal, which differs between
// makers of processors, nothing is divided here (kernels/float_adm): scores agree to about 1e-6.
#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "extract/metric.h"
#include "kernels/contrast/contrast.h"
#include "kernels/conv/values.h"
#include "kernels/float_adm/float_adm.h"

namespace visq {
namespace {

using float_adm::kScales, float_adm::Pictures, float_adm::ScaleScore;

// Below, the last scale has no neighbouring samples.
constexpr int kMinSide = 17;

enum Feature : std::size_t {
  kAdm2,
  kAim,
  kAdm3,
  kScale0,
  kAdm = kScale0 + kScales,
  kNum,
  kDen,
  kNumScale0,  // of each scale, in turns
  kDenScale0
};

constexpr FeatureInfo score_of(std::string_view name, std::string_view alias, double identity,
                               Direction direction, FeatureRole role = FeatureRole::score) {
  return {name, alias, "1", 0, 2, identity, direction, role};
}
constexpr FeatureInfo part_of(std::string_view name) {
  return {name, "", "1", 0, kInfinity, kNoIdentity, Direction::descriptive, FeatureRole::debug};
}

constexpr auto kBetter = Direction::higher_is_better, kWorse = Direction::lower_is_better;
constexpr FeatureInfo kFeatures[] = {
    score_of("VMAF_feature_adm2_score", "adm2", 1, kBetter),
    score_of("VMAF_feature_aim_score", "aim", 0, kWorse),
    score_of("VMAF_feature_adm3_score", "adm3", kNoIdentity, kBetter),
    score_of("VMAF_feature_adm_scale0_score", "adm_scale0", 1, kBetter),
    score_of("VMAF_feature_adm_scale1_score", "adm_scale1", 1, kBetter),
    score_of("VMAF_feature_adm_scale2_score", "adm_scale2", 1, kBetter),
    score_of("VMAF_feature_adm_scale3_score", "adm_scale3", 1, kBetter),
    {.name = "adm",
     .unit = "1",
     .max = 2,
     .identity = 1,
     .direction = kBetter,
     .role = FeatureRole::debug,
     .keeps_name = true},
    part_of("adm_num"),
    part_of("adm_den"),
    part_of("adm_num_scale0"),
    part_of("adm_den_scale0"),
    part_of("adm_num_scale1"),
    part_of("adm_den_scale1"),
    part_of("adm_num_scale2"),
    part_of("adm_den_scale2"),
    part_of("adm_num_scale3"),
    part_of("adm_den_scale3")};

constexpr OptionInfo factor(std::string_view name, std::string_view alias) {
  return {.name = name,
          .alias = alias,
          .help =
              "contrast sensitivity of that scale (f1: straight, f2: diagonal); below 0: as "
              "adm_csf_mode says",
          .type = OptionType::real,
          .value = -1,
          .min = -1,
          .max = 10,
          .in_name = true};
}

constexpr OptionInfo kOptions[] = {
    {.name = "debug",
     .help = "report numerators and denominators",
     .type = OptionType::boolean,
     .role = OptionRole::debug},
    {.name = "adm_enhn_gain_limit",
     .alias = "egl",
     .help = "how much enhancement counts as detail; 1: none",
     .type = OptionType::real,
     .value = 100,
     .min = 1,
     .max = 100,
     .in_name = true},
    {.name = "adm_norm_view_dist",
     .alias = "nvd",
     .help = "viewing distance in picture heights",
     .type = OptionType::real,
     .value = 3,
     .min = 0.75,
     .max = 24,
     .in_name = true},
    {.name = "adm_noise_weight",
     .alias = "nw",
     .help = "weight of the noise floor",
     .type = OptionType::real,
     .value = 0.03125,
     .min = 0,
     .max = 1500,
     .in_name = true},
    {.name = "adm_csf_scale",
     .alias = "scf",
     .help = "factor of mode 1",
     .type = OptionType::real,
     .value = 1,
     .min = 0,
     .max = 50,
     .in_name = true},
    {.name = "adm_csf_diag_scale",
     .alias = "scfd",
     .help = "factor of mode 1 for diagonal detail",
     .type = OptionType::real,
     .value = 1,
     .min = 0,
     .max = 50,
     .in_name = true},
    {.name = "adm_ref_display_height",
     .alias = "rdf",
     .help = "height of the display in rows",
     .type = OptionType::integer,
     .value = 1080,
     .min = 1,
     .max = 4320,
     .in_name = true},
    {.name = "adm_csf_mode",
     .alias = "csf",
     .help = "contrast sensitivity: 1 Barten, 2 that of ADM's paper, any other Watson",
     .type = OptionType::integer,
     .value = 0,
     .min = 0,
     .max = 9,
     .in_name = true},
    {.name = "adm_bypass_cm",
     .alias = "bcm",
     .help = "1: detail hides no other detail",
     .type = OptionType::integer,
     .value = 0,
     .min = 0,
     .max = 1,
     .in_name = true},
    {.name = "adm_adm3_apply_hm",
     .alias = "aah",
     .help = "adm3 is the harmonic mean of adm2 and aim",
     .type = OptionType::boolean,
     .in_name = true},
    {.name = "adm_p_norm",
     .alias = "apn",
     .help = "exponent of the norm over a band",
     .type = OptionType::real,
     .value = 3,
     .min = 1,
     .max = 20,
     .in_name = true},
    {.name = "adm_dlm_weight",
     .alias = "dlmw",
     .help = "weight of adm2 in adm3; the rest is that of 1 - aim",
     .type = OptionType::real,
     .value = 0.5,
     .min = 0,
     .max = 1,
     .in_name = true},
    {.name = "adm_min_val",
     .alias = "min",
     .help = "smallest adm3",
     .type = OptionType::real,
     .value = 0,
     .min = 0,
     .max = 1,
     .in_name = true},
    factor("adm_f1s0", "f1s0"),
    factor("adm_f1s1", "f1s1"),
    factor("adm_f1s2", "f1s2"),
    factor("adm_f1s3", "f1s3"),
    factor("adm_f2s0", "f2s0"),
    factor("adm_f2s1", "f2s1"),
    factor("adm_f2s2", "f2s2"),
    factor("adm_f2s3", "f2s3"),
    {.name = "adm_skip_aim_scale",
     .alias = "sasc",
     .help = "scale that aim leaves out; none unless given",
     .type = OptionType::integer,
     .value = -1,
     .min = 0,
     .max = 3,
     .in_name = true},
    {.name = "adm_skip_scale0",
     .alias = "ssz",
     .help = "leave out the finest scale",
     .type = OptionType::boolean,
     .in_name = true},
};

adm::ContrastMode mode_of(std::int64_t number) {
  if (number == 1) return adm::ContrastMode::barten;
  return number == 2 ? adm::ContrastMode::native : adm::ContrastMode::watson;
}

float given_or(double given, float usual) { return given >= 0 ? static_cast<float>(given) : usual; }

using Parts = std::array<ScaleScore, kScales>;

class FloatAdm final : public Metric {
 public:
  static Result<std::unique_ptr<Metric>> create(const Options& o, const Environment&) {
    const adm::Viewing viewing{o.real("adm_norm_view_dist"),
                               static_cast<int>(o.integer("adm_ref_display_height")),
                               o.real("adm_csf_scale"), o.real("adm_csf_diag_scale")};
    VISQ_ASSIGN(const adm::ContrastTable table,
                adm::contrast_table(mode_of(o.integer("adm_csf_mode")), viewing));
    return std::make_unique<FloatAdm>(o, table);
  }

  FloatAdm(const Options& o, const adm::ContrastTable& table)
      : debug_(o.boolean("debug")),
        harmonic_(o.boolean("adm_adm3_apply_hm")),
        weight_(o.real("adm_dlm_weight")),
        minimum_(o.real("adm_min_val")),
        without_aim_(o.integer("adm_skip_aim_scale")) {
    for (std::size_t s = 0; s < kScales; ++s)
      rules_[s] = {given_or(o.real(fmt::format("adm_f1s{}", s)), table.straight[s]),
                   given_or(o.real(fmt::format("adm_f2s{}", s)), table.diagonal[s]),
                   static_cast<float>(o.real("adm_enhn_gain_limit")),
                   o.real("adm_p_norm"),
                   o.real("adm_noise_weight"),
                   o.integer("adm_bypass_cm") == 0,
                   true};
    rules_[0].score = !o.boolean("adm_skip_scale0");
  }

  Status prepare(const PictureFormat& format) override {
    tiny_ = 1e-10 * (static_cast<double>(format.width) * format.height) / (1920.0 * 1080.0);
    if (format.width >= kMinSide && format.height >= kMinSide) return {};
    return fail(
        EINVAL,
        fmt::format("metric float_adm needs pictures of at least {0}x{0} pixels, not {1}x{2}",
                    kMinSide, format.width, format.height));
  }

  Status extract(const Frame& frame, Scratch& scratch, Scores& scores) const override {
    report(score_scales({frame.ref->samples(0), frame.dist->samples(0)}, scratch, *frame.parallel),
           scores);
    return {};
  }

 private:
  Parts score_scales(Pictures pictures, Scratch& scratch, Parallel& parallel) const {
    Parts parts;
    for (std::size_t s = 0; s < kScales; ++s) {
      const bool last = s + 1 == kScales;
      const float_adm::Approximations next =
          last ? float_adm::Approximations{} : take_next(pictures.ref, scratch);
      parts[s] = float_adm::score_scale(pictures, rules_[s], next, scratch, parallel);
      if (!rules_[s].score) parts[s].reference = 1e-10;
      pictures = {float_samples(next.ref), float_samples(next.dist)};
    }
    return parts;
  }

  static float_adm::Approximations take_next(const Samples& plane, Scratch& scratch) {
    const int width = float_adm::band_side(plane.width),
              height = float_adm::band_side(plane.height);
    const auto ref = scratch.take_plane<float>(width, height);
    return {ref, scratch.take_plane<float>(width, height)};
  }

  struct Overall {
    double num = 0, den = 0, adm2 = 1, aim = 0;
  };

  Overall overall(const Parts& parts) const {
    Overall all;
    double added = 0, added_of = 0;
    for (std::size_t s = 0; s < parts.size(); ++s) {
      all.num += parts[s].restored;
      all.den += parts[s].reference;
      if (static_cast<std::int64_t>(s) == without_aim_) continue;
      added += parts[s].additive;
      added_of += parts[s].reference;
    }
    if (all.num < tiny_) all.num = 0;
    if (all.den < tiny_) all.den = 0;
    if (all.den == 0) return all;
    all.adm2 = all.num / all.den;
    all.aim = added_of == 0 ? 0 : std::min(added / added_of, 1.0);
    return all;
  }

  double adm3(const Overall& all) const {
    const double both = all.adm2 + all.aim;
    const double value = harmonic_ ? (both == 0 ? 0 : 2 * all.adm2 * all.aim / both)
                                   : all.adm2 * weight_ + (1 - all.aim) * (1 - weight_);
    return std::max(value, minimum_);
  }

  void report(const Parts& parts, Scores& scores) const {
    const Overall all = overall(parts);
    scores.set(kAdm2, all.adm2);
    scores.set(kAim, all.aim);
    scores.set(kAdm3, adm3(all));
    for (std::size_t s = 0; s < parts.size(); ++s)
      scores.set(kScale0 + s, parts[s].reference == 0 ? 1 : parts[s].restored / parts[s].reference);
    if (!debug_) return;
    scores.set(kAdm, all.adm2);
    scores.set(kNum, all.num);
    scores.set(kDen, all.den);
    for (std::size_t s = 0; s < parts.size(); ++s) {
      scores.set(kNumScale0 + 2 * s, parts[s].restored);
      scores.set(kDenScale0 + 2 * s, parts[s].reference);
    }
  }

  std::array<float_adm::Rule, kScales> rules_;
  bool debug_, harmonic_;
  double weight_, minimum_;
  std::int64_t without_aim_;
  double tiny_ = 0;
};

constexpr Descriptor kDescriptor{
    .name = "float_adm",
    .summary = "detail loss and additive impairment in four wavelet scales, in floating point",
    .source =
        "Li et al., Image quality assessment by separately evaluating detail losses and additive "
        "impairments, IEEE Transactions on Multimedia 2011",
    .features = kFeatures,
    .options = kOptions,
    .exactness = Exactness::deterministic,
    .create = FloatAdm::create,
};

}  // namespace

const Descriptor& float_adm_metric() { return kDescriptor; }

}  // namespace visq
