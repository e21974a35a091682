// Visual information fidelity in integer arithmetic: how much of what the eye could learn from
// the reference it can still learn from the distorted picture, at four scales.
//
// A limit of the gain of 1 ("neg") does not credit contrast that the distortion added. Instances
// that differ in their limits, as those of a model and of its neg variant do, share one pass over
// the pictures: its sums are kept with the first distorted picture.
//
// Scores are those of libvmaf, to the bit, from 16 samples a side. With 8 to 15 the last scale has
// one sample along that side, where libvmaf mirrors once and so takes what happens to lie beside
// it; here mirroring goes back and forth until it meets a sample.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "extract/metric.h"
#include "kernels/vif/vif.h"

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
  return {name, "", "1", -1, kInfinity, kNoIdentity, Direction::descriptive, FeatureRole::debug};
}

constexpr FeatureInfo kFeatures[] = {
    score_feature("VMAF_integer_feature_vif_scale0_score", "integer_vif_scale0"),
    score_feature("VMAF_integer_feature_vif_scale1_score", "integer_vif_scale1"),
    score_feature("VMAF_integer_feature_vif_scale2_score", "integer_vif_scale2"),
    score_feature("VMAF_integer_feature_vif_scale3_score", "integer_vif_scale3"),
    debug_feature("integer_vif"),
    debug_feature("integer_vif_num"),
    debug_feature("integer_vif_den"),
    debug_feature("integer_vif_num_scale0"),
    debug_feature("integer_vif_den_scale0"),
    debug_feature("integer_vif_num_scale1"),
    debug_feature("integer_vif_den_scale1"),
    debug_feature("integer_vif_num_scale2"),
    debug_feature("integer_vif_den_scale2"),
    debug_feature("integer_vif_num_scale3"),
    debug_feature("integer_vif_den_scale3"),
};

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
    {.name = "vif_skip_scale0",
     .alias = "ssclz",
     .help = "leave out the finest scale",
     .type = OptionType::boolean,
     .in_name = true},
};

constexpr int kSmallest = 1 << (vif::kScales - 1);  // one sample is left at the last scale

// By scale; of each distorted picture.
using Sums = std::array<std::vector<vif::Sums>, vif::kScales>;
constexpr ArtefactId<Sums> kSums{"vif sums"};

// A picture at scales 1 to 3.
using Pyramid = std::array<PlaneView<std::uint16_t>, vif::kScales - 1>;

Pyramid pyramid_of(const Picture& picture, Parallel& parallel, Scratch& scratch) {
  const PictureFormat& format = picture.format();
  Pyramid pyramid;
  for (std::size_t i = 0; i < pyramid.size(); ++i)
    pyramid[i] =
        scratch.take_plane<std::uint16_t>(format.width >> (i + 1), format.height >> (i + 1));
  vif::downsample(picture.samples(0), 1, pyramid[0], parallel, scratch);
  for (std::size_t i = 1; i < pyramid.size(); ++i)
    vif::downsample({pyramid[i - 1], 16}, static_cast<int>(i) + 1, pyramid[i], parallel, scratch);
  return pyramid;
}

// From the first scale on; those before stay zero.
Sums sums_of(std::span<const Frame> frames, std::span<const double> limits, int first_scale,
             Scratch& scratch) {
  Parallel& parallel = *frames[0].parallel;
  Sums sums;
  for (auto& scale : sums) scale.resize(frames.size());
  const Picture& reference = *frames[0].ref;
  if (first_scale == 0) {
    std::vector<Samples> dist;
    for (const Frame& frame : frames) dist.push_back(frame.dist->samples(0));
    vif::sums(reference.samples(0), dist, {0, limits}, parallel, scratch, sums[0]);
  }
  const Pyramid ref = pyramid_of(reference, parallel, scratch);
  std::array<std::vector<Samples>, vif::kScales - 1> dist;
  for (const Frame& frame : frames) {
    const Pyramid pyramid = pyramid_of(*frame.dist, parallel, scratch);
    for (std::size_t i = 0; i < dist.size(); ++i) dist[i].emplace_back(pyramid[i], 16);
  }
  for (std::size_t i = 0; i < dist.size(); ++i)
    vif::sums({ref[i], 16}, dist[i], {static_cast<int>(i) + 1, limits}, parallel, scratch,
              sums[i + 1]);
  return sums;
}

