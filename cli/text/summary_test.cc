#include "cli/text/summary.h"

#include <cmath>
#include <iterator>
#include <map>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/temp_folder.h"

namespace visq::cli {
namespace {

using Words = std::vector<std::string>;

Words lines_of(const std::string& text) {
  Words lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

Words words_of(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

// PSNR of 8-bit pictures whose samples differ by that everywhere.
double psnr(int difference) { return 20 * std::log10(255. / difference); }

std::string digits(double value) { return fmt::format("{:.6f}", value); }

class Summary : public test::InTempFolder {
 protected:
  // Flat luma of 16x16 samples, a code for each frame.
  std::string clip(const std::string& name, const std::vector<int>& codes, int sides = 16) const {
    std::string content = fmt::format("YUV4MPEG2 W{0} H{0} F25:1 Cmono\n", sides);
    for (const int code : codes)
      content += "FRAME\n" + std::string(std::size_t(sides * sides), static_cast<char>(code));
    return write(name, content);
  }
  job::Job job(const std::string& reference, Words distorted) const {
    job::Job job;
    job.reference = reference;
    job.distorted = std::move(distorted);
    job.features = {{"psnr", {{"enable_chroma", "false"}}}};
    job.threads = 1;
    return job;
  }
  // The lines that follow the run.
  static Words told(const job::Job& job, double seconds = 2) {
    const auto run = job::run(job, {});
    EXPECT_TRUE(run) << run.error().message;
    return run ? lines_of(summary(*run, seconds)) : Words(20);
  }
  const std::string reference_ = clip("r.y4m", {100, 100, 100, 100});
};

TEST_F(Summary, OfOneClipHasARowForEachMetric) {
  const std::string a = clip("a.y4m", {101, 102, 104, 108});
  const Words lines = told(job(reference_, {a}));
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(lines[0], "reference  " + reference_ + " (16x16 4:0:0 8-bit)");
  EXPECT_EQ(lines[1], "distorted  " + a);
  EXPECT_EQ(lines[2], "frames     4 (2.0 a second)");
  EXPECT_EQ(lines[3], "");
  EXPECT_EQ(words_of(lines[4]), (Words{"metric", "mean", "harmonic", "mean", "min", "max"}));
  double sum = 0, inverse = 0;
  for (const int difference : {1, 2, 4, 8}) {
    sum += psnr(difference);
    inverse += 1 / (psnr(difference) + 1);
  }
  EXPECT_EQ(words_of(lines[5]), (Words{"psnr_y", digits(sum / 4), digits(4 / inverse - 1),
                                       digits(psnr(8)), digits(psnr(1))}));
  EXPECT_EQ(lines[4].size(), lines[5].size()) << "values end where their titles do";
}

TEST_F(Summary, SaysWhereTheWorstWindowBegins) {
  job::Job windowed = job(reference_, {clip("a.y4m", {101, 108, 104, 101})});
  windowed.window = 2;
  const Words lines = told(windowed);
  const std::string worst = digits((psnr(8) + psnr(4)) / 2) + " (from 1)";
  EXPECT_NE(lines[4].find("worst 2 frames"), std::string::npos) << lines[4];
  EXPECT_EQ(lines[5].substr(lines[5].size() - worst.size()), worst);
  windowed.window = 5;
  EXPECT_EQ(words_of(told(windowed)[5]).back(), "-") << "the clip is shorter";
}

TEST_F(Summary, OfSeveralClipsPutsThoseOfAMetricBelowEachOther) {
  const std::string a = clip("a.y4m", {101, 102, 104, 108}), b = clip("b.y4m", {90, 99, 98, 99});
  job::Job several = job(reference_, {a, b});
  several.features[0].options["enable_mse"] = "true";
  several.window = 4;
  const Words lines = told(several, 4);
  ASSERT_EQ(lines.size(), 10u);
  EXPECT_EQ(lines[3], "frames     8 (2.0 a second)");
  EXPECT_EQ(words_of(lines[5]), (Words{"metric", "clip", "kbit/s", "mean", "harmonic", "mean", "1",
                                       "%", "5", "%", "min", "frame", "worst", "4", "frames"}));
  std::map<std::string, Words> clips_of;  // in the order of the rows
  for (std::size_t i = 6; i < lines.size(); ++i) {
    const Words row = words_of(lines[i]);
    clips_of[row[0]].push_back(row[1]);
    EXPECT_EQ(row[2], "-") << "y4m has no bit rate";
    EXPECT_EQ(lines[i].size(), lines[6].size());
    EXPECT_EQ(row[row.size() - 3], row[3]) << "the window is the whole clip";
  }
  EXPECT_EQ(clips_of, (std::map<std::string, Words>{{"psnr_y", {a, b}}, {"mse_y", {a, b}}}));
  EXPECT_EQ(words_of(lines[6])[0], words_of(lines[7])[0]);
  for (const std::string& line : lines) {
    const Words row = words_of(line);
    if (row.size() < 9 || row[0] != "psnr_y") continue;
    EXPECT_EQ(row[7], digits(psnr(row[1] == a ? 8 : 10)));
    EXPECT_EQ(row[8], row[1] == a ? "3" : "0") << "the frame of the least";
  }
}

TEST_F(Summary, PercentilesLieBetweenNeighbours) {
  const Words lines = told(
      job(reference_, {clip("a.y4m", {101, 102, 104, 108}), clip("b.y4m", {101, 101, 101, 101})}));
  const Words row = words_of(lines[6]);
  EXPECT_EQ(row[5], digits(psnr(8) + 0.03 * (psnr(4) - psnr(8)))) << "1 % of 3 steps";
  EXPECT_EQ(row[6], digits(psnr(8) + 0.15 * (psnr(4) - psnr(8)))) << "5 % of 3 steps";
}

TEST_F(Summary, SaysWhatWasConvertedAndWhatIsPartial) {
  const std::string small = clip("small.y4m", {100, 100, 100}, 8);
  job::Job scaled = job(reference_, {small});
  scaled.scale.mode = job::ScaleTo::largest;
  const Words lines = told(scaled);
  EXPECT_EQ(lines[1],
            "distorted  " + small + " (converted from 8x8 4:0:0 8-bit, partial: 3 frames)");
  scaled.scale.mode = job::ScaleTo::distorted;
  scaled.shortest = true;
  const Words other = told(scaled);
  EXPECT_EQ(other[0],
            "reference  " + reference_ + " (8x8 4:0:0 8-bit, converted from 16x16 4:0:0 8-bit)");
  EXPECT_EQ(other[1], "distorted  " + small);
}

TEST_F(Summary, WithoutAReferenceSaysSo) {
  job::Job alone = job("", {clip("a.y4m", {1, 2, 3}, 64)});
  alone.features = {{"cambi", {}}};
  const Words lines = told(alone, 0);
  EXPECT_EQ(lines[0], "no reference (64x64 4:0:0 8-bit)");
  EXPECT_EQ(lines[2].substr(0, 14), "frames     3 (");
}

}  // namespace
}  // namespace visq::cli
