#include "models/vmaf_model.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace visq {
namespace {

// Linear interpolation through the two knots around x; the outer segments go on beyond the ends.
double piecewise_linear(const std::vector<std::pair<double, double>>& knots, double x) {
  if (knots.size() < 2) return x;
  std::size_t i = 1;
  while (i + 1 < knots.size() && x > knots[i].first) ++i;
  const auto [x0, y0] = knots[i - 1];
  const auto [x1, y1] = knots[i];
  if (y0 == y1) return y0;
  const double slope = (y1 - y0) / (x1 - x0);
  return slope * x + (y0 - slope * x0);
}

double percentile(const std::vector<double>& sorted, double percent) {
  const double position = percent * static_cast<double>(sorted.size() - 1) / 100;
  const auto below = static_cast<std::size_t>(std::floor(position));
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double fraction = position - static_cast<double>(below);
  return sorted[below] + fraction * (sorted[above] - sorted[below]);
}

std::optional<std::size_t> feature_with(const std::vector<ModelFeature>& features,
                                        std::string_view part) {
  for (std::size_t i = 0; i < features.size(); ++i)
    if (features[i].name.find(part) != std::string::npos) return i;
  return std::nullopt;
}

}  // namespace

double ScoreTransform::apply(double score) const {
  double out = score;
  const auto& [p0, p1, p2] = coefficients;
  if (p0 || p1 || p2)
    out = p0.value_or(0) + p1.value_or(0) * score + p2.value_or(0) * score * score;
  if (!knots.empty()) out = piecewise_linear(knots, out);
  if (out_lte_in) out = std::min(out, score);
  if (out_gte_in) out = std::max(out, score);
  return out;
}

// VMAF v1: a clip without chroma activity (a score of exactly 0) is given what the luma score
// says, so that gray content is not taken for content with perfect chroma.
void VmafModelData::correct_chroma(std::span<const double> values,
                                   std::vector<double>& normalised) const {
  const auto chroma = feature_with(features, "speed_chroma"), adm3 = feature_with(features, "adm3");
  if (!chroma_correction_ || !chroma || !adm3 || values[*chroma] != 0) return;
  const double corrected = *chroma_correction_ * (1 - values[*adm3]);
  normalised[*chroma] = features[*chroma].slope * corrected + features[*chroma].intercept;
}

double VmafModelData::raw(std::span<const double> values) const {
  std::vector<double> normalised(values.begin(), values.end());
  for (std::size_t i = 0; rescale_ && i < normalised.size(); ++i)
    normalised[i] = features[i].slope * normalised[i] + features[i].intercept;
  correct_chroma(values, normalised);
  const double output = svm_.predict(normalised);
  return rescale_ ? (output - intercept_) / slope_ : output;
}

double VmafModelData::finish(double raw) const {
  const double score = transform_.enabled ? transform_.apply(raw) : raw;
  return clip_ ? std::clamp(score, clip_->first, clip_->second) : score;
}

BootstrapScore bootstrap_score(std::vector<double> raw, const VmafModelData& finisher) {
  constexpr double kStep = 0.01;
  const auto count = static_cast<double>(raw.size());
  const double mean = std::accumulate(raw.begin(), raw.end(), 0.0) / count;
  double squares = 0;
  for (const double score : raw) squares += (score - mean) * (score - mean);
  std::sort(raw.begin(), raw.end());
  // A deviation goes through transform and clip with their slope at the mean.
  const double slope =
      (finisher.finish(mean + kStep) - finisher.finish(mean - kStep)) / (2 * kStep);
  return {finisher.finish(mean), std::sqrt(squares / count) * slope,
          finisher.finish(percentile(raw, 2.5)), finisher.finish(percentile(raw, 97.5))};
}

}  // namespace visq
