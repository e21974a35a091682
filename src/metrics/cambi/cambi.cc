// CAMBI: how visible banding is, in the distorted picture or in both. No reference is needed: false
// contours show as areas of nearly equal values that differ by a small step.
//
// Luma is brought to 10 bits (and, if asked, to the size of the encode), areas that are flat enough
// to show a contour are marked, and in five scales the contrast of each flat sample with values a
// few steps away is measured. The score is the mean of the largest contrasts, 0 without banding; 5
// is where it begins to annoy.
//
// Sizes below 216x216, which libvmaf refuses, are scored by the same formulas; the window shrinks
// with the picture, and so does what it can find.
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <functional>
#include <span>

#include <fmt/format.h>

#include "extract/metric.h"
#include "kernels/cambi/cambi.h"
#include "metrics/cambi/visibility.h"

namespace visq {
namespace {

using namespace cambi;

constexpr std::size_t kScales = 5;

enum Feature : std::size_t { kScore, kSource, kFullReference };

constexpr FeatureInfo kFeatures[] = {
    {.name = "Cambi_feature_cambi_score",
     .alias = "cambi",
     .unit = "1",
     .min = 0,
     .max = 1000,
     .direction = Direction::lower_is_better},
    {.name = "cambi_source", .unit = "1", .min = 0, .max = 1000, .keeps_name = true},
    {.name = "cambi_full_reference",
     .unit = "1",
     .min = 0,
     .max = 1000,
     .identity = 0,
     .direction = Direction::lower_is_better,
     .keeps_name = true}};

constexpr std::string_view kEotfs[] = {"bt1886", "pq"}, kHeatmapFormats[] = {"gray", "png"};
constexpr double kTopk = 0.6;

constexpr OptionInfo size_option(std::string_view name, std::string_view alias,
                                 std::string_view help, double min, double max) {
  return {.name = name,
          .alias = alias,
          .help = help,
          .type = OptionType::integer,
          .value = 0,
          .min = min,
          .max = max,
          .in_name = true};
}
constexpr OptionInfo real_option(std::string_view name, std::string_view alias,
                                 std::string_view help, double value, double min, double max) {
  return {.name = name,
          .alias = alias,
          .help = help,
          .type = OptionType::real,
          .value = value,
          .min = min,
          .max = max,
          .in_name = true};
}
constexpr OptionInfo eotf_option(std::string_view name, std::string_view alias,
                                 std::string_view help) {
  return {.name = name,
          .alias = alias,
          .help = help,
          .type = OptionType::text,
          .text = "bt1886",
          .in_name = true,
          .choices = kEotfs};
}

constexpr OptionInfo kOptions[] = {
    real_option("cambi_max_val", "cmxv", "largest score", 1000, 0, 1000),
    size_option("enc_width", "encw", "width of the encode in samples, when it was scaled up since",
                180, 7680),
    size_option("enc_height", "ench", "height of the encode in samples", 150, 7680),
    size_option("enc_bitdepth", "encbd", "bits of the encode; below 10, dither is averaged away", 6,
                16),
    size_option("src_width", "srcw", "with full_ref: width of the source in samples", 320, 7680),
    size_option("src_height", "srch", "with full_ref: height of the source in samples", 200, 4320),
    {.name = "window_size",
     .alias = "ws",
     .help = "side of the window at 3840x2160, in samples (65: one degree)",
     .type = OptionType::integer,
     .value = 65,
     .min = 15,
     .max = 127,
     .in_name = true},
    real_option("topk", "", "share of samples, those of the largest contrast, that count", kTopk,
                0.0001, 1),
    real_option("cambi_topk", "ctpk", "the same; topk wins when it is not 0.6", kTopk, 0.0001, 1),
    real_option("tvi_threshold", "tvit",
                "a step is seen when luminance rises by more than this share", 0.019, 0.0001, 1),
    real_option("cambi_vis_lum_threshold", "vlt", "cd/m^2 below which banding is not seen", 0, 0,
                300),
    {.name = "max_log_contrast",
     .alias = "mlc",
     .help = "steps of up to 2^this 10-bit values count",
     .type = OptionType::integer,
     .value = 2,
     .min = 0,
     .max = 5,
     .in_name = true},
    {.name = "heatmaps_path",
     .help = "folder for maps of contrast, one for each scale",
     .type = OptionType::text,
     .role = OptionRole::map_folder},
    {.name = "heatmaps_format",
     .help = "gray: raw 16 bits, a file for each scale; png: a file for each frame and scale",
     .type = OptionType::text,
     .text = "gray",
     .choices = kHeatmapFormats},
    {.name = "full_ref",
     .help = "score the reference, too, and the difference",
     .type = OptionType::boolean},
    eotf_option("eotf", "", "display: bt1886 or pq"),
    eotf_option("cambi_eotf", "ceot", "the same; wins when it is not bt1886"),
    {.name = "cambi_high_res_speedup",
     .alias = "hrs",
     .help = "rows (1080, 1440 or 2160) from which the finest scale is left out",
     .type = OptionType::integer,
     .value = 0,
     .min = 0,
     .max = 2160,
     .in_name = true},
};

struct Size {
  int width = 0, height = 0;
  double area() const { return static_cast<double>(width) * height; }
};

// A picture that is scored: at which size, and with which window.
struct Target {
  Size size;
  int window = 1;
};

// The sample of a picture of `in` samples that stands for each of `out`. Positions accumulate in
// float: scores depend on where its rounding tips a sample.
std::vector<int> nearest_samples(int in, int out) {
  const float ratio = static_cast<float>(in) / static_cast<float>(out);
  auto position = static_cast<float>(static_cast<double>(ratio / 2) - 0.5);
  std::vector<int> samples;
  for (int i = 0; i < out; ++i, position += ratio)
    samples.push_back(std::min(static_cast<int>(std::lround(position)), in - 1));
  return samples;
}

// Rows of a part of a frame. Contrasts begin with counts of half a window, so their bands are
// larger.
constexpr int kPreparedRows = 512, kMeasuredRows = 1080;

std::size_t bands_of(int height, int rows) {
  return static_cast<std::size_t>(std::max(1, (height + rows / 2) / rows));
}
RowRange rows_of(int height, std::size_t band, std::size_t bands) {
  const auto at = [&](std::size_t b) {
    return static_cast<int>(static_cast<std::size_t>(height) * b / bands);
  };
  return {at(band), at(band + 1)};
}

class Cambi final : public Metric {
 public:
  Cambi(const Options& o, bool maps)
      : encode_{integer(o, "enc_width"), integer(o, "enc_height")},
        source_{integer(o, "src_width"), integer(o, "src_height")},
        encode_bits_(integer(o, "enc_bitdepth")),
        window_size_(integer(o, "window_size")),
        speedup_(integer(o, "cambi_high_res_speedup")),
        full_reference_(o.boolean("full_ref")),
        largest_(o.real("cambi_max_val")),
        topk_(o.real(o.real("topk") != kTopk ? "topk" : "cambi_topk")),
        maps_(maps),
        files_(o.text("heatmaps_format") == "png" ? MapFiles::png : MapFiles::sequence) {
    const bool is_pq = o.text("cambi_eotf") == "pq" || o.text("eotf") == "pq";
    visibility_ =
        visibility_of({integer(o, "max_log_contrast"), o.real("tvi_threshold"),
                       o.real("cambi_vis_lum_threshold"), is_pq ? Eotf::pq : Eotf::bt1886});
  }

