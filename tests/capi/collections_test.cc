// Collections of models while frames are in flight.
#include <cerrno>
#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "tests/capi/in_flight.h"

namespace visq::test {
namespace {

struct Collection {
  VmafModel* model = nullptr;
  VmafModelCollection* others = nullptr;
  explicit Collection(const std::string& path) {
    VmafModelConfig config{"b", VMAF_MODEL_FLAGS_DEFAULT};
    EXPECT_EQ(vmaf_model_collection_load_from_path(&model, &others, &config, path.c_str()), 0)
        << vmaf_last_error();
  }
  ~Collection() {
    vmaf_model_collection_destroy(others);
    vmaf_model_destroy(model);
  }
};

void check_members(VmafContext* context, const VmafModelCollectionScore& score, unsigned index) {
  double member[3] = {}, sum = 0, squares = 0;
  for (unsigned i = 0; i < 3; ++i) {
    const std::string name = "b_000" + std::to_string(i + 1);
    EXPECT_EQ(vmaf_feature_score_at_index(context, name.c_str(), &member[i], index), 0)
        << vmaf_last_error();
    sum += member[i];
    squares += member[i] * member[i];
  }
  EXPECT_EQ(score.type, VMAF_MODEL_COLLECTION_SCORE_BOOTSTRAP);
  EXPECT_NEAR(score.bootstrap.bagging_score, sum / 3, 1e-9);
  EXPECT_NEAR(score.bootstrap.stddev, std::sqrt(squares / 3 - sum / 3 * sum / 3), 1e-6);
  EXPECT_GT(score.bootstrap.stddev, 0);
  EXPECT_LT(score.bootstrap.ci.p95.lo, score.bootstrap.bagging_score);
  EXPECT_GT(score.bootstrap.ci.p95.hi, score.bootstrap.bagging_score);
}

TEST_F(InFlight, CollectionsScoreFromSeveralThreads) {
  constexpr unsigned kFrames = 16;
  VmafContext* context = context_of(2);
  {
    const Collection collection(file("collection.json"));
    ASSERT_EQ(vmaf_use_features_from_model(context, collection.model), 0) << vmaf_last_error();
    ASSERT_EQ(vmaf_use_features_from_model_collection(context, collection.others), 0)
        << vmaf_last_error();
    push_all(context, kFrames);
    std::vector<std::thread> readers;
    for (int reader = 0; reader < 3; ++reader)
      readers.emplace_back([&] {
        for (unsigned i = 0; i + 1 < kFrames; ++i) {
          VmafModelCollectionScore score{};
          EXPECT_EQ(vmaf_score_at_index_model_collection(context, collection.others, &score, i), 0)
              << vmaf_last_error();
          check_members(context, score, i);
        }
      });
    for (std::thread& reader : readers) reader.join();
    flush(context);
    VmafModelCollectionScore pooled{};
    double single = -1, bagging = -1;
    EXPECT_EQ(vmaf_score_pooled_model_collection(context, collection.others, VMAF_POOL_METHOD_MEAN,
                                                 &pooled, 0, kFrames - 1),
              0)
        << vmaf_last_error();
    EXPECT_EQ(vmaf_score_pooled(context, collection.model, VMAF_POOL_METHOD_MEAN, &single, 0,
                                kFrames - 1),
              0)
        << vmaf_last_error();
    EXPECT_EQ(vmaf_feature_score_pooled(context, "b_bagging", VMAF_POOL_METHOD_MEAN, &bagging, 0,
                                        kFrames - 1),
              0)
        << vmaf_last_error();
    EXPECT_EQ(pooled.bootstrap.bagging_score, bagging);
    EXPECT_GT(pooled.bootstrap.stddev, 0);
  }
  EXPECT_EQ(vmaf_close(context), 0);
}

TEST_F(InFlight, ACollectionTakesOptionsForAllItsMembers) {
  VmafContext* context = context_of(0);
  Collection collection(file("collection.json"));
  VmafFeatureDictionary* options = nullptr;
  ASSERT_EQ(vmaf_feature_dictionary_set(&options, "vif_enhn_gain_limit", "1.0"), 0);
  ASSERT_EQ(
      vmaf_model_collection_feature_overload(collection.model, &collection.others, "vif", options),
      0)
      << vmaf_last_error();
  ASSERT_EQ(vmaf_use_features_from_model_collection(context, collection.others), 0)
      << vmaf_last_error();
  push_all(context, 2);
  flush(context);
  VmafModelCollectionScore score{};
  EXPECT_EQ(vmaf_score_at_index_model_collection(context, collection.others, &score, 1), 0)
      << vmaf_last_error();
  double limited = -1;
  EXPECT_EQ(vmaf_feature_score_at_index(context, "integer_vif_scale0_egl_1", &limited, 1), 0)
      << vmaf_last_error();
  vmaf_close(context);
}

// FFmpeg shows the number, and tries the one call after the other.
TEST_F(InFlight, LoadingFailsAsLibvmafsDoes) {
  std::vector<VmafLogLevel> levels;
  vmaf_set_log_callback(
      [](void* user, VmafLogLevel level, const char*) {
        static_cast<std::vector<VmafLogLevel>*>(user)->push_back(level);
      },
      &levels);
  VmafContext* context = nullptr;
  VmafConfiguration configuration{};
  configuration.log_level = VMAF_LOG_LEVEL_INFO;
  ASSERT_EQ(vmaf_init(&context, configuration), 0);
  VmafModelConfig config{"m", VMAF_MODEL_FLAGS_DEFAULT};
  VmafModel* model = nullptr;
  VmafModelCollection* others = nullptr;
  const auto one = [&](const std::string& path) {
    return vmaf_model_load_from_path(&model, &config, path.c_str());
  };
  const auto several = [&](const std::string& path) {
    return vmaf_model_collection_load_from_path(&model, &others, &config, path.c_str());
  };
  EXPECT_EQ(one(file("collection.json")), -EINVAL);
  EXPECT_EQ(several(file("model.json")), -EINVAL);
  EXPECT_EQ(levels, (std::vector{VMAF_LOG_LEVEL_INFO, VMAF_LOG_LEVEL_INFO}));
  levels.clear();
  EXPECT_EQ(one(file("nowhere.json")), -EINVAL);
  EXPECT_EQ(several(file("nowhere.json")), -EINVAL);
  EXPECT_EQ(vmaf_model_load(&model, &config, "nobody"), -EINVAL);
  EXPECT_EQ(levels, std::vector(3, VMAF_LOG_LEVEL_ERROR));
  EXPECT_EQ(model, nullptr);
  vmaf_set_log_callback(nullptr, nullptr);
  vmaf_close(context);
}

}  // namespace
}  // namespace visq::test
