// Models, scores and reports while frames are in flight: asked for early, from several threads, in
// several contexts, after an error, and with as few pictures as will do.
#include <atomic>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/capi/in_flight.h"

namespace visq::test {
namespace {

TEST_F(InFlight, AScoreWaitsForTheLaterFrameThatItNeeds) {
  const auto scores = expected(10);
  for (int round = 0; round < 20; ++round) {
    VmafContext* context = context_of(4);
    VmafModel* model = load();
    double score = -1, pooled = -1;
    ASSERT_EQ(vmaf_use_features_from_model(context, model), 0);
    push_all(context, 10);
    EXPECT_EQ(vmaf_score_at_index(context, model, &score, 8), 0) << vmaf_last_error();
    EXPECT_EQ(score, scores[8]);
    EXPECT_EQ(vmaf_score_pooled(context, model, VMAF_POOL_METHOD_MEAN, &pooled, 0, 8), 0)
        << vmaf_last_error();
    EXPECT_DOUBLE_EQ(pooled, mean(scores, 9));
    EXPECT_EQ(vmaf_score_pooled(context, model, VMAF_POOL_METHOD_MEAN, &pooled, 0, 9), -EINVAL);
    EXPECT_NE(std::string(vmaf_last_error()).find("needs the frames after it"), std::string::npos)
        << vmaf_last_error();
    flush(context);
    EXPECT_EQ(vmaf_score_pooled(context, model, VMAF_POOL_METHOD_MEAN, &pooled, 0, 9), 0)
        << vmaf_last_error();
    EXPECT_DOUBLE_EQ(pooled, mean(scores, 10));
    vmaf_model_destroy(model);
    vmaf_close(context);
  }
}

TEST_F(InFlight, APooledFeatureWaitsForTheLaterFrameThatItNeeds) {
  for (int round = 0; round < 20; ++round) {
    VmafContext* context = context_of(4);
    double pooled = -1;
    ASSERT_EQ(vmaf_use_feature(context, "motion", nullptr), 0);
    push_all(context, 10);
    EXPECT_EQ(vmaf_feature_score_pooled(context, "VMAF_integer_feature_motion2_score",
                                        VMAF_POOL_METHOD_MEAN, &pooled, 0, 8),
              0)
        << vmaf_last_error();
    EXPECT_GT(pooled, 0);
    vmaf_close(context);
  }
}

TEST_F(InFlight, ScoresAreAskedForFromSeveralThreads) {
  constexpr unsigned kFrames = 40;
  const auto scores = expected(kFrames);
  VmafContext* context = context_of(3);
  VmafModel* model = load();
  ASSERT_EQ(vmaf_use_features_from_model(context, model), 0);
  std::atomic<unsigned> pushed{0};
  std::vector<std::thread> readers;
  for (unsigned reader = 0; reader < 4; ++reader)
    readers.emplace_back([&, reader] {
      for (unsigned i = 0; i + 1 < kFrames; ++i) {
        while (pushed < i + 2) std::this_thread::yield();
        double score = -1;
        EXPECT_EQ(reader % 2 == 0
                      ? vmaf_score_at_index(context, model, &score, i)
                      : vmaf_score_pooled(context, model, VMAF_POOL_METHOD_MEAN, &score, i, i),
                  0)
            << vmaf_last_error();
        EXPECT_EQ(score, scores[i]) << i;
      }
    });
  for (unsigned i = 0; i < kFrames; ++i, ++pushed) EXPECT_EQ(push(context, i), 0);
  for (std::thread& reader : readers) reader.join();
  vmaf_model_destroy(model);
  vmaf_close(context);
}

TEST_F(InFlight, ReportsAndImportsGoOnBesideThePushes) {
  constexpr unsigned kFrames = 30;
  VmafContext* context = context_of(2);
  VmafModel* model = load();
  ASSERT_EQ(vmaf_use_features_from_model(context, model), 0);
  std::atomic<bool> over{false};
  std::thread importer([&] {
    for (unsigned i = 0; i < kFrames; ++i)
      EXPECT_EQ(vmaf_import_feature_score(context, "mine", i, i), 0) << vmaf_last_error();
  });
  std::thread reporter([&] {
    for (int format = 0; !over; format = (format + 1) % 4)
      EXPECT_EQ(vmaf_write_output(context, file("early").c_str(),
                                  static_cast<VmafOutputFormat>(format + 1)),
                0)
          << vmaf_last_error();
  });
  push_all(context, kFrames);
  importer.join();
  flush(context);
  over = true;
  reporter.join();
  EXPECT_EQ(vmaf_frames_done(context), kFrames);
  double pooled = 0;
  EXPECT_EQ(
      vmaf_feature_score_pooled(context, "mine", VMAF_POOL_METHOD_MEAN, &pooled, 0, kFrames - 1), 0)
      << vmaf_last_error();
  EXPECT_EQ(pooled, (kFrames - 1) / 2.0);
  ASSERT_EQ(vmaf_write_output(context, file("all.csv").c_str(), VMAF_OUTPUT_FORMAT_CSV), 0);
  std::ifstream report(file("all.csv"));
  std::string header, line;
  ASSERT_TRUE(std::getline(report, header));
  EXPECT_NE(header.find(",mine,"), std::string::npos) << header;
  unsigned lines = 0;
  while (std::getline(report, line)) ++lines;
  EXPECT_EQ(lines, kFrames);
  vmaf_model_destroy(model);
  vmaf_close(context);
}

TEST_F(InFlight, ContextsSideBySideDoNotMeet) {
  const auto scores = expected(12);
  std::vector<std::thread> owners;
  for (unsigned owner = 0; owner < 4; ++owner)
    owners.emplace_back([&, owner] {
      VmafContext* context = context_of(owner);
      VmafModel* model = load();
      EXPECT_EQ(vmaf_use_features_from_model(context, model), 0);
      push_all(context, 12);
      flush(context);
      for (unsigned i = 0; i < 12; ++i) {
        double score = -1;
        EXPECT_EQ(vmaf_score_at_index(context, model, &score, i), 0) << vmaf_last_error();
        EXPECT_EQ(score, scores[i]) << owner << " " << i;
      }
      vmaf_model_destroy(model);
      vmaf_close(context);
    });
  for (std::thread& owner : owners) owner.join();
}

TEST_F(InFlight, OneModelServesContextsSideBySide) {
  const auto scores = expected(8);
  VmafModel* model = load();
  std::vector<std::thread> owners;
  for (unsigned owner = 0; owner < 3; ++owner)
    owners.emplace_back([&] {
      VmafContext* context = context_of(1);
      EXPECT_EQ(vmaf_use_features_from_model(context, model), 0);
      push_all(context, 8);
      flush(context);
      double pooled = -1;
      EXPECT_EQ(vmaf_score_pooled(context, model, VMAF_POOL_METHOD_MEAN, &pooled, 0, 7), 0)
          << vmaf_last_error();
      EXPECT_DOUBLE_EQ(pooled, mean(scores, 8));
      vmaf_close(context);
    });
  for (std::thread& owner : owners) owner.join();
  vmaf_model_destroy(model);
}

TEST_F(InFlight, ModelsAndContextsEndInAnyOrder) {
  for (unsigned frames = 0; frames < 6; ++frames)
    for (const unsigned threads : {0u, 1u, 3u}) {
      VmafContext* context = context_of(threads);
      VmafModel* model = load();
      ASSERT_EQ(vmaf_use_features_from_model(context, model), 0);
      if (frames == 5) vmaf_model_destroy(model);
      push_all(context, frames);
      if (frames % 2 == 0 && frames > 0) {  // some are not flushed
        double pooled = -1;
        flush(context);
        EXPECT_EQ(vmaf_score_pooled(context, model, VMAF_POOL_METHOD_MEAN, &pooled, 0, frames - 1),
                  0)
            << vmaf_last_error();
      }
      if (frames < 5) vmaf_model_destroy(model);
      EXPECT_EQ(vmaf_write_output(context, file("late.json").c_str(), VMAF_OUTPUT_FORMAT_JSON), 0)
          << vmaf_last_error();
      EXPECT_EQ(vmaf_close(context), 0);
    }
}

TEST_F(InFlight, TheSameModelLoadedAgainIsTheSame) {
  VmafContext* context = context_of(1);
  VmafModel* model = load();
  ASSERT_EQ(vmaf_use_features_from_model(context, model), 0);
  push_all(context, 4);
  flush(context);
  double first = -1, again = -1;
  EXPECT_EQ(vmaf_score_at_index(context, model, &first, 1), 0);
  vmaf_model_destroy(model);
  model = load();
  EXPECT_EQ(vmaf_score_at_index(context, model, &again, 1), 0) << vmaf_last_error();
  EXPECT_EQ(again, first);
  EXPECT_EQ(vmaf_score_at_index(context, model, &again, 2), 0) << vmaf_last_error();
  VmafModel* other = load("other.json");
  EXPECT_EQ(vmaf_score_at_index(context, other, &again, 1), -EINVAL)
      << "another model of that name";
  EXPECT_NE(std::string(vmaf_last_error()).find("named \"m\""), std::string::npos)
      << vmaf_last_error();
  vmaf_model_destroy(other);
  vmaf_model_destroy(model);
  vmaf_close(context);
}

TEST_F(InFlight, AModelWithOtherOptionsIsAnotherModel) {
  VmafContext* context = context_of(0);
  VmafModel *plain = load(), *limited = load(), *renamed = load("model.json", "limited");
  for (VmafModel* model : {limited, renamed}) {
    VmafFeatureDictionary* options = nullptr;
    ASSERT_EQ(vmaf_feature_dictionary_set(&options, "vif_enhn_gain_limit", "1.0"), 0);
    ASSERT_EQ(vmaf_model_feature_overload(model, "vif", options), 0);
  }
  ASSERT_EQ(vmaf_use_features_from_model(context, plain), 0);
  ASSERT_EQ(vmaf_use_features_from_model(context, limited), 0);
  push_all(context, 2);
  flush(context);
  double a = -1, b = -1;
  EXPECT_EQ(vmaf_score_at_index(context, plain, &a, 0), 0) << vmaf_last_error();
  EXPECT_EQ(vmaf_score_at_index(context, limited, &b, 0), -EINVAL) << "both are named m";
  EXPECT_EQ(vmaf_score_at_index(context, renamed, &b, 0), 0) << vmaf_last_error();
  for (VmafModel* model : {plain, limited, renamed}) vmaf_model_destroy(model);
  vmaf_close(context);
}

TEST_F(InFlight, ATemporalMetricRefusesAFrameWithoutTheOneBefore) {
  VmafContext* context = context_of(2);
  ASSERT_EQ(vmaf_use_feature(context, "motion", nullptr), 0);
  VmafPicture reference = picture(3, false), distorted = picture(3, true);
  EXPECT_EQ(vmaf_read_pictures(context, &reference, &distorted, 3), -EINVAL);
  EXPECT_NE(std::string(vmaf_last_error()).find("without frame 2"), std::string::npos)
      << vmaf_last_error();
  EXPECT_EQ(reference.ref, nullptr) << "taken all the same";
  push_all(context, 3);
  EXPECT_EQ(push(context, 1), -EINVAL);
  EXPECT_EQ(push(context, 3), 0) << vmaf_last_error();
  flush(context);
  double score = -1;
  EXPECT_EQ(vmaf_feature_score_at_index(context, "VMAF_integer_feature_motion2_score", &score, 3),
            0)
      << vmaf_last_error();
  vmaf_close(context);
}

TEST_F(InFlight, AnErrorLeavesTheScoresBeforeIt) {
  VmafContext* context = context_of(2);
  ASSERT_EQ(vmaf_use_feature(context, "psnr", nullptr), 0);
  ASSERT_EQ(vmaf_import_feature_score(context, "psnr_y", 1, 3), 0);  // in the way of frame 3
  push_all(context, 3);
  (void)push(context, 3);  // fails in a worker, so it may be said only later
  EXPECT_EQ(vmaf_read_pictures(context, nullptr, nullptr, 0), -EINVAL);
  EXPECT_NE(std::string(vmaf_last_error()).find("frame 3"), std::string::npos) << vmaf_last_error();
  double score = -1;
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_EQ(vmaf_feature_score_at_index(context, "psnr_y", &score, i), 0) << vmaf_last_error();
    EXPECT_GT(score, 10);
  }
  EXPECT_EQ(vmaf_feature_score_pooled(context, "psnr_y", VMAF_POOL_METHOD_MEAN, &score, 0, 2), 0)
      << vmaf_last_error();
  EXPECT_EQ(vmaf_feature_score_at_index(context, "psnr_cb", &score, 7), -EINVAL);
  EXPECT_NE(std::string(vmaf_last_error()).find("frame 3"), std::string::npos) << vmaf_last_error();
  vmaf_close(context);
}

TEST_F(InFlight, SeveralThreadsMayPush) {
  constexpr unsigned kFrames = 48, kPushers = 4;
  VmafContext* context = context_of(2);
  ASSERT_EQ(vmaf_use_feature(context, "psnr", nullptr), 0);
  std::vector<std::thread> pushers;
  for (unsigned pusher = 0; pusher < kPushers; ++pusher)
    pushers.emplace_back([&, pusher] {
      for (unsigned i = pusher; i < kFrames; i += kPushers)
        EXPECT_EQ(push(context, i), 0) << vmaf_last_error();
    });
  for (std::thread& pusher : pushers) pusher.join();
  flush(context);
  double pooled = 0;
  EXPECT_EQ(
      vmaf_feature_score_pooled(context, "psnr_y", VMAF_POOL_METHOD_MIN, &pooled, 0, kFrames - 1),
      0)
      << vmaf_last_error();
  EXPECT_GT(pooled, 10);
  vmaf_close(context);
}

// libvmaf keeps one picture of its own, the reference before; clients count on no more.
TEST_F(InFlight, FewPreallocatedPicturesAreEnough) {
  for (const unsigned count : {2u, 3u, 5u})
    for (const unsigned threads : {0u, 1u, 3u}) {
      VmafContext* context = context_of(threads);
      VmafModel* model = load();
      VmafPictureConfiguration configuration{};
      configuration.pic_params = {kWidth, kHeight, 8, VMAF_PIX_FMT_YUV420P};
      configuration.pic_cnt = count;
      ASSERT_EQ(vmaf_preallocate_pictures(context, configuration), 0);
      ASSERT_EQ(vmaf_use_features_from_model(context, model), 0);
      for (unsigned i = 0; i < 12; ++i) {
        VmafPicture reference{}, distorted{};
        ASSERT_EQ(vmaf_fetch_preallocated_picture(context, &reference), 0);
        ASSERT_EQ(vmaf_fetch_preallocated_picture(context, &distorted), 0);
        fill(&reference, i, false);
        fill(&distorted, i, true);
        ASSERT_EQ(vmaf_read_pictures(context, &reference, &distorted, i), 0);
      }
      flush(context);
      double pooled = -1;
      EXPECT_EQ(vmaf_score_pooled(context, model, VMAF_POOL_METHOD_MEAN, &pooled, 0, 11), 0)
          << vmaf_last_error();
      EXPECT_DOUBLE_EQ(pooled, mean(expected(12), 12));
      vmaf_model_destroy(model);
      vmaf_close(context);
    }
}

TEST_F(InFlight, APreallocatedPictureIsGivenBackUnread) {
  VmafContext* context = context_of(1);
  VmafPictureConfiguration configuration{};
  configuration.pic_params = {kWidth, kHeight, 8, VMAF_PIX_FMT_YUV420P};
  configuration.pic_cnt = 1;
  ASSERT_EQ(vmaf_preallocate_pictures(context, configuration), 0);
  VmafPicture first{}, second{};
  ASSERT_EQ(vmaf_fetch_preallocated_picture(context, &first), 0);
  std::thread waiting([&] { EXPECT_EQ(vmaf_fetch_preallocated_picture(context, &second), 0); });
  void* const memory = first.data[0];
  EXPECT_EQ(vmaf_picture_unref(&first), 0);
  waiting.join();
  EXPECT_EQ(second.data[0], memory);
  EXPECT_EQ(vmaf_picture_unref(&second), 0);
  vmaf_close(context);
}

TEST_F(InFlight, SubsamplingLeavesFramesWithoutScores) {
  VmafContext* context = context_of(2, 3);
  VmafModel* model = load();
  ASSERT_EQ(vmaf_use_features_from_model(context, model), 0);
  push_all(context, 10);
  flush(context);
  double score = -1;
  EXPECT_EQ(vmaf_score_at_index(context, model, &score, 3), 0) << vmaf_last_error();
  EXPECT_EQ(vmaf_score_at_index(context, model, &score, 4), -EINVAL);
  EXPECT_NE(std::string(vmaf_last_error()).find("subsampling"), std::string::npos)
      << vmaf_last_error();
  EXPECT_EQ(vmaf_score_pooled(context, model, VMAF_POOL_METHOD_HARMONIC_MEAN, &score, 0, 9), 0)
      << vmaf_last_error();
  vmaf_model_destroy(model);
  vmaf_close(context);
}

}  // namespace
}  // namespace visq::test
