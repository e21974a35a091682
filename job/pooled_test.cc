// Scores of a clip as a whole, of clips whose errors are known.
#include "job/pooled.h"

#include <cmath>

#include <gtest/gtest.h>

#include "job/run.h"
#include "job/specs.h"
#include "tests/support/temp_folder.h"

namespace visq::job {
namespace {

class PooledScores : public test::InTempFolder {
 protected:
  // Flat luma of 64x64 samples, a code for each frame.
  std::string clip(const std::string& name, const std::vector<int>& codes) const {
    std::string content = "YUV4MPEG2 W64 H64 F25:1 Cmono\n";
    for (const int code : codes)
      content += "FRAME\n" + std::string(64 * 64, static_cast<char>(code));
    return write(name, content);
  }
  Job job() const {
    Job job;
    job.reference = clip("r.y4m", {100, 100, 100, 100});
    job.distorted = {clip("a.y4m", {101, 102, 104, 108})};
    job.threads = 1;
    return job;
  }
  static std::vector<std::string> names(const std::vector<Pooled>& list) {
    std::vector<std::string> names;
    for (const Pooled& p : list) names.push_back(p.name);
    return names;
  }
};

TEST_F(PooledScores, KeepWhatTheLibraryTold) {
  Job job = this->job();
  job.features = {{"psnr", {{"enable_mse", "true"}, {"enable_apsnr", "true"}}}};
  job.thresholds = {{"mse_y", 3}};
  const auto run = job::run(job, {});
  ASSERT_TRUE(run) << run.error().message;
  const auto list = pooled(run->clips[0].session.context());
  ASSERT_EQ(names(list), (std::vector<std::string>{"psnr_y", "mse_y"}));
  EXPECT_EQ(list[0].unit, "dB");
  EXPECT_EQ(list[0].clip_name, "apsnr_y");
  EXPECT_NEAR(list[0].score.clip, 10 * std::log10(255. * 255 / ((1 + 4 + 16 + 64) / 4.)), 1e-9);
  EXPECT_TRUE(list[1].lower_is_better());
  EXPECT_EQ(list[1].clip_name, "");
  EXPECT_EQ(list[1].score.clip, (1 + 4 + 16 + 64) / 4.);
  EXPECT_EQ(list[1].score.worst_frame, 3u);
  EXPECT_EQ(list[1].score.worst_frame_value, 64);
  EXPECT_EQ(list[1].score.worst_1_percent_mean, 64);
  EXPECT_DOUBLE_EQ(list[1].score.worst_percentile_10, 64 + 0.3 * (16 - 64));
  ASSERT_EQ(list[1].shares.size(), 1u);
  EXPECT_EQ(list[1].shares[0].share, 0.75);
  const NamedValues others = other_scores_of_clip(run->clips[0].session.context(), list);
  ASSERT_EQ(others.size(), 2u) << "apsnr_y stands for psnr_y";
  EXPECT_EQ(others[0].first, "apsnr_cb");
}

TEST_F(PooledScores, ThatWereAskedForComeFirst) {
  Job job = this->job();
  job.models = {*parse_model_spec("version=vmaf_v0.6.1:name=m")};
  job.features = {{"float_ssim", {}}, {"motion", {}}};
  const auto run = job::run(job, {});
  ASSERT_TRUE(run) << run.error().message;
  const auto list = asked_first(pooled(run->clips[0].session.context()));
  ASSERT_GT(list.size(), 4u);
  EXPECT_EQ(list[0].name, "m");
  EXPECT_EQ(list[1].name, "float_ssim");
  EXPECT_EQ(list[2].name.find("motion") != std::string::npos, true) << list[2].name;
  EXPECT_FALSE(list.back().was_asked_for());
}

Pooled score_of(const std::string& name, int direction, double mean, unsigned asked = 0) {
  Pooled pooled;
  pooled.name = name;
  pooled.score.direction = direction;
  pooled.score.mean = mean;
  pooled.score.asked = asked;
  return pooled;
}

TEST(AskedFirst, KeepsTheOrderOfWhatWasAskedForTogether) {
  std::string order;
  for (const Pooled& p :
       asked_first({score_of("m", 1, 0), score_of("b", 1, 0, 2), score_of("y", 1, 0, 1),
                    score_of("u", 1, 0, 1), score_of("v", 1, 0, 1), score_of("n", 1, 0)}))
    order += p.name;
  EXPECT_EQ(order, "yuvbmn");
}

TEST(WorstShot, IsTheFirstOfTheWorstThatAreKnown) {
  const auto worst = [](int direction, const std::vector<double>& means) {
    std::vector<ShotScores> shots;
    for (const double mean : means)
      shots.push_back({{}, {score_of("other", 1, -mean), score_of("x", direction, mean)}});
    const ShotScores* const found = worst_shot(shots, "x");
    return found == nullptr ? -1 : static_cast<int>(found - shots.data());
  };
  EXPECT_EQ(worst(1, {NAN, 5, 3, 3, 4}), 2);
  EXPECT_EQ(worst(-1, {3, 5, NAN, 5, 4}), 1);
  EXPECT_EQ(worst(0, {1, 2}), -1) << "nobody knows what is better";
  EXPECT_EQ(worst(1, {NAN}), -1);
}

}  // namespace
}  // namespace visq::job
