// A child of fork has what its parent opened, and none of its threads: it can close all of it,
// calls that need them refuse, and it can score by itself.
#include <csignal>
#include <cstdlib>
#include <functional>

#include <sys/wait.h>
#include <unistd.h>

#include "tests/capi/in_flight.h"
#include "tests/support/sanitized.h"

namespace visq::test {
namespace {

constexpr unsigned kSeconds = 60;  // after which a child hangs

// What `child` returns, or 100 and the signal that ended it.
int in_child(const std::function<int()>& child) {
  const pid_t process = fork();
  if (process == 0) {
    alarm(kSeconds);
    std::exit(child());  // with all that a process does at its end
  }
  int status = 0;
  waitpid(process, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

bool refuses(int code) {
  return code == -EINVAL &&
         std::string(vmaf_last_error()).find("opened before fork") != std::string::npos;
}

// 0, or the number of the first call that did something.
int call_all(VmafContext* context, VmafPicturePool* pool) {
  VmafPicture pictures[2]{};
  VmafModel* model = nullptr;
  VmafModelConfig config{"m", VMAF_MODEL_FLAGS_DEFAULT};
  VmafComparison comparison{context, &pictures[0], 0, nullptr};
  double score = 0;
  vmaf_model_load(&model, &config, "vmaf_v0.6.1");
  vmaf_picture_alloc(&pictures[0], VMAF_PIX_FMT_YUV420P, 8, kWidth, kHeight);
  const int codes[] = {
      push(context, 7),
      vmaf_read_pictures_together(nullptr, &comparison, 1, 7),
      vmaf_read_pictures(context, nullptr, nullptr, 0),
      vmaf_use_feature(context, "psnr", nullptr),
      vmaf_use_features_from_model(context, model),
      vmaf_use_model(context, "vmaf_v0.6.1"),
      vmaf_import_feature_score(context, "mine", 1, 0),
      vmaf_score_at_index(context, model, &score, 0),
      vmaf_feature_score_at_index(context, "psnr_y", &score, 0),
      vmaf_feature_score_pooled(context, "psnr_y", VMAF_POOL_METHOD_MEAN, &score, 0, 1),
      vmaf_feature_scores(context, "psnr_y", &score, 1),
      vmaf_for_each_score(
          context, 0, [](void*, const char*, double) {}, nullptr),
      vmaf_write_output(context, "/dev/null", VMAF_OUTPUT_FORMAT_JSON),
      vmaf_cancel(context),
      vmaf_picture_pool_fetch(pool, &pictures[1])};
  int number = 0;
  for (const int code : codes)
    if (++number; code != -EINVAL) return number;
  if (!refuses(vmaf_cancel(context)) || pictures[0].ref != nullptr) return 50;
  return static_cast<int>(vmaf_frames_done(context) + vmaf_frames_final(context) +
                          vmaf_frames_complete(context));
}

class Fork : public InFlight {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "a sanitizer's allocator stays locked in the child of a fork";
    InFlight::SetUp();
  }
  // A context with frames in flight.
  VmafContext* busy(const std::vector<const char*>& metrics) {
    VmafContext* const context = context_of(3);
    for (const char* metric : metrics) {
      VmafFeatureDictionary* options = nullptr;
      if (std::string(metric) == "dists")
        vmaf_feature_dictionary_set(&options, "model_path", network_.c_str());
      EXPECT_EQ(vmaf_use_feature(context, metric, options), 0) << vmaf_last_error();
    }
    push_all(context, 4);
    return context;
  }
  double score(VmafContext* context, const char* feature) {
    double value = -1;
    vmaf_read_pictures(context, nullptr, nullptr, 0);
    vmaf_feature_score_pooled(context, feature, VMAF_POOL_METHOD_MEAN, &value, 0, 3);
    vmaf_close(context);
    return value;
  }
  const std::string network_ = VISQ_BINARY_DIR "/tests/synthetic/tiny/dists_vgg.onnx";
};

TEST_F(Fork, TheChildClosesAndIsRefused) {
  for (int round = 0; round < 10; ++round) {
    VmafContext* const context = busy({"psnr", "ssimulacra2"});
    VmafPicturePool* pool = nullptr;
    VmafPicture pooled{};
    ASSERT_EQ(vmaf_picture_pool_open(&pool, VMAF_PIX_FMT_YUV420P, 8, kWidth, kHeight), 0);
    ASSERT_EQ(vmaf_picture_pool_fetch(pool, &pooled), 0);
    EXPECT_EQ(in_child([&] {
                vmaf_set_log_callback([](void*, VmafLogLevel, const char*) {}, nullptr);
                if (const int call = call_all(context, pool)) return call;
                vmaf_picture_unref(&pooled);
                vmaf_picture_pool_close(pool);
                return vmaf_close(context);
              }),
              0);
    EXPECT_EQ(in_child([] { return 0; }), 0) << "a child may leave all as it is";
    vmaf_picture_unref(&pooled);
    vmaf_picture_pool_close(pool);
    EXPECT_GT(score(context, "psnr_y"), 0) << "the parent goes on";
  }
}

TEST_F(Fork, TheChildScoresByItself) {
  const double expected = score(busy({"ssimulacra2"}), "ssimulacra2");
  ASSERT_GT(expected, -1000);
  for (int round = 0; round < 10; ++round) {
    VmafContext* const context = busy({"ssimulacra2"});
    EXPECT_EQ(in_child([&] { return score(busy({"ssimulacra2"}), "ssimulacra2") != expected; }), 0);
    EXPECT_EQ(score(context, "ssimulacra2"), expected);
  }
}

TEST_F(Fork, TheChildHasANetworkOfItsOwn) {
  const double expected = score(busy({"dists"}), "dists");
  ASSERT_GE(expected, 0);
  VmafContext* const context = busy({"dists"});
  EXPECT_EQ(in_child([&] { return score(busy({"dists"}), "dists") != expected; }), 0);
  EXPECT_EQ(score(context, "dists"), expected);
}

TEST_F(Fork, ASessionOfAModelIsTheParents) {
  if (vmaf_dnn_available() == 0) GTEST_SKIP() << "this build has no ONNX Runtime";
  VmafDnnSession* session = nullptr;
  const VmafDnnConfig config{VMAF_DNN_DEVICE_CPU, 0, 3, false};
  const std::string model = VISQ_BINARY_DIR "/tests/relu.onnx";
  std::vector<std::uint8_t> plane(64 * 64, 7), out(plane.size());
  const auto run = [&](VmafDnnSession* of) {
    return vmaf_dnn_session_run_luma8(of, plane.data(), 64, 64, 64, out.data(), 64);
  };
  ASSERT_EQ(vmaf_dnn_session_open(&session, model.c_str(), &config), 0) << vmaf_last_error();
  ASSERT_EQ(run(session), 0) << vmaf_last_error();
  EXPECT_EQ(in_child([&] {
              if (!refuses(run(session))) return 1;
              vmaf_dnn_session_close(session);
              VmafDnnSession* own = nullptr;
              if (vmaf_dnn_session_open(&own, model.c_str(), &config) != 0) return 2;
              const int code = run(own);
              vmaf_dnn_session_close(own);
              return code;
            }),
            0);
  EXPECT_EQ(run(session), 0);
  vmaf_dnn_session_close(session);
}

}  // namespace
}  // namespace visq::test
