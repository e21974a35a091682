#include "report/report.h"

#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <numeric>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/report_text.h"
#include "tests/support/temp_folder.h"

namespace visq {
namespace {

using test::csv_report, test::json_report, test::sub_report, test::xml_report;

// Two metrics over three frames; the second has no value in frame 1 and an infinite one in frame 2.
struct Sample {
  ScoreTable table;
  ReportInput input{"v1", 576, 324, 226.094, table};
  Sample() {
    const auto a = table.column({"a_long", "a"}), b = table.column({"b", "b"});
    for (unsigned i = 0; i < 3; ++i) (void)table.set(a, i, 0.5 * i);
    (void)table.set(b, 0, 1e-8);
    (void)table.set(b, 2, INFINITY);
    table.set_aggregate({"apsnr_y", 33.5});
  }
};

TEST(Numbers, AsLibvmafWritesThem) {
  EXPECT_EQ(number_text(0.9620839, 0), "0.962084");
  EXPECT_EQ(number_text(1e-7, 0), "0.0000001000000000");
  EXPECT_EQ(number_text(1e-6, 0), "0.000001");
  EXPECT_EQ(number_text(42, 0), "42.000000");
  EXPECT_EQ(number_text(-3.25, 2), "-3.25");
  EXPECT_EQ(std::stod(number_text(0.1, -1)), 0.1);
  EXPECT_EQ(number_text(-INFINITY, 0), "-inf");
}

TEST(Xml, HasTheExistingShape) {
  EXPECT_EQ(
      xml_report(Sample().input),
      "<VMAF version=\"v1\">\n  <params qualityWidth=\"576\" qualityHeight=\"324\" />\n  <fyi "
      "fps=\"226.09\" />\n  <frames>\n"
      "    <frame frameNum=\"0\" a=\"0.000000\" b=\"0.0000000100000000\" />\n    <frame "
      "frameNum=\"1\" a=\"0.500000\" />\n"
      "    <frame frameNum=\"2\" a=\"1.000000\" b=\"inf\" />\n  </frames>\n  <pooled_metrics>\n"
      "    <metric name=\"a\" min=\"0.000000\" max=\"1.000000\" mean=\"0.500000\" "
      "harmonic_mean=\"0.384615\" />\n"
      "    <metric name=\"b\" min=\"0.0000000100000000\" max=\"inf\" mean=\"inf\" "
      "harmonic_mean=\"1.0000000199999999\" />\n"
      "  </pooled_metrics>\n  <aggregate_metrics apsnr_y=\"33.500000\" />\n</VMAF>\n");
}

TEST(Json, HasTheExistingShapeAndNullForInfinity) {
  const std::string text = json_report(Sample().input);
  EXPECT_EQ(text.substr(0, text.find("        \"b\"")),
            "{\n  \"version\": \"v1\",\n  \"fps\": 226.09,\n  \"frames\": [\n    {\n      "
            "\"frameNum\": 0,\n      \"metrics\": {\n"
            "        \"a\": 0.000000,\n");
  const auto json = nlohmann::json::parse(text);
  EXPECT_TRUE(json["frames"][2]["metrics"]["b"].is_null());
  EXPECT_EQ(json["frames"][1]["metrics"].size(), 1u);
  EXPECT_EQ(json["pooled_metrics"]["a"]["mean"], 0.5);
  EXPECT_EQ(json["aggregate_metrics"]["apsnr_y"], 33.5);
}

TEST(Json, EndsWithWhatIsNeededToScoreAgain) {
  Sample sample;
  sample.input.environment = {"visq-1", "ONNX Runtime 1.2.3", "A \"fine\" CPU", "AVX2"};
  const auto with = nlohmann::ordered_json::parse(json_report(sample.input));
  EXPECT_EQ(with.back(),
            nlohmann::ordered_json::parse(
                R"({"library": "visq-1", "runtime": "ONNX Runtime 1.2.3", "cpu": "A \"fine\" CPU",
              "cpu_target": "AVX2"})"));
  sample.input.environment.runtime.clear();
  EXPECT_TRUE(nlohmann::json::parse(json_report(sample.input))["environment"]["runtime"].is_null());
  std::vector<std::string> keys;
  for (const auto& [key, value] : with.items()) keys.push_back(key);
  EXPECT_EQ(keys, (std::vector<std::string>{"version", "fps", "frames", "pooled_metrics",
                                            "aggregate_metrics", "environment"}))
      << "libvmaf's keys come first, as it orders them";
}

TEST(Csv, KeepsColumnsWhereTheirHeadingIs) {
  EXPECT_EQ(csv_report(Sample().input),
            "Frame,a,b,\n0,0.000000,0.0000000100000000,\n1,0.500000,,\n2,1.000000,inf,\n");
}

TEST(Sub, IsASubtitleAFrame) {
  EXPECT_EQ(sub_report(Sample().input).substr(0, 78),
            "{0}{1}frame: 0|a: 0.000000|b: 0.0000000100000000|\n{1}{2}frame: 1|a: 0.500000|\n");
}

TEST(Report, ShowsOnlyTheFramesOfTheSubsampling) {
  Sample sample;
  sample.input.subsample = 2;
  EXPECT_EQ(csv_report(sample.input),
            "Frame,a,b,\n0,0.000000,0.0000000100000000,\n2,1.000000,inf,\n");
  EXPECT_EQ(column_statistics(sample.input, sample.table.reported_columns()[0]).mean, 0.5);
}

// Values as given, frame by frame, in one column.
ReportColumnStatistics statistics_of(const std::vector<double>& values, unsigned window = 0,
                                     bool lower_is_better = false) {
  ScoreTable table;
  const auto id =
      table.column({"x", "x", ColumnPhase::frame, true,
                    lower_is_better ? Direction::lower_is_better : Direction::higher_is_better});
  for (unsigned i = 0; i < values.size(); ++i) (void)table.set(id, i, values[i]);
  ReportInput input{"v1", 1, 1, 0, table};
  input.window = window;
  return column_statistics(input, table.reported_columns()[0]);
}

TEST(Statistics, PercentilesLieBetweenNeighbours) {
  const auto s = statistics_of({4, 0, 3, 1, 2});
  EXPECT_DOUBLE_EQ(s.percentiles[0], 0.04);
  EXPECT_DOUBLE_EQ(s.percentiles[1], 0.2);
  EXPECT_DOUBLE_EQ(s.percentiles[2], 0.4);
  EXPECT_EQ(s.percentiles[3], 2);
  EXPECT_EQ(s.min_frame, 1u);
  EXPECT_EQ(s.max_frame, 0u);
  EXPECT_EQ(statistics_of({7}).percentiles[0], 7);
  EXPECT_EQ(statistics_of({INFINITY, INFINITY}).percentiles[1], INFINITY);
  EXPECT_TRUE(std::isnan(statistics_of({1, NAN}).percentiles[3]));
}

TEST(Statistics, TheWorstAreOnTheBadSide) {
  std::vector<double> values;
  for (int i = 0; i < 250; ++i) values.push_back(i * 7 % 250);  // 0 to 249, in frames i / 7
  const auto low = statistics_of(values).worst, high = statistics_of(values, 0, true).worst;
  ASSERT_TRUE(low && high);
  EXPECT_DOUBLE_EQ(low->percentiles[0], 2.49);
  EXPECT_DOUBLE_EQ(low->percentiles[1], 12.45);
  EXPECT_DOUBLE_EQ(low->percentiles[2], 24.9);
  EXPECT_DOUBLE_EQ(high->percentiles[0], 249 - 2.49);
  EXPECT_DOUBLE_EQ(high->percentiles[1], 249 - 12.45);
  EXPECT_DOUBLE_EQ(high->percentiles[2], 249 - 24.9);
  EXPECT_EQ(low->mean_of_1_percent, 0.5) << "two whole frames of 2.5";
  EXPECT_EQ(high->mean_of_1_percent, 248.5);
  EXPECT_EQ(low->frame, 0u);
  EXPECT_EQ(low->value, 0);
  EXPECT_EQ(high->frame, 107u) << "107 * 7 = 2 * 250 + 249";
  EXPECT_EQ(high->value, 249);
}

TEST(Statistics, TheWorstOfOneFrameIsThatFrame) {
  const auto worst = statistics_of({7}, 0, true).worst;
  EXPECT_EQ(worst->percentiles, (std::array<double, 3>{7, 7, 7}));
  EXPECT_EQ(worst->mean_of_1_percent, 7);
  const auto unknown = statistics_of({1, NAN, 3}, 0, true).worst;
  EXPECT_TRUE(std::isnan(unknown->percentiles[0]));
  EXPECT_TRUE(std::isnan(unknown->mean_of_1_percent));
  EXPECT_EQ(unknown->value, 3) << "the worst that is known";
  EXPECT_EQ(statistics_of({1, INFINITY, 3}, 0, true).worst->mean_of_1_percent, INFINITY);
}

TEST(Statistics, SharesAreOfTheBadSide) {
  ScoreTable table;
  ReportInput input{"v1", 1, 1, 0, table};
  for (const auto& [name, direction] : {std::pair{"good", Direction::higher_is_better},
                                        {"bad", Direction::lower_is_better},
                                        {"what", Direction::descriptive}}) {
    const auto id = table.column({name, name, ColumnPhase::frame, true, direction});
    for (unsigned i = 0; i < 8; ++i) (void)table.set(id, i, i);
    input.thresholds.push_back({id, 6});
    input.thresholds.push_back({id, 0.5});
  }
  const auto shares = [&](std::size_t column) {
    std::vector<double> list;
    for (const auto& share :
         column_statistics(input, table.reported_columns()[column]).shares_below)
      list.push_back(share.share);
    return list;
  };
  EXPECT_EQ(shares(0), (std::vector<double>{6 / 8., 1 / 8.})) << "0 to 5 are below 6";
  EXPECT_EQ(shares(1), (std::vector<double>{1 / 8., 7 / 8.})) << "7 is above 6";
  EXPECT_TRUE(shares(2).empty());
  (void)table.set(0, 8, NAN);
  EXPECT_TRUE(std::isnan(shares(0)[0]));
}

TEST(Statistics, AScoreOfTheClipStandsForItBeforeTheMean) {
  ScoreTable table;
  const auto id = table.column({"x", "x"});
  for (unsigned i = 0; i < 2; ++i) (void)table.set(id, i, i);
  const ReportInput input{"v1", 1, 1, 0, table};
  EXPECT_EQ(column_statistics(input, table.reported_columns()[0]).clip, 0.5);
  table.set_aggregate({"of_all", 9, id});
  EXPECT_EQ(column_statistics(input, table.reported_columns()[0]).clip, 9);
  EXPECT_EQ(column_statistics(input, table.reported_columns()[0]).mean, 0.5);
}

TEST(Statistics, GeometricMeanBearsZeros) {
  EXPECT_DOUBLE_EQ(statistics_of({0, 3}).geometric_mean, 1);
  EXPECT_DOUBLE_EQ(statistics_of({5, 5}).geometric_mean, 5);
}

TEST(Statistics, TheWorstWindowIsTheLowestOrWhereLowerIsBetterTheHighest) {
  const std::vector<double> values{9, 1, 3, 8, 8, 2};
  const auto low = statistics_of(values, 2).worst_window,
             high = statistics_of(values, 2, true).worst_window;
  ASSERT_TRUE(low && high);
  EXPECT_EQ(low->first_frame, 1u);
  EXPECT_EQ(low->mean, 2);
  EXPECT_EQ(high->first_frame, 3u);
  EXPECT_EQ(high->mean, 8);
  EXPECT_FALSE(statistics_of(values, 7).worst_window) << "longer than the clip";
  EXPECT_FALSE(statistics_of(values, 0).worst_window);
}

TEST(Statistics, WindowsOfEveryLengthAreThoseThatSumsOfTheirOwnFind) {
  std::vector<double> values;
  for (unsigned i = 0; i < 57; ++i)
    values.push_back(i * 7919 % 101);  // whole numbers: sums are exact
  for (unsigned window = 1; window <= values.size(); ++window)
    for (const bool lower_is_better : {false, true}) {
      std::size_t worst = 0;
      const auto sum = [&](std::size_t first) {
        return std::accumulate(values.begin() + static_cast<long>(first),
                               values.begin() + static_cast<long>(first + window), 0.0);
      };
      for (std::size_t first = 0; first + window <= values.size(); ++first)
        if (lower_is_better ? sum(first) > sum(worst) : sum(first) < sum(worst)) worst = first;
      const auto found = statistics_of(values, window, lower_is_better).worst_window;
      ASSERT_TRUE(found);
      EXPECT_EQ(found->first_frame, worst) << window;
      EXPECT_EQ(found->mean, sum(worst) / window);
    }
  EXPECT_EQ(statistics_of(std::vector<double>(100, 0.1), 7).worst_window->first_frame, 0u)
      << "equal windows, whatever their rounding";
  EXPECT_EQ(statistics_of({1, std::numeric_limits<double>::infinity(), 2, 3}, 2)
                .worst_window->first_frame,
            2u);
  EXPECT_EQ(statistics_of(std::vector<double>(3, INFINITY), 2).worst_window->first_frame, 0u)
      << "the first of equals";
}

TEST(Statistics, ShotsAreCutToTheFramesThatHaveScores) {
  ScoreTable table;
  const auto id = table.column({"x", "x"});
  table.limit({4, 9}, 0);
  for (unsigned i = 0; i < 10; ++i) (void)table.set(id, i, i);
  ReportInput input{"v1", 1, 1, 0, table};
  input.shots = {{0, 3}, {2, 4}, {5, 8}, {9, 20}, {10, 11}};
  std::vector<std::pair<unsigned, unsigned>> shots;
  for (const FrameSpan& shot : shots_with_scores(input)) shots.emplace_back(shot.first, shot.last);
  EXPECT_EQ(shots, (std::vector<std::pair<unsigned, unsigned>>{{4, 4}, {5, 8}, {9, 9}}));
}

TEST(Json, HasTheNewPoolingAfterTheOld) {
  Sample sample;
  sample.input.window = 2;
  sample.input.partial = true;
  const std::string text = json_report(sample.input);
  const auto json = nlohmann::ordered_json::parse(text);
  EXPECT_EQ(json["partial"], true);
  std::vector<std::string> keys;
  for (const auto& item : json["pooled_metrics"]["a"].items()) keys.push_back(item.key());
  const std::vector<std::string> expected{
      "min",          "max",          "mean",          "harmonic_mean", "geometric_mean",
      "percentile_1", "percentile_5", "percentile_10", "percentile_50", "min_frame",
      "max_frame",    "worst_window", "clip"};
  EXPECT_EQ(keys, expected);
  EXPECT_EQ(json["pooled_metrics"]["a"]["worst_window"]["mean"], 0.25);
  EXPECT_NE(xml_report(sample.input).find("<fyi fps=\"226.09\" partial=\"true\" />"),
            std::string::npos);
}

// Column `a` says what is better; the values are 0, 0.5 and 1 in frames 0 to 2.
nlohmann::ordered_json pooled_with(Direction direction, const std::vector<double>& thresholds) {
  ScoreTable table;
  ReportInput input{"v1", 1, 1, 0, table};
  const auto a = table.column({"a", "a", ColumnPhase::frame, true, direction});
  for (unsigned i = 0; i < 3; ++i) (void)table.set(a, i, 0.5 * i);
  for (const double value : thresholds) input.thresholds.push_back({a, value});
  input.thresholds.push_back({a + 1, 9});  // another's
  return nlohmann::ordered_json::parse(json_report(input))["pooled_metrics"]["a"];
}

TEST(Json, HasTheWorstOfAScoreThatSaysWhatIsBetter) {
  using nlohmann::ordered_json;
  const auto worst_of = [](ordered_json pooled) {
    for (const char* plain :
         {"min", "max", "mean", "harmonic_mean", "geometric_mean", "percentile_1", "percentile_5",
          "percentile_10", "percentile_50", "min_frame", "max_frame", "clip"})
      EXPECT_EQ(pooled.erase(plain), 1u) << plain;
    return pooled;
  };
  EXPECT_EQ(worst_of(pooled_with(Direction::higher_is_better, {0.5, 10})), ordered_json::parse(R"({
    "worst_percentile_1": 0.01, "worst_percentile_5": 0.05, "worst_percentile_10": 0.1,
    "worst_1_percent_mean": 0.0, "worst_frame": 0, "worst_frame_value": 0.0,
    "share_below": {"0.5": 0.333333, "10": 1.0}})"));
  EXPECT_EQ(worst_of(pooled_with(Direction::lower_is_better, {0.25})), ordered_json::parse(R"({
    "worst_percentile_1": 0.99, "worst_percentile_5": 0.95, "worst_percentile_10": 0.9,
    "worst_1_percent_mean": 1.0, "worst_frame": 2, "worst_frame_value": 1.0,
    "share_below": {"0.25": 0.666667}})"));
  EXPECT_TRUE(worst_of(pooled_with(Direction::descriptive, {0.25})).empty());
}

TEST(Report, OfNothingIsStillWellFormed) {
  const ScoreTable empty;
  const ReportInput input{"v1", 1, 1, 0, empty};
  EXPECT_TRUE(nlohmann::json::parse(json_report(input))["frames"].empty());
  EXPECT_EQ(csv_report(input), "Frame,\n");
}

TEST(Report, SaysWhyItCannotBeWritten) {
  const Sample sample;
  EXPECT_EQ(write_report(sample.input, ReportFormat::csv, "/nowhere/at/all").error().code, ENOENT);
  if (std::ofstream("/dev/full")) {
    EXPECT_EQ(write_report(sample.input, ReportFormat::csv, "/dev/full").error().code, ENOSPC);
  }
  const test::TempFolder folder;
  const std::string path = (folder.path() / "report.csv").string();
  ASSERT_TRUE(write_report(sample.input, ReportFormat::csv, path));
  std::ifstream file(path);
  EXPECT_EQ(std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>()),
            csv_report(sample.input));
}

}  // namespace
}  // namespace visq