struct Ratio {
  float num = 0, den = -1;
  double score() const { return den < 0 ? 0 : static_cast<double>(num / den); }
};

Ratio ratio_of(const vif::Sums& sums, std::size_t limit) {
  const auto flat = static_cast<double>(sums.den_nonlog);
  const double flat_loss = static_cast<double>(sums.num_nonlog) / 16384.0 / 65025.0;
  return {static_cast<float>(static_cast<double>(sums.num_log[limit]) / vif::kLogUnit +
                             (flat - flat_loss)),
          static_cast<float>(static_cast<double>(sums.den_log) / vif::kLogUnit + flat)};
}

class Vif final : public BatchMetric {
 public:
  explicit Vif(const Options& options)
      : debug_(options.boolean("debug")),
        limit_(options.real("vif_enhn_gain_limit")),
        first_scale_(options.boolean("vif_skip_scale0") ? 1 : 0),
        limits_{limit_} {}

  Status prepare(const PictureFormat& format) override {
    if (std::min(format.width, format.height) < kSmallest)
      return fail(EINVAL,
                  fmt::format("vif needs at least {0}x{0} samples, and the picture is {1}x{2}",
                              kSmallest, format.width, format.height));
    return {};
  }

  void meet(const Metric& other) override {
    const auto& vif = static_cast<const Vif&>(other);
    const bool known = std::find(limits_.begin(), limits_.end(), vif.limit_) != limits_.end();
    if (vif.first_scale_ != first_scale_ || known || limits_.size() == vif::kMaxLimits) return;
    limits_.insert(std::lower_bound(limits_.begin(), limits_.end(), vif.limit_), vif.limit_);
  }

  Status extract_batch(std::span<const Frame> frames, Scratch& scratch,
                       std::span<Scores* const> scores) const override {
    const auto make = [&] { return sums_of(frames, limits_, first_scale_, scratch); };
    const auto sums = frames[0].dist->artefact(kSums, key(frames), make);
    for (std::size_t i = 0; i < frames.size(); ++i) report(*sums, i, *scores[i]);
    return {};
  }

 private:
  // What the sums are made of.
  std::string key(std::span<const Frame> frames) const {
    std::string key =
        fmt::format("{} {} {}", first_scale_, fmt::join(limits_, " "), frames[0].ref->serial());
    for (const Frame& frame : frames) key += fmt::format(" {}", frame.dist->serial());
    return key;
  }

  void report(const Sums& sums, std::size_t picture, Scores& scores) const {
    const auto limit = static_cast<std::size_t>(std::find(limits_.begin(), limits_.end(), limit_) -
                                                limits_.begin());
    std::array<Ratio, vif::kScales> ratios;
    for (auto scale = static_cast<std::size_t>(first_scale_); scale < vif::kScales; ++scale)
      ratios[scale] = ratio_of(sums[scale][picture], limit);
    for (std::size_t scale = 0; scale < vif::kScales; ++scale)
      scores.set(kScore + scale, ratios[scale].score());
    if (debug_) report_debug(ratios, scores);
  }

  void report_debug(std::span<const Ratio, vif::kScales> ratios, Scores& scores) const {
    double num = 0, den = 0;
    for (std::size_t scale = 0; scale < vif::kScales; ++scale) {
      const auto [scale_num, scale_den] = ratios[scale];
      scores.set(kScaleSums + 2 * scale, scale_num);
      scores.set(kScaleSums + 2 * scale + 1, scale_den);
      if (static_cast<int>(scale) < first_scale_) continue;
      num += scale_num;
      den += scale_den;
    }
    scores.set(kOverall, den == 0 ? 1 : num / den);
    scores.set(kOverallNum, num);
    scores.set(kOverallDen, den);
  }

  bool debug_;
  double limit_;
  int first_scale_;
  std::vector<double> limits_;  // this one and those of the instances that share its sums, rising
};

Result<std::unique_ptr<Metric>> create(const Options& options, const Environment&) {
  return std::make_unique<Vif>(options);
}

constexpr Descriptor kDescriptor{
    .name = "vif",
    .summary = "visual information fidelity of luma at four scales",
    .source = "Sheikh, Bovik: Image information and visual quality, IEEE TIP 15(2), 2006",
    .features = kFeatures,
    .options = kOptions,
    .planes = Planes::luma,
    .exactness = Exactness::exact,
    .create = create,
};

}  // namespace

const Descriptor& vif_metric() { return kDescriptor; }

}  // namespace visq
