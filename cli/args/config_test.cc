#include "cli/args/config.h"

#include <gtest/gtest.h>

#include "cli/args/options.h"
#include "tests/support/command_fixture.h"

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
  const auto jobs = parse_config(
      "no-prediction: true\nfeature: [psnr, ciede]\nthreads: 2\nquiet: true\njobs:\n- {reference: "
      "a.y4m, distorted: b.y4m}\n"
      "- reference: c.y4m\n  distorted:\n  - d.y4m\n  - e.y4m\n  threads: 1\n  feature: lpips\n  "
      "quiet: false\n",
      option_texts());
  ASSERT_TRUE(jobs) << jobs.error().message;
  ASSERT_EQ(jobs->size(), 2u);
  EXPECT_EQ(entries_of(jobs->front()), (Entries{{"no_prediction", {"true"}},
                                                {"feature", {"psnr", "ciede"}},
                                                {"threads", {"2"}},
                                                {"quiet", {"true"}},
                                                {"reference", {"a.y4m"}},
                                                {"distorted", {"b.y4m"}}}));
  EXPECT_EQ(entries_of(jobs->back()), (Entries{{"no_prediction", {"true"}},
                                               {"reference", {"c.y4m"}},
                                               {"distorted", {"d.y4m", "e.y4m"}},
                                               {"threads", {"1"}},
                                               {"feature", {"lpips"}},
                                               {"quiet", {}}}));
  EXPECT_EQ(jobs->back().line, 7);
  EXPECT_EQ(jobs->back().entries[3].line, 11);
  EXPECT_EQ(parse_config("threads: 2", option_texts())->front().entries[0].values,
            std::vector<std::string>{"2"});
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
      {"jobs:\n- output: a.json\n- output: a.json",
       "3: output a.json is written by the job of line 2 already"},
      {"reference: a.mkv\njobs:\n- distorted: b.mkv\n- {distorted: c.mkv, report: b.mkv}",
       "4: report b.mkv is a clip that the job of line 3 compares"},
      {"", "a map of option names"},
  };
  for (const auto& [yaml, sentence] : bad)
    EXPECT_NE(refusal(yaml).find(sentence), std::string::npos) << yaml << "\n" << refusal(yaml);
  EXPECT_NE(refusal(std::string(2 << 20, 'a')).find("bytes"), std::string::npos);
  EXPECT_FALSE(refusal(std::string(100000, '[')).empty()) << "depth is limited";
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class ConfigCommand : public test::CommandTest {
 protected:
  void SetUp() override {
    write("a.y4m", "YUV4MPEG2 W16 H16 F25:1 Cmono\nFRAME\n" + std::string(256, 'x') + "FRAME\n" +
                       std::string(256, 'y'));
  }
  // What it says on either of its streams.
  std::string said(const std::string& arguments, int expected) const {
    const Outcome o = CommandTest::run(arguments);
    EXPECT_EQ(o.code, expected) << arguments << "\n" << o.out << o.err;
    return o.out + o.err;
  }
  std::string run(const std::string& yaml, int expected, const std::string& more = "") const {
    write("jobs.yaml", yaml);
    return said("--config jobs.yaml " + more, expected);
  }
};

TEST_F(ConfigCommand, OfBadArgumentsSaysWhatIsWrong) {
  const auto told = [&](const std::string& words) { return said("-r a -d b " + words, 1); };
  EXPECT_TRUE(
      has(told("--thraeds 3"), "error: there is no option --thraeds; did you mean --threads?"));
  EXPECT_TRUE(has(told("--frame-cont=3"), "did you mean --frame_cnt?"));
  EXPECT_TRUE(has(told("c.mp4"), "error: \"c.mp4\" belongs to no option"));
  for (const char* option : {"--reference", "--distorted", "--output", "--report", "--config"})
    EXPECT_TRUE(has(said(std::string("-r a -d b ") + option + " ''", 1),
                    std::string("error: ") + option + ": the name of the file is empty"))
        << option << read("err");
  EXPECT_TRUE(has(told("c.mp4 d.mp4"), "error: \"c.mp4\" belongs to no option")) << "the first";
  EXPECT_TRUE(has(told("--threads many"),
                  "error: --threads: \"many\" is not a whole number from 0 to 1024"));
  EXPECT_TRUE(has(told("--threads 1 --threads 2"), "error: --threads is given more than once"));
  EXPECT_TRUE(has(told("--feature"), "error: --feature needs a value"));
  EXPECT_TRUE(has(told("--frame_skip_dist -1"),
                  "error: --frame_skip_dist: \"-1\" is not a whole number from 0 to 1000000000"));
  EXPECT_TRUE(has(told("--quiet=maybe"), "error: --quiet is a flag: it takes no value"));
  EXPECT_TRUE(has(told("--feature psnr:enable_mse=true"),
                  "is not option=value; NAME or NAME=option=value"));
  EXPECT_TRUE(has(told("--curve x"), "error: --curve names a curve of the report: add --report"));
  EXPECT_TRUE(has(told("--tiny_quant int4"), "error: --tiny_quant: \"int4\" is not none or int8"));
  EXPECT_TRUE(has(told("--tiny_crf 20"),
                  "error: --tiny_preset and --tiny_crf are of a codec: name it with --tiny_codec"));
  EXPECT_TRUE(has(told("--list_models --verify_models"), "are done one at a time"));
  EXPECT_TRUE(has(said("-d b", 1),
                  "error: a reference (-r) is needed, or --no_reference to score b by itself"));
}

