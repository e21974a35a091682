// Mean and mean square of luma, of either picture, with samples of any depth scaled to the range of
// 8 bits.
#include <cmath>

#include "extract/metric.h"
#include "kernels/moments/moments.h"

namespace visq {
namespace {

constexpr FeatureInfo moment_feature(std::string_view name, double largest) {
  return {name,
          "",
          largest > 256 ? "squared 8-bit code values" : "8-bit code values",
          0,
          largest,
          kNoIdentity,
          Direction::descriptive,
          FeatureRole::score};
}

constexpr FeatureInfo kFeatures[] = {
    moment_feature("float_moment_ref1st", 256), moment_feature("float_moment_dis1st", 256),
    moment_feature("float_moment_ref2nd", 65536), moment_feature("float_moment_dis2nd", 65536)};

class FloatMoment final : public Metric {
 public:
  Status extract(const Frame& frame, Scratch&, Scores& scores) const override {
    report(*frame.ref, 0, scores);
    report(*frame.dist, 1, scores);
    return {};
  }

 private:
  static void report(const Picture& picture, std::size_t side, Scores& scores) {
    const PictureFormat& format = picture.format();
    const moments::Sums sums = moments::sums(picture.samples(0));
    const double unit = std::ldexp(1.0, 8 - format.bits),
                 pixels = static_cast<double>(format.width) * format.height;
    scores.set(side, static_cast<double>(sums.samples) * unit / pixels);
    scores.set(2 + side, static_cast<double>(sums.squares) * unit * unit / pixels);
  }
};

constexpr Descriptor kDescriptor{
    .name = "float_moment",
    .summary = "mean and mean square of luma, in the range of 8 bits",
    .source = "Netflix VMAF, https://github.com/Netflix/vmaf",
    .features = kFeatures,
    .exactness = Exactness::exact,
    .create = [](const Options&, const Environment&) -> Result<std::unique_ptr<Metric>> {
      return std::make_unique<FloatMoment>();
    },
};

}  // namespace

const Descriptor& float_moment_metric() { return kDescriptor; }

}  // namespace visq
