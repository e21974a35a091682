#include "job/run.h"

#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "io/mapped_frame.h"
#include "job/align.h"
#include "job/roles.h"
#include "job/store.h"
#include "tests/support/temp_folder.h"

namespace visq::job {
namespace {

class Jobs : public test::InTempFolder {
 protected:
  // Frames of noise, of which clip `from` begins with a later one.
  std::string clip(const std::string& name, int frames, int from = 0, int sides = 64) const {
    std::string content = fmt::format("YUV4MPEG2 W{0} H{0} F25:1 C420\n", sides);
    for (int i = from; i < from + frames; ++i) {
      content += "FRAME\n";
      for (int k = 0; k < sides * sides * 3 / 2; ++k)
        content += static_cast<char>(static_cast<unsigned>((k + 1) * (i + 3) * 2654435761u) >> 24);
    }
    return write(name, content);
  }
  Job job(const std::string& reference, std::vector<std::string> distorted) const {
    Job job;
    job.reference = reference;
    job.distorted = std::move(distorted);
    job.features = {{"psnr", {}}};
    job.threads = 1;
    return job;
  }
};

double score(const Run& run, std::size_t clip, unsigned frame) {
  double value = -1;
  EXPECT_EQ(vmaf_feature_score_at_index(run.clips[clip].session.context(), "psnr_y", &value, frame),
            0);
  return value;
}

TEST_F(Jobs, ScoreEachClipAgainstTheReference) {
  const Job both = job(clip("a.y4m", 4), {clip("b.y4m", 4, 1), clip("c.y4m", 4)});
  std::optional<std::uint64_t> expected;
  std::vector<std::uint64_t> seen;
  const auto done = run(both, {{},
                               [&](auto frames) { expected = frames; },
                               [&](std::uint64_t frames) { seen.push_back(frames); }});
  ASSERT_TRUE(done) << done.error().message;
  ASSERT_EQ(done->clips.size(), 2u);
  EXPECT_EQ(done->complete_frames(), 8u);
  EXPECT_FALSE(done->any_partial());
  EXPECT_TRUE(done->first_error());
  EXPECT_LT(score(*done, 0, 3), score(*done, 1, 3)) << "the second is the reference";
  EXPECT_EQ(expected, 8u);
  EXPECT_EQ(seen.size(), 4u);
}

TEST_F(Jobs, AShorterClipIsAnErrorThatKeepsItsScores) {
  Job uneven = job(clip("a.y4m", 4), {clip("b.y4m", 2), clip("c.y4m", 4)});
  const auto told = run(uneven, {});
  ASSERT_TRUE(told);
  EXPECT_EQ(told->first_error().error().kind, ErrorKind::input);
  EXPECT_NE(told->first_error().error().message.find("ended after 2 frames, before"),
            std::string::npos);
  EXPECT_EQ(told->clips[0].complete, 2u);
  EXPECT_TRUE(told->clips[0].partial);
  EXPECT_EQ(told->clips[1].complete, 4u) << "the other clip goes on";
  uneven.shortest = true;
  EXPECT_TRUE(run(uneven, {})->first_error());
}

// When nothing is read any more.
TEST_F(Jobs, FramesThatWereCutOffAreAnErrorOfTheirClip) {
  io::allow_mapping();
  const Job two = job(clip("a.y4m", 4), {clip("b.y4m", 4), clip("c.y4m", 4, 1)});
  auto run = open(two, *open_sessions(two), {});
  ASSERT_TRUE(run);
  VmafPicture held{};
  ASSERT_TRUE(run->clips[0].reader->read(&held).value_or(false));
  {
    const std::lock_guard turn(*run->turn);
    score_frames(*run);
    finish(*run);
  }
  std::filesystem::resize_file(two.distorted[0], 1000);
  vmaf_picture_unref(&held);
  settle(*run);
  ASSERT_FALSE(run->clips[0].status);
  EXPECT_EQ(run->clips[0].status.error().kind, ErrorKind::input);
  EXPECT_NE(run->clips[0].status.error().message.find("b.y4m: frame 0 was cut off"),
            std::string::npos);
  EXPECT_TRUE(run->clips[0].partial);
  EXPECT_TRUE(run->clips[1].status && !run->clips[1].partial) << "the other clip is whole";
}

TEST_F(Jobs, AReferenceThatNothingReadsIsStillCounted) {
  Job alone = job("", {clip("b.y4m", 3, 1)});
  alone.features = {{"cambi", {}}};
  Job beside = job(clip("a.y4m", 2), alone.distorted);
  beside.features = alone.features;
  const auto expected = run(alone, {}), got = run(beside, {});
  ASSERT_TRUE(expected && got);
  EXPECT_TRUE(expected->reads_reference == got->reads_reference && !got->reads_reference);
  EXPECT_NE(got->first_error().error().message.find("ended after 2 frames, before"),
            std::string::npos);
  for (unsigned frame = 0; frame < 2; ++frame) {
    double scores[2] = {-1, -2};
    int i = 0;
    for (const auto* each : {&*expected, &*got})
      EXPECT_EQ(vmaf_feature_score_at_index(each->clips[0].session.context(), "cambi", &scores[i++],
                                            frame),
                0);
    EXPECT_EQ(scores[0], scores[1]);
  }
  beside.features = {{"cambi", {{"full_ref", "true"}}}};
  EXPECT_TRUE(run(beside, {})->reads_reference);
}

TEST_F(Jobs, CountAndSkipFrames) {
  Job part = job(clip("a.y4m", 6), {clip("b.y4m", 6)});
  part.frame_count = 2;
  EXPECT_EQ(run(part, {})->clips[0].complete, 2u);
  part.frame_count = 0;
  part.skip_reference = part.skip_distorted = 5;
  EXPECT_EQ(run(part, {})->clips[0].complete, 1u);
  part.skip_reference = 7;
  const auto beyond = run(part, {});
  ASSERT_FALSE(beyond);
  EXPECT_NE(beyond.error().message.find("has 6 frames, and the first 7"), std::string::npos);
}

TEST_F(Jobs, EndWhenTheyAreStopped) {
  std::stop_source stop;
  const Job long_job = job(clip("a.y4m", 6), {clip("b.y4m", 6)});
  const auto stopped =
      run(long_job, {stop.get_token(), [](auto) {}, [&](std::uint64_t) { stop.request_stop(); }});
  ASSERT_TRUE(stopped);
  EXPECT_TRUE(stopped->interrupted());
  EXPECT_TRUE(stopped->any_partial());
  EXPECT_TRUE(stopped->first_error()) << "no clip is to blame";
  EXPECT_LT(stopped->clips[0].frames, 6u);
}

TEST_F(Jobs, ClipsThatDifferAreToldOrConverted) {
  Job unlike = job(clip("a.y4m", 2), {clip("b.y4m", 2, 0, 32)});
  const auto refused = run(unlike, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::input);
  EXPECT_NE(refused.error().message.find("add --scale auto to convert"), std::string::npos);
  unlike.spelling = Spelling::python;
  EXPECT_NE(run(unlike, {}).error().message.find("add scale=\"auto\" to"), std::string::npos);
  unlike.scale.mode = ScaleTo::largest;
  const auto scaled = run(unlike, {});
  ASSERT_TRUE(scaled) << scaled.error().message;
  EXPECT_EQ(scaled->clips[0].reader->info().width, 64u);
}

TEST_F(Jobs, AreAlignedByTheirFirstCommonFrame) {
  Job late = job(clip("a.y4m", 24), {clip("late.y4m", 20, 4)});
  const auto alignment = align(late, {});
  ASSERT_TRUE(alignment) << alignment.error().message;
  EXPECT_EQ(late.synchrony.reference, 4u);
  EXPECT_EQ(late.synchrony.of(0), 0u);
  EXPECT_TRUE(late.shortest);
  EXPECT_EQ(alignment->beginnings.size(), 1u);
  EXPECT_EQ(run(late, {})->clips[0].complete, 20u);
}

TEST_F(Jobs, KnowWhatIsWrongBeforeAClipIsRead) {
  Job wrong = job("nowhere.y4m", {"nowhere.y4m"});
  wrong.features = {{"psmr", {}}};
  EXPECT_EQ(run(wrong, {}).error().kind, ErrorKind::usage);
  wrong.features = {{"psnr", {}}};
  EXPECT_EQ(run(wrong, {}).error().kind, ErrorKind::input);
  wrong.models = {{"path=nowhere.json", "vmaf", "", "nowhere.json"}};
  EXPECT_EQ(run(wrong, {}).error().kind, ErrorKind::model);
  Job alone = job("", {clip("a.y4m", 2)});
  EXPECT_NE(run(alone, {}).error().message.find("psnr needs a reference"), std::string::npos);
}

TEST_F(Jobs, FilesThatGiveTheirFramesOnceAreNotReadTwice) {
  EXPECT_TRUE(check_files(job(clip("a.y4m", 1), {"nowhere"}), "it is read twice"));
  EXPECT_NE(check_files(job("-", {"b"}), "it is read twice").error().message.find("standard input"),
            std::string::npos);
}

TEST_F(Jobs, TheStoreIsTheNamedOne) {
  write("vmaf/a.json", "{}");
  write("vmaf/b.txt", "");
  setenv("VISQ_MODEL_STORE", folder_.c_str(), 1);
  EXPECT_EQ(find_in_model_store("vmaf/a.json"), (folder_ / "vmaf/a.json").string());
  EXPECT_EQ(find_in_model_store("vmaf/c.json"), std::nullopt);
  EXPECT_EQ(model_files("vmaf", ".json"),
            std::vector<std::string>{(folder_ / "vmaf/a.json").string()});
  EXPECT_EQ(model_store(), folder_.string());
  unsetenv("VISQ_MODEL_STORE");
  EXPECT_TRUE(is_built_in("vmaf_v0.6.1"));
  EXPECT_FALSE(is_built_in("vmaf"));
}

TEST(Roles, AreThoseOfTheDescriptors) {
  unsigned folders = 0;
  for (unsigned i = 0; const VmafMetricInfo* metric = vmaf_metric_info(i); ++i)
    for (const VmafOptionInfo* option : options_with_role(metric->name, "map_folder")) {
      ++folders;
      EXPECT_EQ(map_folders_of({metric->name, {{option->name, "maps"}}})[0].path, "maps");
      EXPECT_TRUE(map_folders_of({metric->name, {{option->name, ""}}}).empty());
    }
  EXPECT_GT(folders, 0u);
  EXPECT_TRUE(options_with_role("psnr", "model_file").empty());
  EXPECT_TRUE(options_with_role("nothing", "value").empty());
}

}  // namespace
}  // namespace visq::job
