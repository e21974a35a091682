#include "tests/support/run_metric.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <span>

namespace visq::test {
namespace {

constexpr double kUnset = std::numeric_limits<double>::quiet_NaN();

// Which scores were set is kept apart from the values, because a metric may set NaN.
class Sheet final : public ScoreReader {
 public:
  Sheet(std::size_t features, std::size_t frames)
      : values_(features, std::vector<std::optional<double>>(frames)) {}

  std::optional<double> at(std::size_t feature, unsigned frame) const override {
    if (frame >= values_[feature].size()) return std::nullopt;
    return values_[feature][frame];
  }
  std::vector<double> column(std::size_t feature) const {
    std::vector<double> column;
    for (const auto& value : values_[feature]) column.push_back(value.value_or(kUnset));
    return column;
  }
  bool any(std::size_t feature) const {
    for (const auto& value : values_[feature])
      if (value) return true;
    return false;
  }

  struct Row final : Scores {
    Row(Sheet& s, unsigned f) : sheet(s), frame(f) {}
    void set(std::size_t feature, double value) override {
      sheet.values_.at(feature).at(frame) = value;
    }
    Sheet& sheet;
    unsigned frame;
  };

 private:
  std::vector<std::vector<std::optional<double>>> values_;
};

std::vector<PicturePtr> previous(const PicturePairs& pairs, unsigned index, int window,
                                 bool reference) {
  std::vector<PicturePtr> list;
  for (unsigned back = 1; back <= static_cast<unsigned>(window) && back <= index; ++back)
    list.push_back(reference ? pairs[index - back].first : pairs[index - back].second);
  return list;
}

// One frame of some clips, each with a sheet of its own.
Status extract(const Metric& metric, std::span<const PicturePairs> clips, unsigned index,
               std::span<Sheet> sheets, Parallel* parallel) {
  std::deque<std::vector<PicturePtr>>
      lists;  // which the frames point into, as `scores` points into `rows`
  std::deque<Sheet::Row> rows;
  std::vector<Frame> frames;
  std::vector<Scores*> scores;
  for (std::size_t i = 0; i < clips.size(); ++i) {
    const auto& refs = lists.emplace_back(previous(clips[i], index, metric.window(), true));
    const auto& dists = lists.emplace_back(previous(clips[i], index, metric.window(), false));
    frames.push_back({index, clips[i][index].first, clips[i][index].second, refs, dists});
    frames.back().parallel = parallel;
    scores.push_back(&rows.emplace_back(sheets[i], index));
  }
  Scratch scratch;
  return metric.extract_batch(frames, scratch, scores);
}

Status extract_all(const Metric& metric, std::span<const PicturePairs> clips,
                   std::span<Sheet> sheets, Parallel* parallel) {
  const auto frames = static_cast<unsigned>(clips[0].size());
  for (unsigned i = 0; i < frames; ++i)
    for (std::size_t from = 0; from < clips.size(); from += metric.batch_limit()) {
      const std::size_t count = std::min(metric.batch_limit(), clips.size() - from);
      VISQ_TRY(
          extract(metric, clips.subspan(from, count), i, sheets.subspan(from, count), parallel));
    }
  for (Sheet& sheet : sheets)
    for (unsigned i = 0; i < frames; ++i) {
      Sheet::Row row(sheet, i);
      VISQ_TRY(metric.derive(i, sheet, row));
    }
  return {};
}

MetricScores scores_of(const Metric& metric, const Descriptor& descriptor, const Options& options,
                       const Sheet& sheet, unsigned frames) {
  MetricScores scores;
  for (std::size_t f = 0; f < descriptor.features.size(); ++f)
    if (sheet.any(f))
      scores.features[stored_name(descriptor.features[f], options)] = sheet.column(f);
  for (const Aggregate& a : metric.aggregate(sheet, frames))
    scores.aggregates[std::string(a.name)] = a.value;
  return scores;
}

}  // namespace

Result<std::vector<MetricScores>> run_together(const Descriptor& descriptor,
                                               const OptionStrings& given,
                                               const std::vector<PicturePairs>& clips,
                                               Parallel* parallel) {
  VISQ_ASSIGN(const Options options, Options::parse(descriptor.name, descriptor.options, given));
  VISQ_ASSIGN(const std::unique_ptr<Metric> metric, make_metric(descriptor, options, {}));
  const PicturePairs& first = clips.front();
  VISQ_TRY(metric->prepare(first.front().first->format()));
  std::vector<Sheet> sheets(clips.size(), Sheet(descriptor.features.size(), first.size()));
  VISQ_TRY(extract_all(*metric, clips, sheets, parallel));
  std::vector<MetricScores> scores;
  for (const Sheet& sheet : sheets)
    scores.push_back(
        scores_of(*metric, descriptor, options, sheet, static_cast<unsigned>(first.size())));
  return scores;
}

Result<MetricScores> run_metric(const Descriptor& descriptor, const OptionStrings& given,
                                const PicturePairs& pairs, Parallel* parallel) {
  VISQ_ASSIGN(auto scores, run_together(descriptor, given, {pairs}, parallel));
  return std::move(scores[0]);
}

}  // namespace visq::test
