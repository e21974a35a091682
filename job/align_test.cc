#include "job/align.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/temp_folder.h"

namespace visq::job {
namespace {

using Texts = std::vector<std::string>;

class Aligning : public test::InTempFolder {
 protected:
  // A frame of 64x36 samples for each number: blocks of 4x4 samples whose levels it draws.
  std::string clip(const std::string& name, const std::vector<int>& scenes,
                   int inverted = 0) const {
    std::string content = "YUV4MPEG2 W64 H36 F25:1 Cmono\n";
    for (const int scene : scenes) {
      content += "FRAME\n";
      for (int y = 0; y < 36; ++y)
        for (int x = 0; x < 64; ++x) {
          const auto block = static_cast<unsigned>((scene + 1) * 1000 + y / 4 * 16 + x / 4);
          unsigned mixed = block * 2654435761u;
          mixed = (mixed ^ mixed >> 15) * 2246822519u;
          content += static_cast<char>((mixed >> 24) ^ static_cast<unsigned>(inverted));
        }
    }
    return write(name, content);
  }
  static std::vector<int> scenes(int from, int to) {
    std::vector<int> list;
    for (int i = from; i < to; ++i) list.push_back(i);
    return list;
  }
};

Job job_of(const std::string& reference, std::vector<std::string> distorted) {
  Job job;
  job.reference = reference;
  job.distorted = std::move(distorted);
  return job;
}

TEST_F(Aligning, BeginsWhereTheLatestClipDoes) {
  const std::string a = clip("a.y4m", scenes(3, 30)), late = clip("late.y4m", scenes(7, 30)),
                    early = clip("early.y4m", scenes(0, 30));
  Job job = job_of(a, {late, early, a});
  const auto alignment = align(job, {});
  ASSERT_TRUE(alignment) << alignment.error().message;
  EXPECT_EQ(job.synchrony.reference, 4u);
  EXPECT_EQ(job.synchrony.distorted, (std::vector<std::uint64_t>{0, 7, 4}));
  EXPECT_EQ(alignment->beginnings,
            (Texts{late + " begins with frame 4 of " + a, a + " begins with frame 3 of " + early}));
  EXPECT_TRUE(alignment->warnings.empty());
  EXPECT_EQ(alignment->frames, 27u + 23 + 30 + 27);
  EXPECT_TRUE(alignment->whole);
}

TEST_F(Aligning, LooksAtNoMoreFramesThanItIsTold) {
  const std::string a = clip("a.y4m", scenes(0, 30)), b = clip("b.y4m", scenes(0, 12));
  Job job = job_of(a, {b});
  std::optional<std::uint64_t> expected;
  const auto alignment = align(job, {{}, [&](auto frames) { expected = frames; }}, 20);
  ASSERT_TRUE(alignment) << alignment.error().message;
  EXPECT_EQ(expected, 20u + 12);
  EXPECT_EQ(alignment->frames, 20u + 12);
  EXPECT_FALSE(alignment->whole);
}

TEST_F(Aligning, SaysWhichFramesAreLost) {
  std::vector<int> lossy = scenes(0, 25);
  for (const int scene : scenes(27, 60))
    if (scene != 45) lossy.push_back(scene);
  const std::string a = clip("a.y4m", scenes(0, 60)), b = clip("b.y4m", lossy);
  Job job = job_of(a, {b});
  const auto alignment = align(job, {});
  ASSERT_TRUE(alignment) << alignment.error().message;
  EXPECT_EQ(alignment->warnings,
            (Texts{b + " lacks 2 frames of " + a + " before its frame 25",
                   b + " lacks 1 frame of " + a + " before its frame 43",
                   b + " is compared frame by frame all the same: from its frame 25 on with frames "
                       "that it does not show"}));
  EXPECT_TRUE(alignment->beginnings.empty());
}

TEST_F(Aligning, TellsTwentyFramesAndCountsTheRest) {
  std::vector<int> lossy;  // each fifth is lost, from the fifth to the last but three
  for (const int scene : scenes(0, 118))
    if (scene % 5 != 4) lossy.push_back(scene);
  const std::string a = clip("a.y4m", scenes(0, 118)), b = clip("b.y4m", lossy);
  Job job = job_of(a, {b});
  const auto alignment = align(job, {});
  ASSERT_TRUE(alignment) << alignment.error().message;
  ASSERT_EQ(alignment->warnings.size(), 22u);
  EXPECT_EQ(alignment->warnings[0], b + " lacks 1 frame of " + a + " before its frame 4");
  EXPECT_EQ(alignment->warnings[19], b + " lacks 1 frame of " + a + " before its frame 80");
  EXPECT_EQ(alignment->warnings[21], "3 more frames of " + b + " are missing or repeated")
      << "scenes 4, 9, ..., 114 are 23";
}

TEST_F(Aligning, DoubtsClipsThatDoNotLookAlike) {
  const std::string a = clip("a.y4m", scenes(0, 12)), b = clip("b.y4m", scenes(0, 12), 255);
  Job job = job_of(a, {b});
  const auto alignment = align(job, {});
  ASSERT_TRUE(alignment) << alignment.error().message;
  ASSERT_FALSE(alignment->warnings.empty());
  const std::string start = b + " hardly looks like " + a + ": where they fit best, their luma ";
  EXPECT_EQ(alignment->warnings[0].substr(0, start.size()), start);
}

TEST_F(Aligning, ReadsNoPipe) {
  Job piped = job_of(clip("a.y4m", {0}), {"-"});
  const auto refused = align(piped, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "standard input gives its frames once, and --sync reads it twice: write it to a file "
            "first");
  EXPECT_FALSE(piped.shortest) << "the job is as it was";
}

}  // namespace
}  // namespace visq::job
