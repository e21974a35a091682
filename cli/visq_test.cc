// visq: the command under its own name.
#include <filesystem>

#include <gtest/gtest.h>

#include "tests/support/command_fixture.h"
#include "tests/support/shared.h"

namespace visq::cli {
namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

class Visq : public test::CommandTest {
 protected:
  void SetUp() override {
    large_clip("a.y4m", 3, 'a');
    large_clip("b.y4m", 3, 'b');
    large_clip("c.y4m", 3, 'c');
  }
  Outcome visq(const std::string& arguments, const std::string& environment = "") const {
    const auto program = std::filesystem::path(VISQ_VMAF).parent_path() / "visq";
    const int status = shell(
        fmt::format("{} {} {} >out 2>err </dev/null", environment, program.string(), arguments));
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read("out"), read("err")};
  }
  // A program of PATH that tells the words it was called with.
  void program(const std::string& name, const std::string& script) const {
    const std::string file = write("bin/" + name, "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  }
};

TEST_F(Visq, ScoresAnOriginalAndEncodes) {
  const Outcome o = visq("a.y4m b.y4m c.y4m -n --feature psnr -o s.json");
  EXPECT_EQ(o.code, 0) << o.err;
  const auto json = report("s.json");
  EXPECT_EQ(json["reference"], "a.y4m");
  ASSERT_EQ(json["clips"].size(), 2u);
  EXPECT_EQ(json["clips"][1]["distorted"], "c.y4m");
  // Codes differ by 1 and by 2 everywhere.
  EXPECT_NEAR(json["clips"][0]["pooled_metrics"]["psnr_y"]["mean"], 48.130804, 1e-6);
  EXPECT_NEAR(json["clips"][1]["pooled_metrics"]["psnr_y"]["mean"], 42.110204, 1e-6);
}

TEST_F(Visq, KnowsWhatToScoreAndNamesWhatIsMissing) {
  const Outcome o = visq("a.y4m b.y4m -o s.json", "VISQ_MODEL_STORE=$PWD/nowhere");
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_TRUE(has(o.err, "visq: warning: lpips is left out: ")) << o.err;
  const auto pooled = report("s.json")["pooled_metrics"];
  for (const char* name : {"vmaf", "psnr_y", "psnr_cr", "xpsnr_y", "xpsnr_cr"})
    EXPECT_TRUE(pooled.contains(name)) << name;
  EXPECT_FALSE(pooled.contains("lpips"));
  const auto place = [&](const char* name) { return o.out.find(std::string("\n") + name + " "); };
  EXPECT_LT(place("vmaf"), place("psnr_y"));
  EXPECT_LT(place("psnr_y"), place("xpsnr_y"));
  EXPECT_LT(place("xpsnr_y"), o.out.size());
  EXPECT_FALSE(has(o.out, "integer_adm2")) << "which VMAF reads";
  EXPECT_EQ(visq("a.y4m b.y4m -q --feature lpips", "VISQ_MODEL_STORE=$PWD/nowhere").code, 3)
      << "what was asked for is not left out";
}

TEST_F(Visq, ADryRunNamesWhatIsMissing) {
  const Outcome o = visq("a.y4m b.y4m --dry-run", "VISQ_MODEL_STORE=$PWD/nowhere");
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_TRUE(has(o.err, "visq: warning: lpips is left out: ")) << o.err;
}

TEST_F(Visq, ScoresOnlyWhatIsNamed) {
  EXPECT_EQ(visq("a.y4m b.y4m --feature psnr -o s.json").code, 0) << read("err");
  const auto pooled = report("s.json")["pooled_metrics"];
  EXPECT_TRUE(pooled.contains("vmaf") && pooled.contains("psnr_y"));
  EXPECT_FALSE(pooled.contains("xpsnr_y"));
}

TEST_F(Visq, TakesTheOptionsOfVmaf) {
  EXPECT_EQ(visq("-r a.y4m -d b.y4m -n --feature psnr -q -o one.json").code, 0) << read("err");
  EXPECT_EQ(visq("-n --feature=psnr -q b.y4m -r a.y4m -o two.json").code, 0) << read("err");
  EXPECT_EQ(report("one.json")["frames"], report("two.json")["frames"]);
  EXPECT_EQ(visq("--no_reference b.y4m --feature cambi -q").code, 0) << read("err");
  EXPECT_TRUE(has(visq("--help").out, "visq ORIGINAL ENCODE"));
  EXPECT_EQ(visq("--version").out, run("--version").out);
}

TEST_F(Visq, SaysWhatIsWrong) {
  EXPECT_EQ(visq("").code, 1);
  EXPECT_TRUE(has(read("err"),
                  "visq: error: an original and an encode are needed: visq ORIGINAL "
                  "ENCODE\nvisq --help"))
      << read("err");
  EXPECT_EQ(visq("catalogue").code, 1);
  EXPECT_TRUE(has(read("err"), "there is no program visq-catalogue in PATH")) << read("err");
  EXPECT_EQ(visq("a.y4m b.y4m --fature psnr").code, 1);
  EXPECT_TRUE(has(read("err"), "did you mean --feature?")) << read("err");
  EXPECT_EQ(visq("a.y4m ''").code, 1);
  EXPECT_TRUE(has(read("err"), "the name of a clip is empty")) << read("err");
  EXPECT_EQ(visq("a.y4m b.y4m --config j.yaml").code, 1);
  EXPECT_TRUE(has(read("err"), "a.y4m stands beside --config")) << read("err");
  EXPECT_EQ(visq("--config j.yaml --report").code, 1);
  EXPECT_TRUE(has(read("err"), "--report names no file")) << read("err");
  EXPECT_EQ(visq("a.y4m - --report").code, 1);
  EXPECT_TRUE(has(read("err"), "--report FILE.html")) << read("err");
  EXPECT_EQ(run("a.y4m b.y4m").code, 1) << "vmaf has clips behind -r and -d";
}

TEST_F(Visq, WritesThePageBesideTheEncode) {
  write("in/b.y4m", read("b.y4m"));
  const Outcome o = visq("--report a.y4m in/b.y4m -n --feature psnr");
  if (has(o.err, "uPlot")) GTEST_SKIP() << o.err;
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_TRUE(has(o.out, "\npage: in/b.report.html\n")) << o.out;
  EXPECT_TRUE(has(read("in/b.report.html"), "<!doctype html>"));
  EXPECT_EQ(visq("a.y4m in/b.y4m -n --feature psnr --report other.html").code, 0) << read("err");
  EXPECT_TRUE(std::filesystem::exists(folder_ / "other.html"));
}

TEST_F(Visq, RunsTheProgramOfThatNameInPath) {
  program("visq-other", "echo \"$@\"; exit 7");
  const std::string path = "PATH=$PWD/bin:$PATH";
  const Outcome o = visq("other one 'two words' --report", path);
  EXPECT_EQ(o.code, 7);
  EXPECT_EQ(o.out, "one two words --report\n");
  EXPECT_EQ(visq("./other", path).code, 1) << "that is a file";
  EXPECT_EQ(visq("--quiet other", path).code, 1) << "options come behind the name";
  program("visq-sealed", "exit 0");
  std::filesystem::permissions(folder_ / "bin/visq-sealed", std::filesystem::perms::owner_read);
  const Outcome sealed = visq("sealed", path);
  EXPECT_EQ(sealed.code, 4);
  EXPECT_TRUE(has(sealed.err, "visq: error: visq-sealed cannot be run: ")) << sealed.err;
  EXPECT_EQ(run("other", path).code, 1) << "vmaf runs no other program";
}

}  // namespace
}  // namespace visq::cli
