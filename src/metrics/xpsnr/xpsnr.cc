// PSNR whose errors count less where the reference is busy or moves (XPSNR), of each plane and of
// the whole clip. Sums over blocks are exact integers; weights and what follows are doubles, added
// in the order of the blocks. What the original does at edges, at the start of a clip and with
// narrow blocks is done here as well, because everybody's scores have it; where it overflows or
// reads beyond a row, we do not.
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "extract/metric.h"
#include "kernels/parts.h"
#include "kernels/sse/sse.h"
#include "kernels/xpsnr/cells.h"
#include "kernels/xpsnr/xpsnr.h"
#include "metrics/xpsnr/weights.h"

namespace visq {
namespace {

using xpsnr::Grid;
using Weights = std::vector<double>;
using Errors = std::vector<std::uint64_t>;

// Of each block; nothing of pictures that have no blocks.
struct Luma {
  Weights weights;
  Errors errors;
};

constexpr std::size_t kPlanes = 3;
enum Feature : std::size_t { kXpsnr = 0, kRoot = 3, kPixels = 6 };  // + plane

constexpr FeatureInfo score_of(std::string_view name) {
  return {name,
          "",
          "dB",
          -kInfinity,
          kInfinity,
          kInfinity,
          Direction::higher_is_better,
          FeatureRole::score};
}
constexpr FeatureInfo part_of(std::string_view name) {
  return {name, "", "", 0, kInfinity, kNoIdentity, Direction::descriptive, FeatureRole::internal};
}

constexpr FeatureInfo kFeatures[] = {
    score_of("xpsnr_y"),       score_of("xpsnr_cb"),       score_of("xpsnr_cr"),
    part_of("xpsnr_root_y"),   part_of("xpsnr_root_cb"),   part_of("xpsnr_root_cr"),
    part_of("xpsnr_pixels_y"), part_of("xpsnr_pixels_cb"), part_of("xpsnr_pixels_cr")};

constexpr ArtefactId<xpsnr::CellSums> kCells{"xpsnr cells"};

constexpr double kFastest = 1e6;
constexpr OptionInfo kOptions[] = {
    {.name = "enable_chroma",
     .help = "score Cb and Cr too",
     .type = OptionType::boolean,
     .value = 1},
    {.name = "fps",
     .help = "frames a second, of which 32 and more are compared with two before; 0: not known",
     .type = OptionType::real,
     .value = 0,
     .min = 0,
     .max = kFastest,
     .role = OptionRole::frame_rate},
};

// The number of frames before that a frame is compared with.
int frames_before(double fps) {
  constexpr double kHighRate = 32;
  return fps < kHighRate ? 1 : 2;
}

class Xpsnr final : public BatchMetric {
 public:
  explicit Xpsnr(const Options& options)
      : chroma_(options.boolean("enable_chroma")), window_(frames_before(options.real("fps"))) {}

  Status prepare(const PictureFormat& format) override {
    rule_ = xpsnr::Rule(format);
    planes_ = chroma_ ? static_cast<std::size_t>(plane_count(format.pixel_format)) : 1;
    return {};
  }

  Planes planes() const override { return chroma_ ? Planes::all : Planes::luma; }
  int window() const override { return window_; }

  // The weights of the first frame serve all that have the same frames before them.
  Status extract_batch(std::span<const Frame> frames, Scratch& scratch,
                       std::span<Scores* const> scores) const override {
    VISQ_ASSIGN(const Luma first, luma_of(frames[0], scratch));
    score(frames[0], first, scratch, *scores[0]);
    for (std::size_t i = 1; i < frames.size(); ++i) {
      if (std::ranges::equal(frames[i].previous_ref, frames[0].previous_ref)) {
        score(frames[i], {first.weights, errors_of(frames[i], 0, scratch)}, scratch, *scores[i]);
        continue;
      }
      VISQ_ASSIGN(const Luma own, luma_of(frames[i], scratch));
      score(frames[i], own, scratch, *scores[i]);
    }
    return {};
  }

  // Errors are pooled, not decibels.
  std::vector<Aggregate> aggregate(const ScoreReader& reader, unsigned frames) const override {
    std::vector<double> clip;
    for (std::size_t plane = 0; plane < planes_; ++plane)
      if (const auto value = of_clip(reader, plane, frames)) clip.push_back(*value);
    std::vector<Aggregate> list;
    list.reserve(clip.size() + 2);
    for (std::size_t plane = 0; plane < clip.size(); ++plane)
      list.push_back({kFeatures[kXpsnr + plane].name, clip[plane], kXpsnr + plane});
    if (clip.size() < kPlanes) return list;
    list.push_back({"xpsnr_min", *std::ranges::min_element(clip)});
    list.push_back({"xpsnr_weighted", (4 * clip[0] + clip[1] + clip[2]) / 6});
    return list;
  }

 private:
  static xpsnr::Pair planes_of(const Frame& frame, std::size_t plane) {
    const int p = static_cast<int>(plane);
    return {frame.ref->samples(p), frame.dist->samples(p)};
  }

  const Grid& grid_of(std::size_t plane) const { return plane == 0 ? rule_.luma : rule_.chroma; }

