// Models of vmaf_use_model beside those of libvmaf's calls, while frames are in flight.
#include <cerrno>
#include <string>
#include <thread>
#include <vector>

#include "tests/capi/in_flight.h"

namespace visq::test {
namespace {

class AddedModels : public InFlight {
 protected:
  int add(VmafContext* context, const std::string& spec) {
    return vmaf_use_model(context, (file("") + spec).c_str());
  }

  static double score(VmafContext* context, const char* name, unsigned index) {
    double value = -1;
    EXPECT_EQ(vmaf_feature_score_at_index(context, name, &value, index), 0) << vmaf_last_error();
    return value;
  }

  static std::vector<std::string> columns(VmafContext* context) {
    std::vector<std::string> names;
    const auto append = [](void* list, const VmafPooledScore* score) {
      static_cast<std::vector<std::string>*>(list)->emplace_back(score->name);
    };
    EXPECT_EQ(vmaf_for_each_pooled(context, append, &names), 0);
    return names;
  }
};

TEST_F(AddedModels, AreAskedForEarlyFromSeveralThreads) {
  constexpr unsigned kFrames = 24;
  const auto scores = expected(kFrames);
  for (const unsigned threads : {0u, 3u}) {
    VmafContext* context = context_of(threads);
    VmafModel* model = load();
    ASSERT_EQ(add(context, "model.json:name=m"), 0) << vmaf_last_error();
    push_all(context, kFrames);
    std::vector<std::thread> readers;
    for (int reader = 0; reader < 3; ++reader)
      readers.emplace_back([&, reader] {
        for (unsigned i = 0; i + 1 < kFrames; ++i) {
          double value = -1;
          if (reader == 0)
            EXPECT_EQ(vmaf_score_at_index(context, model, &value, i), 0) << vmaf_last_error();
          else
            value = score(context, "m", i);
          EXPECT_EQ(value, scores[i]) << i;
        }
      });
    for (std::thread& reader : readers) reader.join();
    flush(context);
    EXPECT_EQ(score(context, "m", kFrames - 1), scores.back());
    vmaf_model_destroy(model);
    vmaf_close(context);
  }
}

// Reports of clients of libvmaf stay what they are, and a model that nobody asks costs nothing.
TEST_F(AddedModels, AreReportedUnaskedUnlikeThoseOfLibvmafsCalls) {
  VmafContext* context = context_of(2);
  VmafModel* model = load("model.json", "asked");
  ASSERT_EQ(vmaf_use_features_from_model(context, model), 0) << vmaf_last_error();
  push_all(context, 3);
  flush(context);
  EXPECT_EQ(columns(context).back(), "integer_motion3");
  double value = -1;
  EXPECT_EQ(vmaf_score_at_index(context, model, &value, 1), 0) << vmaf_last_error();
  EXPECT_EQ(columns(context).back(), "asked");
  EXPECT_EQ(vmaf_feature_score_at_index(context, "asked", &value, 0), -EINVAL)
      << "only what was asked for";
  vmaf_model_destroy(model);
  vmaf_close(context);

  context = context_of(2);
  ASSERT_EQ(add(context, "model.json"), 0) << vmaf_last_error();
  push_all(context, 3);
  flush(context);
  EXPECT_EQ(columns(context).back(), "vmaf");
  vmaf_close(context);
}

TEST_F(AddedModels, HaveNoScoreOfFramesThatSubsamplingLeavesOut) {
  VmafContext* context = context_of(1, 2);
  ASSERT_EQ(add(context, "collection.json:name=b"), 0) << vmaf_last_error();
  push_all(context, 5);
  flush(context);
  EXPECT_NE(score(context, "b_bagging", 4), score(context, "b_bagging", 2));
  double value = -1;
  EXPECT_EQ(vmaf_feature_score_at_index(context, "b_bagging", &value, 3), -EINVAL);
  EXPECT_NE(std::string(vmaf_last_error()).find("subsampling"), std::string::npos)
      << vmaf_last_error();
  vmaf_close(context);
}

TEST_F(AddedModels, DoNotTakeTheNameOfAnotherScore) {
  VmafContext* context = context_of(0);
  ASSERT_EQ(vmaf_import_feature_score(context, "mine", 1, 0), 0);
  EXPECT_EQ(add(context, "model.json:name=mine"), -EINVAL);
  EXPECT_NE(std::string(vmaf_last_error()).find("a feature \"mine\" already"), std::string::npos)
      << vmaf_last_error();
  EXPECT_EQ(vmaf_last_error_kind(), VMAF_ERROR_USAGE);
  ASSERT_EQ(add(context, "collection.json:name=b"), 0) << vmaf_last_error();
  EXPECT_EQ(add(context, "model.json:name=b_0002"), -EINVAL) << "which a member has";
  vmaf_close(context);
}

TEST_F(AddedModels, PredictFromFeaturesThatWereImportedUnderTheNamesOfReports) {
  constexpr unsigned kFrames = 3;
  VmafContext* read = context_of(0);
  VmafContext* told = context_of(0);
  for (VmafContext* context : {read, told})
    ASSERT_EQ(add(context, "model.json:name=m"), 0) << vmaf_last_error();
  push_all(read, kFrames);
  flush(read);
  for (unsigned i = 0; i < kFrames; ++i)
    for (const std::string& name : columns(read))
      if (name != "m") {
        ASSERT_EQ(vmaf_import_feature_score(told, name.c_str(), score(read, name.c_str(), i), i), 0)
            << name << ": " << vmaf_last_error();
      }
  ASSERT_EQ(vmaf_end_imported(told, VMAF_PIX_FMT_YUV420P, 8, 64, 64, kFrames), 0)
      << vmaf_last_error();
  for (unsigned i = 0; i < kFrames; ++i) EXPECT_EQ(score(told, "m", i), score(read, "m", i)) << i;
  EXPECT_EQ(columns(told), columns(read)) << "no name is there twice";
  vmaf_close(read);
  vmaf_close(told);
}

}  // namespace
}  // namespace visq::test
