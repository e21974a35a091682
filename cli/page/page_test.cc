// The numbers and the pictures of the report's page.
#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/page/provenance.h"
#include "cli/page/worst_frames.h"
#include "job/bd_rate.h"
#include "tests/support/temp_folder.h"

namespace visq::cli {
namespace {

// log10(rate) of the test is that of the anchor and slope * (quality - 30): the mean difference
// over the common range is in its middle.
TEST(BdRateOfLines, IsTheMeanOverTheCommonRange) {
  std::vector<job::RatePoint> anchor, test;
  for (const double q : {30., 33., 36., 40.}) anchor.push_back({std::pow(10, q / 20 + 4), q});
  for (const double q : {34., 37., 42., 46.})
    test.push_back({std::pow(10, q / 20 + 4 + 0.01 * (q - 30)), q});
  const double middle = (34. + 40) / 2;
  const double percent = 100 * (std::pow(10, 0.01 * (middle - 30)) - 1);
  EXPECT_NEAR(*job::bd_rate(anchor, test).percent, percent, 1e-6);
  const double back = 100 * (std::pow(10, -0.01 * (middle - 30)) - 1);
  EXPECT_NEAR(*job::bd_rate(test, anchor).percent, back, 1e-6) << "the other way round";
}

TEST(BdRateOfLines, SaysWhatIsWrongWithWhichCurve) {
  const std::vector<job::RatePoint> good{{1e6, 60}, {2e6, 75}, {4e6, 85}, {8e6, 92}};
  EXPECT_EQ(job::bd_rate({good[0]}, good).why_not, "the anchor has 1 point, and 4 are needed");
  EXPECT_EQ(job::bd_rate(good, {}).why_not, "the tested curve has 0 points, and 4 are needed");
  auto flat = good;
  flat[1].quality = 60;
  EXPECT_EQ(job::bd_rate(good, flat).why_not,
            "quality of the tested curve does not rise from 1000 to 2000 kbit/s");
  auto free = good;
  free[0].rate = 0;
  EXPECT_EQ(job::bd_rate(free, good).why_not,
            "a point of the anchor has no finite rate and quality");
  auto above = good;
  for (job::RatePoint& point : above) point.quality += 32;
  EXPECT_EQ(job::bd_rate(good, above).why_not,
            "the curves have no range of quality in common: 60.000 to 92.000 and 92.000 to "
            "124.000")
      << "one point is no range";
}

TEST(HullOfPoints, LiesOnTheLogarithmOfTheRate) {
  // Halfway between 1 and 4 Mbit/s is 2: on the line it is no corner, above it is one.
  EXPECT_EQ(job::rate_quality_hull({{1e6, 60}, {2e6, 70}, {4e6, 80}}),
            (std::vector<std::size_t>{0, 2}));
  EXPECT_EQ(job::rate_quality_hull({{1e6, 60}, {2e6, 71}, {4e6, 80}}),
            (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(job::rate_quality_hull({{1e6, 60}, {1e6, 65}, {4e6, 65}}),
            (std::vector<std::size_t>{1}))
      << "more bits for nothing";
}

class WorstPictures : public test::InTempFolder {
 protected:
  std::string clip(const std::string& name, int frames, char code) const {
    std::string content = "YUV4MPEG2 W32 H16 F25:1 Cmono\n";
    for (int i = 0; i < frames; ++i) content += "FRAME\n" + std::string(512, code);
    return write(name, content);
  }
  job::Job job() const {
    job::Job job;
    job.reference = clip("r.y4m", 3, 'r');
    job.distorted = {clip("a.y4m", 3, 'a'), clip("b.y4m", 3, 'b')};
    job.features = {{"psnr", {{"enable_chroma", "false"}}}};
    job.threads = 1;
    return job;
  }
};

TEST_F(WorstPictures, AreDrawnOfTheFramesThatAreWanted) {
  const job::Job both = job();
  const auto run = job::run(both, {});
  ASSERT_TRUE(run) << run.error().message;
  std::vector<ClipWorst> clips{{worst_of({1, 2, 3}, false, 1), {}, ""},
                               {worst_of({1, 2, 3}, true, 2), {}, ""}};
  EXPECT_TRUE(draw_worst({}, *run, clips).empty()) << "no network draws";
  ASSERT_EQ(clips[1].frames.size(), 2u);
  EXPECT_EQ(clips[1].frames[0].frame, 2u);
  EXPECT_EQ(clips[1].frames[0].score, 3);
  const std::string start = "\xff\xd8\xff";
  for (const ClipWorst& clip : clips)
    for (const WorstFrame& frame : clip.frames) {
      EXPECT_EQ(clip.note, "");
      EXPECT_EQ(frame.reference.substr(0, 3), start);
      EXPECT_EQ(frame.difference.substr(0, 3), start);
      EXPECT_EQ(frame.map + frame.map_caption, "");
    }
  EXPECT_EQ(clips[0].frames[0].reference, clips[1].frames[0].reference);
  EXPECT_NE(clips[0].frames[0].distorted, clips[1].frames[0].distorted);
}

TEST_F(WorstPictures, ThatCannotBeDrawnLeaveANote) {
  job::Job gone = job();
  const auto run = job::run(gone, {});
  ASSERT_TRUE(run) << run.error().message;
  clip("r.y4m", 1, 'r');
  std::vector<ClipWorst> clips{{worst_of({1, 9, 2}, false, 2), {}, ""},
                               {worst_of({9, 9, 2}, false, 1), {}, ""}};
  draw_worst({}, *run, clips);
  EXPECT_EQ(clips[0].note, "Not all pictures: the reference became shorter");
  EXPECT_EQ(clips[1].note, "No pictures: the reference became shorter");
  EXPECT_NE(clips[0].frames[0].distorted, "") << "the first frame was still there";
  EXPECT_EQ(clips[0].frames[1].distorted, "");
}

TEST_F(WorstPictures, AreNotDrawnOfPipes) {
  job::Job piped = job();
  const auto run = job::run(piped, {});
  ASSERT_TRUE(run) << run.error().message;
  piped.distorted[0] = "-";
  std::vector<ClipWorst> clips{{worst_of({1}, false, 1), {}, ""}};
  draw_worst({}, *run, clips);
  EXPECT_EQ(clips[0].note,
            "No pictures: standard input gives its frames once, and its worst frames are read "
            "again: write it to a file first");
}

TEST_F(WorstPictures, MadeWithTellsTheProcessor) {
  const job::Job both = job();
  const auto run = job::run(both, {});
  ASSERT_TRUE(run) << run.error().message;
  const auto made = made_with(run->clips[0].session.context());
  EXPECT_TRUE(made["environment"].contains("cpu_target")) << made.dump();
  EXPECT_TRUE(made["tiny_models"].is_array());
  EXPECT_TRUE(made["tiny_models"].empty()) << "PSNR is no network";
}

}  // namespace
}  // namespace visq::cli
