#include "job/session.h"

#include <cstdlib>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "job/roles.h"
#include "job/specs.h"
#include "job/store.h"
#include "tests/support/temp_folder.h"

namespace visq::job {
namespace {

Job scoring(std::vector<FeatureSpec> features, const std::string& reference = "r") {
  Job job;
  job.reference = reference;
  job.distorted = {"d"};
  job.features = std::move(features);
  job.threads = 1;
  return job;
}

// The error of opening; a failure of the test where there is none.
Error error_of(const Job& job) {
  const auto session = Session::open(job, 0);
  EXPECT_FALSE(session) << "it opens";
  return session ? Error{0, "", ErrorKind::processing} : session.error();
}

// An empty model store, or one with the files that a test writes.
class OwnStore : public test::InTempFolder {
 protected:
  void SetUp() override { setenv("VISQ_MODEL_STORE", folder_.c_str(), 1); }
  void TearDown() override { unsetenv("VISQ_MODEL_STORE"); }
};

TEST(SessionOf, NumbersThatTheLibraryRefusesAreErrorsOfUsage) {
  Job job = scoring({{"psnr", {}}});
  job.precision = 18;
  const Error error = error_of(job);
  EXPECT_EQ(error.kind, ErrorKind::usage);
  EXPECT_EQ(error.message,
            "output precision is -1 (all digits), 0 (as libvmaf) or 1 to 17 decimals");
}

TEST(SessionOf, OptionsThatAMetricDoesNotHaveAreErrorsOfUsage) {
  const Error error = error_of(scoring({{"psnr", {{"enable_msd", "true"}}}}));
  EXPECT_EQ(error.kind, ErrorKind::usage);
  EXPECT_NE(error.message.find("enable_msd"), std::string::npos) << error.message;
}

TEST(SessionOf, WhatNeedsAReferenceIsNamedWithItsOptions) {
  const Error feature =
      error_of(scoring({{"psnr", {{"enable_mse", "true"}, {"min_sse", "0.5"}}}}, ""));
  EXPECT_EQ(feature.kind, ErrorKind::usage);
  const std::string start = "--no_reference: psnr with enable_mse=true, min_sse=0.5 needs a ";
  EXPECT_EQ(feature.message.substr(0, start.size()), start);
  for (unsigned i = 0; const VmafMetricInfo* metric = vmaf_metric_info(i); ++i)
    EXPECT_EQ(feature.message.find(std::string(" ") + metric->name) != std::string::npos,
              metric->needs_reference == 0 || std::string(metric->name) == "psnr")
        << metric->name;
  Job model = scoring({}, "");
  model.models = {*parse_model_spec("version=vmaf_v0.6.1:name=m")};
  model.spelling = Spelling::python;
  const Error error = error_of(model);
  EXPECT_EQ(error.message.rfind("no_reference=True: ", 0), 0u) << error.message;
  EXPECT_NE(error.message.find(" (of model vmaf_v0.6.1) needs a reference"), std::string::npos)
      << error.message;
}

TEST(SessionOf, TheFrameRateIsAskedForByTheMetricsThatSaySo) {
  EXPECT_FALSE(waits_for_clips(scoring({})));
  EXPECT_FALSE(waits_for_clips(scoring({{"psnr", {}}, {"nothing", {}}})));
  EXPECT_TRUE(waits_for_clips(scoring({{"psnr", {}}, {"xpsnr", {}}})));
}

TEST(SessionOf, AModelGoesByTheSizeOfThePictures) {
  Job job = scoring({});
  job.models = {*parse_model_spec("auto:disable_clip"),
                *parse_model_spec("version=auto:name=mine")};
  EXPECT_TRUE(waits_for_clips(job));
  for (const auto& [height, version] : {std::pair(0u, "vmaf_v0.6.1"),
                                        {1439u, "vmaf_v0.6.1"},
                                        {1440u, "vmaf_4k_v0.6.1"},
                                        {2160u, "vmaf_4k_v0.6.1"}}) {
    const auto session = Session::open(job, 0, {0, height});
    ASSERT_TRUE(session) << session.error().message;
    EXPECT_EQ(session->models()[0].name, version) << height;
    EXPECT_EQ(session->models()[0].version, version);
    EXPECT_NE(session->models()[0].text.find("disable_clip"), std::string::npos);
    EXPECT_EQ(session->models()[1].name, "mine");
    EXPECT_EQ(session->models()[1].version, version);
  }
  job.thresholds = {{"vmaf_4k_v0.6.1", 70}};
  EXPECT_TRUE(Session::open(job, 0)) << "nobody knows yet";
  EXPECT_TRUE(Session::open(job, 0, {0, 2160}));
  EXPECT_FALSE(Session::open(job, 0, {0, 1080}));
}

TEST(SessionOf, ThresholdsAreOfScoresThatSayWhatIsBetter) {
  Job job = scoring({{"psnr", {}}, {"motion", {}}});
  job.thresholds = {{"psnr_y", 30}, {"psnr_cb", 30}, {"psnr_y", 40}};
  EXPECT_TRUE(Session::open(job, 0));
  job.thresholds = {{"psnr_x", 30}};
  EXPECT_EQ(error_of(job).message,
            "--threshold psnr_x:30: there is no score \"psnr_x\"; did you mean \"psnr_y\"?");
  EXPECT_EQ(error_of(job).kind, ErrorKind::usage);
  job.thresholds = {{"integer_motion2", 1.5}};
  job.spelling = Spelling::python;
  EXPECT_EQ(error_of(job).message,
            "threshold=\"integer_motion2:1.5\": integer_motion2 does not say what is better: no "
            "value of it is bad");
}

TEST(SessionOf, ThereIsOneForEachClip) {
  Job job = scoring({{"psnr", {}}});
  job.distorted = {"a", "b", "c"};
  const auto sessions = open_sessions(job);
  ASSERT_TRUE(sessions) << sessions.error().message;
  ASSERT_EQ(sessions->size(), 3u);
  EXPECT_NE(sessions->at(0).context(), sessions->at(2).context());
}

TEST_F(OwnStore, LearnedMetricsSayThatTheirNetworkIsMissing) {
  unsigned learned = 0;
  for (unsigned i = 0; const VmafMetricInfo* metric = vmaf_metric_info(i); ++i)
    for (const VmafOptionInfo* option : options_with_role(metric->name, "model_file")) {
      ++learned;
      for (std::size_t k = 0; k < option->n_places; ++k) unsetenv(option->places[k].environment);
      const Error error = error_of(scoring({{metric->name, {}}}));
      EXPECT_EQ(error.kind, ErrorKind::model);
      EXPECT_EQ(
          error.message,
          fmt::format("metric {} needs its model, and the model store has no {}: run ./setup{}, or "
                      "name one with its option {}=FILE",
                      metric->name, option->places[0].store_file,
                      metric->name == std::string("dists") ? " --with dists" : "", option->name));
    }
  EXPECT_GE(learned, 2u);
}

TEST_F(OwnStore, AModelThatIsNowhereIsToBeGot) {
  Job job = scoring({});
  job.models = {*parse_model_spec("version=vmaf_of_tomorrow")};
  const Error error = error_of(job);
  EXPECT_EQ(error.kind, ErrorKind::model);
  EXPECT_NE(error.message.find("vmaf_of_tomorrow"), std::string::npos) << error.message;
  const std::string advice = " (./setup gets the models)";
  EXPECT_EQ(error.message.substr(error.message.size() - advice.size()), advice);
}

TEST_F(OwnStore, AVersionOfTheStoreIsReadFromItsFile) {
  const std::string file = write("vmaf/vmaf_of_today.json", "{\"no\": \"model\"}");
  Job job;
  job.reference = "r";
  job.distorted = {"d"};
  ASSERT_TRUE(add_metric(job, "vmaf_of_today", {{"disable_clip", "true"}}));
  ASSERT_EQ(job.models.size(), 1u);
  EXPECT_EQ(job.models[0].version, "vmaf_of_today");
  const Error error = error_of(job);
  EXPECT_NE(error.message.find(file), std::string::npos) << error.message;
}

TEST_F(OwnStore, FilesAreListedByName) {
  write("vmaf/b.json", "");
  write("vmaf/a.json", "");
  write("vmaf/a.json.txt", "");
  write("tiny/c.json", "");
  const auto in = [&](const char* file) { return (folder_ / file).string(); };
  EXPECT_EQ(model_files("vmaf", ".json"),
            (std::vector<std::string>{in("vmaf/a.json"), in("vmaf/b.json")}));
  EXPECT_TRUE(model_files("nowhere", ".json").empty());
  EXPECT_EQ(find_in_model_store("vmaf"), std::nullopt) << "a folder is no file";
  setenv("VISQ_MODEL_STORE", in("nowhere").c_str(), 1);
  EXPECT_EQ(model_store(), std::nullopt) << "a named store has no other after it";
}

}  // namespace
}  // namespace visq::job
