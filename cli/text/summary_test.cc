#include "cli/text/summary.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "cli/text/labels.h"
#include "job/specs.h"
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

// The score at a share of the way from the worst of four to the next: order statistics.
double near_worst(double worst, double next, double share) {
  return worst + share * (next - worst);
}

TEST_F(Summary, OfOneClipHasARowForEachMetric) {
  const std::string a = clip("a.y4m", {101, 102, 104, 108});
  const Words lines = told(job(reference_, {a}));
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(lines[0], "reference  " + reference_ + " (16x16 4:0:0 8-bit)");
  EXPECT_EQ(lines[1], "distorted  " + a);
  EXPECT_EQ(lines[2], "frames     4 (2.0 a second)");
  EXPECT_EQ(lines[3], "");
  EXPECT_EQ(words_of(lines[4]),
            (Words{"score", "mean", "worst", "5", "%", "worst", "1", "%", "worst", "frame"}));
  double sum = 0;
  for (const int difference : {1, 2, 4, 8}) sum += psnr(difference);
  EXPECT_EQ(
      words_of(lines[5]),
      (Words{"psnr_y", digits(sum / 4), digits(near_worst(psnr(8), psnr(4), 0.15)),
             digits(near_worst(psnr(8), psnr(4), 0.03)), digits(psnr(8)), "at", "0:00:00.120"}));
  EXPECT_EQ(lines[4].find("mean") + 4, lines[5].find(digits(sum / 4)) + 9)
      << "values end where their titles do";
  EXPECT_LE(lines[5].size(), 100u);
}

TEST_F(Summary, TheWorstOfALowerIsBetterScoreAreItsLargest) {
  job::Job errors = job(reference_, {clip("a.y4m", {108, 101, 102, 104})});
  errors.features[0].options["enable_mse"] = "true";
  const Words lines = told(errors);
  EXPECT_EQ(words_of(lines[6]),
            (Words{"mse_y", digits((1 + 4 + 16 + 64) / 4.), digits(near_worst(64, 16, 0.15)),
                   digits(near_worst(64, 16, 0.03)), digits(64), "at", "0:00:00.000"}));
}

TEST_F(Summary, BeginsWithWhatWasAskedForInThatOrder) {
  job::Job asked = job(clip("r.y4m", {100, 101, 102}, 64), {clip("a.y4m", {101, 103, 105}, 64)});
  asked.models = {*job::parse_model_spec("version=vmaf_v0.6.1")};
  asked.features = {{"psnr", {}}, {"vif", {}}, {"motion", {}}};
  const auto run = job::run(asked, {});
  ASSERT_TRUE(run) << run.error().message;
  const auto names = [&](bool all) {
    Words list;
    const Words lines = lines_of(summary(*run, 1, {all, false}));
    for (std::size_t i = 5; i < lines.size(); ++i) list.push_back(words_of(lines[i])[0]);
    return list;
  };
  const Words wanted{"vmaf",
                     "psnr_y",
                     "integer_vif_scale0",
                     "integer_vif_scale1",
                     "integer_vif_scale2",
                     "integer_vif_scale3",
                     "integer_motion2",
                     "integer_motion3"};
  Words shown = names(false);
  std::erase(shown, "VMAF_integer_feature_motion_sad_score");
  EXPECT_EQ(shown, wanted);
  const Words all = names(true);
  ASSERT_GT(all.size(), wanted.size());
  EXPECT_EQ(all[0], "vmaf");
  EXPECT_NE(std::find(all.begin() + 8, all.end(), "integer_adm2"), all.end())
      << "what a model reads comes last";
}

TEST_F(Summary, OfAScoreWithoutADirectionHasNoWorst) {
  job::Job motion = job(clip("r.y4m", {100, 101, 102}, 64), {clip("a.y4m", {101, 103, 105}, 64)});
  motion.features = {{"motion", {}}};
  const Words row = words_of(told(motion)[5]);
  EXPECT_EQ((Words{row.begin() + 2, row.end()}), (Words{"-", "-", "-"}));
}

TEST_F(Summary, TheScoreOfTheClipStandsBeforeTheMean) {
  const std::string a = clip("a.y4m", {101, 102, 104, 108});
  job::Job whole = job(reference_, {a});
  whole.features[0].options["enable_apsnr"] = "true";
  const Words lines = told(whole);
  const double mse = (1 + 4 + 16 + 64) / 4.;
  EXPECT_EQ(words_of(lines[5])[1], digits(20 * std::log10(255 / std::sqrt(mse))));
  // Chroma of mono clips has scores of the clip, as in libvmaf, and none of frames.
  EXPECT_EQ(words_of(lines[6])[0], "apsnr_cb");
  const Words chroma = words_of(lines[6]);
  EXPECT_EQ((Words{chroma.begin() + 2, chroma.end()}), (Words{"-", "-", "-"}));
  EXPECT_EQ(lines.back(), "mean of psnr_y: by the errors of the whole clip");
}

