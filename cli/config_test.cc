#include "cli/config.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/options.h"
#include "tests/support/shared.h"

namespace visq::cli {
namespace {

using Entries = std::vector<std::pair<std::string, std::vector<std::string>>>;

Entries entries_of(const ConfigJob& job) {
  Entries entries;
  for (const ConfigEntry& entry : job.entries) entries.emplace_back(entry.name, entry.values);
  return entries;
}

std::string refusal(const std::string& yaml) {
  const auto jobs = parse_config(yaml, option_texts());
  return jobs ? "" : jobs.error().message;
}

TEST(Config, JobsHaveWhatStandsOutsideThemUnlessTheySayOtherwise) {
  const auto jobs = parse_config("no-prediction: true\nfeature: [psnr, ciede]\nthreads: 2\nquiet: true\njobs:\n- {reference: a.y4m, distorted: b.y4m}\n"
                                 "- reference: c.y4m\n  distorted:\n  - d.y4m\n  - e.y4m\n  threads: 1\n  feature: lpips\n  quiet: false\n", option_texts());
  ASSERT_TRUE(jobs) << jobs.error().message;
  ASSERT_EQ(jobs->size(), 2u);
  EXPECT_EQ(entries_of(jobs->front()), (Entries{{"no_prediction", {"true"}}, {"feature", {"psnr", "ciede"}}, {"threads", {"2"}}, {"quiet", {"true"}}, {"reference", {"a.y4m"}}, {"distorted", {"b.y4m"}}}));
  EXPECT_EQ(entries_of(jobs->back()), (Entries{{"no_prediction", {"true"}}, {"reference", {"c.y4m"}}, {"distorted", {"d.y4m", "e.y4m"}}, {"threads", {"1"}}, {"feature", {"lpips"}}, {"quiet", {}}}));
  EXPECT_EQ(jobs->back().line, 7);
  EXPECT_EQ(jobs->back().entries[3].line, 11);
  EXPECT_EQ(parse_config("threads: 2", option_texts())->front().entries[0].values, std::vector<std::string>{"2"});
}

TEST(Config, ErrorsSayTheLineAndWhatIsExpected) {
  const std::pair<const char*, const char*> bad[] = {
      {"quiet: true\na: [b", "this is no YAML"},
      {"- a\n- b\n", "1: a map of option names to values is expected"},
      {"quiet: true\nthreads: {a: 1}", "2: threads needs a value (N)"},
      {"quiet: true\nthreads: [1, 2]", "2: threads needs a value (N)"},
      {"threads:", "1: threads needs a value (N)"},
      {"feature: [[psnr]]", "1: feature needs a value or a list of values"},
      {"quiet: 3", "1: quiet is a flag: true or false is expected"},
      {"jobs: []", "1: jobs is a list of 1 to 10000 maps"},
      {"jobs: [3]", "1: a map of option names"},
      {"config: x", "1: --config scores nothing"},
      {"\nlist-models: true", "2: --list_models scores nothing"},
      {"'a b': x", "1: there is no option --a b"},
      {"quiet: true\n\nthraeds: 2", "3: there is no option --thraeds; did you mean --threads?"},
      {"threads: 1\nthreads: 2", "2: threads stands in line 1 already"},
      {"feature: &x [a]\nmodel: *x", "an alias (*) is not supported"},
      {"a: b\n---\nc: d", "a second document begins"},
      {"jobs:\n- output: a.json\n- output: a.json", "3: output a.json is written by the job of line 2 already"},
      {"", "a map of option names"},
  };
  for (const auto& [yaml, sentence] : bad) EXPECT_NE(refusal(yaml).find(sentence), std::string::npos) << yaml << "\n" << refusal(yaml);
  EXPECT_NE(refusal(std::string(2 << 20, 'a')).find("bytes"), std::string::npos);
  EXPECT_FALSE(refusal(std::string(100000, '[')).empty()) << "depth is limited";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string output_of(const std::string& command, int expected) {
  const std::string file = fmt::format("{}visq_config_out_{}", testing::TempDir(), getpid());
  const int status = std::system(fmt::format("({}) >{} 2>&1 </dev/null", command, file).c_str());
  std::ifstream in(file);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  EXPECT_EQ(WIFEXITED(status) ? WEXITSTATUS(status) : -1, expected) << command << "\n" << text;
  return text;
}

TEST(Arguments, AreRefusedInSentences) {
  const auto told = [](const std::string& words) { return output_of(fmt::format("{} -r a -d b {}", VISQ_VMAF, words), 1); };
  EXPECT_TRUE(has(told("--thraeds 3"), "error: there is no option --thraeds; did you mean --threads?"));
  EXPECT_TRUE(has(told("--frame-cont=3"), "did you mean --frame_cnt?"));
  EXPECT_TRUE(has(told("c.mp4"), "error: \"c.mp4\" belongs to no option"));
  EXPECT_TRUE(has(told("--threads many"), "error: --threads: \"many\" is not a number"));
  EXPECT_TRUE(has(told("--threads 1 --threads 2"), "error: --threads is given more than once"));
  EXPECT_TRUE(has(told("--feature"), "error: --feature needs a value"));
}

class ConfigCommand : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "visq_" + testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ + "/a.y4m", std::ios::binary) << "YUV4MPEG2 W16 H16 F25:1 Cmono\nFRAME\n" << std::string(256, 'x') << "FRAME\n" << std::string(256, 'y');
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string run(const std::string& yaml, int expected, const std::string& more = "") const {
    std::ofstream(folder_ + "/jobs.yaml") << yaml;
    return output_of(fmt::format("cd {} && {} --config jobs.yaml {}", folder_, VISQ_VMAF, more), expected);
  }
  std::string read(const std::string& name) const {
    std::ifstream in(folder_ + "/" + name);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  std::string folder_;
};

TEST_F(ConfigCommand, RunsEveryJobAndEndsWithTheFirstFailure) {
  const std::string text = run("no-prediction: true\nfeature: psnr\njobs:\n- {reference: a.y4m, distorted: a.y4m, output: one.json}\n"
                               "- {reference: nowhere.y4m, distorted: a.y4m}\n- {reference: a.y4m, distorted: [a.y4m, a.y4m], output: three.json}\n", 2);
  EXPECT_TRUE(has(text, "error: job 2 of 3 (jobs.yaml:5): there is no file nowhere.y4m")) << text;
  EXPECT_TRUE(has(text, "job 3 of 3 (jobs.yaml:6)\nreference")) << text;
  EXPECT_TRUE(has(text, "note: 1 of 3 jobs failed; what the others scored is written")) << text;
  EXPECT_TRUE(has(read("one.json"), "psnr_y") && has(read("three.json"), "\"clips\""));
}

TEST_F(ConfigCommand, TheCommandLineHoldsForEveryJob) {
  const std::string yaml = "reference: a.y4m\ndistorted: a.y4m\nfeature: [psnr]\nno_prediction: true\nquiet: false\n";
  EXPECT_TRUE(has(run(yaml, 0), "psnr_y"));
  const std::string text = run(yaml, 0, "--feature ciede --frame-cnt 1");
  EXPECT_TRUE(has(text, "frames     1 ") && !has(text, "psnr_y")) << text;
  EXPECT_EQ(run(yaml, 0, "--quiet -o scores.csv"), "");
  EXPECT_TRUE(has(read("scores.csv"), "psnr_y")) << "the extension decides here, too";
}

TEST_F(ConfigCommand, ErrorsNameFileAndLine) {
  EXPECT_TRUE(has(run("reference: a.y4m\ndistorted: a.y4m\nfeature: psnr\nprecision: 99\n", 1), "jobs.yaml:4: --precision: \"99\" is not legacy, max"));
  EXPECT_TRUE(has(run("reference: a.y4m\ndistorted: a.y4m\n\nthreads: many\n", 1), "jobs.yaml:4: --threads: \"many\" is not a number")) << read("jobs.yaml");
  EXPECT_TRUE(has(run("quiet: true\njobs:\n- {reference: a.y4m}\n", 1), "jobs.yaml:3: a reference (-r) and a distorted video (-d) are needed"));
  EXPECT_TRUE(has(run("quiet: true\n psnr: 3\n", 1), "jobs.yaml:2: this is no YAML"));
  EXPECT_TRUE(has(output_of(fmt::format("{} --config {}/nowhere.yaml", VISQ_VMAF, folder_), 1), "nowhere.yaml cannot be opened: No such file"));
}

TEST_F(ConfigCommand, ADryRunTellsAndWritesNothing) {
  const std::string text = run("no_prediction: true\ndry_run: true\nthreads: 1\njobs:\n- {reference: a.y4m, distorted: a.y4m, feature: psnr=enable_mse=true, output: one.json}\n"
                               "- {reference: a.y4m, distorted: nowhere.y4m, feature: psnr}\n", 2);
  for (const char* part : {"job 1 of 2 (jobs.yaml:5)\nreference  a.y4m: 16x16 4:0:0 8-bit, 25 frames a second, 2 frames\n", "metrics    psnr enable_mse=true\n", "scores     psnr_y, mse_y",
                           "machine    1 thread on ", "writes     one.json (JSON)\n", "estimate   about ", " for 2 frames; measured here: 2 frames in ", "job 2 of 2 (jobs.yaml:6): there is no file nowhere.y4m", "1 of 2 jobs failed; so they would"})
    EXPECT_TRUE(has(text, part)) << part << "\n" << text;
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/one.json"));
  EXPECT_TRUE(has(output_of(fmt::format("{} -r - -d {}/a.y4m -n --feature psnr --dry-run", VISQ_VMAF, folder_), 2), "standard input gives its frames once, and --dry_run scores some"));
}

TEST(Manual, HasEveryOption) {
  const std::string page = output_of(std::string(VISQ_VMAF) + " --man", 0);
  for (const char* part : {".TH VMAF 1", ".SH NAME\nvmaf \\- ", ".SH EXIT STATUS", "130 interrupted"}) EXPECT_TRUE(has(page, part)) << part;
  const std::string help = output_of(std::string(VISQ_VMAF) + " --help", 0);
  for (const OptionText& option : option_texts()) {
    EXPECT_TRUE(has(help, option.names.back())) << option.names.back();
    std::string escaped;
    for (const char c : option.names.back()) escaped += c == '-' ? std::string("\\-") : std::string(1, c);
    EXPECT_TRUE(has(page, "\\fB" + escaped + "\\fR")) << escaped;
  }
}

TEST(Manual, IsWhatGroffReadsWithoutAWarning) {
  VISQ_NEED(std::system("command -v groff >/dev/null") == 0, "groff");
  const std::string text = output_of(fmt::format("{} --man | groff -ww -man -Tutf8 -P-cbou 2>&1", VISQ_VMAF), 0);
  EXPECT_FALSE(has(text, "warning") || has(text, "<standard input>:")) << text;
  EXPECT_TRUE(has(text, "--to_bitdepth")) << text;
}

std::string completed(const std::string& words, int position) {
  return output_of(fmt::format("bash -c 'eval \"$({} --completion bash)\"; COMP_WORDS=({}); COMP_CWORD={}; _vmaf; echo ${{COMPREPLY[@]}}'", VISQ_VMAF, words, position), 0);
}

TEST(Completion, OffersOptionsMetricsAndWords) {
  EXPECT_EQ(completed("vmaf --thre", 1), "--threads\n");
  EXPECT_EQ(completed("vmaf --feature ciede", 2), "ciede\n");
  EXPECT_EQ(completed("vmaf --scaler bil", 2), "bilinear\n");
  EXPECT_EQ(completed("vmaf --progress j", 2), "json\n");
}

TEST(Completion, HasEveryOptionInEveryShell) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = output_of(fmt::format("{} --completion {}", VISQ_VMAF, shell), 0);
    for (const OptionText& option : option_texts()) EXPECT_TRUE(has(script, option.name().data())) << shell << " " << option.name();
  }
  output_of(fmt::format("{} --completion bash | bash -n", VISQ_VMAF), 0);
  output_of(fmt::format("{} --completion zsh | bash -n", VISQ_VMAF), 0);  // its commands are words to bash, too
  EXPECT_TRUE(has(output_of(std::string(VISQ_VMAF) + " --completion fish", 0), "complete -c vmaf -s r -l reference -r -d"));
  EXPECT_TRUE(has(output_of(std::string(VISQ_VMAF) + " --completion csh", 1), "bash, zsh or fish"));
}

}  // namespace
}  // namespace visq::cli
