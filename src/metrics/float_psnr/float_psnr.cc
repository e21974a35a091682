// Peak signal-to-noise ratio of luma, with the peak that libvmaf's floating-point PSNR has: samples
// of any depth are scaled to the range of 8 bits, so that the largest is 256 - 2^(8 - bits).
#include <algorithm>
#include <cmath>

#include "extract/metric.h"
#include "kernels/sse/sse.h"

namespace visq {
namespace {

constexpr FeatureInfo kFeatures[] = {
    {"float_psnr", "", "dB", 0, 108, kNoIdentity, Direction::higher_is_better, FeatureRole::score}};

class FloatPsnr final : public Metric {
 public:
  Status extract(const Frame& frame, Scratch&, Scores& scores) const override {
    const PictureFormat& format = frame.ref->format();
    const auto sse = sum_squared_error(frame.ref->samples(0), frame.dist->samples(0));
    const double unit = std::ldexp(1.0, 8 - format.bits), peak = 256 - unit;
    const double mse = static_cast<double>(sse) * unit * unit /
                       (static_cast<double>(format.width) * format.height);
    scores.set(
        0, std::min(10 * std::log10(peak * peak / std::max(mse, 1e-10)), 6.0 * format.bits + 12));
    return {};
  }
};

constexpr Descriptor kDescriptor{
    .name = "float_psnr",
    .summary = "peak signal-to-noise ratio of luma, in the range of 8 bits",
    .source = "ITU-T J.340",
    .features = kFeatures,
    .exactness = Exactness::exact,
    .symmetric = true,
    .create = [](const Options&, const Environment&) -> Result<std::unique_ptr<Metric>> {
      return std::make_unique<FloatPsnr>();
    },
};

}  // namespace

const Descriptor& float_psnr_metric() { return kDescriptor; }

}  // namespace visq
