// SSIMULACRA 2.1: errors of structure and of edges at six scales, in a colour space of the eye.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "kernels/ssimulacra/ssimulacra.h"
#include "metrics/rgb_options.h"

namespace visq {
namespace {

using ssimulacra::ChannelErrors;
using ssimulacra::Norms;
using Channels = ssimulacra::Planes;

using ScaleErrors = std::array<ChannelErrors, 3>;

constexpr int kScales = 6;
constexpr int kBandRows = 64;  // of a scale, that a thread brings to XYB; even
constexpr int kMinSide = 8;    // a scale is looked at while the one before has that many pixels
constexpr int kPq = 16, kHlg = 18;  // transfer characteristics of ITU-T H.273

// Channel by channel (X, Y, B - Y), then by scale from the finest, norm (mean, fourth) and map
// (structure, artefacts, lost).
constexpr double kWeights[108] = {0.0,
                                  0.0007376606707406586,
                                  0.0,
                                  0.0,
                                  0.0007793481682867309,
                                  0.0,
                                  0.0,
                                  0.0004371155730107379,
                                  0.0,
                                  1.1041726426657346,
                                  0.00066284834129271,
                                  0.00015231632783718752,
                                  0.0,
                                  0.0016406437456599754,
                                  0.0,
                                  1.8422455520539298,
                                  11.441172603757666,
                                  0.0,
                                  0.0007989109436015163,
                                  0.000176816438078653,
                                  0.0,
                                  1.8787594979546387,
                                  10.94906990605142,
                                  0.0,
                                  0.0007289346991508072,
                                  0.9677937080626833,
                                  0.0,
                                  0.00014003424285435884,
                                  0.9981766977854967,
                                  0.00031949755934435053,
                                  0.0004550992113792063,
                                  0.0,
                                  0.0,
                                  0.0013648766163243398,
                                  0.0,
                                  0.0,
                                  0.0,
                                  0.0,
                                  0.0,
                                  7.466890328078848,
                                  0.0,
                                  17.445833984131262,
                                  0.0006235601634041466,
                                  0.0,
                                  0.0,
                                  6.683678146179332,
                                  0.00037724407979611296,
                                  1.027889937768264,
                                  225.20515300849274,
                                  0.0,
                                  0.0,
                                  19.213238186143016,
                                  0.0011401524586618361,
                                  0.001237755635509985,
                                  176.39317598450694,
                                  0.0,
                                  0.0,
                                  24.43300999870476,
                                  0.28520802612117757,
                                  0.0004485436923833408,
                                  0.0,
                                  0.0,
                                  0.0,
                                  34.77906344483772,
                                  44.835625328877896,
                                  0.0,
                                  0.0,
                                  0.0,
                                  0.0,
                                  0.0,
                                  0.0,
                                  0.0,
                                  0.0,
                                  0.0008680556573291698,
                                  0.0,
                                  0.0,
                                  0.0,
                                  0.0,
                                  0.0,
                                  0.0005313191874358747,
                                  0.0,
                                  0.00016533814161379112,
                                  0.0,
                                  0.0,
                                  0.0,
                                  0.0,
                                  0.0,
                                  0.0004179171803251336,
                                  0.0017290828234722833,
                                  0.0,
                                  0.0020827005846636437,
                                  0.0,
                                  0.0,
                                  8.826982764996862,
                                  23.19243343998926,
                                  0.0,
                                  95.1080498811086,
                                  0.9863978034400682,
                                  0.9834382792465353,
                                  0.0012286405048278493,
                                  171.2667255897307,
                                  0.9807858872435379,
                                  0.0,
                                  0.0,
                                  0.0,
                                  0.0005130064588990679,
                                  0.0,
                                  0.00010854057858411537};

constexpr FeatureInfo part(std::string_view name) {
  return {name, "", "error", 0, kInfinity, 0, Direction::lower_is_better, FeatureRole::debug};
}

constexpr std::size_t kMaps = 3;                // structure, artefacts, lost
enum Feature : std::size_t { kScore, kParts };  // kParts + kMaps * scale + map
constexpr FeatureInfo kFeatures[] = {{.name = "ssimulacra2",
                                      .unit = "score",
                                      .min = -kInfinity,
                                      .max = 100,
                                      .identity = 100,
                                      .direction = Direction::higher_is_better},
                                     part("ssimulacra2_structure_scale0"),
                                     part("ssimulacra2_artefacts_scale0"),
                                     part("ssimulacra2_lost_scale0"),
                                     part("ssimulacra2_structure_scale1"),
                                     part("ssimulacra2_artefacts_scale1"),
                                     part("ssimulacra2_lost_scale1"),
                                     part("ssimulacra2_structure_scale2"),
                                     part("ssimulacra2_artefacts_scale2"),
                                     part("ssimulacra2_lost_scale2"),
                                     part("ssimulacra2_structure_scale3"),
                                     part("ssimulacra2_artefacts_scale3"),
                                     part("ssimulacra2_lost_scale3"),
                                     part("ssimulacra2_structure_scale4"),
                                     part("ssimulacra2_artefacts_scale4"),
                                     part("ssimulacra2_lost_scale4"),
                                     part("ssimulacra2_structure_scale5"),
                                     part("ssimulacra2_artefacts_scale5"),  // weighs nothing
                                     part("ssimulacra2_lost_scale5")};

constexpr OptionInfo kOptions[] = {
    {.name = "enable_scales",
     .help = "report the weighted errors of each scale, too; the score is a function of their sum",
     .type = OptionType::boolean,
     .role = OptionRole::debug},
    kColourMatrix,
    kColourRange,
    chroma_option("bilinear")};

// Rows y to y + count - 1.
Channels rows_of(const Channels& planes, int y, int count) {
  Channels rows;
  for (std::size_t c = 0; c < 3; ++c)
    rows[c] = {planes[c].row(y), planes[c].stride, planes[c].width, count};
  return rows;
}

// A picture in all scales, the finest first.
using Pyramid = std::vector<Channels>;

// A scale is looked at while the one before is large enough.
Pyramid take_pyramid(int width, int height, Scratch& scratch) {
  Pyramid scales;
  for (int side = kMinSide; static_cast<int>(scales.size()) < kScales && side >= kMinSide;) {
    Channels planes;
    for (auto& plane : planes) plane = scratch.take_plane<float>(width, height);
    scales.push_back(planes);
    side = std::min(width, height);
    width = (width + 1) / 2;
    height = (height + 1) / 2;
  }
  return scales;
}

// Light of two rows, or of a last one: its means go to the next scale, then it becomes XYB.
void leave_light(const Channels& rows, int y, const Channels* next) {
  if (next != nullptr) {
    const Channels means = rows_of(*next, y / 2, 1);
    for (std::size_t c = 0; c < 3; ++c) ssimulacra::halve(rows[c], means[c]);
  }
  ssimulacra::perceive(rows);
}

// A picture on its way to XYB in all scales.
class Perception {
 public:
  Perception(const Picture& picture, const RgbRule& rule, const Pyramid& scales)
      : codes_(unit_rows(picture, rule)), scales_(scales) {}

