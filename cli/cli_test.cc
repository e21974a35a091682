// The command as a user runs it.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <nlohmann/json.hpp>

#include "dnn/onnx/writer.h"
#include "tests/support/command_fixture.h"
#include "tests/support/sanitized.h"
#include "tests/support/shared.h"

namespace visq::cli {
namespace {

namespace fs = std::filesystem;

class Command : public test::WithClips {
 protected:
  void SetUp() override {
    WithClips::SetUp();
    clip("short.y4m", 2, 'c');
  }
};

TEST_F(Command, ScoresAndSaysWhatItScored) {
  const Outcome o = run("-r a.y4m -d b.y4m -n --feature psnr -o s.json");
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_NE(o.out.find("reference  a.y4m (32x24 4:2:0 8-bit)"), std::string::npos) << o.out;
  EXPECT_NE(o.out.find("psnr_y"), std::string::npos);
  EXPECT_EQ(o.err, "");
  EXPECT_EQ(report("s.json")["frames"].size(), 4u);
  EXPECT_EQ(run("-r a.y4m -d b.y4m -n --feature psnr -q").out, "");
}

TEST_F(Command, StandardInputAndOutput) {
  EXPECT_NE(run("-r - -d b.y4m -n --feature psnr").err.find("standard input is empty"),
            std::string::npos);
  const Outcome piped = run("-r a.y4m -d b.y4m -n --feature psnr -o - --csv");
  EXPECT_EQ(piped.code, 0);
  EXPECT_EQ(piped.out.substr(0, 6), "Frame,");
  EXPECT_NE(piped.err.find("reference"), std::string::npos) << "the summary goes aside";
}

TEST_F(Command, PipesAreReadAsY4m) {
  const int status = std::system(
      fmt::format("cd {} && cat a.y4m | {} -r - -d b.y4m -n --feature psnr -q -o p.json",
                  folder_.string(), VISQ_VMAF)
          .c_str());
  EXPECT_EQ(status, 0);
  EXPECT_EQ(report("p.json")["frames"].size(), 4u);
}

TEST_F(Command, OneClipShorterThanTheOther) {
  const Outcome o = run("-r a.y4m -d short.y4m -n --feature psnr -o s.json");
  EXPECT_EQ(o.code, 2);
  EXPECT_NE(o.err.find("short.y4m ended after 2 frames, before a.y4m"), std::string::npos) << o.err;
  EXPECT_EQ(report("s.json")["frames"].size(), 2u) << "what was scored is written";
  EXPECT_EQ(run("-r a.y4m -d short.y4m -n --feature psnr --shortest").code, 0);
  EXPECT_EQ(run("-r a.y4m -d short.y4m -n --feature psnr --frame_cnt 2").code, 0);
  EXPECT_EQ(run("-r a.y4m -d short.y4m -n --feature psnr --frame_skip_ref 2").code, 0);
  EXPECT_EQ(run("-r a.y4m -d b.y4m -n --feature psnr --frame_skip_dist 9").code, 2);
}

TEST_F(Command, ATruncatedClipKeepsWhatIsScored) {
  const std::string whole = read("b.y4m");
  std::ofstream(folder_ / "cut.y4m", std::ios::binary) << whole.substr(0, whole.size() - 10);
  const Outcome o = run("-r a.y4m -d cut.y4m -n --feature psnr -o s.json");
  EXPECT_EQ(o.code, 2);
  EXPECT_NE(o.err.find("cut.y4m: frame 3 is truncated"), std::string::npos) << o.err;
  EXPECT_EQ(report("s.json")["frames"].size(), 3u);
  EXPECT_EQ(report("s.json")["partial"], true);
}

// Chroma is read only where a metric asks for it, and no score may show that.
TEST_F(Command, ScoresOfLumaDoNotDependOnWhetherChromaIsRead) {
  ASSERT_EQ(std::system(
                fmt::format(
                    "cd {} && ffmpeg -nostdin -loglevel error -f lavfi -i testsrc2=s=64x48:r=5:d=1 "
                    "-pix_fmt yuv420p m.y4m && "
                    "ffmpeg -nostdin -loglevel error -i m.y4m -c:v mpeg4 -q:v 20 m.mp4 && "
                    "ffmpeg -nostdin -loglevel error -i m.mp4 -f rawvideo m.yuv && "
                    "ffmpeg -nostdin -loglevel error -i m.y4m -frames:v 1 -pix_fmt rgb24 a.png && "
                    "ffmpeg -nostdin -loglevel error -i m.mp4 -frames:v 1 -pix_fmt rgb24 b.png",
                    folder_.string())
                    .c_str()),
            0);
  for (const char* clips :
       {"-r m.y4m -d m.mp4", "-r m.y4m -d m.mp4 --frame_skip_ref 1 --frame_skip_dist 1",
        "-r a.png -d b.png",
        "-r m.yuv -d m.yuv --frame_skip_dist 2 --shortest -w 64 -h 48 -p 420 -b 8"}) {
    const std::string luma =
        "-n --feature float_ssim --feature vif --feature motion --precision max -q";
    ASSERT_EQ(run(fmt::format("{} -o luma.json {}", luma, clips)).code, 0) << clips << read("err");
    ASSERT_EQ(run(fmt::format("{} --feature psnr -o whole.json {}", luma, clips)).code, 0)
        << clips << read("err");
    const auto without = report("luma.json"), with = report("whole.json");
    ASSERT_EQ(without["frames"].size(), with["frames"].size());
    for (std::size_t i = 0; i < without["frames"].size(); ++i)
      for (const auto& [name, value] : without["frames"][i]["metrics"].items())
        EXPECT_EQ(value, with["frames"][i]["metrics"][name]) << name << clips;
  }
}

TEST_F(Command, MissingChromaIsAnErrorEvenWhereNothingReadsIt) {
  const std::string whole = read("b.y4m");
  std::ofstream(folder_ / "cut.y4m", std::ios::binary) << whole.substr(0, whole.size() - 10);
  const Outcome whole_read = run("-r a.y4m -d cut.y4m -n --feature psnr -q"),
                luma_read = run("-r a.y4m -d cut.y4m -n --feature float_psnr -q");
  EXPECT_EQ(luma_read.code, 2);
  EXPECT_EQ(luma_read.err, whole_read.err);
}

// Motion is of the reference alone: the distorted clip is only counted.
TEST_F(Command, AClipThatNothingReadsStillHasToBeWhole) {
  const std::string whole = read("b.y4m"),
                    motion = "-n --feature motion --feature float_motion --precision max -q";
  std::ofstream(folder_ / "cut.y4m", std::ios::binary) << whole.substr(0, whole.size() - 10);
  for (const char* clip : {"cut.y4m", "short.y4m"}) {
    for (const char* old : {"counted.json", "looked_at.json"}) fs::remove(folder_ / old);
    const Outcome counted = run(fmt::format("-r a.y4m -d {} {} -o counted.json", clip, motion));
    const Outcome looked_at =
        run(fmt::format("-r a.y4m -d {} {} --feature psnr -o looked_at.json", clip, motion));
    EXPECT_EQ(counted.code, 2) << clip;
    EXPECT_EQ(counted.err, looked_at.err);
    EXPECT_EQ(report("counted.json")["frames"].size(), report("looked_at.json")["frames"].size());
  }
  ASSERT_EQ(
      run(fmt::format("-r a.y4m -d b.y4m -d a.y4m {} --frame_skip_ref 1 --shortest -o counted.json",
                      motion))
          .code,
      0)
      << read("err");
  ASSERT_EQ(
      run(fmt::format(
              "-r a.y4m -d a.y4m {} --feature psnr --frame_skip_ref 1 --shortest -o looked_at.json",
              motion))
          .code,
      0)
      << read("err");
  const auto expected = report("looked_at.json")["frames"], clips = report("counted.json")["clips"];
  ASSERT_EQ(clips.size(), 2u);
  for (const auto& clip : clips)
    for (std::size_t i = 0; i < expected.size(); ++i)
      for (const auto& [name, value] : clip["frames"][i]["metrics"].items())
        EXPECT_EQ(value, expected[i]["metrics"][name]) << name;
}

TEST_F(Command, EveryFailureHasItsExitCodeAndASentence) {
  clip("other.y4m", 4, 'a', "YUV4MPEG2 W24 H32 F25:1 C420\n");
  clip("empty.y4m", 0, 'a');
  write("text.mp4", "no video");
  const std::tuple<const char*, int, const char*> kCases[] = {
      {"", 1, "needed"},
      {"-r a.y4m -d b.y4m -n --feature psrn", 1, "did you mean \"psnr\""},
      {"-r a.y4m -d b.y4m -n --feature psnr=enabel_mse=true", 1, "did you mean \"enable_mse\""},
      {"-r a.y4m -d b.y4m -n --feature psnr=min_sse=-1", 1, "min_sse"},
      {"-r nowhere.y4m -d b.y4m -n --feature psrn", 1, "did you mean \"psnr\""},
      {"--no-reference -d nowhere.y4m --feature cambi --feature psnr", 1,
       "--no_reference: psnr needs a reference; cambi, saliency and tiny models of kind nr do "
       "without"},
      {"--no-reference -d nowhere.y4m --feature cambi=full_ref=true --dry-run", 1,
       "cambi with full_ref=true needs a reference"},
      {"--no-reference -d nowhere.y4m -m version=vmaf_v0.6.1", 1,
       "(of model vmaf_v0.6.1) needs a reference"},
      {"-r nowhere.y4m -d b.y4m -n --feature psnr", 2, "there is no file nowhere.y4m"},
      {"-r . -d b.y4m -n --feature psnr", 2, "is a folder"},
      {"-r a.y4m -d other.y4m -n --feature psnr", 2,
       "a.y4m is 32x24 4:2:0 8-bit and other.y4m is 24x32"},
      {"-r empty.y4m -d b.y4m -n --feature psnr", 2, "empty.y4m has no frame"},
      {"-r http://nowhere/a.mp4 -d b.y4m -n --feature psnr", 2,
       "http://nowhere/a.mp4 is an address"},
      {"-r text.mp4 -d b.y4m -n --feature psnr", 2,
       "text.mp4: not a video that can be read (cut, damaged, or raw"},
      {"-r a.y4m -d b.y4m -m version=vmaf_v0.6.1:viff.debug=true", 1,
       "there is no metric \"viff\"; did you mean \"vif\"?"},
      {"-r a.y4m -d b.y4m -m path=nowhere.json", 3, "there is no model file nowhere.json"},
      {"-r a.y4m -d b.y4m -m path=a.y4m", 3, "not valid JSON"},
      {"-r a.y4m -d b.y4m -m version=vmaf_v9", 3, "vmaf_v9"},
      {"-r a.y4m -d b.y4m -n --feature psnr -o /nowhere/at/all.json", 4,
       "cannot write the report /nowhere/at/all.json: there is no folder /nowhere/at"},
      {"-r a.y4m -d b.y4m -n --feature psnr -o .", 4, "it is a folder; name a file"}};
  for (const auto& [arguments, code, sentence] : kCases) {
    const Outcome o = run(arguments);
    EXPECT_EQ(o.code, code) << arguments << "\n" << o.err;
    EXPECT_NE(o.err.find(sentence), std::string::npos) << arguments << "\n" << o.err;
    EXPECT_EQ(o.err.find("vmaf: error: "), 0u) << o.err;
  }
}

TEST_F(Command, AReportThatCannotBeWrittenIsSaidBeforeScoring) {
  EXPECT_EQ(run("-r a.y4m -d b.y4m -n --feature psnr -o /nowhere/at/all.json").out, "");
  EXPECT_EQ(run("-r a.y4m -d b.y4m -n --feature psnr -o .").out, "");
}

TEST_F(Command, NoClipIsWrittenOver) {
  fs::create_hard_link(folder_ / "b.y4m", folder_ / "same.json");
  const std::string before = read("a.y4m");
  for (const auto& [arguments, sentence] :
       {std::pair("-o a.y4m", "--output: a.y4m is a clip"),
        {"-o same.json", "--output: same.json is a clip"},
        {"--report ./b.y4m", "--report: ./b.y4m is a clip"},
        {"-o page --report page", "--output and --report both name page"},
        {"-o a.y4m --dry-run", "is a clip"}}) {
    const Outcome o = run(fmt::format("-r a.y4m -d b.y4m -n --feature psnr {}", arguments));
    EXPECT_EQ(o.code, 1) << arguments;
    EXPECT_NE(o.err.find(sentence), std::string::npos) << o.err;
  }
  EXPECT_EQ(read("a.y4m"), before);
  EXPECT_EQ(run("-r a.y4m -d b.y4m -n --feature psnr -q -o /dev/null").code, 0);
}

TEST_F(Command, LongNamesKeepTheColumnsBelowTheirTitles) {
  for (const char* clips : {"-d b.y4m", "-d b.y4m -d a.y4m"}) {
    const std::string out = run(fmt::format("-r a.y4m {} -n --feature motion", clips)).out;
    const std::size_t title = out.find("score ");
    ASSERT_NE(title, std::string::npos) << out;
    std::istringstream lines(out.substr(title));
    std::size_t end = 0;  // of the title "mean", and of the values below it
    for (std::string line; std::getline(lines, line);) {
      if (end == 0) end = line.find(" mean") + 5;
      if (line.size() < end) continue;  // the name of a score, above its clips
      EXPECT_NE(line[end - 1], ' ') << out;
      EXPECT_EQ(line[end], ' ') << out;
    }
    EXPECT_NE(out.find("VMAF_integer_feature_motion_sad_score"), std::string::npos) << out;
  }
}

TEST_F(Command, AFolderForMapsIsMadeAndTriedBeforeAFileIsRead) {
  large_clip("c.y4m", 2, 'c');
  write("file", "");
  for (const auto& [folder, reason] :
       {std::pair("file", "cannot make the folder for maps file: "),
        {"/dev/null/maps", "cannot make the folder for maps /dev/null/maps: Not a directory"},
        {"/proc", "cannot write into the folder for maps /proc: "}}) {
    const Outcome o = run(fmt::format(
        "-r c.y4m -d nowhere.y4m -n --feature cambi=heatmaps_path={} -o s.json", folder));
    EXPECT_EQ(o.code, 4) << folder;
    EXPECT_EQ(o.err.find(std::string("vmaf: error: ") + reason), 0u) << o.err;
    EXPECT_EQ(std::count(o.err.begin(), o.err.end(), '\n'), 1) << o.err;
  }
  EXPECT_EQ(run("-r c.y4m -d c.y4m -n --feature cambi=heatmaps_path=new/folder -q").code, 0)
      << read("err");
  const auto maps =
      std::distance(fs::directory_iterator(folder_ / "new/folder"), fs::directory_iterator());
  EXPECT_EQ(maps, 5) << "a file for each scale, and nothing else";
}

TEST_F(Command, AFullDiskIsAnError) {
  VISQ_NEED(fs::exists("/dev/full"), "/dev/full");
  EXPECT_EQ(run("-r a.y4m -d b.y4m -n --feature psnr -o /dev/full").code, 4);
}

TEST_F(Command, TheWorstWindowIsReportedWhenAskedFor) {
  const Outcome o = run("-r a.y4m -d b.y4m -n --feature psnr --window 2 -o s.json");
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_NE(o.out.find("worst 2 frames"), std::string::npos) << o.out;
  EXPECT_EQ(report("s.json")["pooled_metrics"]["psnr_y"]["worst_window"]["frames"], 2);
  EXPECT_EQ(run("-r a.y4m -d b.y4m -n --feature psnr -o t.json").code, 0);
  EXPECT_FALSE(report("t.json")["pooled_metrics"]["psnr_y"].contains("worst_window"));
}

TEST_F(Command, SeveralClipsGetTheScoresThatEachGetsByItself) {
  clip("c.y4m", 4, 'd');
  const Outcome many =
      run("-r a.y4m -d b.y4m -d c.y4m -d a.y4m -n --feature psnr --feature motion -o all.json");
  ASSERT_EQ(many.code, 0) << many.err;
  EXPECT_NE(many.out.find("\npsnr_y\n  b.y4m "), std::string::npos) << many.out;
  const auto clips = report("all.json")["clips"];
  ASSERT_EQ(clips.size(), 3u);
  for (const auto& clip : clips) {
    ASSERT_EQ(run(fmt::format("-r a.y4m -d {} -n --feature psnr --feature motion -q -o one.json",
                              clip["distorted"].get<std::string>()))
                  .code,
              0);
    EXPECT_EQ(clip["frames"], report("one.json")["frames"]);
    EXPECT_EQ(clip["pooled_metrics"], report("one.json")["pooled_metrics"]);
  }
  EXPECT_EQ(run("-r a.y4m -d b.y4m -d c.y4m -n --feature psnr -o all.csv").code, 1);
}

TEST_F(Command, AClipThatFailsLeavesTheOthersAlone) {
  const Outcome o = run("-r a.y4m -d short.y4m -d b.y4m -n --feature psnr -o all.json");
  EXPECT_EQ(o.code, 2);
  const auto clips = report("all.json")["clips"];
  EXPECT_EQ(clips[0]["frames"].size(), 2u);
  EXPECT_EQ(clips[0]["partial"], true);
  EXPECT_NE(clips[0]["error"].get<std::string>().find("short.y4m ended after 2 frames"),
            std::string::npos);
  EXPECT_EQ(clips[1]["frames"].size(), 4u);
  EXPECT_FALSE(clips[1].contains("partial"));
}

std::vector<nlohmann::json> objects_in(const std::string& text) {
  std::istringstream lines(text);
  std::vector<nlohmann::json> objects;
  for (std::string line; std::getline(lines, line);) objects.push_back(nlohmann::json::parse(line));
  return objects;
}

TEST_F(Command, ProgressForScriptsIsJson) {
  const Outcome o = run("-r a.y4m -d short.y4m -n --feature psnr -q --progress json");
  EXPECT_EQ(o.code, 2);
  const auto events = objects_in(o.err);
  ASSERT_GE(events.size(), 3u) << o.err;
  EXPECT_EQ(events[0]["event"], "progress");
  EXPECT_EQ(events[0]["phase"], "scoring");
  EXPECT_EQ(events[0]["total"], 2);
  EXPECT_EQ(events[events.size() - 2]["event"], "done");
  EXPECT_EQ(events[events.size() - 2]["partial"], true);
  EXPECT_EQ(events.back()["event"], "error");
  EXPECT_EQ(events.back()["exit_code"], 2);
  EXPECT_EQ(run("-r a.y4m -d b.y4m -n --feature psnr --progress xml").code, 1);
  for (const char* wrong : {"--progress json --what", "--what --progress=json",
                            "-r a.y4m -d nowhere.y4m --progress json",
                            "-r a.y4m -d a.y4m --feature psrn --progress json"}) {
    const auto error = nlohmann::json::parse(run(wrong).err, nullptr, false);
    EXPECT_EQ(error.value("event", ""), "error") << wrong << read("err");
    EXPECT_GT(error["exit_code"], 0);
  }
}

// The frames that are skipped are none of the total.
TEST_F(Command, ProgressSaysWhatIsDoneWithTheFrames) {
  clip("long.y4m", 12, 'a');
  const auto skipping =
      objects_in(run("-r long.y4m -d long.y4m --frame_skip_ref 3 --frame_skip_dist 2 --shortest -n "
                     "--feature psnr -q --progress json")
                     .err);
  EXPECT_EQ(skipping.at(0)["total"], 9);
  const Outcome o = run(
      "-r long.y4m -d long.y4m --sync auto -n --feature psnr -q --progress json --report r.html");
  VISQ_NEED(o.err.find("without the plotting library") == std::string::npos, "uPlot in .deps");
  ASSERT_EQ(o.code, 0) << o.err;
  std::vector<std::string> phases;
  std::map<std::string, nlohmann::json> last;
  for (const auto& object : objects_in(o.err)) {
    const std::string phase = object.value("phase", object["event"].get<std::string>());
    if (phases.empty() || phases.back() != phase) phases.push_back(phase);
    last[phase] = object;
  }
  EXPECT_EQ(phases, (std::vector<std::string>{"sync", "scoring", "done", "report"})) << o.err;
  EXPECT_EQ(last["sync"]["frames"], 24) << "both clips";
  EXPECT_EQ(last["report"]["frames"], last["report"]["total"]);
  EXPECT_EQ(last["report"]["seconds_left"], 0.0);
}

// The JSON that a report draws.
nlohmann::json data_of(const std::string& page) {
  const std::string start = "<script type=\"application/json\" id=\"data\">";
  const std::size_t from = page.find(start) + start.size();
  return nlohmann::json::parse(page.substr(from, page.find("</script>", from) - from));
}

TEST_F(Command, TheReportHoldsEverythingInOneFile) {
  fs::copy_file(folder_ / "b.y4m", folder_ / "<b>&'.y4m");
  const Outcome o =
      run("-r a.y4m -d b.y4m -d \"<b>&'.y4m\" --curve x --curve y -n --feature psnr --window 2 "
          "--report r.html -q");
  const bool without_page = o.err.find("without the plotting library") != std::string::npos;
  EXPECT_EQ(o.code, without_page ? 1 : 0) << o.err;
  VISQ_NEED(!without_page, "uPlot in .deps");
  const std::string page = read("r.html");
  EXPECT_EQ(page.find("<!--"), std::string::npos) << "a part is missing";
  const auto data = data_of(page);
  EXPECT_EQ(data["primary"], "psnr_y");
  EXPECT_EQ(data["reference"]["sha256"].get<std::string>().size(), 64u);
  EXPECT_NE(data["command"].get<std::string>().find("'<b>&'\\''.y4m'"), std::string::npos)
      << data["command"];
  ASSERT_EQ(data["clips"].size(), 2u);
  const auto& clip = data["clips"][1];
  EXPECT_EQ(clip["path"], "<b>&'.y4m");
  EXPECT_EQ(clip["scores"]["psnr_y"].size(), 4u);
  EXPECT_EQ(clip["pooled"]["psnr_y"]["worst_window"]["frames"], 2);
  ASSERT_EQ(clip["worst"].size(), 4u);
  for (const char* picture : {"reference", "distorted", "difference"})
    EXPECT_EQ(clip["worst"][0][picture].get<std::string>().rfind("data:image/jpeg;base64,/9j/", 0),
              0u);
  EXPECT_EQ(data["rate_quality"]["psnr_y"]["bd_rate"][0]["why_not"],
            "the anchor has 0 points, and 4 are needed");
  EXPECT_EQ(run("-r a.y4m -d b.y4m --curve x --curve y -n --feature psnr").code, 1);
  EXPECT_EQ(run("-r a.y4m -d b.y4m -n --feature psnr --report /nowhere/r.html").code, 4);
}

TEST_F(Command, TinyAndLumaOnlyClips) {
  clip("tiny.y4m", 0, 'a', "YUV4MPEG2 W1 H1 Cmono\nFRAME\nx");
  const Outcome o = run("-r tiny.y4m -d tiny.y4m -n --feature psnr");
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(o.out.find("psnr_cb"), std::string::npos);
}

#ifdef VISQ_HAVE_ONNXRUNTIME

TEST_F(Command, LpipsRefusesSmallPicturesAndMissingModels) {
  VISQ_NEED_MODEL("lpips_sq.onnx");
  clip("small.y4m", 1, 'a', "YUV4MPEG2 W16 H16 F25:1 Cmono\n");
  std::ofstream(folder_ / "small.y4m", std::ios::binary) << "YUV4MPEG2 W16 H16 Cmono\nFRAME\n"
                                                         << std::string(256, 'x');
  const Outcome small = run("-r small.y4m -d small.y4m -n --feature lpips");
  EXPECT_EQ(small.code, 4);
  EXPECT_NE(small.err.find("at least 17x17"), std::string::npos) << small.err;
  const Outcome missing = run("-r a.y4m -d b.y4m -n --feature lpips=model_path=nowhere.onnx");
  EXPECT_EQ(missing.code, 3);
  EXPECT_NE(missing.err.find("there is no model file nowhere.onnx"), std::string::npos)
      << missing.err;
  EXPECT_EQ(run("-r a.y4m -d b.y4m -n --feature lpips=model_path=a.y4m").code, 3);
  std::ofstream(folder_ / "relu.onnx", std::ios::binary)
      << test::unary_model("Relu", {1, 1, -1, -1});
  const Outcome other = run("-r a.y4m -d b.y4m -n --feature lpips=model_path=relu.onnx");
  EXPECT_EQ(other.code, 3);
  EXPECT_NE(other.err.find("two inputs"), std::string::npos) << other.err;
  std::ofstream(folder_ / "scan.onnx", std::ios::binary) << test::unary_model("Scan", {1});
  EXPECT_NE(run("-r a.y4m -d b.y4m -n --feature lpips=model_path=scan.onnx").err.find("Scan"),
            std::string::npos);
}

TEST_F(Command, TheReportShowsWhereTheLpipsDistanceLies) {
  VISQ_NEED_MODEL("lpips_sq.onnx");
  large_clip("a.y4m", 4, 'a');
  large_clip("b.y4m", 4, 'b');
  large_clip("short.y4m", 2, 'c');
  EXPECT_EQ(run("-r a.y4m -d b.y4m -n --feature psnr --lpips-map").code, 1)
      << "it is a part of the report";
  const Outcome o = run(
      "-r a.y4m -d b.y4m -d short.y4m --shortest -n --feature psnr --lpips-map --report r.html -q");
  VISQ_NEED(o.err.find("without the plotting library") == std::string::npos, "uPlot in .deps");
  ASSERT_EQ(o.code, 0) << o.err;
  const auto data = data_of(read("r.html"));
  for (const auto& clip : data["clips"]) {
    ASSERT_FALSE(clip["worst"].empty());
    for (const auto& frame : clip["worst"]) {
      EXPECT_EQ(frame["map"].get<std::string>().rfind("data:image/jpeg;base64,/9j/", 0), 0u)
          << clip["worst_note"];
      EXPECT_NE(frame["map_caption"].get<std::string>().find("LPIPS 0."), std::string::npos)
          << frame["map_caption"];
    }
  }
  ASSERT_EQ(data["models"].size(), 1u) << data["models"] << "psnr has no network; the maps have";
  EXPECT_EQ(data["models"][0]["name"], "lpips map");
  EXPECT_EQ(data["models"][0]["sha256"],
            "1402626680d5b69a793e647edda2c32f04e192f5cf1e7837bec8bde14187a261");
  const Outcome none = run("-r a.y4m -d b.y4m -n --feature psnr --lpips-map --report r.html -q",
                           "VMAF_LPIPS_MODEL_PATH=nowhere.onnx");
  EXPECT_EQ(none.code, 3) << "said before scoring";
  EXPECT_NE(none.err.find("nowhere.onnx"), std::string::npos) << none.err;
}

TEST_F(Command, EachClipHasAFolderForItsMaps) {
  VISQ_NEED_MODEL("lpips_sq.onnx");
  large_clip("a.y4m", 4, 'a');
  large_clip("b.y4m", 4, 'b');
  large_clip("short.y4m", 2, 'c');
  ASSERT_EQ(run("-r a.y4m -d b.y4m -d short.y4m --shortest -n --feature "
                "lpips=spatial=true:map_path=maps -q")
                .code,
            0)
      << read("err");
  EXPECT_TRUE(fs::exists(folder_ / "maps/1/lpips_map_64x48_frame_3.png"));
  EXPECT_TRUE(fs::exists(folder_ / "maps/2/lpips_map_64x48_frame_1.png"));
  EXPECT_FALSE(fs::exists(folder_ / "maps/2/lpips_map_64x48_frame_2.png"));
}

TEST_F(Command, SharedMp4PairScoresTheSameOnAnyNumberOfThreads) {
  VISQ_NEED_SHARED();
  const std::string clips = (*test::shared_folder() / "clips").string();
  const std::string arguments = fmt::format(
      "-r {0}/seeking_720x480_ref.mp4 -d {0}/seeking_720x480_crf36.mp4 -n --feature psnr --feature "
      "lpips --frame_cnt {1} --precision max -q",
      clips, test::kSlow ? 1 : 6);
  ASSERT_EQ(run(arguments + " --threads 1 -o one.json").code, 0);
  ASSERT_EQ(run(arguments + " --threads 2 -o two.json").code, 0);
  EXPECT_EQ(report("one.json")["frames"], report("two.json")["frames"]);
  EXPECT_NEAR(report("one.json")["pooled_metrics"]["lpips"]["mean"].get<double>(), 0.136, 0.02);
}

#endif

}  // namespace
}  // namespace visq::cli
