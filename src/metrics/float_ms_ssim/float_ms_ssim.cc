// Multi-scale structural similarity of luma: contrast and structure at up to five scales, each half
// as large as the one before, and luminance at the coarsest.
//
// The 11x11 window has to fit at every scale, so five scales take 161 samples a side (161 -> 81 ->
// 41 -> 21 -> 11); libvmaf asks for 176 and fails below. Smaller pictures are scored here, too:
// with the scales that fit, whose exponents are enlarged to the sum that five have. Where the mean
// structure of a scale is negative the score is 0; libvmaf's is not a number.
#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "extract/metric.h"
#include "kernels/conv/values.h"
#include "kernels/ssim/rounded.h"
#include "kernels/ssim/shrink.h"
#include "kernels/ssim/ssim.h"

namespace visq {
namespace {

constexpr std::size_t kScales = 5;
enum Feature : std::size_t {
  kScore,
  kLuminance,
  kContrast = kLuminance + kScales,
  kStructure = kContrast + kScales
};

constexpr FeatureInfo part(std::string_view name) {
  return {name, "", "1", -1, 1, 1, Direction::descriptive, FeatureRole::debug};
}

constexpr FeatureInfo kFeatures[] = {{"float_ms_ssim", "", "1, or dB", 0, kInfinity, 1,
                                      Direction::higher_is_better, FeatureRole::score},
                                     part("float_ms_ssim_l_scale0"),
                                     part("float_ms_ssim_l_scale1"),
                                     part("float_ms_ssim_l_scale2"),
                                     part("float_ms_ssim_l_scale3"),
                                     part("float_ms_ssim_l_scale4"),
                                     part("float_ms_ssim_c_scale0"),
                                     part("float_ms_ssim_c_scale1"),
                                     part("float_ms_ssim_c_scale2"),
                                     part("float_ms_ssim_c_scale3"),
                                     part("float_ms_ssim_c_scale4"),
                                     part("float_ms_ssim_s_scale0"),
                                     part("float_ms_ssim_s_scale1"),
                                     part("float_ms_ssim_s_scale2"),
                                     part("float_ms_ssim_s_scale3"),
                                     part("float_ms_ssim_s_scale4")};

constexpr OptionInfo kOptions[] = {
    {.name = "enable_lcs",
     .help = "report luminance, contrast and structure of each scale, too",
     .type = OptionType::boolean,
     .role = OptionRole::debug},
    {.name = "enable_db",
     .help = "score in dB: -10 log10(1 - ms_ssim)",
     .type = OptionType::boolean},
    {.name = "clip_db",
     .help = "limit dB to what half a code value of error in the whole picture gives",
     .type = OptionType::boolean},
};

// Of contrast and structure; that of luminance at the last scale is the last of them.
constexpr std::array<float, kScales> kExponents{.0448f, .2856f, .3001f, .2363f, .1333f};

double largest_db(const PictureFormat& format) {
  const double peak = (1 << format.bits) - 1,
               area = static_cast<double>(format.width) * format.height;
  return std::ceil(10 * std::log10(peak * peak / (0.5 / area)));
}

std::size_t scales_of(int width, int height) {
  std::size_t scales = 0;
  for (; scales < kScales && std::min(width, height) >= ssim::kWindow; ++scales)
    width = ssim::shrunk_size(width, 2), height = ssim::shrunk_size(height, 2);
  return scales;
}

std::array<double, kScales> exponents_of(std::size_t scales) {
  std::array<double, kScales> exponents{};
  double all = 0, used = 0;
  for (std::size_t i = 0; i < kScales; ++i) {
    exponents[i] = static_cast<double>(kExponents[i]);
    all += exponents[i];
    if (i < scales) used += exponents[i];
  }
  if (scales < kScales)
    for (double& exponent : exponents) exponent *= all / used;
  return exponents;
}

// Means have single precision, as in the reference.
double single(double value) { return static_cast<double>(static_cast<float>(value)); }

class FloatMsSsim final : public Metric {
 public:
  explicit FloatMsSsim(const Options& options)
      : parts_(options.boolean("enable_lcs")),
        db_(options.boolean("enable_db")),
        clip_(options.boolean("clip_db")) {}

