#include <gtest/gtest.h>

#include "job/run.h"
#include "tests/support/temp_folder.h"

namespace visq::job {
namespace {

// What a run will look at, of clips of 9 and of 6 frames.
class Expecting : public test::InTempFolder {
 protected:
  std::string clip(const std::string& name, int frames) const {
    std::string content = "YUV4MPEG2 W16 H16 F25:1 Cmono\n";
    for (int i = 0; i < frames; ++i) content += "FRAME\n" + std::string(256, 'x');
    return write(name, content);
  }
  std::optional<std::uint64_t> expected(const Job& job) const {
    const auto run = open(job, *open_sessions(job), {});
    EXPECT_TRUE(run) << run.error().message;
    return run ? run->expected_frames() : 12345;
  }
  Job job() const {
    Job job;
    job.reference = clip("r.y4m", 9);
    job.features = {{"psnr", {{"enable_chroma", "false"}}}};
    job.threads = 1;
    job.distorted = {clip("a.y4m", 9), clip("b.y4m", 6)};
    return job;
  }
};

TEST_F(Expecting, TheShorterOfEachPairCounts) {
  Job both = job();
  EXPECT_EQ(expected(both), 9u + 6);
  both.frame_count = 7;
  EXPECT_EQ(expected(both), 7u + 6);
}

TEST_F(Expecting, WhatIsSkippedDoesNotCount) {
  Job both = job();
  both.skip_reference = 2;
  EXPECT_EQ(expected(both), 7u + 6);
  both.skip_distorted = 1;
  both.synchrony = {1, {0, 3}};
  EXPECT_EQ(expected(both), 6u + 2) << "9 - 2 - 1 of the reference, 6 - 1 - 3 of the second";
  both.frame_count = 3;
  EXPECT_EQ(expected(both), 3u + 2);
}

TEST_F(Expecting, NoFrameIsExplained) {
  Job none = job();
  none.distorted = {clip("empty.y4m", 0)};
  none.shortest = true;
  const auto shorter = run(none, {});
  ASSERT_TRUE(shorter) << shorter.error().message;
  EXPECT_TRUE(shorter->first_error());
  EXPECT_EQ(shorter->complete_frames(), 0u);
  EXPECT_EQ(shorter->no_frames().error().message, none.distorted[0] + " has no frame");
  none.shortest = false;
  EXPECT_EQ(run(none, {})->first_error().error().message, none.distorted[0] + " has no frame");
  Job apart = job();
  apart.shortest = true;
  apart.skip_reference = 9;
  EXPECT_EQ(run(apart, {})->no_frames().error().message,
            apart.reference + " and " + apart.distorted[0] + " have no frame in common");
}

}  // namespace
}  // namespace visq::job
