// A signal-to-noise ratio that forgives noise the eye does not resolve: the reference is smoothed,
// the distorted picture a little more, and their difference counts as noise. float_ansnr relates it
// to the energy of the reference about mid-grey, float_anpsnr to the peak. Identical pictures
// differ after smoothing, so that their score is no fixed value.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "extract/metric.h"
#include "kernels/ansnr/ansnr.h"

namespace visq {
namespace {

enum Feature : std::size_t { kAnsnr, kAnpsnr };

constexpr FeatureInfo kFeatures[] = {{"float_ansnr", "", "dB", -kInfinity, kInfinity, kNoIdentity,
                                      Direction::descriptive, FeatureRole::score},
                                     {"float_anpsnr", "", "dB", -kInfinity, 108, kNoIdentity,
                                      Direction::descriptive, FeatureRole::score}};

class FloatAnsnr final : public Metric {
 public:
  Status prepare(const PictureFormat& format) override {
    constexpr int kSmallest = ansnr::kRadius + 1;
    if (std::min(format.width, format.height) < kSmallest)
      return fail(
          EINVAL,
          fmt::format("float_ansnr needs at least {0}x{0} samples, and the picture is {1}x{2}",
                      kSmallest, format.width, format.height));
    return {};
  }

  Status extract(const Frame& frame, Scratch& scratch, Scores& scores) const override {
    const PictureFormat& format = frame.ref->format();
    const ansnr::Sums sums =
        ansnr::sums(frame.ref->samples(0), frame.dist->samples(0), scratch, *frame.parallel);
    const double largest = 6.0 * format.bits + 12, peak = 256 - std::ldexp(1.0, 8 - format.bits);
    const double pixels = static_cast<double>(format.width) * format.height;
    scores.set(kAnsnr, sums.noise == 0 ? largest : 10 * std::log10(sums.signal / sums.noise));
    scores.set(
        kAnpsnr,
        std::min(10 * std::log10(peak * peak * pixels / std::max(sums.noise, 1e-10)), largest));
    return {};
  }
};

constexpr Descriptor kDescriptor{
    .name = "float_ansnr",
    .summary = "signal-to-noise ratio of luma after smoothing",
    .source = "Netflix VMAF, https://github.com/Netflix/vmaf",
    .features = kFeatures,
    .exactness = Exactness::deterministic,
    .create = [](const Options&, const Environment&) -> Result<std::unique_ptr<Metric>> {
      return std::make_unique<FloatAnsnr>();
    },
};

}  // namespace

const Descriptor& float_ansnr_metric() { return kDescriptor; }

}  // namespace visq
