#include "report/report.h"

#include <cmath>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace visq {
namespace {

// Two metrics over three frames; the second has no value in frame 1 and an infinite one in frame 2.
struct Sample {
  ScoreTable table;
  ReportInput input{"v1", 576, 324, 226.094, table};
  Sample() {
    const auto a = table.column({"a_long", "a"}), b = table.column({"b", "b"});
    for (unsigned i = 0; i < 3; ++i) (void)table.set(a, i, 0.5 * i);
    (void)table.set(b, 0, 1e-8);
    (void)table.set(b, 2, INFINITY);
    table.set_aggregate("apsnr_y", 33.5);
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
  EXPECT_EQ(xml_report(Sample().input),
            "<VMAF version=\"v1\">\n  <params qualityWidth=\"576\" qualityHeight=\"324\" />\n  <fyi fps=\"226.09\" />\n  <frames>\n"
            "    <frame frameNum=\"0\" a=\"0.000000\" b=\"0.0000000100000000\" />\n    <frame frameNum=\"1\" a=\"0.500000\" />\n"
            "    <frame frameNum=\"2\" a=\"1.000000\" b=\"inf\" />\n  </frames>\n  <pooled_metrics>\n"
            "    <metric name=\"a\" min=\"0.000000\" max=\"1.000000\" mean=\"0.500000\" harmonic_mean=\"0.384615\" />\n"
            "    <metric name=\"b\" min=\"0.0000000100000000\" max=\"inf\" mean=\"inf\" harmonic_mean=\"1.0000000199999999\" />\n"
            "  </pooled_metrics>\n  <aggregate_metrics apsnr_y=\"33.500000\" />\n</VMAF>\n");
}

TEST(Json, HasTheExistingShapeAndNullForInfinity) {
  const std::string text = json_report(Sample().input);
  EXPECT_EQ(text.substr(0, text.find("        \"b\"")),
            "{\n  \"version\": \"v1\",\n  \"fps\": 226.09,\n  \"frames\": [\n    {\n      \"frameNum\": 0,\n      \"metrics\": {\n"
            "        \"a\": 0.000000,\n");
  const auto json = nlohmann::json::parse(text);
  EXPECT_TRUE(json["frames"][2]["metrics"]["b"].is_null());
  EXPECT_EQ(json["frames"][1]["metrics"].size(), 1u);
  EXPECT_EQ(json["pooled_metrics"]["a"]["mean"], 0.5);
  EXPECT_EQ(json["aggregate_metrics"]["apsnr_y"], 33.5);
}

TEST(Csv, KeepsColumnsWhereTheirHeadingIs) {
  EXPECT_EQ(csv_report(Sample().input), "Frame,a,b,\n0,0.000000,0.0000000100000000,\n1,0.500000,,\n2,1.000000,inf,\n");
}

TEST(Sub, IsASubtitleAFrame) {
  EXPECT_EQ(sub_report(Sample().input).substr(0, 78), "{0}{1}frame: 0|a: 0.000000|b: 0.0000000100000000|\n{1}{2}frame: 1|a: 0.500000|\n");
}

TEST(Report, ShowsOnlyTheFramesOfTheSubsampling) {
  Sample sample;
  sample.input.subsample = 2;
  EXPECT_EQ(csv_report(sample.input), "Frame,a,b,\n0,0.000000,0.0000000100000000,\n2,1.000000,inf,\n");
  EXPECT_EQ(column_statistics(sample.table, 0, 2).mean, 0.5);
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
  const std::string path = testing::TempDir() + "visq_report.csv";
  ASSERT_TRUE(write_report(sample.input, ReportFormat::csv, path));
  std::ifstream file(path);
  EXPECT_EQ(std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>()), csv_report(sample.input));
}

}  // namespace
}  // namespace visq