TEST_F(Summary, TellsSharesOfTheBadSide) {
  const std::string a = clip("a.y4m", {101, 102, 104, 108}),
                    b = clip("b.y4m", {101, 101, 101, 101});
  job::Job judged = job(reference_, {a});
  judged.features[0].options["enable_mse"] = "true";
  judged.thresholds = {{"mse_y", 3.5}, {"psnr_y", psnr(6)}};
  Words lines = told(judged);
  ASSERT_EQ(lines.size(), 10u);
  EXPECT_EQ(lines[7], "");
  EXPECT_EQ(lines[8], fmt::format("psnr_y below {}: 25.00 % of the frames", psnr(6)));
  EXPECT_EQ(lines[9], "mse_y above 3.5: 75.00 % of the frames");
  judged.features[0].options.erase("enable_mse");
  EXPECT_EQ(told(judged)[7], "mse_y: no frame has that score");
  judged.features[0].options["enable_mse"] = "true";
  judged.distorted = {a, b};
  judged.thresholds = {{"mse_y", 3.5}};
  lines = told(judged);
  EXPECT_EQ(lines[lines.size() - 2], "a.y4m: mse_y above 3.5: 75.00 % of the frames");
  EXPECT_EQ(lines.back(), "b.y4m: mse_y above 3.5: 0.00 % of the frames");
}

TEST_F(Summary, SaysWhereTheWorstWindowBegins) {
  job::Job windowed = job(reference_, {clip("a.y4m", {101, 108, 104, 101})});
  windowed.window = 2;
  const Words lines = told(windowed);
  const std::string worst = digits((psnr(8) + psnr(4)) / 2) + " (from 1)";
  EXPECT_NE(lines[4].find("worst 2 frames"), std::string::npos) << lines[4];
  EXPECT_EQ(lines[5].substr(lines[4].find("worst 2 frames")), worst);
  windowed.window = 5;
  EXPECT_EQ(words_of(told(windowed)[5]).back(), "-") << "the clip is shorter";
}

TEST_F(Summary, OfSeveralClipsPutsThoseOfAMetricBelowEachOther) {
  const std::string a = clip("x/one.y4m", {101, 102, 104, 108}),
                    b = clip("y/one.y4m", {90, 99, 98, 99});
  job::Job several = job(reference_, {a, b});
  several.features[0].options["enable_mse"] = "true";
  several.window = 4;
  const Words lines = told(several, 4);
  ASSERT_EQ(lines.size(), 12u);
  EXPECT_EQ(lines[3], "frames     8 (2.0 a second)");
  EXPECT_EQ(words_of(lines[5]), (Words{"score", "kbit/s", "mean", "worst", "5", "%", "worst", "1",
                                       "%", "worst", "frame", "worst", "4", "frames"}));
  for (const std::size_t group : {6u, 9u}) {
    EXPECT_EQ(lines[group], group == 6 ? "psnr_y" : "mse_y");
    for (const std::size_t i : {group + 1, group + 2}) {
      const Words row = words_of(lines[i]);
      EXPECT_EQ(row[0], i == group + 1 ? "x/one.y4m" : "y/one.y4m") << "what tells them apart";
      EXPECT_EQ(row[1], "-") << "y4m has no bit rate";
      EXPECT_EQ(row[row.size() - 3], row[2]) << "the window is the whole clip";
    }
  }
  EXPECT_EQ(words_of(lines[7])[7], "0:00:00.120") << "the frame of the least";
  EXPECT_EQ(words_of(lines[8])[7], "0:00:00.000");
  EXPECT_EQ(words_of(lines[8])[5], digits(psnr(10)));
}

TEST_F(Summary, PlacesAreThoseOfTheClipsFile) {
  std::vector<int> codes(4000, 101);
  codes[3750] = 120;
  job::Job late = job(clip("r.y4m", std::vector<int>(3990, 100)), {clip("a.y4m", codes)});
  late.skip_distorted = 10;
  EXPECT_EQ(words_of(told(late)[5]).back(), "0:02:30.000")
      << "frame 3750 of the file, at 25 a second";
}

TEST_F(Summary, FitsAHundredColumns) {
  const std::string name(25, 'n');
  job::Job wide = job(clip("r.y4m", {16, 16, 16}, 64), {clip(name + "1.y4m", {235, 20, 30}, 64),
                                                        clip(name + "2.y4m", {17, 20, 30}, 64)});
  wide.features = {{"psnr", {{"enable_mse", "true"}, {"enable_apsnr", "true"}}}, {"ciede", {}}};
  const Words lines = told(wide);
  for (std::size_t i = 5; i < lines.size(); ++i) EXPECT_LE(lines[i].size(), 100u) << lines[i];
}

TEST(Labels, AreWhatTellsClipsApart) {
  EXPECT_EQ(labels_of({"a/b/c.mp4"}), (Words{"c.mp4"}));
  EXPECT_EQ(labels_of({"a/b/c.mp4", "a/d/c.mp4"}), (Words{"b/c.mp4", "d/c.mp4"}));
  EXPECT_EQ(labels_of({"c.mp4", "a/c.mp4"}), (Words{"c.mp4", "a/c.mp4"}));
  EXPECT_EQ(labels_of({"/x/c.mp4", "/y/c.mp4", "/y/d.mp4"}),
            (Words{"x/c.mp4", "y/c.mp4", "y/d.mp4"}));
  EXPECT_EQ(labels_of({"/a/c.mp4", "/a/c.mp4"}), (Words{"c.mp4", "c.mp4"})) << "no name can";
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