  Result<Luma> luma_of(const Frame& frame, Scratch& scratch) const {
    if (!rule_.has_weights()) return Luma();
    const auto wanted = std::min(static_cast<std::size_t>(window_), std::size_t{frame.index});
    if (frame.previous_ref.size() < wanted)
      return fail(EINVAL, fmt::format("xpsnr of frame {} needs frame {} before it", frame.index,
                                      frame.index - frame.previous_ref.size() - 1));
    const Samples now = frame.ref->samples(0), black = black_like(now, scratch);
    const auto previous = [&](std::size_t i) {
      return i < wanted ? frame.previous_ref[i]->samples(0) : black;
    };
    std::vector<xpsnr::Activity> activities(rule_.luma.blocks());
    Errors errors(rule_.luma.blocks());
    const auto kept = [&](std::size_t i) {
      return i < wanted ? cells_of(*frame.previous_ref[i]) : nullptr;
    };
    xpsnr::sums_of_luma({{now, previous(0), window_ > 1 ? previous(1) : Samples(), rule_.large},
                         planes_of(frame, 0),
                         {cells_of(*frame.ref), kept(0), kept(1)}},
                        rule_.luma, {activities.data(), errors.data()}, scratch, *frame.parallel);
    return Luma{xpsnr::weights_of(activities, rule_), std::move(errors)};
  }

  // Kept with the picture, as it is the reference's frame before the next ones.
  const xpsnr::CellSums* cells_of(const Picture& picture) const {
    const Samples luma = picture.samples(0);
    if (!rule_.large || !xpsnr::CellSums::fit(luma)) return nullptr;
    const auto make = [&] { return xpsnr::CellSums(luma, rule_.luma, cells_); };
    return picture.artefact(kCells, "", make).get();
  }

  Errors errors_of(const Frame& frame, std::size_t plane, Scratch& scratch) const {
    if (!rule_.has_weights()) return {};
    Errors errors(grid_of(plane).blocks());
    xpsnr::errors(planes_of(frame, plane), grid_of(plane), errors.data(), scratch, *frame.parallel);
    return errors;
  }

  // What is before the start of a clip.
  static Samples black_like(const Samples& plane, Scratch& scratch) {
    const std::size_t bytes = 2 * static_cast<std::size_t>(plane.width);
    Samples black = plane;
    black.data = std::fill_n(scratch.take<std::byte>(bytes), bytes, std::byte{0}) - bytes;
    black.stride = 0;
    return black;
  }

  void score(const Frame& frame, const Luma& luma, Scratch& scratch, Scores& scores) const {
    for (std::size_t plane = 0; plane < planes_; ++plane) {
      const xpsnr::Pair pair = planes_of(frame, plane);
      const Errors errors = plane == 0 ? luma.errors : errors_of(frame, plane, scratch);
      const double root = std::sqrt(error_of(pair, errors, luma.weights));
      const double pixels = static_cast<double>(pair.reference.width) * pair.reference.height;
      scores.set(kRoot + plane, root);
      scores.set(kPixels + plane, pixels);
      scores.set(kXpsnr + plane, root >= 1 ? decibels(pixels, root) : kInfinity);
    }
  }

  // The weighted sum of squared errors, a whole number.
  double error_of(const xpsnr::Pair& pair, const Errors& errors, const Weights& weights) const {
    if (!rule_.has_weights())
      return static_cast<double>(sum_squared_error(pair.reference, pair.distorted));
    double sum = 0;
    for (std::size_t i = 0; i < errors.size(); ++i)
      sum += static_cast<double>(errors[i]) * weights[i];
    return std::floor(rule_.scale * sum + 0.5);
  }

  double decibels(double pixels, double root) const {
    const double peak = std::ldexp(1, rule_.format.bits) - 1;
    return 10 * std::log10(pixels * (peak * peak) / (root * root));
  }

  // Of the mean root, or where that is next to nothing, the mean of the decibels.
  std::optional<double> of_clip(const ScoreReader& reader, std::size_t plane,
                                unsigned frames) const {
    double roots = 0, sum = 0, pixels = 0, count = 0;
    for (unsigned i = 0; i < frames; ++i) {
      const auto root = reader.at(kRoot + plane, i);
      if (!root) continue;  // a frame that was left out
      roots += *root, ++count;
      sum += reader.at(kXpsnr + plane, i).value_or(kInfinity);
      pixels = reader.at(kPixels + plane, i).value_or(0);
    }
    if (count == 0) return std::nullopt;
    return roots >= count ? decibels(pixels, roots / count) : sum / count;
  }

  bool chroma_;
  int window_;
  std::size_t planes_ = 1;
  xpsnr::Rule rule_;  // once prepared
  std::shared_ptr<xpsnr::CellSums::Pool> cells_ = std::make_shared<xpsnr::CellSums::Pool>();
};

Result<std::unique_ptr<Metric>> create(const Options& options, const Environment&) {
  return std::make_unique<Xpsnr>(options);
}

constexpr Descriptor kDescriptor{
    .name = "xpsnr",
    .summary = "PSNR weighted by how much the eye sees of an error where it is",
    .source = "Helmrich et al., ICASSP 2020, and FFmpeg's filter xpsnr",
    .features = kFeatures,
    .options = kOptions,
    .planes = Planes::all,
    .exactness = Exactness::deterministic,
    .rgb = true,
    .create = create,
};

}  // namespace

const Descriptor& xpsnr_metric() { return kDescriptor; }

}  // namespace visq