  // Once a scale is there, its light and the codes are gone.
  void band(std::size_t scale, int first) const {
    const Channels& planes = scales_[scale];
    const Channels* const next = scale + 1 < scales_.size() ? &scales_[scale + 1] : nullptr;
    const int end = std::min(first + kBandRows, planes[0].height);
    for (int y = first; y < end; y += 2) {
      const Channels rows = rows_of(planes, y, std::min(2, end - y));
      if (scale == 0) fill_light(y, rows);
      leave_light(rows, y, next);
    }
  }

 private:
  void fill_light(int y, const Channels& rows) const {
    for (int i = 0; i < rows[0].height; ++i)
      codes_(y + i, rgb::Planes{rows[0].row(i), rows[1].row(i), rows[2].row(i)});
    for (const PlaneView<float>& plane : rows) ssimulacra::to_light(plane);
  }

  RgbRows codes_;
  const Pyramid& scales_;
};

struct WeightedErrors {
  double sum = 0;
  std::vector<double> parts;  // kMaps * scale + map
};

// Those of a channel's scale. They follow each other through the scales that there are, as in the
// published program: a picture with fewer than six gives later channels the weights of earlier
// ones.
std::span<const double> weights_of(std::size_t scales, std::size_t channel, std::size_t scale) {
  return std::span(kWeights).subspan(2 * kMaps * (channel * scales + scale), 2 * kMaps);
}

// What weighs nothing is not found. In a picture's own size, X and B - Y weigh edges alone.
ssimulacra::Maps maps_of(std::span<const double> weights) {
  return weights[0] != 0 || weights[kMaps] != 0 ? ssimulacra::Maps::all : ssimulacra::Maps::edges;
}

WeightedErrors weighted(std::span<const ScaleErrors> scales) {
  constexpr std::array kMapsInOrder{&ChannelErrors::structure, &ChannelErrors::artefacts,
                                    &ChannelErrors::lost};
  WeightedErrors errors{0, std::vector<double>(kMaps * scales.size())};
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t scale = 0; scale < scales.size(); ++scale) {
      const double* weight = weights_of(scales.size(), c, scale).data();
      for (const auto norm : {&Norms::mean, &Norms::fourth})
        for (std::size_t map = 0; map < kMaps; ++map) {
          const double error = *weight++ * (scales[scale][c].*kMapsInOrder[map]).*norm;
          errors.sum += error;
          errors.parts[kMaps * scale + map] += error;
        }
    }
  return errors;
}

double score_of(double errors) {
  const double e = errors * 0.9562382616834844;
  const double remapped =
      2.326765642916932 * e - 0.020884521182843837 * e * e + 6.248496625763138e-05 * e * e * e;
  return remapped > 0 ? 100 - 10 * std::pow(remapped, 0.6276336467831387) : 100;
}

class Ssimulacra2 final : public Metric {
 public:
  Ssimulacra2(const RgbRule& rule, bool parts) : rule_(rule), parts_(parts) {}

