// Visual information fidelity in integer arithmetic: how much of what the eye could learn from
// the reference it can still learn from the distorted picture, at four scales.
//
// A limit of the gain of 1 ("neg") does not credit contrast that the distortion added. The sums
// with the usual two limits are made in one pass and kept with the distorted picture, so that a
// model and its neg variant share them.
//
// Scores are those of libvmaf, to the bit, from 16 samples a side. With 8 to 15 the last scale has one
// sample along that side, where libvmaf mirrors once and so takes what happens to lie beside it; here
// mirroring goes back and forth until it meets a sample.
#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <vector>

#include <fmt/format.h>

#include "extract/kept.h"
#include "extract/metric.h"
#include "kernels/vif/vif.h"

namespace visq {
namespace {

enum Feature : std::size_t { kScore = 0, kOverall = 4, kOverallNum, kOverallDen, kScaleSums };  // kScaleSums + 2 * scale: num, den

constexpr FeatureInfo score_feature(std::string_view name, std::string_view alias) {
  return {name, alias, "1", 0, kInfinity, kNoIdentity, Direction::higher_is_better, FeatureRole::score};
}
constexpr FeatureInfo debug_feature(std::string_view name) {
  return {name, "", "1", -1, kInfinity, kNoIdentity, Direction::descriptive, FeatureRole::debug};
}

constexpr FeatureInfo kFeatures[] = {
    score_feature("VMAF_integer_feature_vif_scale0_score", "integer_vif_scale0"),
    score_feature("VMAF_integer_feature_vif_scale1_score", "integer_vif_scale1"),
    score_feature("VMAF_integer_feature_vif_scale2_score", "integer_vif_scale2"),
    score_feature("VMAF_integer_feature_vif_scale3_score", "integer_vif_scale3"),
    debug_feature("integer_vif"), debug_feature("integer_vif_num"), debug_feature("integer_vif_den"),
    debug_feature("integer_vif_num_scale0"), debug_feature("integer_vif_den_scale0"),
    debug_feature("integer_vif_num_scale1"), debug_feature("integer_vif_den_scale1"),
    debug_feature("integer_vif_num_scale2"), debug_feature("integer_vif_den_scale2"),
    debug_feature("integer_vif_num_scale3"), debug_feature("integer_vif_den_scale3"),
};

constexpr OptionInfo kOptions[] = {
    {.name = "debug", .help = "report numerators and denominators, too", .type = OptionType::boolean},
    {.name = "vif_enhn_gain_limit", .alias = "egl", .help = "largest gain that counts; 1: enhancement gains nothing", .type = OptionType::real, .value = 100, .min = 1, .max = 100, .in_name = true},
    {.name = "vif_skip_scale0", .alias = "ssclz", .help = "leave out the finest scale", .type = OptionType::boolean, .in_name = true},
};

constexpr int kSmallest = 1 << (kVifScales - 1);  // one sample is left at the last scale
constexpr std::array<double, 2> kSharedLimits{100, 1};

using ScaleSums = std::array<VifSums, kVifScales>;

struct SharedSums {
  ScaleSums scales;
  PicturePtr ref;  // kept, so that its address names no other picture
};
constexpr ArtefactId<SharedSums> kSums{"vif sums"};

// A picture at scales 1 to 3.
using Pyramid = std::array<PlaneView<std::uint16_t>, kVifScales - 1>;

template <typename T>
Status fill(const Pyramid& pyramid, PlaneView<const T> plane, int bits, Scratch& scratch) {
  VISQ_TRY(vif_downsample(plane, bits, 1, pyramid[0], scratch));
  for (std::size_t i = 1; i < pyramid.size(); ++i) VISQ_TRY(vif_downsample(pyramid[i - 1], 16, static_cast<int>(i) + 1, pyramid[i], scratch));
  return {};
}

// What is known of a reference that is compared with several pictures.
struct KnownReference {
  std::array<VifReference, kVifScales> scales;
  std::array<Plane<std::uint16_t>, kVifScales - 1> pyramid;
};

// Its memory, ten bytes a sample, is used again: fresh pages would cost half of what is saved.
class KnownPool {
 public:
  KnownReference take() {
    std::lock_guard lock(mutex_);
    if (free_.empty()) return {};
    KnownReference known = std::move(free_.back());
    free_.pop_back();
    return known;
  }
  void give(KnownReference known) {
    std::lock_guard lock(mutex_);
    free_.push_back(std::move(known));
  }

 private:
  std::mutex mutex_;
  std::vector<KnownReference> free_;
};

struct PooledReference {
  KnownReference known;
  std::shared_ptr<KnownPool> pool;

  PooledReference() = default;
  PooledReference(PooledReference&&) = default;
  PooledReference& operator=(PooledReference&&) = delete;
  ~PooledReference() {
    if (pool != nullptr) pool->give(std::move(known));
  }
};
constexpr ArtefactId<PooledReference> kKnown{"vif reference"};

struct Comparison {
  const Frame& frame;
  std::span<const double> limits;
  int first_scale;
  const KnownReference* known;
  KnownReference* keep;

