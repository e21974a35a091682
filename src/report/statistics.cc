#include <algorithm>
#include <cmath>
#include <limits>

#include "report/report.h"

namespace visq {
namespace {

struct Scores {
  std::vector<double> values;
  std::vector<unsigned> frames;
};

Scores scores_of(const ReportInput& input, std::size_t column, FrameSpan span) {
  Scores scores;
  const unsigned step = std::max(1u, input.subsample);
  const unsigned first = std::max(span.first, input.table.first_frame());
  const unsigned end = std::min(input.table.frames(), span.last + 1);
  for (unsigned i = (first + step - 1) / step * step; i < end; i += step) {
    const auto value = input.table.get(column, i);
    if (!value || input.damaged.leaves_out(i)) continue;
    scores.values.push_back(*value);
    scores.frames.push_back(i);
  }
  return scores;
}

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// Between neighbours of a sorted list, in proportion.
double percentile(const std::vector<double>& sorted, int percent) {
  const double place = percent / 100. * static_cast<double>(sorted.size() - 1);
  const auto before = static_cast<std::size_t>(place);
  const double a = sorted[before], b = sorted[std::min(before + 1, sorted.size() - 1)];
  const double share = place - static_cast<double>(before);
  return a == b || share == 0 ? a : a + share * (b - a);  // no inf - inf
}

// `sorted` begins with the worst.
WorstScores worst_scores(const std::vector<double>& sorted) {
  WorstScores worst;
  for (std::size_t i = 0; i < worst.percentiles.size(); ++i)
    worst.percentiles[i] = percentile(sorted, kReportPercentiles[i]);
  const std::size_t count = std::max<std::size_t>(1, sorted.size() / 100);
  for (std::size_t i = 0; i < count; ++i) worst.mean_of_1_percent += sorted[i];
  worst.mean_of_1_percent /= static_cast<double>(count);
  return worst;
}

// NaN sorts nowhere: a column that has one has no order statistics.
void add_order(std::vector<double> values, Direction direction, ReportColumnStatistics& s) {
  const bool ordered =
      std::none_of(values.begin(), values.end(), [](double v) { return std::isnan(v); });
  s.percentiles.fill(kUnknown);
  if (ordered) {
    std::sort(values.begin(), values.end());
    for (std::size_t i = 0; i < s.percentiles.size(); ++i)
      s.percentiles[i] = percentile(values, kReportPercentiles[i]);
  }
  if (direction == Direction::descriptive) return;
  const bool lower = direction == Direction::lower_is_better;
  if (lower) std::reverse(values.begin(), values.end());
  s.worst = ordered ? worst_scores(values) : WorstScores{{kUnknown, kUnknown, kUnknown}, kUnknown};
  s.worst->frame = lower ? s.max_frame : s.min_frame;
  s.worst->value = lower ? s.max : s.min;
}

// Of an unknown value nobody can say on which side it is.
double share_below(const std::vector<double>& values, double threshold, bool lower_is_better) {
  double count = 0;
  for (const double value : values) {
    if (std::isnan(value)) return kUnknown;
    if (lower_is_better ? value > threshold : value < threshold) ++count;
  }
  return count / static_cast<double>(values.size());
}

void add_shares(const ReportInput& input, const ScoreTable::Named& column,
                const std::vector<double>& values, ReportColumnStatistics& s) {
  for (const ReportThreshold& threshold : input.thresholds)
    if (threshold.column == column.id && column.direction != Direction::descriptive)
      s.shares_below.push_back(
          {threshold.value,
           share_below(values, threshold.value, column.direction == Direction::lower_is_better)});
}

// Sums of any `window` consecutive values: of two blocks the end of one and the start of the next,
// so that nothing is subtracted, which would drift, and leave an infinity behind; and time does not
// grow with the window.
std::vector<double> window_sums(const std::vector<double>& values, std::size_t window) {
  std::vector<double> from_start(values.size()), to_end(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    from_start[i] = values[i] + (i % window == 0 ? 0 : from_start[i - 1]);
  for (std::size_t i = values.size(); i-- > 0;)
    to_end[i] = values[i] + ((i + 1) % window == 0 || i + 1 == values.size() ? 0 : to_end[i + 1]);
  std::vector<double> sums;
  for (std::size_t first = 0; first + window <= values.size(); ++first)
    sums.push_back(first % window == 0 ? from_start[first + window - 1]
                                       : to_end[first] + from_start[first + window - 1]);
  return sums;
}

// Of windows that differ by no more than rounding the first is as good as any.
bool is_below(double a, double b) { return a < (std::isfinite(b) ? b - 1e-12 * std::fabs(b) : b); }

std::optional<WorstWindow> worst_window(const Scores& scores, unsigned window,
                                        bool lower_is_better) {
  if (window == 0 || scores.values.size() < window) return std::nullopt;
  const std::vector<double> sums = window_sums(scores.values, window);
  std::optional<WorstWindow> worst;
  for (std::size_t first = 0; first < sums.size(); ++first) {
    const double mean = sums[first] / window;
    if (!worst || (lower_is_better ? is_below(worst->mean, mean) : is_below(mean, worst->mean)))
      worst = WorstWindow{mean, scores.frames[first]};
  }
  return worst;
}

ReportColumnStatistics nothing() {
  ReportColumnStatistics s;
  s.min = s.max = s.mean = s.harmonic_mean = s.geometric_mean = s.clip = kUnknown;
  s.percentiles.fill(kUnknown);
  return s;
}

}  // namespace

std::vector<FrameSpan> shots_with_scores(const ReportInput& input) {
  std::vector<FrameSpan> shots;
  const unsigned begin = input.table.first_frame(), end = input.table.frames();
  for (const auto& [first, last] : input.shots)
    if (first < end && last >= begin)
      shots.push_back({std::max(first, begin), std::min(last, end - 1)});
  return shots;
}

ReportColumnStatistics column_statistics(const ReportInput& input,
                                         const ScoreTable::Named& column) {
  ReportColumnStatistics s = column_statistics(input, column, {});
  const bool has_scores = !std::isnan(s.min);
  // A score of the clip as a whole is one of all its frames.
  if (column.clip && has_scores && !input.damaged.leaves_out_any()) s.clip = column.clip->value;
  return s;
}

ReportColumnStatistics column_statistics(const ReportInput& input, const ScoreTable::Named& column,
                                         FrameSpan span) {
  const Scores scores = scores_of(input, column.id, span);
  if (scores.values.empty()) return nothing();
  ReportColumnStatistics s;
  double sum = 0, reciprocals = 0, logarithms = 0;
  s.min = std::numeric_limits<double>::infinity();
  s.max = -s.min;
  s.min_frame = s.max_frame = scores.frames[0];
  for (std::size_t i = 0; i < scores.values.size(); ++i) {
    const double value = scores.values[i];
    if (value < s.min) s.min_frame = scores.frames[i];
    if (value > s.max) s.max_frame = scores.frames[i];
    s.min = std::min(s.min, value);
    s.max = std::max(s.max, value);
    sum += value;
    reciprocals += 1 / (value + 1);
    logarithms += std::log1p(value);
  }
  const auto count = static_cast<double>(scores.values.size());
  s.mean = sum / count;
  s.harmonic_mean = count / reciprocals - 1;
  s.geometric_mean = std::expm1(logarithms / count);
  s.clip = s.mean;
  add_order(scores.values, column.direction, s);
  add_shares(input, column, scores.values, s);
  s.worst_window =
      worst_window(scores, input.window, column.direction == Direction::lower_is_better);
  return s;
}

}  // namespace visq
