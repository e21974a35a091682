// Structural similarity of luma. As in libvmaf, pictures whose smaller side is 384 or more are made
// smaller first, to about 256 samples, unless `scale` says otherwise.
//
// The window has to fit: a picture that is smaller than 11x11 after scaling is refused, where
// libvmaf divides by zero or reads beyond the picture.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "extract/metric.h"
#include "kernels/conv/values.h"
#include "kernels/ssim/rounded.h"
#include "kernels/ssim/shrink.h"
#include "kernels/ssim/ssim.h"

namespace visq {
namespace {

enum Feature : std::size_t { kSsim, kLuminance, kContrast, kStructure };

constexpr FeatureInfo part(std::string_view name) {
  return {name, "", "1", -1, 1, 1, Direction::descriptive, FeatureRole::debug};
}

constexpr FeatureInfo kFeatures[] = {{"float_ssim", "", "1, or dB", -1, kInfinity, 1,
                                      Direction::higher_is_better, FeatureRole::score},
                                     part("float_ssim_l"),
                                     part("float_ssim_c"),
                                     part("float_ssim_s")};

constexpr OptionInfo kOptions[] = {
    {.name = "enable_lcs",
     .help = "report luminance, contrast and structure, too",
     .type = OptionType::boolean,
     .role = OptionRole::debug},
    {.name = "enable_db", .help = "score in dB: -10 log10(1 - ssim)", .type = OptionType::boolean},
    {.name = "clip_db",
     .help = "limit dB to what half a code value of error in the whole picture gives",
     .type = OptionType::boolean},
    {.name = "scale",
     .help = "factor by which the picture is made smaller first; 0: by its size",
     .type = OptionType::integer,
     .value = 0,
     .min = 0,
     .max = 10},
};

// The reference's scale: the smaller side over 256, rounded.
int automatic_scale(const PictureFormat& format) {
  return std::max(1,
                  static_cast<int>(std::floor(
                      static_cast<float>(std::min(format.width, format.height)) / 256.0f + 0.5f)));
}

double largest_db(const PictureFormat& format) {
  const double peak = (1 << format.bits) - 1,
               area = static_cast<double>(format.width) * format.height;
  return std::ceil(10 * std::log10(peak * peak / (0.5 / area)));
}

// Scores have single precision, as in the reference.
double single(double value) { return static_cast<double>(static_cast<float>(value)); }

class FloatSsim final : public Metric {
 public:
  explicit FloatSsim(const Options& options)
      : parts_(options.boolean("enable_lcs")),
        db_(options.boolean("enable_db")),
        clip_(options.boolean("clip_db")),
        scale_(static_cast<int>(options.integer("scale"))) {}

  Status prepare(const PictureFormat& format) override {
    if (scale_ == 0) scale_ = automatic_scale(format);
    largest_ = clip_ ? largest_db(format) : kInfinity;
    const int width = scaled(format.width), height = scaled(format.height);
    if (std::min(width, height) >= ssim::kWindow) return {};
    return fail(
        EINVAL,
        fmt::format(
            "float_ssim needs {0}x{0} samples, and a picture of {1}x{2} at scale {3} has {4}x{5}",
            ssim::kWindow, format.width, format.height, scale_, width, height));
  }

  Status extract(const Frame& frame, Scratch& scratch, Scores& scores) const override {
    const ssim::Means means = means_of(frame, scratch);
    const double score = single(means.product);
    scores.set(kSsim, db_ ? std::min(-10 * std::log10(1 - score), largest_) : score);
    if (!parts_) return {};
    scores.set(kLuminance, single(means.luminance));
    scores.set(kContrast, single(means.contrast));
    scores.set(kStructure, single(means.structure));
    return {};
  }

 private:
  int scaled(int size) const { return scale_ == 1 ? size : ssim::shrunk_size(size, scale_); }

  ssim::Means means_of(const Frame& frame, Scratch& scratch) const {
    const auto terms = parts_ ? ssim::Terms::all : ssim::Terms::product;
    const auto means = db_ ? ssim::rounded::means : ssim::means;
    Parallel& parallel = *frame.parallel;
    const Samples ref = smaller(frame.ref->samples(0), scratch, parallel),
                  dist = smaller(frame.dist->samples(0), scratch, parallel);
    return means(ref, dist, terms, scratch, parallel);
  }

  Samples smaller(const Samples& plane, Scratch& scratch, Parallel& parallel) const {
    if (scale_ == 1) return plane;
    const auto out = scratch.take_plane<float>(scaled(plane.width), scaled(plane.height));
    const auto shrink = db_ ? ssim::rounded::shrink_by_box : ssim::shrink_by_box;
    shrink(plane, scale_, out, scratch, parallel);
    return float_samples(out);
  }

  bool parts_, db_, clip_;
  int scale_;
  double largest_ = kInfinity;
};

Result<std::unique_ptr<Metric>> create(const Options& options, const Environment&) {
  return std::make_unique<FloatSsim>(options);
}

constexpr Descriptor kDescriptor{
    .name = "float_ssim",
    .summary = "structural similarity of luma",
    .source = "Wang, Bovik, Sheikh, Simoncelli: Image quality assessment, IEEE TIP 13(4), 2004",
    .features = kFeatures,
    .options = kOptions,
    .planes = Planes::luma,
    .exactness = Exactness::deterministic,
    .symmetric = true,
    .create = create,
};

}  // namespace

const Descriptor& float_ssim_metric() { return kDescriptor; }

}  // namespace visq
