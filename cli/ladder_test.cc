// One bad clip of several: it has its own error, and the others are scored.
#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/command_fixture.h"

namespace visq::cli {
namespace {

class Ladder : public test::WithClips {
 protected:
  void SetUp() override {
    test::WithClips::SetUp();
    large_clip("large.y4m", 4, 'b');
    write("cut.y4m", read("b.y4m").substr(0, 3000));
    write("noise.mp4", "this is no video at all");
    ASSERT_EQ(shell("ffmpeg -nostdin -v error -y -f lavfi -i sine=d=0.1 -c:a aac sound.mp4"), 0);
    ASSERT_EQ(shell("ffmpeg -nostdin -v error -y -i b.y4m -vf setparams=color_trc=smpte2084 "
                    "-c:v ffv1 pq.mkv"),
              0);
  }
};

TEST_F(Ladder, TheOthersAreScored) {
  const std::pair<const char*, const char*> kBad[] = {
      {"missing.y4m", "there is no file missing.y4m"},
      {"cut.y4m", "cut.y4m: frame 2 is truncated"},
      {"large.y4m", "--scale auto"},
      {"noise.mp4", "noise.mp4: not a video"},
      {"sound.mp4", "sound.mp4 has no video stream"},
      {"pq.mkv", "pq.mkv is PQ"}};
  for (const auto& [bad, why] : kBad)
    for (const bool first : {true, false}) {
      std::filesystem::remove(folder_ / "all.json");  // which a partial one does not replace
      const Outcome o =
          run(fmt::format("-r a.y4m -d {} -d {} -n --feature psnr --colour_ref sdr -o all.json",
                          first ? bad : "b.y4m", first ? "b.y4m" : bad));
      EXPECT_EQ(o.code, 2) << bad;
      EXPECT_NE(o.err.find(why), std::string::npos) << bad << o.err;
      EXPECT_NE(o.out.find(why), std::string::npos) << "the table says it, too: " << o.out;
      const auto clips = report("all.json")["clips"];
      EXPECT_EQ(clips[first ? 1 : 0]["frames"].size(), 4u) << bad;
      EXPECT_FALSE(clips[first ? 1 : 0].contains("error"));
      EXPECT_EQ(clips[first ? 0 : 1]["partial"], true);
      EXPECT_NE(clips[first ? 0 : 1]["error"].get<std::string>().find(why), std::string::npos);
    }
}

TEST_F(Ladder, TheFirstErrorIsThatOfTheRun) {
  const Outcome o = run("-r a.y4m -d b.y4m -d sound.mp4 -d missing.y4m -n --feature psnr");
  EXPECT_EQ(o.code, 2);
  EXPECT_EQ(o.err, "vmaf: error: sound.mp4 has no video stream\n");
  EXPECT_EQ(run("-r a.y4m -d b.y4m -d missing.y4m -n --feature psnr --dry_run").code, 2);
}

TEST_F(Ladder, ReportsAndSyncGoOn) {
  const Outcome o =
      run("-r a.y4m -d missing.y4m -d cut.y4m -d b.y4m -n --feature psnr --sync auto --report "
          "page.html");
  EXPECT_EQ(o.code, 2);
  EXPECT_NE(o.err.find("vmaf: error: there is no file missing.y4m\n"), std::string::npos) << o.err;
  EXPECT_NE(read("page.html").find("b.y4m"), std::string::npos);
  const Outcome alone = run("--no_reference -d missing.y4m -d b.y4m --feature cambi -o all.json");
  EXPECT_EQ(alone.code, 2);
  EXPECT_EQ(report("all.json")["clips"][1]["frames"].size(), 4u) << alone.err;
}

TEST_F(Ladder, WithNoGoodClipIsAnErrorAtOnce) {
  const Outcome o = run("-r a.y4m -d missing.y4m -d sound.mp4 -n --feature psnr -o all.json");
  EXPECT_EQ(o.code, 2);
  EXPECT_EQ(o.err, "vmaf: error: there is no file missing.y4m\n");
  EXPECT_EQ(o.out, "");
}

}  // namespace
}  // namespace visq::cli