  Status prepare(const PictureFormat& format) override {
    scales_ = scales_of(format.width, format.height);
    if (scales_ == 0)
      return fail(EINVAL,
                  fmt::format("float_ms_ssim needs {0}x{0} samples, and the picture is {1}x{2}",
                              ssim::kWindow, format.width, format.height));
    exponents_ = exponents_of(scales_);
    largest_ = clip_ ? largest_db(format) : kInfinity;
    return {};
  }

  Status extract(const Frame& frame, Scratch& scratch, Scores& scores) const override {
    const Means means = means_of(frame, scratch);
    double score = 1;
    for (std::size_t i = 0; i < scales_; ++i) score *= factor(means[i], i);
    scores.set(kScore, db_ ? std::min(-10 * std::log10(1 - score), largest_) : score);
    for (std::size_t i = 0; parts_ && i < scales_; ++i) {
      scores.set(kLuminance + i, single(means[i].luminance));
      scores.set(kContrast + i, single(means[i].contrast));
      scores.set(kStructure + i, single(means[i].structure));
    }
    return {};
  }

 private:
  using Means = std::array<ssim::Means, kScales>;

  double factor(const ssim::Means& means, std::size_t scale) const {
    const double detail = std::pow(single(means.contrast), exponents_[scale]) *
                          std::pow(std::max(0.0, single(means.structure)), exponents_[scale]);
    return scale + 1 < scales_ ? detail
                               : detail * std::pow(single(means.luminance), exponents_[scale]);
  }

  ssim::Terms terms(std::size_t scale) const {
    return parts_ || scale + 1 == scales_ ? ssim::Terms::all : ssim::Terms::contrast_structure;
  }

  Means means_of(const Frame& frame, Scratch& scratch) const {
    const auto means_of_scale = db_ ? ssim::rounded::means : ssim::means;
    Parallel& parallel = *frame.parallel;
    Samples ref = frame.ref->samples(0), dist = frame.dist->samples(0);
    Means means;
    for (std::size_t scale = 0; scale < scales_; ++scale) {
      if (scale > 0) {
        ref = half_of(ref, scratch, parallel);
        dist = half_of(dist, scratch, parallel);
      }
      means[scale] = means_of_scale(ref, dist, terms(scale), scratch, parallel);
    }
    return means;
  }

  Samples half_of(const Samples& plane, Scratch& scratch, Parallel& parallel) const {
    const auto half = scratch.take_plane<float>(ssim::shrunk_size(plane.width, 2),
                                                ssim::shrunk_size(plane.height, 2));
    const auto halve = db_ ? ssim::rounded::halve : ssim::halve;
    halve(plane, half, scratch, parallel);
    return float_samples(half);
  }

  bool parts_, db_, clip_;
  std::size_t scales_ = kScales;
  std::array<double, kScales> exponents_{};
  double largest_ = kInfinity;
};

Result<std::unique_ptr<Metric>> create(const Options& options, const Environment&) {
  return std::make_unique<FloatMsSsim>(options);
}

constexpr Descriptor kDescriptor{
    .name = "float_ms_ssim",
    .summary = "multi-scale structural similarity of luma",
    .source =
        "Wang, Simoncelli, Bovik: Multi-scale structural similarity for image quality assessment, "
        "Asilomar 2003",
    .features = kFeatures,
    .options = kOptions,
    .planes = Planes::luma,
    .exactness = Exactness::deterministic,
    .symmetric = true,
    .create = create,
};

}  // namespace

const Descriptor& float_ms_ssim_metric() { return kDescriptor; }

}  // namespace visq
