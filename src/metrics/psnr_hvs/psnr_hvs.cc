// PSNR-HVS-M of each plane, and of all: PSNR whose errors are weighted by contrast sensitivity and
// by what the picture's own contrast masks.
//
// Every depth from 8 to 16 bits is scored; libvmaf refuses those above 12, whose transform
// overflows there. A luma-only picture has psnr_hvs_y, and a psnr_hvs with chroma that has no
// error.
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "extract/metric.h"
#include "kernels/hvs/hvs.h"

namespace visq {
namespace {

constexpr std::size_t kPlanes = 3, kCombined = 3;

constexpr FeatureInfo feature(std::string_view name) {
  return {name,
          "",
          "dB",
          -kInfinity,
          kInfinity,
          kNoIdentity,
          Direction::higher_is_better,
          FeatureRole::score};
}

constexpr FeatureInfo kFeatures[] = {feature("psnr_hvs_y"), feature("psnr_hvs_cb"),
                                     feature("psnr_hvs_cr"), feature("psnr_hvs")};

// Contrast sensitivity at the point of transparency, as in Daala's dump_psnrhvs; that of chroma is
// for 4:2:0, whatever the picture's format.
using Sensitivity = std::array<float, hvs::kCoefficients>;
constexpr Sensitivity kLuma{
    1.6193873005f,   2.2901594831f,   2.08509755623f,  1.48366094411f,  1.00227514334f,
    0.678296995242f, 0.466224900598f, 0.3265091542f,   2.2901594831f,   1.94321815382f,
    2.04793073064f,  1.68731108984f,  1.2305666963f,   0.868920337363f, 0.61280991668f,
    0.436405793551f, 2.08509755623f,  2.04793073064f,  1.34329019223f,  1.09205635862f,
    0.875748795257f, 0.670882927016f, 0.501731932449f, 0.372504254596f, 1.48366094411f,
    1.68731108984f,  1.09205635862f,  0.772819797575f, 0.605636379554f, 0.48309405692f,
    0.380429446972f, 0.295774038565f, 1.00227514334f,  1.2305666963f,   0.875748795257f,
    0.605636379554f, 0.448996256676f, 0.352889268808f, 0.283006984131f, 0.226951348204f,
    0.678296995242f, 0.868920337363f, 0.670882927016f, 0.48309405692f,  0.352889268808f,
    0.27032073436f,  0.215017739696f, 0.17408067321f,  0.466224900598f, 0.61280991668f,
    0.501731932449f, 0.380429446972f, 0.283006984131f, 0.215017739696f, 0.168869545842f,
    0.136153931001f, 0.3265091542f,   0.436405793551f, 0.372504254596f, 0.295774038565f,
    0.226951348204f, 0.17408067321f,  0.136153931001f, 0.109083846276f};
constexpr Sensitivity kBlue{
    1.91113096927f,  2.46074210438f,  1.18284184739f,  1.14982565193f,  1.05017074788f,
    0.898018824055f, 0.74725392039f,  0.615105596242f, 2.46074210438f,  1.58529308355f,
    1.21363250036f,  1.38190029285f,  1.33100189972f,  1.17428548929f,  0.996404342439f,
    0.830890433625f, 1.18284184739f,  1.21363250036f,  0.978712413627f, 1.02624506078f,
    1.03145147362f,  0.960060382087f, 0.849823426169f, 0.731221236837f, 1.14982565193f,
    1.38190029285f,  1.02624506078f,  0.861317501629f, 0.801821139099f, 0.751437590932f,
    0.685398513368f, 0.608694761374f, 1.05017074788f,  1.33100189972f,  1.03145147362f,
    0.801821139099f, 0.676555426187f, 0.605503172737f, 0.55002013668f,  0.495804539034f,
    0.898018824055f, 1.17428548929f,  0.960060382087f, 0.751437590932f, 0.605503172737f,
    0.514674450957f, 0.454353482512f, 0.407050308965f, 0.74725392039f,  0.996404342439f,
    0.849823426169f, 0.685398513368f, 0.55002013668f,  0.454353482512f, 0.389234902883f,
    0.342353999733f, 0.615105596242f, 0.830890433625f, 0.731221236837f, 0.608694761374f,
    0.495804539034f, 0.407050308965f, 0.342353999733f, 0.295530605237f};
constexpr Sensitivity kRed{
    2.03871978502f,  2.62502345193f,  1.26180942886f,  1.11019789803f,  1.01397751469f,
    0.867069376285f, 0.721500455585f, 0.593906509971f, 2.62502345193f,  1.69112867013f,
    1.17180569821f,  1.3342742857f,   1.28513006198f,  1.13381474809f,  0.962064122248f,
    0.802254508198f, 1.26180942886f,  1.17180569821f,  0.944981930573f, 0.990876405848f,
    0.995903384143f, 0.926972725286f, 0.820534991409f, 0.706020324706f, 1.11019789803f,
    1.3342742857f,   0.990876405848f, 0.831632933426f, 0.77418706195f,  0.725539939514f,
    0.661776842059f, 0.587716619023f, 1.01397751469f,  1.28513006198f,  0.995903384143f,
    0.77418706195f,  0.653238524286f, 0.584635025748f, 0.531064164893f, 0.478717061273f,
    0.867069376285f, 1.13381474809f,  0.926972725286f, 0.725539939514f, 0.584635025748f,
    0.496936637883f, 0.438694579826f, 0.393021669543f, 0.721500455585f, 0.962064122248f,
    0.820534991409f, 0.661776842059f, 0.531064164893f, 0.438694579826f, 0.375820256136f,
    0.330555063063f, 0.593906509971f, 0.802254508198f, 0.706020324706f, 0.587716619023f,
    0.478717061273f, 0.393021669543f, 0.330555063063f, 0.285345396658f};
constexpr std::array<hvs::Weights, kPlanes> kWeights{hvs::weights_of(kLuma), hvs::weights_of(kBlue),
                                                     hvs::weights_of(kRed)};
constexpr std::array<double, kPlanes> kShares{.8, .1, .1};

double decibels(double error) { return 10 * (-1 * std::log10(error)); }

class PsnrHvs final : public Metric {
 public:
  // Chroma of odd sizes may round either way: extract knows.
  Status prepare(const PictureFormat& format) override {
    format_ = format;
    const PlaneLayouts planes = plane_sizes(format, ChromaRounding::up);
    for (std::size_t p = 0; p < static_cast<std::size_t>(plane_count(format.pixel_format)); ++p)
      VISQ_TRY(check_size(planes[p].width, planes[p].height));
    return {};
  }

