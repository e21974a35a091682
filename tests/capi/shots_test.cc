// Statistics of shots, and work beside scoring, over the C API.
#include <atomic>
#include <cmath>
#include <cstring>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "libvmaf/visq.h"

namespace {

// PSNR of 8-bit pictures whose samples differ by that everywhere.
double psnr(int difference) { return 20 * std::log10(255. / difference); }

struct Context {
  explicit Context(unsigned threads = 0) {
    EXPECT_EQ(vmaf_init(&context, {VMAF_LOG_LEVEL_NONE, threads, 0, 0, 0}), 0);
  }
  ~Context() {
    if (context != nullptr) vmaf_close(context);
  }
  VmafContext* context = nullptr;
};

VmafPicture flat(int value) {
  VmafPicture picture{};
  EXPECT_EQ(vmaf_picture_alloc(&picture, VMAF_PIX_FMT_YUV400P, 8, 32, 16), 0);
  std::memset(picture.data[0], value, static_cast<std::size_t>(picture.stride[0]) * picture.h[0]);
  return picture;
}

// One frame for each difference, with PSNR and MSE.
void score(VmafContext* context, const std::vector<int>& differences) {
  VmafFeatureDictionary* options = nullptr;
  ASSERT_EQ(vmaf_feature_dictionary_set(&options, "enable_mse", "true"), 0);
  ASSERT_EQ(vmaf_use_feature(context, "psnr", options), 0) << vmaf_last_error();
  for (unsigned i = 0; i < differences.size(); ++i) {
    VmafPicture reference = flat(100), distorted = flat(100 + differences[i]);
    ASSERT_EQ(vmaf_read_pictures(context, &reference, &distorted, i), 0) << vmaf_last_error();
  }
  ASSERT_EQ(vmaf_read_pictures(context, nullptr, nullptr, 0), 0) << vmaf_last_error();
}

// What a callback leaves behind of a shot: its own strings are gone by then.
struct Told {
  unsigned first, last;
  std::vector<std::string> names;
  std::vector<VmafPooledScore> scores;
};

std::vector<Told> told(VmafContext* context) {
  std::vector<Told> list;
  const auto note = [](void* user, const VmafShot* shot) {
    Told told{shot->frames.first, shot->frames.last, {}, {}};
    for (std::size_t i = 0; i < shot->n_scores; ++i) {
      told.names.emplace_back(shot->scores[i].name);
      told.scores.push_back(shot->scores[i]);
      EXPECT_STREQ(shot->scores[i].clip_name, "") << "a shot has no score of the whole clip";
    }
    static_cast<std::vector<Told>*>(user)->push_back(std::move(told));
  };
  EXPECT_EQ(vmaf_for_each_shot(context, note, &list), 0) << vmaf_last_error();
  return list;
}

std::string json(VmafContext* context) {
  std::string text;
  EXPECT_EQ(vmaf_output_text(
                context, VMAF_OUTPUT_FORMAT_JSON,
                [](void* user, const char* part, std::size_t size) {
                  static_cast<std::string*>(user)->append(part, size);
                },
                &text),
            0)
      << vmaf_last_error();
  return text;
}

int set(VmafContext* context, const std::vector<VmafFrameRange>& shots) {
  return vmaf_set_output_shots(context, shots.data(), shots.size());
}

TEST(CapiShots, HaveStatisticsThatKnowWhatWorstMeans) {
  const Context c;
  score(c.context, {1, 4, 2, 8, 8, 2, 1});
  EXPECT_TRUE(told(c.context).empty()) << "nobody asked for shots";
  ASSERT_EQ(set(c.context, {{0, 1}, {3, 5}, {6, 40}, {41, 90}}), 0) << vmaf_last_error();
  const auto shots = told(c.context);
  ASSERT_EQ(shots.size(), 3u) << "the last has no frame";
  EXPECT_EQ(shots[0].names, (std::vector<std::string>{"psnr_y", "mse_y"}));
  EXPECT_EQ(std::pair(shots[1].first, shots[1].last), std::pair(3u, 5u)) << "frame 2 is left out";
  EXPECT_EQ(std::pair(shots[2].first, shots[2].last), std::pair(6u, 6u)) << "as far as scores go";
  const VmafPooledScore &ratio = shots[1].scores[0], &error = shots[1].scores[1];
  EXPECT_NEAR(ratio.mean, (2 * psnr(8) + psnr(2)) / 3, 1e-9);
  EXPECT_EQ(ratio.clip, ratio.mean);
  EXPECT_NEAR(ratio.worst_1_percent_mean, psnr(8), 1e-9) << "higher is better";
  EXPECT_EQ(ratio.worst_frame, 3u) << "a frame of the clip, and the first of the worst";
  EXPECT_NEAR(error.worst_1_percent_mean, 64, 1e-9) << "lower is better";
  EXPECT_EQ(std::pair(error.min_frame, error.max_frame), std::pair(5u, 3u));
  EXPECT_NEAR(shots[0].scores[1].mean, (1 + 16) / 2., 1e-9);
}

TEST(CapiShots, StandInJsonOnlyWhereTheyAreAskedFor) {
  const Context c;
  score(c.context, {1, 4, 2});
  const std::string without = json(c.context);
  EXPECT_EQ(without.find("\"shots\""), std::string::npos);
  ASSERT_EQ(set(c.context, {{0, 0}, {1, 2}}), 0);
  const std::string with = json(c.context);
  EXPECT_NE(with.find("\"shots\": ["), std::string::npos);
  EXPECT_NE(with.find("\"first\": 1,\n      \"last\": 2,"), std::string::npos) << with;
  ASSERT_EQ(vmaf_set_output_shots(c.context, nullptr, 0), 0);
  EXPECT_EQ(json(c.context), without);
}

TEST(CapiShots, AreCheckedAndThoseBeforeStay) {
  const Context c;
  score(c.context, {1, 4, 2});
  ASSERT_EQ(set(c.context, {{0, 0}, {1, 2}}), 0);
  const VmafFrameRange one{0, 1};
  EXPECT_EQ(vmaf_set_output_shots(nullptr, &one, 1), -EINVAL);
  EXPECT_EQ(vmaf_set_output_shots(c.context, nullptr, 1), -EINVAL);
  EXPECT_EQ(set(c.context, {{0, 1}, {1, 2}}), -EINVAL) << "they overlap";
  EXPECT_STREQ(vmaf_last_error(),
               "the shot of frames 1 to 2 does not lie behind the one before it");
  EXPECT_EQ(set(c.context, {{2, 2}, {0, 1}}), -EINVAL) << "in another order";
  EXPECT_EQ(set(c.context, {{2, 1}}), -EINVAL) << "it ends before it begins";
  EXPECT_EQ(set(c.context, {{0, ~0u}}), -EINVAL) << "no clip is so long";
  EXPECT_EQ(told(c.context).size(), 2u);
  const auto ignore = [](void*, const VmafShot*) {};
  EXPECT_EQ(vmaf_for_each_shot(nullptr, ignore, nullptr), -EINVAL);
  EXPECT_EQ(vmaf_for_each_shot(c.context, nullptr, nullptr), -EINVAL);
}

// ---- work beside scoring ----

struct Work {
  std::atomic<int> done = 0;
  std::thread::id thread = {};
  static void count(void* user) {
    auto& work = *static_cast<Work*>(user);
    work.thread = std::this_thread::get_id();
    ++work.done;
  }
};

TEST(CapiRunBeside, WithoutThreadsIsDoneBeforeTheCallReturns) {
  const Context c(0);
  Work work;
  ASSERT_EQ(vmaf_run_beside(c.context, Work::count, &work), 0);
  EXPECT_EQ(work.done, 1);
  EXPECT_EQ(work.thread, std::this_thread::get_id());
}

TEST(CapiRunBeside, IsDoneByTheContextsThreadsAndCloseWaitsForIt) {
  constexpr int kTimes = 50;
  Work work;
  {
    const Context c(2);
    for (int i = 0; i < kTimes; ++i) ASSERT_EQ(vmaf_run_beside(c.context, Work::count, &work), 0);
  }
  EXPECT_EQ(work.done, kTimes);
  EXPECT_NE(work.thread, std::this_thread::get_id());
}

TEST(CapiRunBeside, ChangesNoScore) {
  const std::vector<int> differences{1, 4, 2, 8, 8, 2, 1};
  const Context alone(2), beside(2);
  Work work;
  for (int i = 0; i < 8; ++i) ASSERT_EQ(vmaf_run_beside(beside.context, Work::count, &work), 0);
  score(alone.context, differences);
  score(beside.context, differences);
  const auto scores = [](const std::string& text) { return text.substr(text.find("\"frames\"")); };
  EXPECT_EQ(scores(json(alone.context)), scores(json(beside.context)));
}

TEST(CapiRunBeside, NeedsAContextAndWork) {
  const Context c;
  EXPECT_EQ(vmaf_run_beside(nullptr, Work::count, nullptr), -EINVAL);
  EXPECT_EQ(vmaf_run_beside(c.context, nullptr, nullptr), -EINVAL);
}

}  // namespace