  Status prepare(const PictureFormat& format) override {
    const Size whole{format.width, format.height};
    Size encode = encode_.width == 0 || encode_.height == 0 ? whole : encode_,
         source = source_.width == 0 || source_.height == 0 ? whole : source_;
    if (encode.height > whole.height || encode.width > whole.width)
      encode = whole;  // what was scaled down stays so
    if ((source.width > encode.width && source.height < encode.height) ||
        (source.width < encode.width && source.height > encode.height))
      return fail(EINVAL, fmt::format("cambi needs a source of the encode's shape, and {}x{} is "
                                      "wider or taller than {}x{} in one direction only",
                                      source.width, source.height, encode.width, encode.height));
    bits_ = format.bits;
    averages_ = (encode_bits_ == 0 ? format.bits : encode_bits_) < 10;
    skips_scale0_ = skips(encode);
    VISQ_ASSIGN(distorted_, target_of(encode));
    VISQ_ASSIGN(reference_, target_of(source));
    int weight = 1;
    for (const std::uint8_t w : visibility_.weights) weight = std::max<int>(weight, w);
    white_ = std::max(1, weight * distorted_.window * distorted_.window / 4);
    return {};
  }

  bool needs_reference() const override { return full_reference_; }

  Status extract(const Frame& frame, Scratch& scratch, Scores& scores) const override {
    VISQ_ASSIGN(const double distorted,
                score(frame, *frame.dist, distorted_, maps_ ? &scores : nullptr, scratch));
    scores.set(kScore, std::min(distorted, largest_));
    if (!full_reference_) return {};
    VISQ_ASSIGN(const double reference, score(frame, *frame.ref, reference_, nullptr, scratch));
    scores.set(kSource, std::min(reference, largest_));
    scores.set(kFullReference, std::min(std::max(0.0, distorted - reference), largest_));
    return {};
  }