  Status extract(const Frame& frame, Scratch& scratch, Scores& scores) const override {
    const auto planes = static_cast<std::size_t>(frame.ref->planes());
    for (int p = 0; p < frame.ref->planes(); ++p)
      VISQ_TRY(check_size(frame.ref->width(p), frame.ref->height(p)));
    std::array<float, kPlanes> errors{};
    frame.parallel->run(planes, scratch, [&](std::size_t plane, Scratch& own) {
      errors[plane] = mean_error(frame, plane, own);
    });
    double combined = 0;
    for (std::size_t plane = 0; plane < planes; ++plane) {
      const float error = errors[plane];
      scores.set(plane, decibels(static_cast<double>(error)));
      combined += kShares[plane] * static_cast<double>(error);
    }
    scores.set(kCombined, decibels(combined));
    return {};
  }

 private:
  Status check_size(int width, int height) const {
    if (width >= hvs::kSide && height >= hvs::kSide) return {};
    return fail(
        EINVAL,
        fmt::format("psnr_hvs needs {0}x{0} samples in every plane, and a plane of {1} has {2}x{3}",
                    hvs::kSide, describe(format_), width, height));
  }

  // In single precision, as in the reference; relative to the peak.
  float mean_error(const Frame& frame, std::size_t plane, Scratch& scratch) const {
    const Samples ref = frame.ref->samples(static_cast<int>(plane)),
                  dist = frame.dist->samples(static_cast<int>(plane));
    const float sum = hvs::error(ref, dist, kWeights[plane], scratch);
    const double samples = static_cast<double>(hvs::kCoefficients) * hvs::blocks(ref.width) *
                           hvs::blocks(ref.height),
                 peak = (1 << format_.bits) - 1;
    return sum / static_cast<float>(samples) / static_cast<float>(peak * peak);
  }

  PictureFormat format_;
};

Result<std::unique_ptr<Metric>> create(const Options&, const Environment&) {
  return std::make_unique<PsnrHvs>();
}

constexpr Descriptor kDescriptor{
    .name = "psnr_hvs",
    .summary = "PSNR-HVS-M: error weighted by contrast sensitivity and masking",
    .source =
        "Ponomarenko et al.: On between-coefficient contrast masking of DCT basis functions, VPQM "
        "2007",
    .features = kFeatures,
    .planes = Planes::all,
    .exactness = Exactness::deterministic,
    .symmetric = true,
    .create = create,
};

}  // namespace

const Descriptor& psnr_hvs_metric() { return kDescriptor; }

}  // namespace visq
