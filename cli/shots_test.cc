// --shots on the command line. TransNet V2 itself is tested in job/; here the build's own detector
// stands in for it, which sees a cut where brightness jumps.
#include <algorithm>
#include <filesystem>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/command_fixture.h"
#include "tests/support/shared.h"

namespace visq::cli {
namespace {

using Pairs = std::vector<std::pair<unsigned, unsigned>>;
using Json = nlohmann::json;
namespace fs = std::filesystem;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

Pairs pairs(const Json& shots) {
  Pairs list;
  for (const Json& shot : shots) list.emplace_back(shot["first"], shot["last"]);
  return list;
}

class CommandShots : public test::CommandTest {
 protected:
  // 8 dark frames, then 62 light ones, then 30 gray ones; the copy is worst in frames 8 to 69.
  void SetUp() override {
    clip("r.y4m", {20, 200, 90}, {0, 0, 0});
    clip("a.y4m", {20, 200, 90}, {1, 6, 2});
    clip("b.y4m", {20, 200, 90}, {1, 2, 9});
  }
  void clip(const std::string& name, const std::vector<int>& levels,
            const std::vector<int>& errors) const {
    constexpr int kFrames[] = {8, 62, 30};
    std::string content = "YUV4MPEG2 W64 H48 F25:1 C420\n";
    for (std::size_t shot = 0; shot < 3; ++shot)
      for (int i = 0; i < kFrames[shot]; ++i)
        content +=
            "FRAME\n" +
            std::string(std::size_t{64} * 48, static_cast<char>(levels[shot] + errors[shot])) +
            std::string(std::size_t{64} * 48 / 2, '\x80');
    write(name, content);
  }
  Outcome psnr(const std::string& arguments, const std::string& environment = "") const {
    return run("-r r.y4m -d a.y4m -n --feature psnr=enable_chroma=false " + arguments, environment);
  }
  Json shots(const std::string& option) const {
    const Outcome o = psnr("-q -o s.json --shots " + option);
    EXPECT_EQ(o.code, 0) << o.err;
    return o.code == 0 ? report("s.json")["shots"] : Json();
  }
  // Where the build has no runtime, detection has nothing to run in.
  static bool has_stand_in() {
#ifdef VISQ_HAVE_ONNXRUNTIME
    return true;
#else
    return false;
#endif
  }
  static constexpr const char* kStandIn = "VISQ_MODEL_STORE=" VISQ_BINARY_DIR "/tests/synthetic";
};

const Pairs kShots{{0, 7}, {8, 69}, {70, 99}};

TEST_F(CommandShots, OfEqualLengthOrOfAListHaveStatistics) {
  EXPECT_EQ(pairs(shots("40")), Pairs({{0, 39}, {40, 79}, {80, 99}}));
  EXPECT_EQ(pairs(shots("1")).size(), 100u);
  write("list.csv", "0\n8\n70\n");
  const Json listed = shots("list.csv");
  EXPECT_EQ(pairs(listed), kShots);
  const Json& worst = listed[1]["scores"]["psnr_y"];
  EXPECT_NEAR(worst["mean"].get<double>(), 32.567779, 1e-6) << "20 log10(255 / 6)";
  EXPECT_EQ(worst["worst_frame"], 8);
  EXPECT_EQ(worst["clip"], worst["mean"]);
  write("scenes.csv",
        "Timecode List:,00:00:00.320\nScene Number,Start Frame,End Frame\n1,1,8\n2,9,100\n");
  EXPECT_EQ(pairs(shots("scenes.csv")), Pairs({{0, 7}, {8, 99}}));
}

TEST_F(CommandShots, SkippedFramesOfTheReferenceDoNotCount) {
  write("list.csv", "0\n8\n70\n");
  const Outcome o = psnr("-q -o s.json --shots list.csv --frame_skip_ref 10 --frame_skip_dist 10");
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(pairs(report("s.json")["shots"]), Pairs({{0, 59}, {60, 89}}));
}

TEST_F(CommandShots, TheSummaryNamesTheWorst) {
  write("list.csv", "0\n8\n70\n");
  EXPECT_TRUE(has(psnr("--shots list.csv").out,
                  "\nworst of 3 shots by mean psnr_y: 32.567779 at 0:00:00.320 (frames 8 to 69)\n"))
      << read("out");
  EXPECT_TRUE(has(psnr("--shots 100").out, "\nworst of 1 shot by mean psnr_y: ")) << read("out");
  EXPECT_TRUE(has(psnr("--shots list.csv --feature ciede").out, "by mean psnr_y")) << "the first";
  const std::string both = psnr("-d b.y4m --shots list.csv").out;
  EXPECT_TRUE(has(both, "\na.y4m: worst of 3 shots by mean psnr_y: ")) << both;
  EXPECT_TRUE(has(both, "b.y4m: worst of 3 shots by mean psnr_y: 29.045953 at 0:00:02.800"))
      << both;
}

TEST_F(CommandShots, AreFoundOnceForAllClipsWithAnyNumberOfThreads) {
  VISQ_NEED(has_stand_in(), "a runtime for networks");
  for (const char* const threads : {"1", "2", "5"}) {
    const Outcome o =
        psnr(fmt::format("-d b.y4m -q -o s.json --shots detect --threads {}", threads), kStandIn);
    ASSERT_EQ(o.code, 0) << o.err;
    const Json clips = report("s.json")["clips"];
    for (const std::size_t i : {0u, 1u})
      EXPECT_EQ(pairs(clips[i]["shots"]), kShots) << threads << " threads, clip " << i;
  }
}

TEST_F(CommandShots, AreFoundInFramesOfAnyNumber) {
  VISQ_NEED(has_stand_in(), "a runtime for networks");
  for (const unsigned frames : {1u, 8u, 9u, 49u, 50u, 51u, 75u, 76u}) {
    const Outcome o =
        psnr(fmt::format("-q -o s.json --shots detect --frame_cnt {}", frames), kStandIn);
    ASSERT_EQ(o.code, 0) << o.err;
    Pairs expected;
    for (const auto& [first, last] : kShots)
      if (first < frames) expected.emplace_back(first, std::min(last, frames - 1));
    EXPECT_EQ(pairs(report("s.json")["shots"]), expected) << frames << " frames";
  }
}

TEST_F(CommandShots, ADryRunTellsWhatFindingThemCosts) {
  VISQ_NEED(has_stand_in(), "a runtime for networks");
  const Outcome o = psnr("--dry_run --shots detect", kStandIn);
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_TRUE(has(o.out, "\nshots      found by TransNet V2, once for all clips: ")) << o.out;
  EXPECT_FALSE(has(psnr("--dry_run --shots 40").out, "\nshots ")) << "that costs nothing";
}

// The build's own detector, in a store that has it as a quantised file alone.
TEST_F(CommandShots, AreFoundByTheQuantisedFileWhereThatIsAskedFor) {
  VISQ_NEED(has_stand_in(), "a runtime for networks");
  const fs::path store = folder_ / "store/tiny";
  fs::create_directories(store);
  fs::copy_file(VISQ_BINARY_DIR "/tests/synthetic/tiny/transnet_v2.onnx",
                store / "transnet_v2.int8.onnx");
  const Outcome o = psnr("-q -o s.json --shots detect --tiny-quant int8", "VISQ_MODEL_STORE=store");
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(pairs(report("s.json")["shots"]), kShots);
  EXPECT_EQ(psnr("-q --shots detect", "VISQ_MODEL_STORE=store").code, 3);
}

TEST_F(CommandShots, SayWhatIsWrong) {
  EXPECT_EQ(psnr("--shots 0").code, 1);
  EXPECT_EQ(psnr("--shots nowhere.csv").code, 1);
  EXPECT_TRUE(has(read("err"), "--shots nowhere.csv: ")) << read("err");
  write("list.csv", "0\n8\n8\n");
  EXPECT_EQ(psnr("--shots list.csv").code, 1);
  EXPECT_TRUE(has(read("err"), "--shots list.csv: line 3: \"8\" is not the number of a first"))
      << read("err");
  EXPECT_EQ(run("--no_reference -d a.y4m --feature cambi --shots detect").code, 1);
  EXPECT_TRUE(has(read("err"), "there is none")) << read("err");
  EXPECT_EQ(psnr("--shots detect", "VISQ_MODEL_STORE=$PWD").code, 3);
  EXPECT_TRUE(has(read("err"), "run ./setup --with transnet")) << read("err");
}

// What the page draws.
TEST_F(CommandShots, ThePageHasThemWithPicturesOfTheWorst) {
  const Outcome o = psnr("-d b.y4m -q --shots 5 --feature motion --report p.html");
  VISQ_NEED(!has(o.err, "uPlot"), "uPlot");
  ASSERT_EQ(o.code, 0) << o.err;
  const std::string page = read("p.html"), mark = "<script type=\"application/json\" id=\"data\">";
  const std::size_t from = page.find(mark) + mark.size();
  const Json data = Json::parse(page.substr(from, page.find("</script>", from) - from));
  EXPECT_EQ(data["primary"], "psnr_y");
  for (const Json& clip : data["clips"]) {
    ASSERT_EQ(clip["shots"].size(), 20u);
    EXPECT_EQ(clip["shots"][19]["first"], 95);
    EXPECT_EQ(clip["shots"][19]["last"], 99);
    std::size_t pictures = 0;
    double worst_without = -1, best_with = -1;
    for (const Json& shot : clip["shots"]) {
      EXPECT_TRUE(shot["pooled"].contains("psnr_y"));
      EXPECT_TRUE(shot["pooled"]["psnr_y"].contains("worst"));
      const double mean = shot["pooled"]["psnr_y"]["clip"];
      const std::string picture = shot.value("picture", "");
      if (picture.rfind("data:image/jpeg;base64,", 0) == 0) {
        ++pictures;
        best_with = std::max(best_with, mean);
      } else {
        worst_without = worst_without < 0 ? mean : std::min(worst_without, mean);
      }
    }
    EXPECT_EQ(pictures, 10u);
    EXPECT_LE(best_with, worst_without) << "the worst ten";
  }
}

}  // namespace
}  // namespace visq::cli
