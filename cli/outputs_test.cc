// Whatever ends the command while it writes: a name has a whole report, the old one or the new.
#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/command_fixture.h"
#include "tests/support/shared.h"

namespace visq::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Outputs : public test::WithClips {
 protected:
  void SetUp() override {
    WithClips::SetUp();
    clip("long.y4m", 200, 'a');
    clip("short.y4m", 2, 'c');
  }
  static constexpr const char* kScore = "-n --feature psnr -q -r long.y4m -d long.y4m";

  // But for clips and what the tests write.
  std::size_t files() const {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(folder_))
      count += entry.path().filename().string().rfind(".visq-", 0) == 0 ? 1 : 0;
    return count;
  }
  bool page_possible() const {
    return run("-r a.y4m -d b.y4m -n --feature psnr -q --report probe.html").code == 0;
  }
};

TEST_F(Outputs, AFullDiskKeepsTheOldReport) {
  for (const char* name : {"s.json", "s.xml", "s.csv", "s.sub"}) {
    write(name, "old");
    ASSERT_EQ(shell(fmt::format("(ulimit -f 1; {} {} -o {} 2>err; echo $? >code) | cat >out",
                                VISQ_VMAF, kScore, name)),
              0);
    EXPECT_EQ(read("code"), "4\n") << name;
    EXPECT_EQ(read(name), "old");
    EXPECT_EQ(files(), 0u) << "what is unfinished is taken away";
    EXPECT_GT(read("out").size(), 1000u) << "the scores are on standard output";
  }
}

TEST_F(Outputs, AFullDiskKeepsTheOldPage) {
  VISQ_NEED(page_possible(), "uPlot in .deps");
  write("r.html", "old");
  ASSERT_EQ(shell(fmt::format("(ulimit -f 1; {} {} --report r.html 2>err; echo $? >code)",
                              VISQ_VMAF, kScore)),
            0);
  EXPECT_EQ(read("code"), "4\n");
  EXPECT_EQ(read("r.html"), "old");
}

// At many moments, of which some fall into the writing.
TEST_F(Outputs, AKilledCommandLeavesAWholeReport) {
  ASSERT_EQ(run(fmt::format("{} -o s.json", kScore)).code, 0);
  const std::string whole = read("s.json");
  for (int i = 0; i < 25; ++i) {
    shell(fmt::format("timeout -s KILL 0.{:03} {} {} -o s.json >/dev/null 2>&1", 20 + 4 * i,
                      VISQ_VMAF, kScore));
    EXPECT_EQ(report("s.json")["frames"].size(), 200u);
    EXPECT_EQ(read("s.json").back(), whole.back());
  }
}

TEST_F(Outputs, PartialScoresDoNotReplaceAReport) {
  const char* partial = "-r long.y4m -d short.y4m -n --feature psnr -q -o s.json";
  EXPECT_EQ(run(partial).code, 2);
  EXPECT_EQ(report("s.json")["partial"], true) << "where there is none, they have the name";
  ASSERT_EQ(run(fmt::format("{} -o s.json", kScore)).code, 0);
  const Outcome o = run(partial);
  EXPECT_EQ(o.code, 2);
  EXPECT_THAT(o.err, HasSubstr("s.json is kept as it was: what is partial goes to s.partial.json"));
  EXPECT_EQ(report("s.json")["frames"].size(), 200u);
  EXPECT_EQ(report("s.partial.json")["frames"].size(), 2u);
}

TEST_F(Outputs, LinksAndModesStay) {
  write("deep/real.json", "old");
  fs::permissions(folder_ / "deep/real.json", fs::perms(0640));
  fs::create_symlink("deep/real.json", folder_ / "s.json");
  ASSERT_EQ(run(fmt::format("{} -o s.json", kScore)).code, 0);
  EXPECT_TRUE(fs::is_symlink(folder_ / "s.json"));
  EXPECT_EQ(report("deep/real.json")["frames"].size(), 200u);
  EXPECT_EQ(fs::status(folder_ / "deep/real.json").permissions(), fs::perms(0640));
}

TEST_F(Outputs, PipesAndOpenFilesAreWrittenAsTheyAre) {
  ASSERT_EQ(shell(fmt::format(
                "mkfifo pipe; {{ timeout 60 cat pipe >piped & }}; {} {} --json -o pipe && wait",
                VISQ_VMAF, kScore)),
            0);
  EXPECT_EQ(report("piped")["frames"].size(), 200u);
  EXPECT_TRUE(fs::is_fifo(folder_ / "pipe"));
  ASSERT_EQ(shell(fmt::format("{} {} --json -o /dev/stdout | cat >piped", VISQ_VMAF, kScore)), 0);
  EXPECT_EQ(report("piped")["frames"].size(), 200u);
}

// ---- names ----

TEST_F(Outputs, NamesDoNotReachTheTerminal) {
  const std::string evil = "e\x1b[2J\nvmaf: error: forged \xff\xc2\x9b.y4m";
  fs::copy_file(folder_ / "long.y4m", folder_ / evil);
  const Outcome o = run(fmt::format("-n --feature psnr -r long.y4m -d '{}'", evil));
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.out, HasSubstr("e\\x1b[2J\\nvmaf: error: forged \\xff\\xc2\\x9b.y4m"));
  const Outcome missing = run(fmt::format("-n --feature psnr -r long.y4m -d '{}.gone'", evil));
  EXPECT_EQ(missing.err,
            "vmaf: error: there is no file e\\x1b[2J\\nvmaf: error: forged "
            "\\xff\\xc2\\x9b.y4m.gone\n");
  for (const std::string& text : {o.out, o.err, missing.err})
    EXPECT_EQ(text.find('\x1b'), text.npos);
  const Outcome dry = run(fmt::format("-n --feature psnr -r long.y4m -d '{}' --dry_run", evil));
  EXPECT_EQ(dry.out.find('\x1b'), dry.out.npos) << dry.out;
  EXPECT_EQ(dry.out.find("\nvmaf: error"), dry.out.npos) << dry.out;
}

TEST_F(Outputs, StandardErrorIsJsonOnly) {
  for (const char* arguments :
       {"-r long.y4m -d long.y4m -n --feature psnr -o - --progress json",
        "-r long.y4m -d short.y4m -n --feature psnr -o - --json --progress json",
        "-r long.y4m -d gone.y4m -n --feature psnr -o - --progress json",
        "--no-such-option --progress json"}) {
    std::istringstream lines(run(arguments).err);
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count)
      EXPECT_TRUE(nlohmann::json::accept(line)) << arguments << "\n" << line;
    EXPECT_GT(count, 0);
  }
}

TEST_F(Outputs, ANulInANameIsRefused) {
  write("job.yaml", "reference: \"long.y4m\\0x\"\ndistorted: long.y4m\nfeature: psnr\n");
  const Outcome o = run("--config job.yaml");
  EXPECT_EQ(o.code, 1);
  EXPECT_THAT(o.err, HasSubstr("job.yaml:1: --reference: \"long.y4m\" is followed by a NUL"));
}

}  // namespace
}  // namespace visq::cli