 private:
  static int integer(const Options& o, std::string_view name) {
    return static_cast<int>(o.integer(name));
  }

  bool skips(const Size& size) const {
    switch (speedup_) {
      case 1080:
        return size.area() >= 1920 * 1080;
      case 1440:
        return size.area() >= 2560 * 1440;
      case 2160:
        return size.area() >= 3840 * 2160;
      default:
        return false;
    }
  }

  // The window spans about one degree of view whatever the size, so it is given for 3840x2160.
  Result<Target> target_of(const Size& size) const {
    int side = (window_size_ * (size.width + size.height) / 375) >> 4;
    if (skips_scale0_) side = (side + 1) >> 1;
    side |= 1;
    if (side * side > kLargestArea)
      return fail(
          EINVAL,
          fmt::format(
              "cambi's window for {}x{} would be {} samples wide; at most 65 (option window_size)",
              size.width, size.height, side));
    return Target{size, side};
  }

  // The size of a scale's map.
  Size scale_size(const Size& size, std::size_t scale) const {
    const int halvings = static_cast<int>(scale) + skips_scale0_, round = (1 << halvings) - 1;
    return {(size.width + round) >> halvings, (size.height + round) >> halvings};
  }

  // Contrasts of each scale, as a heatmap.
  void give(std::size_t scale, unsigned frame, PlaneView<const float> contrasts,
            Scores& scores) const {
    std::string name = fmt::format("cambi_heatmap_scale_{}", scale),
                file =
                    fmt::format("{}_{}x{}_{}", name, contrasts.width, contrasts.height,
                                files_ == MapFiles::png ? fmt::format("frame_{}", frame) : "16b");
    const double factor = 65535 / white_;
    const auto gray = [factor](float value) {
      return static_cast<std::uint16_t>(std::min(factor * static_cast<double>(value), 65535.0));
    };
    scores.map({name, contrasts, gray, std::move(file), files_});
  }

  // A picture of another size: the samples that stand for those of the picture that is scored.
  template <typename T>
  static Samples sampled(const Samples& in, const Size& size, Scratch& scratch) {
    const PlaneView<T> out = scratch.take_plane<T>(size.width, size.height);
    const std::vector<int> columns = nearest_samples(in.width, out.width),
                           rows = nearest_samples(in.height, out.height);
    for (std::size_t y = 0; y < rows.size(); ++y)
      for (std::size_t x = 0; x < columns.size(); ++x)
        out.row(static_cast<int>(y))[x] = in.as<T>().row(rows[y])[columns[x]];
    Samples samples = in;
    samples.data = out.data;
    samples.stride = out.stride;
    samples.width = out.width;
    samples.height = out.height;
    return samples;
  }
  Samples load(const Picture& picture, const Size& size, Scratch& scratch) const {
    const Samples in = picture.samples(0);
    if (in.width == size.width && in.height == size.height) return in;
    return with_sample_type(in.bits, [&]<typename T>() { return sampled<T>(in, size, scratch); });
  }

  Result<double> score(const Frame& frame, const Picture& picture, const Target& target,
                       Scores* maps, Scratch& scratch) const {
    VISQ_ASSIGN(const Scales scales, make_scales(frame, picture, target, scratch));
    std::vector<Found> found(kScales);
    measure(frame, scales, {target.window, maps != nullptr}, found, scratch);
    double sum = 0;
    for (std::size_t scale = 0; scale < kScales; ++scale) {
      const PlaneView<std::uint16_t>& plane = scales[scale];
      sum += pooled(found[scale].bands, {plane.width, plane.height}) * (16 >> scale);
      if (maps != nullptr) give(scale, frame.index, found[scale].bands[0].map, *maps);
    }
    return sum / (target.window * target.window);
  }

  using Scales = std::array<PlaneView<std::uint16_t>, kScales>;

  static PlaneView<std::uint16_t> take_scale(const Size& size, Scratch& scratch) {
    return scratch.take_plane<std::uint16_t>(size.width, size.height);
  }

