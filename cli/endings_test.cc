// How the command ends when it cannot go on: a signal, a full disk, a closed pipe, an input that
// vanishes. What was scored until then is kept.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/command_fixture.h"
#include "tests/support/shared.h"

namespace visq::cli {
namespace {

namespace fs = std::filesystem;

class Endings : public test::WithClips {
 protected:
  // Its first `frames` frames.
  std::string part(const std::string& name, int frames) const {
    const std::string whole = read(name);
    return whole.substr(
        0, whole.find('\n') + 1 + static_cast<std::size_t>(frames) * (6 + 32 * 24 * 3 / 2));
  }
  // Runs the command beside `meanwhile` (shell, 7 is the writing end of "pipe"), sends it a signal
  // and waits for it. What it still does is measured in time of the processor: that does not pass
  // where a busy machine lets it wait.
  struct Interrupted {
    int code, milliseconds;
    std::string err;
  };
  Interrupted interrupt(const std::string& arguments, const std::string& meanwhile,
                        const std::string& signal = "kill -TERM $vmaf") const {
    const std::string script = fmt::format(
        "mkfifo pipe; {{ {} {} -q 2>err & }} && vmaf=$! && {} && "
        "cut -d ' ' -f 14,15 /proc/$vmaf/stat >before && {} && "
        "{{ wait $vmaf; echo $? >code; }} && times >after",
        VISQ_VMAF, arguments, meanwhile, signal);
    EXPECT_EQ(shell(script), 0);
    return {std::stoi(read("code")), after_the_signal(), read("err")};
  }
  // From the ticks that /proc counts and what a shell's `times` says of its children, in its
  // second line: "0m1.50s 0m0.25s".
  int after_the_signal() const {
    long ticks[2] = {};
    int minutes[2] = {};
    double seconds[2] = {};
    EXPECT_EQ(std::sscanf(read("before").c_str(), "%ld %ld", &ticks[0], &ticks[1]), 2);
    EXPECT_EQ(std::sscanf(read("after").c_str(), "%*s %*s %dm%lfs %dm%lfs", &minutes[0],
                          &seconds[0], &minutes[1], &seconds[1]),
              4);
    const double whole = 60 * (minutes[0] + minutes[1]) + seconds[0] + seconds[1];
    const double before = static_cast<double>(ticks[0] + ticks[1]) / ::sysconf(_SC_CLK_TCK);
    return static_cast<int>(1000 * (whole - before));
  }
  bool page_possible() const {
    return run("-r a.y4m -d b.y4m -n --feature psnr -q --report probe.html").code == 0;
  }
};

constexpr int kLittle = 1000;  // milliseconds of the processor

TEST_F(Endings, InterruptionKeepsWhatIsFinished) {
  write("two.y4m", part("b.y4m", 2));
  const Interrupted i = interrupt("-r a.y4m -d pipe -n --feature psnr -o s.json",
                                  "exec 7>pipe && cat two.y4m >&7 && sleep 0.5");
  EXPECT_EQ(i.code, 130);
  EXPECT_LT(i.milliseconds, kLittle);
  EXPECT_NE(i.err.find("interrupted; the scores of 2 frames are kept"), std::string::npos) << i.err;
  EXPECT_EQ(report("s.json")["partial"], true);
  EXPECT_EQ(report("s.json")["frames"].size(), 2u);
}

// As timeout(1) sends them, to the process and to its group.
TEST_F(Endings, SignalsOfOneMomentAreOneWish) {
  write("two.y4m", part("b.y4m", 2));
  const Interrupted i = interrupt(
      "-r a.y4m -d pipe -n --feature psnr -o s.json", "exec 7>pipe && cat two.y4m >&7 && sleep 0.5",
      "{ for i in $(seq 50); do kill -TERM $vmaf; done; true; } 2>/dev/null");
  EXPECT_EQ(i.code, 130) << i.err;
  EXPECT_EQ(report("s.json")["frames"].size(), 2u);
}

TEST_F(Endings, ADryRunIsBrokenOffToo) {
  std::string frames = "YUV4MPEG2 W640 H480 F25:1 C420\n";
  for (int i = 0; i < 40; ++i)
    frames += "FRAME\n" + std::string(640 * 480 * 3 / 2, static_cast<char>('a' + i));
  write("large.y4m", frames);
  const Interrupted i = interrupt(
      "-r large.y4m -d large.y4m --feature ssimulacra2 --feature ciede --cpumask -1 --threads 1 "
      "--dry-run >out",
      "sleep 0.3");
  EXPECT_EQ(i.code, 130);
  EXPECT_NE(i.err.find("interrupted before enough frames were measured"), std::string::npos)
      << i.err;
  EXPECT_EQ(read("out"), "");
}

TEST_F(Endings, ScoresAreNotPartialWhereTheLastFrameWasScored) {
  VISQ_NEED(page_possible(), "uPlot in .deps");
  // The page is written into a pipe that nobody reads yet: by then all is scored.
  const Interrupted i = interrupt("-r a.y4m -d b.y4m -n --feature psnr -o s.json --report pipe",
                                  "sleep 1", "kill -TERM $vmaf && sleep 0.1 && cat pipe >page");
  EXPECT_EQ(i.code, 130);
  EXPECT_NE(i.err.find("interrupted after the last frame was scored: all scores are kept"),
            std::string::npos)
      << i.err;
  EXPECT_FALSE(report("s.json").contains("partial"));
  EXPECT_NE(read("page").find("\"partial\":false"), std::string::npos);
}

TEST_F(Endings, ASilentPipeIsNoReasonToWait) {
  for (const char* begun :
       {"sleep 0.3", "exec 7>pipe && sleep 0.3", "exec 7>pipe && printf YUV4M >&7 && sleep 0.3",
        "exec 7>pipe && head -n 1 a.y4m >&7 && sleep 0.3"}) {
    fs::remove(folder_ / "pipe");
    const Interrupted i = interrupt("-r pipe -d b.y4m -n --feature psnr", begun);
    EXPECT_EQ(i.code, 130) << begun << i.err;
    EXPECT_LT(i.milliseconds, kLittle) << begun;
    EXPECT_NE(i.err.find("interrupted before the first frame"), std::string::npos)
        << begun << i.err;
  }
}

TEST_F(Endings, AnInterruptedJobOfSeveralClipsMarksEach) {
  clip("c.y4m", 4, 'c');
  write("two.y4m", part("a.y4m", 2));
  const Interrupted i =
      interrupt("-r pipe -d b.y4m -d c.y4m -n --feature psnr -o s.json --progress json",
                "exec 7>pipe && cat two.y4m >&7 && sleep 0.5");
  EXPECT_EQ(i.code, 130);
  const auto clips = report("s.json")["clips"];
  ASSERT_EQ(clips.size(), 2u);
  for (const auto& clip : clips) {
    EXPECT_EQ(clip["partial"], true);
    EXPECT_EQ(clip["frames"].size(), 2u);
  }
  std::istringstream lines(i.err);
  std::string last;
  for (std::string line; std::getline(lines, line); last = line)
    EXPECT_TRUE(nlohmann::json::accept(line)) << line;
  EXPECT_EQ(nlohmann::json::parse(last)["exit_code"], 130);
}

TEST_F(Endings, AnInterruptedReportIsWrittenWithoutPictures) {
  VISQ_NEED(page_possible(), "uPlot in .deps");
  write("two.y4m", part("b.y4m", 2));
  const Interrupted i = interrupt("-r a.y4m -d pipe -n --feature psnr --report r.html",
                                  "exec 7>pipe && cat two.y4m >&7 && sleep 0.5");
  EXPECT_EQ(i.code, 130);
  EXPECT_LT(i.milliseconds, kLittle);
  EXPECT_NE(read("r.html").find("\"partial\":true"), std::string::npos);
}

#ifdef VISQ_HAVE_ONNXRUNTIME

// One frame of 4K takes each of these several seconds.
TEST_F(Endings, LearnedMetricsAreBrokenOffInTheMidstOfAFrame) {
  for (const char* file : {"lpips_sq.onnx", "saliency_student_v2.onnx"}) VISQ_NEED_MODEL(file);
  std::string frames = "YUV4MPEG2 W3840 H2160 F25:1 C420\n";
  for (int i = 0; i < 2; ++i)
    frames += "FRAME\n" + std::string(3840 * 2160 * 3 / 2, static_cast<char>('a' + i));
  write("large.y4m", frames);
  for (const char* arguments : {"--feature lpips", "--feature lpips --threads 1",
                                "--feature saliency", "--feature saliency --threads 1"}) {
    fs::remove(folder_ / "pipe");
    const Interrupted i = interrupt(
        fmt::format("-r large.y4m -d large.y4m -n --feature psnr {} -o s.json", arguments),
        "sleep 1");
    EXPECT_EQ(i.code, 130) << arguments << i.err;
    EXPECT_LT(i.milliseconds, kLittle) << arguments;
  }
}

#endif

// A limit of the size of files stands for a disk that is full: the rest of a write fails.
TEST_F(Endings, AFullDiskIsAnErrorForEachOutputAndNoScoreIsLost) {
  for (const char* format : {"json", "xml", "csv", "sub"}) {
    clip("long.y4m", 200, 'a');
    ASSERT_EQ(
        run(fmt::format("-r long.y4m -d long.y4m -n --feature psnr -q --{0} -o whole", format))
            .code,
        0);
    ASSERT_EQ(shell(fmt::format("(ulimit -f 1; {} -r long.y4m -d long.y4m -n --feature psnr -q "
                                "--{} -o limited 2>err; echo $? >code) | cat >out",
                                VISQ_VMAF, format)),
              0);
    EXPECT_EQ(read("code"), "4\n");
    EXPECT_NE(read("err").find("cannot write the report limited: File too large; the scores are on "
                               "standard output instead"),
              std::string::npos)
        << read("err");
    const std::string whole = read("whole"), out = read("out");
    EXPECT_GE(std::count(whole.begin(), whole.end(), '\n'), 200);
    EXPECT_EQ(std::count(out.begin(), out.end(), '\n'),
              std::count(whole.begin(), whole.end(), '\n'))
        << format;
    EXPECT_FALSE(fs::exists(folder_ / "limited")) << "half a report is none";
  }
}

TEST_F(Endings, APageThatCannotBeWrittenLeavesTheScores) {
  VISQ_NEED(page_possible(), "uPlot in .deps");
  const Outcome o = run("-r a.y4m -d b.y4m -n --feature psnr -q -o s.json --report /dev/full");
  EXPECT_EQ(o.code, 4);
  EXPECT_NE(o.err.find("cannot write the report /dev/full: No space left on device"),
            std::string::npos)
      << o.err;
  EXPECT_EQ(report("s.json")["frames"].size(), 4u);
  EXPECT_FALSE(report("s.json").contains("partial")) << "all was scored";
}

#ifdef VISQ_HAVE_ONNXRUNTIME

TEST_F(Endings, AMapThatCannotBeWrittenEndsTheRunAndKeepsTheFramesBefore) {
  for (const char* file : {"lpips_sq.onnx", "saliency_student_v2.onnx"}) VISQ_NEED_MODEL(file);
  large_clip("a.y4m", 4, 'a');
  large_clip("b.y4m", 4, 'b');
  fs::create_directories(folder_ / "maps");
  for (const char* name : {"lpips_map_64x48_frame_2.png", "saliency_000002.png"})
    fs::create_symlink("/dev/full", folder_ / "maps" / name);
  for (const char* metric : {"lpips=spatial=true:map_path=maps", "saliency=map_path=maps"}) {
    const Outcome o =
        run(fmt::format("-r a.y4m -d b.y4m -n --feature {} -q -o s.json --threads 1", metric));
    EXPECT_EQ(o.code, 4) << metric;
    EXPECT_NE(o.err.find("No space left on device"), std::string::npos) << o.err;
    EXPECT_NE(o.err.find("maps/"), std::string::npos) << o.err;
    EXPECT_EQ(report("s.json")["partial"], true);
    EXPECT_GE(report("s.json")["frames"].size(), 2u)
        << metric;  // frame 2 may have its score, if not its map
    EXPECT_LT(report("s.json")["frames"].size(), 4u) << metric;
  }
}

#endif

// The summary goes to the same pipe: one sentence, not two, and no signal.
TEST_F(Endings, AClosedPipeIsAnErrorForEachOutput) {
  for (const char* arguments :
       {"-q -o - --json", "-q -o - --csv", "-o s.xml", "-q -o /dev/stdout --xml"}) {
    const std::string command = fmt::format(
        "(({{ {} -r a.y4m -d b.y4m -n --feature psnr {} 2>err; echo $? >code; }} | true))",
        VISQ_VMAF, arguments);
    fs::remove(folder_ / "code");
    // `true` may be slow to close its end: then everything fits the pipe, and there is no error.
    for (int i = 0; i < 20 && read("code") != "4\n"; ++i) ASSERT_EQ(shell(command), 0);
    EXPECT_EQ(read("code"), "4\n") << arguments;
    EXPECT_NE(read("err").find("Broken pipe"), std::string::npos) << arguments << read("err");
  }
  EXPECT_NE(read("s.xml").find("</VMAF>"), std::string::npos) << "the report is whole";
}

TEST_F(Endings, AnInputThatIsCutWhileItIsReadKeepsWhatIsScored) {
  // The reference waits in a pipe while the distorted file loses its end.
  write("one.y4m", part("a.y4m", 1));
  write("rest.y4m", read("a.y4m").substr(part("a.y4m", 1).size()));
  clip("long.y4m", 40, 'a');  // longer than what is read ahead
  write("head.y4m", part("long.y4m", 1));
  write("tail.y4m", read("long.y4m").substr(part("long.y4m", 1).size()));
  clip("victim.y4m", 40, 'b');
  const auto cut = static_cast<std::size_t>(part("victim.y4m", 20).size() + 100);
  const int status =
      shell(fmt::format("mkfifo pipe; {{ {} -r pipe -d victim.y4m -n --feature psnr -q -o s.json "
                        "2>err & }} && vmaf=$! && exec 7>pipe && cat head.y4m >&7 && sleep 0.3 && "
                        "truncate -s {} victim.y4m && cat tail.y4m >&7; exec 7>&-; wait $vmaf",
                        VISQ_VMAF, cut));
  EXPECT_EQ(WEXITSTATUS(status), 2);
  EXPECT_NE(read("err").find("victim.y4m: frame 20 is truncated: 94 of 1152 bytes"),
            std::string::npos)
      << read("err");
  EXPECT_EQ(report("s.json")["frames"].size(), 20u);
  EXPECT_EQ(report("s.json")["partial"], true);
}

TEST_F(Endings, AnInputThatIsGoneWhenThePicturesAreDrawnLeavesThePageWithout) {
  VISQ_NEED(page_possible(), "uPlot in .deps");
  write("head.y4m", part("a.y4m", 1));
  write("tail.y4m", read("a.y4m").substr(part("a.y4m", 1).size()));
  fs::copy_file(folder_ / "b.y4m", folder_ / "victim.y4m");
  const int status = shell(
      fmt::format("mkfifo pipe; {{ {} -r pipe -d victim.y4m -n --feature psnr -q --report r.html "
                  "2>err & }} && vmaf=$! && exec 7>pipe && cat head.y4m >&7 && sleep 0.3 && "
                  "rm victim.y4m && cat tail.y4m >&7; exec 7>&-; wait $vmaf",
                  VISQ_VMAF));
  EXPECT_EQ(WEXITSTATUS(status), 0) << read("err");
  EXPECT_NE(read("r.html").find("gives its frames once"), std::string::npos);
}

}  // namespace
}  // namespace visq::cli
