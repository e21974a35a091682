// Peak signal-to-noise ratio of each plane, and of the whole clip (apsnr).
// Every depth from 8 to 16 bits is scored by the same formula; libvmaf refuses 9, 11 and 13 to 15.
// A plane without samples (chroma of a picture one sample wide, where sizes round down) has no
// error: it gets the largest score, where the formula alone would say 0/0.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "extract/metric.h"
#include "kernels/sse/sse.h"

namespace visq {
namespace {

constexpr std::size_t kPlanes = 3;
// Of each plane, in turns as libvmaf reports them; and the totals, + plane.
constexpr std::size_t psnr_of(std::size_t plane) { return 2 * plane; }
constexpr std::size_t mse_of(std::size_t plane) { return 2 * plane + 1; }
enum Feature : std::size_t { kSse = 2 * kPlanes, kPixels = 3 * kPlanes };

constexpr FeatureInfo psnr_feature(std::string_view name) {
  return {name, "", "dB", 0, 108, kNoIdentity, Direction::higher_is_better, FeatureRole::score};
}
constexpr FeatureInfo mse_feature(std::string_view name) {
  return {name,         "", "squared code values",      0,
          4294836225.0, 0,  Direction::lower_is_better, FeatureRole::debug};
}
constexpr FeatureInfo total_feature(std::string_view name) {
  return {name, "", "", 0, kInfinity, kNoIdentity, Direction::descriptive, FeatureRole::internal};
}

constexpr FeatureInfo kFeatures[] = {
    psnr_feature("psnr_y"),    mse_feature("mse_y"),       psnr_feature("psnr_cb"),
    mse_feature("mse_cb"),     psnr_feature("psnr_cr"),    mse_feature("mse_cr"),
    total_feature("sse_y"),    total_feature("sse_cb"),    total_feature("sse_cr"),
    total_feature("pixels_y"), total_feature("pixels_cb"), total_feature("pixels_cr")};

constexpr std::array<std::string_view, kPlanes> kAggregates{"apsnr_y", "apsnr_cb", "apsnr_cr"};

constexpr OptionInfo kOptions[] = {
    {.name = "enable_chroma",
     .help = "score Cb and Cr too",
     .type = OptionType::boolean,
     .value = 1},
    {.name = "enable_mse",
     .help = "report the mean squared errors",
     .type = OptionType::boolean,
     .role = OptionRole::debug},
    {.name = "enable_apsnr",
     .help = "report the PSNR of the clip's total error",
     .type = OptionType::boolean},
    {.name = "reduced_hbd_peak",
     .help = "peak 255 << (bits - 8) instead of 2^bits - 1 above 8 bits",
     .type = OptionType::boolean},
    {.name = "min_sse",
     .help = "squared error of a plane that sets the largest PSNR; 0: 6 * bits + 12 dB",
     .type = OptionType::real,
     .value = 0,
     .min = 0,
     .max = 1e300},
};

double area(int width, int height) { return std::max(1.0, static_cast<double>(width) * height); }

class Psnr final : public Metric {
 public:
  explicit Psnr(const Options& options)
      : chroma_(options.boolean("enable_chroma")),
        mse_(options.boolean("enable_mse")),
        apsnr_(options.boolean("enable_apsnr")),
        reduced_peak_(options.boolean("reduced_hbd_peak")),
        min_sse_(options.real("min_sse")) {}

  Status prepare(const PictureFormat& format) override {
    format_ = format;
    bits_ = format.bits;
    planes_ = chroma_ ? static_cast<std::size_t>(plane_count(format.pixel_format)) : 1;
    const int unit = 1 << (bits_ - 8);
    peak_ = bits_ == 8 || reduced_peak_ ? 255.0 * unit : 256.0 * unit - 1;
    return {};
  }

  Planes planes() const override { return chroma_ ? Planes::all : Planes::luma; }

  Status extract(const Frame& frame, Scratch&, Scores& scores) const override {
    for (std::size_t plane = 0; plane < planes_; ++plane) {
      const int p = static_cast<int>(plane);
      const auto sse =
          static_cast<double>(sum_squared_error(frame.ref->samples(p), frame.dist->samples(p)));
      const double pixels = area(frame.ref->width(p), frame.ref->height(p));
      const double mse = sse / pixels;
      scores.set(psnr_of(plane), std::min(10 * std::log10(peak_ * peak_ / std::max(mse, 1e-16)),
                                          largest(frame, plane)));
      if (mse_) scores.set(mse_of(plane), mse);
      if (!apsnr_) continue;
      scores.set(kSse + plane, sse);
      scores.set(kPixels + plane, pixels);
    }
    return {};
  }

  std::vector<Aggregate> aggregate(const ScoreReader& reader, unsigned frames) const override {
    std::vector<Aggregate> list;
    for (std::size_t plane = 0; apsnr_ && plane < kPlanes; ++plane)
      list.push_back({kAggregates[plane],
                      plane < planes_ ? clip_psnr(reader, plane, frames) : absent_plane(frames),
                      psnr_of(plane)});
    return list;
  }

 private:
  // The score of a perfect plane. The plane sizes here round down, whatever the picture's do.
  double largest(const Frame& frame, std::size_t plane) const {
    if (min_sse_ == 0) return 6 * bits_ + 12;
    const PictureFormat& format = frame.ref->format();
    const int sx = plane == 0 ? 0 : chroma_shift_x(format.pixel_format),
              sy = plane == 0 ? 0 : chroma_shift_y(format.pixel_format);
    return std::ceil(10 * std::log10(peak_ * peak_ /
                                     (min_sse_ / area(format.width >> sx, format.height >> sy))));
  }

  // Luma-only clips count as 4:2:0 clips with perfect chroma, as in libvmaf; chroma that was not
  // asked for has no value.
  double absent_plane(unsigned frames) const {
    if (format_.pixel_format != PixelFormat::yuv400)
      return std::numeric_limits<double>::quiet_NaN();
    return top(area(format_.width >> 1, format_.height >> 1) * frames);
  }

  double top(double pixels) const { return std::ceil(10 * std::log10(peak_ * peak_ * pixels * 2)); }

  double clip_psnr(const ScoreReader& reader, std::size_t plane, unsigned frames) const {
    double sse = 0, pixels = 0;
    for (unsigned i = 0; i < frames; ++i) {
      sse += reader.at(kSse + plane, i).value_or(0);
      pixels += reader.at(kPixels + plane, i).value_or(0);
    }
    return std::min(10 * (std::log10(peak_ * peak_) + std::log10(pixels) - std::log10(sse)),
                    top(pixels));
  }

  bool chroma_, mse_, apsnr_, reduced_peak_;
  double min_sse_;
  PictureFormat format_;
  int bits_ = 8;
  std::size_t planes_ = 1;
  double peak_ = 255;
};

Result<std::unique_ptr<Metric>> create(const Options& options, const Environment&) {
  return std::make_unique<Psnr>(options);
}

constexpr Descriptor kDescriptor{
    .name = "psnr",
    .summary = "peak signal-to-noise ratio of luma and chroma",
    .source = "ITU-T J.340",
    .features = kFeatures,
    .options = kOptions,
    .planes = Planes::all,
    .exactness = Exactness::exact,
    .every_frame = true,
    .symmetric = true,
    .create = create,
};

}  // namespace

const Descriptor& psnr_metric() { return kDescriptor; }

}  // namespace visq