  VifScale scale(std::size_t s) const {
    VifScale scale{static_cast<int>(s), s == 0 ? frame.ref->format().bits : 16, limits};
    if (keep != nullptr) scale.keep = &keep->scales[s];
    if (known != nullptr) scale.known = &known->scales[s];
    return scale;
  }
};

// Planes of the pyramid's sizes, out of `make(width, height)`.
template <typename Make>
Result<Pyramid> room_for_pyramid(const PictureFormat& format, const Make& make) {
  Pyramid pyramid;
  for (std::size_t i = 0; i < pyramid.size(); ++i) {
    pyramid[i] = make(i, format.width >> (i + 1), format.height >> (i + 1));
    if (pyramid[i].data == nullptr) return fail(ENOMEM, "vif: no memory for the image pyramid");
  }
  return pyramid;
}

template <typename T>
Result<Pyramid> pyramid_of(const Picture& picture, Scratch& scratch, KnownReference* keep) {
  VISQ_ASSIGN(const Pyramid pyramid, room_for_pyramid(picture.format(), [&](std::size_t i, int width, int height) {
    if (keep == nullptr) return scratch.take_plane<std::uint16_t>(width, height);
    Plane<std::uint16_t>& plane = keep->pyramid[i];
    if (plane.width() != width || plane.height() != height) plane = Plane<std::uint16_t>(width, height);
    return plane.view();
  }));
  VISQ_TRY(fill(pyramid, picture.plane<T>(0), picture.format().bits, scratch));
  return pyramid;
}

// From the first scale on; those before stay zero.
template <typename T>
Result<ScaleSums> sums_of(const Comparison& c, Scratch& scratch) {
  ScaleSums sums;
  if (c.first_scale == 0) {
    VISQ_ASSIGN(sums[0], vif_sums(c.frame.ref->plane<T>(0), c.frame.dist->plane<T>(0), c.scale(0), scratch));
  }
  Pyramid made{};
  if (c.known == nullptr) {
    VISQ_ASSIGN(made, pyramid_of<T>(*c.frame.ref, scratch, c.keep));
  }
  VISQ_ASSIGN(const Pyramid dist, pyramid_of<T>(*c.frame.dist, scratch, nullptr));
  for (std::size_t s = 1; s < kVifScales; ++s) {
    const PlaneView<const std::uint16_t> ref = c.known == nullptr ? made[s - 1] : c.known->pyramid[s - 1].view();
    VISQ_ASSIGN(sums[s], vif_sums(ref, PlaneView<const std::uint16_t>(dist[s - 1]), c.scale(s), scratch));
  }
  return sums;
}

struct Ratio {
  float num = 0, den = -1;
  double score() const { return den < 0 ? 0 : static_cast<double>(num / den); }
};

Ratio ratio_of(const VifSums& sums, std::size_t limit) {
  const auto flat = static_cast<double>(sums.den_nonlog);
  const double flat_loss = static_cast<double>(sums.num_nonlog) / 16384.0 / 65025.0;
  return {static_cast<float>(static_cast<double>(sums.num_log[limit]) / kVifLogUnit + (flat - flat_loss)),
          static_cast<float>(static_cast<double>(sums.den_log) / kVifLogUnit + flat)};
}

class Vif final : public Metric {
 public:
  explicit Vif(const Options& options)
      : debug_(options.boolean("debug")), limit_(options.real("vif_enhn_gain_limit")), first_scale_(options.boolean("vif_skip_scale0") ? 1 : 0) {}

  Status prepare(const PictureFormat& format) override {
    if (std::min(format.width, format.height) < kSmallest)
      return fail(EINVAL, fmt::format("vif needs at least {0}x{0} samples, and the picture is {1}x{2}", kSmallest, format.width, format.height));
    return {};
  }

  Status extract(const Frame& frame, Scratch& scratch, Scores& scores) const override {
    const auto shared = std::find(kSharedLimits.begin(), kSharedLimits.end(), limit_);
    if (shared != kSharedLimits.end()) {
      VISQ_ASSIGN(const auto sums, shared_sums(frame, scratch));
      report(sums->scales, static_cast<std::size_t>(shared - kSharedLimits.begin()), scores);
      return {};
    }
    VISQ_ASSIGN(const ScaleSums sums, compare(frame, {&limit_, 1}, scratch));
    report(sums, 0, scores);
    return {};
  }

 private:
  Result<ScaleSums> compare(const Frame& frame, std::span<const double> limits, Scratch& scratch) const {
    const auto with = [&](const PooledReference* known, PooledReference* keep) {
      if (keep != nullptr) {
        keep->known = known_->take();
        keep->pool = known_;
      }
      const Comparison comparison{frame, limits, first_scale_, known == nullptr ? nullptr : &known->known, keep == nullptr ? nullptr : &keep->known};
      return with_sample_type(frame.ref->format().bits, [&]<typename T>() { return sums_of<T>(comparison, scratch); });
    };
    return compare_keeping(*frame.ref, kKnown, first_scale_ == 0 ? "" : "without scale 0", with);
  }

  Result<std::shared_ptr<const SharedSums>> shared_sums(const Frame& frame, Scratch& scratch) const {
    const std::string pair = fmt::format("{} {}", fmt::ptr(frame.ref.get()), first_scale_);
    return frame.dist->artefact(kSums, pair, [&]() -> Result<SharedSums> {
      VISQ_ASSIGN(const ScaleSums sums, compare(frame, kSharedLimits, scratch));
      return SharedSums{sums, frame.ref};
    });
  }

  void report(const ScaleSums& sums, std::size_t limit, Scores& scores) const {
    std::array<Ratio, kVifScales> ratios;
    for (auto scale = static_cast<std::size_t>(first_scale_); scale < kVifScales; ++scale) ratios[scale] = ratio_of(sums[scale], limit);
    for (std::size_t scale = 0; scale < kVifScales; ++scale) scores.set(kScore + scale, ratios[scale].score());
    if (debug_) report_debug(ratios, scores);
  }

  void report_debug(std::span<const Ratio, kVifScales> ratios, Scores& scores) const {
    double num = 0, den = 0;
    for (std::size_t scale = 0; scale < kVifScales; ++scale) {
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
  std::shared_ptr<KnownPool> known_ = std::make_shared<KnownPool>();
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
