// What --dry_run says, line by line.
#include <filesystem>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/support/command_fixture.h"

namespace visq::cli {
namespace {

class DryRun : public test::WithClips {
 protected:
  // The lines by their first word.
  std::map<std::string, std::string> told(const std::string& arguments) const {
    const Outcome o = run(arguments + " --dry_run --threads 1");
    EXPECT_EQ(o.code, 0) << o.err;
    std::map<std::string, std::string> lines;
    std::istringstream stream(o.out);
    for (std::string line; std::getline(stream, line);)
      lines[line.substr(0, line.find(' '))] = line.size() > 11 ? line.substr(11) : "";
    return lines;
  }
};

TEST_F(DryRun, DescribesTheClipsAndWhatIsScored) {
  auto lines = told(
      "-r a.y4m -d b.y4m -n --feature psnr=enable_mse=true:enable_chroma=false "
      "--feature float_ssim");
  EXPECT_EQ(lines["reference"], "a.y4m: 32x24 4:2:0 8-bit, 25 frames a second, 4 frames");
  EXPECT_EQ(lines["distorted"], "b.y4m: 32x24 4:2:0 8-bit, 25 frames a second, 4 frames");
  EXPECT_EQ(lines["compared"], "32x24 4:2:0 8-bit");
  EXPECT_EQ(lines["models"], "none");
  EXPECT_EQ(lines["metrics"], "psnr enable_chroma=false enable_mse=true, float_ssim");
  EXPECT_EQ(lines["scores"], "psnr_y, mse_y, float_ssim");
  EXPECT_EQ(lines["writes"], "no file");
  EXPECT_EQ(lines.count("sync") + lines.count("tiny"), 0u) << "nobody asked for them";
  EXPECT_EQ(lines["estimate"].rfind("about ", 0), 0u) << lines["estimate"];
  EXPECT_NE(lines["estimate"].find(" for 4 frames; measured here: 4 frames in "), std::string::npos)
      << lines["estimate"];
}

TEST_F(DryRun, ComparesInTheFormatThatTheRunWould) {
  clip("small.y4m", 4, 'c', "YUV4MPEG2 W16 H48 F0:0 C420\n");
  auto lines = told("-r a.y4m -d small.y4m --scale 40x30 --to_bitdepth 10 -n --feature psnr");
  EXPECT_EQ(lines["distorted"], "small.y4m: 16x48 4:2:0 8-bit, 4 frames") << "its rate is unknown";
  EXPECT_EQ(lines["compared"], "40x30 4:2:0 10-bit");
}

TEST_F(DryRun, NamesTheFilesAndWritesNone) {
  const std::string run = "-r a.y4m -d b.y4m -n --feature psnr ";
  EXPECT_EQ(told(run + "-o s")["writes"], "s (XML)");
  EXPECT_EQ(told(run + "-o s --csv")["writes"], "s (CSV)");
  EXPECT_EQ(told(run + "-o s --sub")["writes"], "s (SUB)");
  EXPECT_EQ(told(run + "-o - --json")["writes"], "standard output (JSON)");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "s"));
  write("s", "what was there");
  EXPECT_EQ(told(run + "-o s --csv")["writes"], "s (CSV; what is there is overwritten)");
  EXPECT_EQ(read("s"), "what was there");
}

TEST_F(DryRun, ScoresWithoutWritingMaps) {
  large_clip("c.y4m", 3, 'c');
  auto lines = told("-r c.y4m -d c.y4m -n --feature cambi=heatmaps_path=maps -o s.json --json");
  EXPECT_EQ(lines["writes"], "s.json (JSON), maps (heatmaps_path of cambi)");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "maps"));
}

TEST_F(DryRun, CountsTheFramesThatTheRunWould) {
  clip("long.y4m", 40, 'a');
  const auto estimate = [&](const std::string& arguments) {
    return told("-r long.y4m -d long.y4m -n --feature psnr " + arguments)["estimate"];
  };
  EXPECT_NE(estimate("--frame_cnt 9").find(" for 9 frames; measured here: 9 frames"),
            std::string::npos)
      << read("out");
  EXPECT_NE(estimate("--frame_skip_ref 5 --frame_skip_dist 8 --shortest").find(" for 32 frames; "),
            std::string::npos)
      << read("out");
}

TEST_F(DryRun, OfClipsWithNothingInCommonFails) {
  const Outcome o =
      run("-r a.y4m -d b.y4m --frame_skip_ref 4 --shortest -n --feature psnr --dry_run");
  EXPECT_EQ(o.code, 2);
  EXPECT_EQ(o.err, "vmaf: error: a.y4m and b.y4m have no frame in common\n");
  EXPECT_EQ(o.out, "");
}

}  // namespace
}  // namespace visq::cli