TEST_F(ConfigCommand, RunsEveryJobAndEndsWithTheFirstFailure) {
  const std::string text =
      run("no-prediction: true\nfeature: psnr\njobs:\n- {reference: a.y4m, distorted: a.y4m, "
          "output: one.json}\n"
          "- {reference: nowhere.y4m, distorted: a.y4m}\n- {reference: a.y4m, distorted: [a.y4m, "
          "a.y4m], output: three.json}\n",
          2);
  EXPECT_TRUE(has(text, "error: job 2 of 3 (jobs.yaml:5): there is no file nowhere.y4m")) << text;
  EXPECT_TRUE(has(text, "job 3 of 3 (jobs.yaml:6)\nreference")) << text;
  EXPECT_TRUE(has(text, "note: 1 of 3 jobs failed; what the others scored is written")) << text;
  EXPECT_TRUE(has(read("one.json"), "psnr_y") && has(read("three.json"), "\"clips\""));
}

TEST_F(ConfigCommand, TheCommandLineHoldsForEveryJob) {
  const std::string yaml =
      "reference: a.y4m\ndistorted: a.y4m\nfeature: [psnr]\nno_prediction: true\nquiet: false\n";
  EXPECT_TRUE(has(run(yaml, 0), "psnr_y"));
  const std::string text = run(yaml, 0, "--feature ciede --frame-cnt 1");
  EXPECT_TRUE(has(text, "frames     1 ") && !has(text, "psnr_y")) << text;
  EXPECT_EQ(run(yaml, 0, "--quiet -o scores.csv"), "");
  EXPECT_TRUE(has(read("scores.csv"), "psnr_y")) << "the extension decides here, too";
}

TEST_F(ConfigCommand, ErrorsNameFileAndLine) {
  EXPECT_TRUE(has(run("reference: a.y4m\ndistorted: a.y4m\nfeature: psnr\nprecision: 99\n", 1),
                  "jobs.yaml:4: --precision: \"99\" is not legacy, max"));
  EXPECT_TRUE(has(run("reference: a.y4m\ndistorted: a.y4m\n\nthreads: many\n", 1),
                  "jobs.yaml:4: --threads: \"many\" is not a whole number"))
      << read("jobs.yaml");
  EXPECT_TRUE(has(run("quiet: true\njobs:\n- {reference: a.y4m}\n", 1),
                  "jobs.yaml:3: a distorted video (-d) is needed, to be compared with a.y4m"));
  EXPECT_TRUE(has(run("quiet: true\n psnr: 3\n", 1), "jobs.yaml:2: this is no YAML"));
  for (const char* file : {"-o all.json", "--report all.html"})
    EXPECT_TRUE(has(run("feature: psnr\njobs:\n- {reference: a.y4m, distorted: a.y4m}\n- "
                        "{reference: a.y4m, distorted: a.y4m}\n",
                        1, file),
                    "each of the 2 jobs would write it"));
  EXPECT_TRUE(
      has(run("feature: cambi=heatmaps_path=maps\njobs:\n- {reference: a.y4m, distorted: a.y4m}\n- "
              "{reference: a.y4m, distorted: a.y4m}\n",
              1),
          "jobs.yaml:4: heatmaps_path of cambi is maps, where the job of line 3 writes its maps"));
  EXPECT_TRUE(has(run(std::string("feature: \0", 10), 1), "jobs.yaml: it is no text"));
  EXPECT_TRUE(has(said("--config nowhere.yaml", 1), "nowhere.yaml cannot be opened: No such file"));
}

TEST_F(ConfigCommand, ADryRunTellsAndWritesNothing) {
  const std::string text =
      run("no_prediction: true\ndry_run: true\nthreads: 1\njobs:\n- {reference: a.y4m, distorted: "
          "a.y4m, feature: psnr=enable_mse=true, output: one.json}\n"
          "- {reference: a.y4m, distorted: nowhere.y4m, feature: psnr}\n",
          2);
  for (const char* part : {"job 1 of 2 (jobs.yaml:5)\nreference  a.y4m: 16x16 4:0:0 8-bit, 25 "
                           "frames a second, 2 frames\n",
                           "metrics    psnr enable_mse=true\n", "scores     psnr_y, mse_y",
                           "machine    1 thread on ", "writes     one.json (JSON)\n",
                           "estimate   about ", " for 2 frames; measured here: 2 frames in ",
                           "job 2 of 2 (jobs.yaml:6): there is no file nowhere.y4m",
                           "1 of 2 jobs failed; so they would"})
    EXPECT_TRUE(has(text, part)) << part << "\n" << text;
  EXPECT_EQ(read("one.json"), "");
  EXPECT_TRUE(has(said("-r - -d a.y4m -n --feature psnr --dry-run", 2),
                  "standard input gives its frames once, and --dry_run scores some"));
}

}  // namespace
}  // namespace visq::cli
