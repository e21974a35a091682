#include "tests/support/run_metric.h"

#include <cmath>
#include <limits>

namespace visq::test {
namespace {

constexpr double kUnset = std::numeric_limits<double>::quiet_NaN();

// Which scores were set is kept apart from the values, because a metric may set NaN.
class Sheet final : public ScoreReader {
 public:
  Sheet(std::size_t features, std::size_t frames) : values_(features, std::vector<std::optional<double>>(frames)) {}

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
    void set(std::size_t feature, double value) override { sheet.values_.at(feature).at(frame) = value; }
    Sheet& sheet;
    unsigned frame;
  };

 private:
  std::vector<std::vector<std::optional<double>>> values_;
};

std::vector<PicturePtr> previous(const PicturePairs& pairs, unsigned index, int window, bool reference) {
  std::vector<PicturePtr> list;
  for (unsigned back = 1; back <= static_cast<unsigned>(window) && back <= index; ++back)
    list.push_back(reference ? pairs[index - back].first : pairs[index - back].second);
  return list;
}

Status extract_all(const Metric& metric, const PicturePairs& pairs, Sheet& sheet) {
  Scratch scratch;
  for (unsigned i = 0; i < pairs.size(); ++i) {
    const auto refs = previous(pairs, i, metric.window(), true), dists = previous(pairs, i, metric.window(), false);
    Sheet::Row row(sheet, i);
    VISQ_TRY(metric.extract({i, pairs[i].first, pairs[i].second, refs, dists}, scratch, row));
    scratch.reset();
  }
  for (unsigned i = 0; i < pairs.size(); ++i) {
    Sheet::Row row(sheet, i);
    VISQ_TRY(metric.derive(i, sheet, row));
  }
  return {};
}

}  // namespace

Result<MetricScores> run_metric(const Descriptor& descriptor, const OptionStrings& given, const PicturePairs& pairs) {
  VISQ_ASSIGN(const Options options, Options::parse(descriptor.name, descriptor.options, given));
  VISQ_ASSIGN(const std::unique_ptr<Metric> metric, descriptor.create(options, {}));
  VISQ_TRY(metric->prepare(pairs.front().first->format()));
  Sheet sheet(descriptor.features.size(), pairs.size());
  VISQ_TRY(extract_all(*metric, pairs, sheet));
  MetricScores scores;
  for (std::size_t f = 0; f < descriptor.features.size(); ++f)
    if (sheet.any(f)) scores.features[stored_name(descriptor.features[f], options)] = sheet.column(f);
  for (const Aggregate& a : metric->aggregate(sheet, static_cast<unsigned>(pairs.size()))) scores.aggregates[std::string(a.name)] = a.value;
  return scores;
}

}  // namespace visq::test
