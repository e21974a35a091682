// SSIMULACRA 2.1: errors of structure and of edges at six scales, in a colour space of the eye.
#include <cmath>

#include <fmt/format.h>

#include "kernels/ssimulacra/ssimulacra.h"
#include "metrics/rgb_options.h"

namespace visq {
namespace {

using ssimulacra::ChannelErrors;
using ssimulacra::Light;
using ssimulacra::Norms;
using ssimulacra::ScaleErrors;

constexpr int kScales = 6;
constexpr int kMinSide = 8;  // a scale is looked at while the one before has that many pixels
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

constexpr FeatureInfo kFeatures[] = {{.name = "ssimulacra2",
                                      .unit = "score",
                                      .min = -kInfinity,
                                      .max = 100,
                                      .identity = 100,
                                      .direction = Direction::higher_is_better}};

constexpr OptionInfo kOptions[] = {kColourMatrix, kColourRange, chroma_option("bilinear")};

// The light of a picture at the scale that is being looked at, and room for the next.
struct Pyramid {
  std::array<PlaneView<float>, 3> now, next;

  Light light() const { return {now[0], now[1], now[2]}; }
  void halve() {
    for (std::size_t c = 0; c < 3; ++c) {
      next[c].width = (now[c].width + 1) / 2;
      next[c].height = (now[c].height + 1) / 2;
      ssimulacra::halve(now[c], next[c]);
    }
    std::swap(now, next);
  }
};

// Of sRGB codes.
Pyramid pyramid(RgbTensor& tensor, Scratch& scratch) {
  Pyramid p;
  const std::size_t plane =
      static_cast<std::size_t>(tensor.width) * static_cast<std::size_t>(tensor.height);
  for (std::size_t c = 0; c < 3; ++c) {
    p.now[c] = {tensor.values.data() + c * plane, tensor.width, tensor.width, tensor.height};
    ssimulacra::to_light(p.now[c]);
    p.next[c] = scratch.take_plane<float>((tensor.width + 1) / 2, (tensor.height + 1) / 2);
  }
  return p;
}

// The weights follow each other through the scales that there are, as in the published program: a
// picture with fewer than six gives later channels the weights of earlier ones.
double weighted(std::span<const ScaleErrors> scales) {
  double sum = 0;
  const double* weight = kWeights;
  for (std::size_t c = 0; c < 3; ++c)
    for (const ScaleErrors& scale : scales)
      for (const auto norm : {&Norms::mean, &Norms::fourth})
        for (const auto map :
             {&ChannelErrors::structure, &ChannelErrors::artefacts, &ChannelErrors::lost})
          sum += *weight++ * (scale[c].*map).*norm;
  return sum;
}

double score_of(double errors) {
  const double e = errors * 0.9562382616834844;
  const double remapped =
      2.326765642916932 * e - 0.020884521182843837 * e * e + 6.248496625763138e-05 * e * e * e;
  return remapped > 0 ? 100 - 10 * std::pow(remapped, 0.6276336467831387) : 100;
}

class Ssimulacra2 final : public Metric {
 public:
  explicit Ssimulacra2(const RgbRule& rule) : rule_(rule) {}

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
                              transfer == kPq ? "PQ (SMPTE ST 2084)" : "HLG (ARIB STD-B67)"));
    VISQ_ASSIGN(RgbTensor ref, unit_tensor(*frame.ref, rule_, tensors_));
    VISQ_ASSIGN(RgbTensor dist, unit_tensor(*frame.dist, rule_, tensors_));
    Pyramid a = pyramid(ref, scratch), b = pyramid(dist, scratch);
    if (b.next[2].data == nullptr || a.next[2].data == nullptr)
      return fail(ENOMEM, "no memory for the scales of ssimulacra2");
    std::vector<ScaleErrors> scales;
    for (int side = kMinSide; static_cast<int>(scales.size()) < kScales && side >= kMinSide;
         side = std::min(a.now[0].width, a.now[0].height)) {
      if (!scales.empty()) a.halve(), b.halve();
      VISQ_ASSIGN(const ScaleErrors errors,
                  ssimulacra::scale_errors(a.light(), b.light(), scratch));
      scales.push_back(errors);
    }
    scores.set(0, score_of(weighted(scales)));
    return {};
  }

 private:
  RgbRule rule_;
  std::shared_ptr<BufferPool<float>> tensors_ = std::make_shared<BufferPool<float>>();
};

Result<std::unique_ptr<Metric>> create(const Options& options, const Environment&) {
  return std::make_unique<Ssimulacra2>(rgb_rule(options));
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
