// What each format makes of special values, precisions, names and ends.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "report/report.h"
#include "tests/support/report_text.h"

namespace visq {
namespace {

using test::csv_report, test::json_report, test::sub_report, test::xml_report;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Clip {
  ScoreTable table;
  ReportInput input{"v1", 64, 48, 30, table};

  void add(const std::string& name, const std::vector<std::pair<unsigned, double>>& scores) {
    const auto column = table.column({name, name});
    for (const auto& [frame, score] : scores) EXPECT_TRUE(table.set(column, frame, score));
  }
  ReportColumnStatistics statistics(std::size_t column = 0) const {
    return column_statistics(input, table.reported_columns()[column]);
  }
};

TEST(ReportNumbers, HaveTheDigitsAskedFor) {
  EXPECT_EQ(number_text(2.0 / 3, 1), "0.7");
  EXPECT_EQ(number_text(2.0 / 3, 12), "0.666666666667");
  EXPECT_EQ(number_text(1e-9, 3), "0.000") << "digits that are asked for are no more and no less";
  EXPECT_EQ(number_text(-0.0, 0), "-0.000000");
  EXPECT_EQ(number_text(99.9999999, 0), "100.000000");
  EXPECT_EQ(number_text(-2.5e-8, 0), "-0.0000000250000000");
  EXPECT_EQ(number_text(kNan, 4), "nan");
  EXPECT_EQ(number_text(INFINITY, -1), "inf");
}

TEST(ReportNumbers, OfAllDigitsReadBackExactly) {
  for (const double value : {1.0 / 3, 97.428043, 1e-300, -123456.789, 5e-324, 1.7e308})
    EXPECT_EQ(std::strtod(number_text(value, -1).c_str(), nullptr), value);
}

TEST(ReportFormats, AllTakeThePrecision) {
  Clip clip;
  clip.add("a", {{0, 1.0 / 3}});
  clip.table.set_aggregate({"all", 2.0 / 3});
  clip.input.digits = 3;
  EXPECT_EQ(csv_report(clip.input), "Frame,a,\n0,0.333,\n");
  EXPECT_EQ(sub_report(clip.input), "{0}{1}frame: 0|a: 0.333|\n");
  const std::string xml = xml_report(clip.input), json = json_report(clip.input);
  EXPECT_NE(xml.find("min=\"0.333\" max=\"0.333\" mean=\"0.333\" harmonic_mean=\"0.333\""),
            std::string::npos)
      << xml;
  EXPECT_NE(xml.find("<aggregate_metrics all=\"0.667\" />"), std::string::npos) << xml;
  EXPECT_NE(json.find("\"all\": 0.667\n"), std::string::npos) << json;
  EXPECT_NE(json.find("\"percentile_50\": 0.333,"), std::string::npos) << json;
}

// Names of models are their users' words.
TEST(ReportFormats, EscapeNames) {
  Clip clip;
  const std::string evil = "\"><x>&\x1b\n\xff,=|{1}", formula = "=1+1";
  clip.add(evil, {{0, 1}});
  clip.add(formula, {{0, 2}});
  clip.table.set_aggregate({evil, 3});
  EXPECT_EQ(csv_report(clip.input),
            "Frame,\"\"\"><x>&\x1b\n\xff,=|{1}\",'=1+1,\n0,1.000000,"
            "2.000000,\n");
  EXPECT_EQ(sub_report(clip.input),
            "{0}{1}frame: 0|\"><x>&\\x1b\\n\\xff,=\\x7c\\x7b1\\x7d: 1.000000|=1+1: 2.000000|\n");
  const std::string xml = xml_report(clip.input);
  EXPECT_NE(xml.find("<metric name=\"&quot;>&lt;x>&amp;\uFFFD&#10;\uFFFD,=|{1}\" min="),
            std::string::npos)
      << xml;
  EXPECT_NE(xml.find("frameNum=\"0\" _x22__x3E__x3C_x_x3E__x26__x1B__x0A__xFF__x2C__x3D__x7C__x7B_1"
                     "_x7D_=\"1.000000\" _x3D_1_x2B_1=\"2.000000\""),
            std::string::npos)
      << xml;
  const auto json = nlohmann::json::parse(json_report(clip.input));
  EXPECT_EQ(json["frames"][0]["metrics"]["=1+1"], 2);
}

TEST(ReportFormats, AnUnknownValueIsNanInTextAndNullInJson) {
  Clip clip;
  clip.add("a", {{0, kNan}, {1, -INFINITY}});
  clip.table.set_aggregate({"all", kNan});
  EXPECT_EQ(csv_report(clip.input), "Frame,a,\n0,nan,\n1,-inf,\n");
  EXPECT_EQ(sub_report(clip.input), "{0}{1}frame: 0|a: nan|\n{1}{2}frame: 1|a: -inf|\n");
  const auto json = nlohmann::json::parse(json_report(clip.input));
  EXPECT_TRUE(json["frames"][0]["metrics"].at("a").is_null());
  EXPECT_TRUE(json["frames"][1]["metrics"].at("a").is_null());
  EXPECT_TRUE(json["pooled_metrics"]["a"].at("mean").is_null());
  EXPECT_TRUE(json["aggregate_metrics"].at("all").is_null());
  EXPECT_NE(xml_report(clip.input).find("mean=\"nan\""), std::string::npos);
}

TEST(ReportFormats, NamesAreEscapedWhereTheFormatNeedsIt) {
  Clip clip;
  clip.input.version = "1 \"<&>\"";
  clip.add("a<b&\"c\"", {{0, 1}});
  const std::string xml = xml_report(clip.input);
  EXPECT_EQ(xml.substr(0, xml.find('\n')), "<VMAF version=\"1 &quot;&lt;&amp;>&quot;\">");
  EXPECT_NE(xml.find("<frame frameNum=\"0\" a_x3C_b_x26__x22_c_x22_=\"1.000000\" />"),
            std::string::npos);
  const auto json = nlohmann::json::parse(json_report(clip.input));
  EXPECT_EQ(json["version"], "1 \"<&>\"");
  EXPECT_EQ(json["frames"][0]["metrics"]["a<b&\"c\""], 1);
}

TEST(ReportFormats, TextThatIsNoUtf8IsStillJson) {
  Clip clip;
  clip.input.environment.cpu = "CPU \xff\xfe";
  EXPECT_EQ(nlohmann::json::parse(json_report(clip.input))["environment"]["cpu"],
            "CPU \xEF\xBF\xBD\xEF\xBF\xBD")
      << "each such byte is U+FFFD";
}

TEST(ReportFormats, TheRateHasTwoDecimals) {
  Clip clip;
  clip.input.fps = 59.9449;
  EXPECT_NE(json_report(clip.input).find("\"fps\": 59.94,"), std::string::npos);
  EXPECT_NE(xml_report(clip.input).find("<fyi fps=\"59.94\" />"), std::string::npos);
}

TEST(ReportFormats, PartialIsSaidOnlyWhereItIs) {
  Clip clip;
  EXPECT_EQ(json_report(clip.input).find("partial"), std::string::npos);
  EXPECT_EQ(xml_report(clip.input).find("partial"), std::string::npos);
  clip.input.partial = true;
  EXPECT_EQ(csv_report(clip.input), "Frame,\n") << "which has no place for it";
  EXPECT_EQ(nlohmann::json::parse(json_report(clip.input))["partial"], true);
  EXPECT_EQ(json_report(clip.input).find("conversions"), std::string::npos);
  clip.input.conversions = {"a \"b\": c to d", "e"};
  EXPECT_EQ(nlohmann::json::parse(json_report(clip.input))["conversions"],
            nlohmann::json(clip.input.conversions));
}

TEST(ReportFormats, FramesWithoutAnyScoreAreLeftOut) {
  Clip clip;
  clip.add("a", {{1, 1}, {4, 4}});
  clip.add("b", {{4, 5}, {5, 6}});
  EXPECT_EQ(csv_report(clip.input),
            "Frame,a,b,\n1,1.000000,,\n4,4.000000,5.000000,\n5,,6.000000,\n");
  clip.input.subsample = 4;
  EXPECT_EQ(csv_report(clip.input), "Frame,a,b,\n4,4.000000,5.000000,\n");
}

// So memory does not grow with what is written.
TEST(ReportFormats, AreGivenInPartsHoweverLongTheClipIs) {
  constexpr unsigned kFrames = 20000;
  Clip clip;
  std::vector<std::pair<unsigned, double>> scores;
  for (unsigned i = 0; i < kFrames; ++i) scores.emplace_back(i, i);
  clip.add("a", scores);
  for (unsigned i = 0; i < kFrames; i += 5) clip.input.shots.push_back({i, i + 4});
  for (const auto format :
       {ReportFormat::xml, ReportFormat::json, ReportFormat::csv, ReportFormat::sub}) {
    std::size_t longest = 0, all = 0;
    give_report(clip.input, format, [&](std::string_view part) {
      longest = std::max(longest, part.size());
      all += part.size();
    });
    EXPECT_GT(all, std::size_t{kFrames} * 17) << static_cast<int>(format);
    EXPECT_LT(longest, std::size_t{70} << 10) << static_cast<int>(format);
  }
  const auto json = nlohmann::json::parse(json_report(clip.input));
  EXPECT_EQ(json["frames"].size(), kFrames);
  EXPECT_EQ(json["shots"].size(), kFrames / 5);
  EXPECT_EQ(json["shots"][3999]["scores"]["a"]["mean"], 19997);
}

TEST(ReportModels, AreListedWithTheirCodec) {
  Clip clip;
  EXPECT_FALSE(nlohmann::json::parse(json_report(clip.input)).contains("tiny_models"));
  clip.input.tiny_models = {
      {"fr", "", "fr.onnx", "00ff", "cpu", "none", {}},
      {"m1", "all", "m1.onnx", "11", "cpu", "standard",
       ReportModel::Codec{"libx264", 0.5, 1.0 / 3}},
      {"m2", "all", "m2.onnx", "22", "cpu", "standard", ReportModel::Codec{"", 0, 0}}};
  const auto models = nlohmann::json::parse(json_report(clip.input))["tiny_models"];
  ASSERT_EQ(models.size(), 3u);
  EXPECT_FALSE(models[0].contains("ensemble"));
  EXPECT_TRUE(models[0]["codec"].is_null());
  EXPECT_EQ(models[0]["sha256"], "00ff");
  EXPECT_EQ(models[1]["ensemble"], "all");
  EXPECT_EQ(models[1]["codec"]["encoder"], "libx264");
  EXPECT_EQ(models[1]["codec"]["crf_norm"].get<double>(), 1.0 / 3);
  EXPECT_TRUE(models[2]["codec"]["encoder"].is_null());
}

TEST(ReportStatistics, OfNoFrameAreNan) {
  Clip clip;
  clip.add("a", {{1, 5}});
  clip.input.subsample = 2;
  const auto s = clip.statistics();
  for (const double value : {s.min, s.max, s.mean, s.harmonic_mean, s.geometric_mean,
                             s.percentiles[0], s.percentiles[3]})
    EXPECT_TRUE(std::isnan(value));
  EXPECT_FALSE(s.worst_window);
}

TEST(ReportStatistics, FramesAreThoseOfTheClipAndTheFirstOfEquals) {
  Clip clip;
  clip.add("a", {{2, 8}, {4, 3}, {6, 8}, {10, 3}});
  clip.input.window = 2;
  const auto s = clip.statistics();
  EXPECT_EQ(s.min_frame, 4u);
  EXPECT_EQ(s.max_frame, 2u);
  ASSERT_TRUE(s.worst_window);
  EXPECT_EQ(s.worst_window->first_frame, 2u) << "all means are 5.5";
  EXPECT_EQ(s.worst_window->mean, 5.5);
  EXPECT_DOUBLE_EQ(s.harmonic_mean, 4 / (2 / 9.0 + 2 / 4.0) - 1);
  EXPECT_DOUBLE_EQ(s.geometric_mean, std::sqrt(9.0 * 4) - 1);
  EXPECT_DOUBLE_EQ(s.percentiles[3], 5.5) << "between the second and the third";
}

TEST(ReportStatistics, PercentilesAreThoseOfAHundredAndOneScores) {
  Clip clip;
  std::vector<std::pair<unsigned, double>> scores;
  for (unsigned i = 0; i <= 100; ++i) scores.emplace_back(i, (i * 37) % 101);  // 0..100, mixed
  clip.add("a", scores);
  const auto s = clip.statistics();
  for (std::size_t i = 0; i < kReportPercentiles.size(); ++i)
    EXPECT_NEAR(s.percentiles[i], kReportPercentiles[i], 1e-12);
}

TEST(ReportStatistics, PercentilesBearInfinitiesOnOneSide) {
  Clip clip;
  clip.add("a", {{0, 1}, {1, 3}, {2, INFINITY}, {3, INFINITY}, {4, INFINITY}});
  const auto s = clip.statistics();
  EXPECT_DOUBLE_EQ(s.percentiles[0], 1.08);
  EXPECT_EQ(s.percentiles[3], INFINITY);
  EXPECT_EQ(s.geometric_mean, INFINITY);
  EXPECT_EQ(s.max_frame, 2u);
}

}  // namespace
}  // namespace visq