  Result<Scales> make_scales(const Frame& frame, const Picture& picture, const Target& target,
                             Scratch& scratch) const {
    Scales scales;
    PlaneView<std::uint16_t> plane = take_scale(target.size, scratch);
    VISQ_TRY(fill_first(frame, load(picture, target.size, scratch), plane, scratch));
    scales[0] = plane;
    for (std::size_t scale = skips_scale0_ ? 0 : 1; scale < kScales; ++scale) {
      scales[scale] = take_scale(scale_size(target.size, scale), scratch);
      in_bands(frame, scales[scale].height, scratch,
               [&](RowRange rows, Scratch& own) { next_scale(plane, rows, scales[scale], own); });
      plane = scales[scale];
    }
    return scales;
  }

  Status fill_first(const Frame& frame, const Samples& samples, PlaneView<std::uint16_t> out,
                    Scratch& scratch) const {
    const Preparation how{averages_, !skips_scale0_};
    std::atomic<unsigned> seen = 0;
    in_bands(frame, out.height, scratch, [&](RowRange rows, Scratch& own) {
      seen |= first_scale(samples, how, rows, out, own);
    });
    if (seen >> bits_ == 0) return {};
    return fail(EINVAL,
                fmt::format("cambi: frame {} has samples above the largest of {} bits, {}",
                            frame.index, bits_, (1 << bits_) - 1),
                ErrorKind::input);
  }

  // Bands of rows, as parts of the frame.
  static void in_bands(const Frame& frame, int height, Scratch& scratch,
                       const std::function<void(RowRange, Scratch&)>& band) {
    const std::size_t bands = bands_of(height, kPreparedRows);
    frame.parallel->run(bands, scratch, [&](std::size_t part, Scratch& own) {
      band(rows_of(height, part, bands), own);
    });
  }

  // What a scale's bands have found.
  struct Found {
    std::vector<Contrasts> bands;
  };
  struct Wanted {
    int window;
    bool map;
  };

  static void take_found(PlaneView<const std::uint16_t> plane, bool with_map, Found& found,
                         Scratch& scratch) {
    const auto width = static_cast<std::size_t>(plane.width);
    float* const values = scratch.take<float>(width * static_cast<std::size_t>(plane.height));
    const auto map =
        with_map ? scratch.take_plane<float>(plane.width, plane.height) : PlaneView<float>{};
    found.bands.resize(bands_of(plane.height, kMeasuredRows));
    for (std::size_t b = 0; b < found.bands.size(); ++b) {
      const int first = rows_of(plane.height, b, found.bands.size()).begin;
      found.bands[b] = {values + width * static_cast<std::size_t>(first), 0, map};
    }
  }

  void measure(const Frame& frame, const Scales& scales, Wanted wanted, std::vector<Found>& found,
               Scratch& scratch) const {
    struct Part {
      std::size_t scale, band;
    };
    std::vector<Part> parts;
    for (std::size_t scale = 0; scale < kScales; ++scale) {
      take_found(scales[scale], wanted.map, found[scale], scratch);
      for (std::size_t band = 0; band < found[scale].bands.size(); ++band)
        parts.push_back({scale, band});
    }
    frame.parallel->run(parts.size(), scratch, [&](std::size_t i, Scratch& own) {
      const auto [scale, band] = parts[i];
      std::vector<Contrasts>& bands = found[scale].bands;
      contrasts(scales[scale], rows_of(scales[scale].height, band, bands.size()), wanted.window,
                visibility_, own, bands[band]);
    });
  }

  double pooled(std::span<const Contrasts> found, const Size& size) const {
    const auto total = static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height);
    const auto largest = static_cast<std::size_t>(topk_ * static_cast<double>(total));
    return mean_of_largest(found, total, std::clamp<std::size_t>(largest, 1, total));
  }

  Size encode_, source_;  // as given; 0: the picture's
  int encode_bits_, window_size_, speedup_;
  bool full_reference_;
  double largest_, topk_;
  bool maps_;
  MapFiles files_;
  Visibility visibility_;
  int bits_ = 8;
  bool averages_ = false, skips_scale0_ = false;
  Target distorted_, reference_;
  double white_ = 1;  // the contrast that heatmaps show white
};

Result<std::unique_ptr<Metric>> create(const Options& options, const Environment& environment) {
  return std::make_unique<Cambi>(options, environment.maps);
}

constexpr Descriptor kDescriptor{
    .name = "cambi",
    .summary = "visibility of banding in the distorted picture",
    .source = "Tandon et al., CAMBI: contrast-aware multiscale banding index, PCS 2021",
    .features = kFeatures,
    .options = kOptions,
    .planes = Planes::luma,
    .exactness = Exactness::deterministic,
    .needs_reference = false,
    .create = create,
};

}  // namespace

const Descriptor& cambi_metric() { return kDescriptor; }

}  // namespace visq