  Status prepare(const PictureFormat& format) override {
    if (format.width >= kMinSide && format.height >= kMinSide) return {};
    return fail(
        EINVAL,
        fmt::format("metric ssimulacra2 needs pictures of at least {0}x{0} pixels, not {1}x{2}",
                    kMinSide, format.width, format.height));
  }

  Status extract(const Frame& frame, Scratch& scratch, Scores& scores) const override {
    if (const int transfer = frame.ref->color().transfer; transfer == kPq || transfer == kHlg)
      return fail(ENOTSUP,
                  fmt::format("ssimulacra2 is defined for SDR; these pictures are {}; convert the "
                              "clips to SDR first",
                              transfer == kPq ? "PQ (SMPTE ST 2084)" : "HLG (ARIB STD-B67)"),
                  ErrorKind::input);
    VISQ_TRY(check_rgb(*frame.ref, rule_));
    VISQ_TRY(check_rgb(*frame.dist, rule_));
    const int width = frame.ref->width(0), height = frame.ref->height(0);
    const Pyramid ref = take_pyramid(width, height, scratch),
                  dist = take_pyramid(width, height, scratch);
    perceive(frame, ref, dist, scratch);
    const WeightedErrors found = weighted(errors(frame, ref, dist, scratch));
    scores.set(kScore, score_of(found.sum));
    for (std::size_t i = 0; parts_ && i < found.parts.size(); ++i)
      scores.set(kParts + i, found.parts[i]);
    return {};
  }

 private:
  void perceive(const Frame& frame, const Pyramid& ref, const Pyramid& dist,
                Scratch& scratch) const {
    const Perception pictures[] = {{*frame.ref, rule_, ref}, {*frame.dist, rule_, dist}};
    for (std::size_t scale = 0; scale < ref.size(); ++scale) {
      const int bands = (ref[scale][0].height + kBandRows - 1) / kBandRows;
      frame.parallel->run(2 * static_cast<std::size_t>(bands), scratch,
                          [&](std::size_t part, Scratch&) {
                            pictures[part % 2].band(scale, static_cast<int>(part / 2) * kBandRows);
                          });
    }
  }

  // The blur runs through a whole channel, whose sums are in raster order: a channel is a part.
  static std::vector<ScaleErrors> errors(const Frame& frame, const Pyramid& ref,
                                         const Pyramid& dist, Scratch& scratch) {
    std::vector<ScaleErrors> scales(ref.size());
    frame.parallel->run(3 * ref.size(), scratch, [&](std::size_t part, Scratch& own) {
      const std::size_t scale = part / 3, c = part % 3;
      scales[scale][c] = ssimulacra::channel_errors(ref[scale][c], dist[scale][c],
                                                    maps_of(weights_of(ref.size(), c, scale)), own);
    });
    return scales;
  }

  RgbRule rule_;
  bool parts_;
};

Result<std::unique_ptr<Metric>> create(const Options& options, const Environment&) {
  return std::make_unique<Ssimulacra2>(rgb_rule(options), options.boolean("enable_scales"));
}

constexpr Descriptor kDescriptor{
    .name = "ssimulacra2",
    .summary =
        "structural similarity, artefacts and lost detail in the XYB colour space; pictures are "
        "taken as sRGB",
    .source = "Sneyers, SSIMULACRA 2.1, https://github.com/cloudinary/ssimulacra2",
    .features = kFeatures,
    .options = kOptions,
    .planes = Planes::all,
    .exactness = Exactness::deterministic,
    .rgb = true,
    .create = create,
};

}  // namespace

const Descriptor& ssimulacra2_metric() { return kDescriptor; }

}  // namespace visq
