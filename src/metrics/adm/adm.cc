// ADM in fixed point: how much of the reference's detail is left (adm2), how much was added (aim),
// and both together (adm3). Scores are those of libvmaf's plain C path, to the bit.
//
// Sides of 17 to 32 are the exception. libvmaf has no score for them: the last transform has two
// outputs along such a side, and forgets to mirror the first tap of the first one, so that it reads
// the memory before its bands, whose content is anything (two runs differ by up to 0.15 in adm2).
// Here that tap is mirrored as at every other size.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "extract/metric.h"
#include "kernels/adm/adm.h"
#include "kernels/contrast/contrast.h"

namespace visq {
namespace {

using adm::ScaleScore;

// Below, the last band is one sample wide, and masking has no neighbours to mirror.
constexpr int kMinSide = 17;

enum Feature : std::size_t {
  kAdm2,
  kAim,
  kAdm3,
  kScale0,
  kAdm = kScale0 + 4,
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
    score_of("VMAF_integer_feature_adm2_score", "integer_adm2", 1, kBetter),
    score_of("VMAF_integer_feature_aim_score", "integer_aim", 0, kWorse),
    score_of("VMAF_integer_feature_adm3_score", "integer_adm3", 1, kBetter),
    score_of("integer_adm_scale0", "", 1, kBetter),
    score_of("integer_adm_scale1", "", 1, kBetter),
    score_of("integer_adm_scale2", "", 1, kBetter),
    score_of("integer_adm_scale3", "", 1, kBetter),
    score_of("integer_adm", "", 1, kBetter, FeatureRole::debug),
    part_of("integer_adm_num"),
    part_of("integer_adm_den"),
    part_of("integer_adm_num_scale0"),
    part_of("integer_adm_den_scale0"),
    part_of("integer_adm_num_scale1"),
    part_of("integer_adm_den_scale1"),
    part_of("integer_adm_num_scale2"),
    part_of("integer_adm_den_scale2"),
    part_of("integer_adm_num_scale3"),
    part_of("integer_adm_den_scale3")};

constexpr OptionInfo kOptions[] = {
    {.name = "debug",
     .help = "report numerators and denominators",
     .type = OptionType::boolean,
     .role = OptionRole::debug},
    {.name = "adm_csf_mode",
     .alias = "csf",
     .help = "contrast sensitivity: 0 Watson, 1 Barten, 2 and 3 blends",
     .type = OptionType::integer,
     .value = 0,
     .min = 0,
     .max = 3,
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
    {.name = "adm_dlm_weight",
     .alias = "dlmw",
     .help = "weight of adm2 in adm3; the rest is that of 1 - aim",
     .type = OptionType::real,
     .value = 0.5,
     .min = 0,
     .max = 1,
     .in_name = true},
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
    {.name = "adm_ref_display_height",
     .alias = "rdh",
     .help = "height of the display in rows",
     .type = OptionType::integer,
     .value = 1080,
     .min = 1,
     .max = 4320,
     .in_name = true},
    {.name = "adm_noise_weight",
     .alias = "nw",
     .help = "weight of the noise floor",
     .type = OptionType::real,
     .value = 0.03125,
     .min = 0,
     .max = 1500,
     .in_name = true},
    {.name = "adm_skip_aim", .help = "leave out aim (it is 0 then)", .type = OptionType::boolean},
    {.name = "adm_skip_scale0",
     .alias = "ssz",
     .help = "leave out the finest scale",
     .type = OptionType::boolean,
     .in_name = true},
    {.name = "adm_min_val",
     .alias = "min",
     .help = "smallest adm3",
     .type = OptionType::real,
     .value = 0,
     .min = 0,
     .max = 1,
     .in_name = true},
};

// In fixed point; the reference's numbers wrap where a factor is out of range (Barten's are).
std::array<std::uint32_t, 3> fixed_point(int scale, float straight, float diagonal,
                                         bool is_default) {
  const auto cut = [](double value) {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
  };
  if (scale == 0 && is_default) return {36453, 36453, 49417};
  if (scale == 0) {
    const auto s = static_cast<std::uint16_t>(cut(straight * 0x1p21)),
               d = static_cast<std::uint16_t>(cut(diagonal * 0x1p23));
    return {s, s, d};
  }
  const auto s = static_cast<std::uint32_t>(cut(straight * 0x1p32)),
             d = static_cast<std::uint32_t>(cut(diagonal * 0x1p32));
  return {s, s, d};
}

// Of distorted pictures and gain limits, as adm::sums has them.
using AllSums = std::vector<adm::Sums>;
constexpr ArtefactId<AllSums> kSums{"adm sums"};

class Adm final : public BatchMetric {
 public:
  static Result<std::unique_ptr<Metric>> create(const Options& o, const Environment&) {
    const adm::Viewing viewing{o.real("adm_norm_view_dist"),
                               static_cast<int>(o.integer("adm_ref_display_height")),
                               o.real("adm_csf_scale"), o.real("adm_csf_diag_scale")};
    if (viewing.distance * viewing.display_height < 3240)
      return fail(
          EINVAL,
          fmt::format(
              "adm_norm_view_dist times adm_ref_display_height must be at least 3240, not {:g}",
              viewing.distance * viewing.display_height),
          ErrorKind::usage);
    const auto mode = static_cast<adm::ContrastMode>(o.integer("adm_csf_mode"));
    VISQ_ASSIGN(const adm::ContrastTable table, adm::contrast_table(mode, viewing));
    auto metric = std::make_unique<Adm>();
    const bool is_default =
        mode == adm::ContrastMode::watson && viewing.distance * viewing.display_height == 3240;
    for (int scale = 0; scale < adm::kScales; ++scale) {
      const auto s = static_cast<std::size_t>(scale);
      metric->settings_.rules[s] = {
          scale,
          {table.straight[s], table.straight[s], table.diagonal[s]},
          fixed_point(scale, table.straight[s], table.diagonal[s], is_default),
          o.real("adm_noise_weight"),
          !o.boolean("adm_skip_aim")};
    }
    metric->debug_ = o.boolean("debug");
    metric->gain_ = o.real("adm_enhn_gain_limit");
    metric->settings_.gains = {metric->gain_};
    metric->settings_.skip_scale0 = o.boolean("adm_skip_scale0");
    metric->weight_ = o.real("adm_dlm_weight");
    metric->minimum_ = o.real("adm_min_val");
    return metric;
  }

  Status prepare(const PictureFormat& format) override {
    width_ = format.width;
    height_ = format.height;
    tiny_ = 1e-10 * (static_cast<double>(format.width) * format.height) / (1920.0 * 1080.0);
    if (format.width >= kMinSide && format.height >= kMinSide) return {};
    return fail(EINVAL,
                fmt::format("metric adm needs pictures of at least {0}x{0} pixels, not {1}x{2}",
                            kMinSide, format.width, format.height));
  }

  // What differs by the gain limit alone is summed together.
  void meet(const Metric& other) override {
    const auto& adm = static_cast<const Adm&>(other);
    std::vector<double>& gains = settings_.gains;
    const bool known = std::find(gains.begin(), gains.end(), adm.gain_) != gains.end();
    if (adm.rules() != rules() || known || gains.size() == adm::kMostGains) return;
    gains.insert(std::lower_bound(gains.begin(), gains.end(), adm.gain_), adm.gain_);
  }

  Status extract_batch(std::span<const Frame> frames, Scratch& scratch,
                       std::span<Scores* const> scores) const override {
    const std::vector<double>& gains = settings_.gains;
    const auto make = [&] { return sums_of(frames, scratch); };
    const auto sums = frames[0].dist->artefact(kSums, key(frames), make);
    const auto own =
        static_cast<std::size_t>(std::find(gains.begin(), gains.end(), gain_) - gains.begin());
    for (std::size_t i = 0; i < frames.size(); ++i)
      emit(scores_of((*sums)[i * gains.size() + own]), *scores[i]);
    return {};
  }

 private:
  AllSums sums_of(std::span<const Frame> frames, Scratch& scratch) const {
    static_assert(kBatchLimit <= adm::kMostDistorted);
    std::array<Samples, kBatchLimit> dist;
    for (std::size_t i = 0; i < frames.size(); ++i) dist[i] = frames[i].dist->samples(0);
    AllSums sums(frames.size() * settings_.gains.size());
    adm::sums(frames[0].ref->samples(0), std::span(dist).first(frames.size()), settings_,
              *frames[0].parallel, scratch, sums);
    return sums;
  }

  // What sums depend on, the gain limit aside.
  std::string rules() const {
    std::string rules = fmt::format("{}", settings_.skip_scale0);
    for (const adm::ScaleRule& rule : settings_.rules)
      rules += fmt::format(" {} {}", fmt::join(rule.fixed, " "), rule.additive);
    return rules;
  }
  // What the sums are made of.
  std::string key(std::span<const Frame> frames) const {
    std::string key =
        fmt::format("{} {} {}", rules(), fmt::join(settings_.gains, " "), frames[0].ref->serial());
    for (const Frame& frame : frames) key += fmt::format(" {}", frame.dist->serial());
    return key;
  }

  using Parts = std::array<ScaleScore, adm::kScales>;

  Parts scores_of(const adm::Sums& sums) const {
    Parts parts;
    int width = width_, height = height_;
    for (std::size_t s = 0; s < parts.size(); ++s) {
      width = (width + 1) / 2;
      height = (height + 1) / 2;
      parts[s] = s == 0 && settings_.skip_scale0
                     ? ScaleScore{0, 1e-10f, 0}
                     : adm::score_of(sums[s], settings_.rules[s], width, height);
    }
    return parts;
  }

  void emit(const Parts& parts, Scores& scores) const {
    double num = 0, den = 0, added = 0;
    for (const ScaleScore& part : parts) {
      num += part.restored;
      den += part.reference;
      added += part.additive;
    }
    if (num < tiny_) num = 0;
    if (den < tiny_) den = 0;
    const double adm2 = den == 0 ? 1 : num / den, aim = den == 0 ? 0 : added / den;
    scores.set(kAdm2, adm2);
    scores.set(kAim, aim);
    scores.set(kAdm3, std::max(adm2 * weight_ + (1 - aim) * (1 - weight_), minimum_));
    for (std::size_t s = 0; s < parts.size(); ++s)
      scores.set(kScale0 + s, static_cast<double>(parts[s].restored) / parts[s].reference);
    if (!debug_) return;
    scores.set(kAdm, adm2);
    scores.set(kNum, num);
    scores.set(kDen, den);
    for (std::size_t s = 0; s < parts.size(); ++s) {
      scores.set(kNumScale0 + 2 * s, parts[s].restored);
      scores.set(kDenScale0 + 2 * s, parts[s].reference);
    }
  }

  adm::Settings settings_;
  bool debug_ = false;
  double gain_ = 100;
  double weight_ = 0.5, minimum_ = 0;
  int width_ = 0, height_ = 0;
  double tiny_ = 0;
};

constexpr Descriptor kDescriptor{
    .name = "adm",
    .summary = "detail loss and additive impairment in four wavelet scales",
    .source =
        "Li et al., Image quality assessment by separately evaluating detail losses and additive "
        "impairments, IEEE Transactions on Multimedia 2011",
    .features = kFeatures,
    .options = kOptions,
    .exactness = Exactness::exact,
    .create = Adm::create,
};

}  // namespace

const Descriptor& adm_metric() { return kDescriptor; }

}  // namespace visq
