// Contexts under threads: several side by side, scores asked for while frames are in flight, early
// ends, pictures out of order.
#include <cerrno>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "libvmaf/visq.h"

namespace {

struct Context {
  explicit Context(unsigned threads, const char* metric = "psnr") {
    VmafConfiguration configuration{VMAF_LOG_LEVEL_NONE, threads, 0, 0, 0};
    EXPECT_EQ(vmaf_init(&context, configuration), 0);
    EXPECT_EQ(vmaf_use_feature(context, metric, nullptr), 0);
  }
  ~Context() { vmaf_close(context); }
  VmafContext* context = nullptr;
};

VmafPicture flat(int value) {
  VmafPicture picture{};
  EXPECT_EQ(vmaf_picture_alloc(&picture, VMAF_PIX_FMT_YUV420P, 8, 320, 180), 0);
  for (int plane = 0; plane < 3; ++plane)
    std::memset(picture.data[plane], value,
                static_cast<std::size_t>(picture.stride[plane]) * picture.h[plane]);
  return picture;
}

int push(VmafContext* context, unsigned index) {
  VmafPicture reference = flat(100), distorted = flat(101 + static_cast<int>(index % 50));
  return vmaf_read_pictures(context, &reference, &distorted, index);
}

double score(VmafContext* context, unsigned index) {
  double value = -1;
  EXPECT_EQ(vmaf_feature_score_at_index(context, "psnr_y", &value, index), 0) << vmaf_last_error();
  return value;
}

TEST(Context, ScoresDoNotDependOnThreads) {
  std::vector<double> serial;
  for (const unsigned threads : {0u, 1u, 2u, 5u}) {
    Context c(threads);
    for (unsigned i = 0; i < 40; ++i) ASSERT_EQ(push(c.context, i), 0);
    ASSERT_EQ(vmaf_read_pictures(c.context, nullptr, nullptr, 0), 0);
    std::vector<double> scores;
    for (unsigned i = 0; i < 40; ++i) scores.push_back(score(c.context, i));
    if (threads == 0) serial = scores;
    EXPECT_EQ(scores, serial) << threads;
  }
}

TEST(Context, ScoresAreReadWhileFramesAreInFlight) {
  Context c(2);
  std::vector<std::thread> readers;
  for (unsigned i = 0; i < 30; ++i) {
    ASSERT_EQ(push(c.context, i), 0);
    readers.emplace_back([&, i] { EXPECT_GT(score(c.context, i), 0); });
  }
  for (std::thread& reader : readers) reader.join();
}

// Frame by frame, one reference for all.
int push_together(const std::vector<VmafContext*>& contexts, VmafPicture* reference, unsigned index,
                  std::vector<VmafComparison>& comparisons) {
  std::vector<VmafPicture> distorted;
  for (std::size_t i = 0; i < contexts.size(); ++i)
    distorted.push_back(flat(static_cast<int>(101 + 7 * i + index)));
  comparisons.clear();
  for (std::size_t i = 0; i < contexts.size(); ++i)
    comparisons.push_back({contexts[i], &distorted[i], -1, ""});
  const int code =
      vmaf_read_pictures_together(reference, comparisons.data(), comparisons.size(), index);
  for (const VmafPicture& picture : distorted) EXPECT_EQ(picture.ref, nullptr) << "given up";
  return code;
}

TEST(Together, ScoresAreThoseOfEachClipByItself) {
  for (const unsigned threads : {0u, 2u}) {
    Context a(threads), b(threads), alone(threads);
    std::vector<VmafComparison> comparisons;
    for (unsigned i = 0; i < 20; ++i) {
      VmafPicture reference = flat(100), again = flat(100),
                  distorted = flat(static_cast<int>(108 + i));
      ASSERT_EQ(push_together({a.context, b.context}, &reference, i, comparisons), 0);
      EXPECT_EQ(reference.ref, nullptr) << "given up";
      ASSERT_EQ(vmaf_read_pictures(alone.context, &again, &distorted, i), 0);
    }
    EXPECT_EQ(score(b.context, 19), score(alone.context, 19));
    EXPECT_GT(score(a.context, 19), score(b.context, 19));
  }
}

TEST(Together, EachContextSaysWhatWentWrong) {
  Context a(1), b(1);
  std::vector<VmafComparison> comparisons;
  VmafPicture first = flat(100), second = flat(100);
  ASSERT_EQ(push_together({a.context, b.context}, &first, 0, comparisons), 0);
  EXPECT_EQ(comparisons[0].error, nullptr);
  ASSERT_EQ(vmaf_read_pictures(a.context, nullptr, nullptr, 0), 0);
  EXPECT_EQ(push_together({a.context, b.context}, &second, 1, comparisons), -EINVAL);
  EXPECT_EQ(comparisons[0].code, -EINVAL);
  EXPECT_NE(std::string(comparisons[0].error).find("after the end of the clip"), std::string::npos)
      << comparisons[0].error;
  EXPECT_EQ(comparisons[1].code, 0);
  EXPECT_EQ(comparisons[1].error, nullptr);
  EXPECT_GT(score(b.context, 1), 0);
}

TEST(Together, RefusesWhatCannotBeCompared) {
  Context a(0);
  std::vector<VmafComparison> comparisons;
  VmafPicture reference = flat(100), given_up{}, distorted = flat(1);
  EXPECT_EQ(vmaf_read_pictures_together(&reference, nullptr, 0, 0), -EINVAL);
  EXPECT_EQ(reference.ref, nullptr) << "given up";
  EXPECT_EQ(push_together({a.context}, nullptr, 0, comparisons), -EINVAL)
      << "psnr needs a reference";
  EXPECT_EQ(push_together({a.context}, &given_up, 0, comparisons), -EINVAL);
  VmafComparison nowhere{nullptr, &distorted, 0, nullptr};
  EXPECT_EQ(vmaf_read_pictures_together(nullptr, &nowhere, 1, 0), -EINVAL);
  EXPECT_EQ(distorted.ref, nullptr) << "given up";
}

TEST(Together, AContextTakesOneClip) {
  Context a(0), b(0);
  std::vector<VmafComparison> comparisons;
  VmafPicture first = flat(100), second = flat(100);
  EXPECT_EQ(push_together({a.context, b.context, a.context}, &first, 0, comparisons), -EINVAL);
  EXPECT_EQ(first.ref, nullptr) << "given up";
  for (const VmafComparison& comparison : comparisons) {
    EXPECT_EQ(comparison.code, -EINVAL);
    EXPECT_NE(std::string(comparison.error).find("a context of its own"), std::string::npos)
        << comparison.error;
  }
  EXPECT_EQ(push_together({a.context, b.context}, &second, 0, comparisons), 0)
      << "nothing of the call before was read";
}

TEST(Together, AScoreThatOneContextHasAlreadyIsNoErrorOfTheOthers) {
  Context a(0, "vif"), b(0, "vif");
  ASSERT_EQ(vmaf_import_feature_score(a.context, "VMAF_integer_feature_vif_scale0_score", 0.5, 0),
            0)
      << vmaf_last_error();
  std::vector<VmafComparison> comparisons;
  VmafPicture first = flat(100), second = flat(100);
  ASSERT_EQ(push_together({a.context, b.context}, &first, 0, comparisons), 0);
  EXPECT_EQ(push_together({a.context, b.context}, &second, 1, comparisons), -EINVAL);
  EXPECT_EQ(comparisons[0].code, -EINVAL);
  EXPECT_EQ(comparisons[1].code, 0) << comparisons[1].error;
}

TEST(Together, CallsWithTheSameContextsInAnotherOrderDoNotWaitForEachOther) {
  for (const unsigned threads : {0u, 1u}) {
    Context a(threads), b(threads), c(threads);
    const std::vector<std::vector<VmafContext*>> orders{{a.context, b.context, c.context},
                                                        {c.context, a.context, b.context},
                                                        {b.context, c.context, a.context}};
    std::vector<std::thread> callers;
    for (unsigned caller = 0; caller < orders.size(); ++caller)
      callers.emplace_back([&, caller] {
        std::vector<VmafComparison> comparisons;
        for (unsigned i = 0; i < 100; ++i) {
          VmafPicture reference = flat(100);
          EXPECT_EQ(push_together(orders[caller], &reference, 3 * i + caller, comparisons), 0);
        }
      });
    for (std::thread& caller : callers) caller.join();
    ASSERT_EQ(vmaf_read_pictures(a.context, nullptr, nullptr, 0), 0);
    EXPECT_EQ(vmaf_frames_complete(a.context), 300u);
  }
}

TEST(Context, APictureMayBeBothSidesOfAComparison) {
  Context c(0);
  VmafPicture picture = flat(100);
  ASSERT_EQ(vmaf_read_pictures(c.context, &picture, &picture, 0), 0) << vmaf_last_error();
  EXPECT_EQ(picture.ref, nullptr) << "given up";
  EXPECT_EQ(score(c.context, 0), 60);
}

TEST(Context, MayCloseEarly) {
  Context c(2);
  for (unsigned i = 0; i < 10; ++i) ASSERT_EQ(push(c.context, i), 0);
}

TEST(Context, TakesFramesInAnyOrderWhenNoMetricLooksBack) {
  Context c(2);
  for (const unsigned index : {5u, 0u, 3u}) ASSERT_EQ(push(c.context, index), 0);
  EXPECT_EQ(push(c.context, 3), -EINVAL);
  ASSERT_EQ(vmaf_read_pictures(c.context, nullptr, nullptr, 0), 0);
  EXPECT_GT(score(c.context, 0), score(c.context, 5));
  EXPECT_EQ(push(c.context, 6), -EINVAL);
}

TEST(Context, AnAbsurdIndexIsRefused) {
  Context c(0);
  EXPECT_EQ(push(c.context, 4000000000u), -EINVAL);
}

TEST(Context, PreallocatedPicturesComeBack) {
  Context c(2);
  VmafPictureConfiguration configuration{};
  configuration.pic_params = {320, 180, 8, VMAF_PIX_FMT_YUV420P};
  configuration.pic_cnt = 8;
  VmafPicture picture{};
  EXPECT_EQ(vmaf_fetch_preallocated_picture(c.context, &picture), -EINVAL);
  ASSERT_EQ(vmaf_preallocate_pictures(c.context, configuration), 0);
  EXPECT_EQ(vmaf_preallocate_pictures(c.context, configuration), -EINVAL);
  for (unsigned i = 0; i < 50; ++i) {
    VmafPicture reference{}, distorted{};
    ASSERT_EQ(vmaf_fetch_preallocated_picture(c.context, &reference), 0);
    ASSERT_EQ(vmaf_fetch_preallocated_picture(c.context, &distorted), 0);
    ASSERT_EQ(vmaf_read_pictures(c.context, &reference, &distorted, i), 0);
  }
}

TEST(Context, APreallocatedPictureMayOutliveItsContext) {
  VmafPicture picture{};
  {
    Context c(0);
    VmafPictureConfiguration configuration{};
    configuration.pic_params = {64, 64, 8, VMAF_PIX_FMT_YUV420P};
    configuration.pic_cnt = 1;
    ASSERT_EQ(vmaf_preallocate_pictures(c.context, configuration), 0);
    ASSERT_EQ(vmaf_fetch_preallocated_picture(c.context, &picture), 0);
  }
  std::memset(picture.data[0], 1, 64);
  EXPECT_EQ(vmaf_picture_unref(&picture), 0);
}

TEST(Picture, RefusesWhatNoPictureCanBe) {
  VmafPicture picture{};
  EXPECT_EQ(vmaf_picture_alloc(nullptr, VMAF_PIX_FMT_YUV420P, 8, 16, 16), -EINVAL);
  EXPECT_EQ(vmaf_picture_alloc(&picture, VMAF_PIX_FMT_UNKNOWN, 8, 16, 16), -EINVAL);
  EXPECT_EQ(vmaf_picture_alloc(&picture, VMAF_PIX_FMT_YUV420P, 7, 16, 16), -EINVAL);
  EXPECT_EQ(vmaf_picture_alloc(&picture, VMAF_PIX_FMT_YUV420P, 17, 16, 16), -EINVAL);
  EXPECT_EQ(vmaf_picture_alloc(&picture, VMAF_PIX_FMT_YUV420P, 8, 0, 16), -EINVAL);
  EXPECT_EQ(vmaf_picture_alloc(&picture, VMAF_PIX_FMT_YUV420P, 8, 0xFFFFFFFFu, 16), -EINVAL);
  EXPECT_EQ(vmaf_picture_unref(&picture), -EINVAL);
}

TEST(Picture, TakesAColourOnlyBeforeItIsRead) {
  Context c(0);
  VmafPicture reference = flat(1), shared{}, distorted = flat(2);
  EXPECT_EQ(vmaf_picture_set_color(&reference, {0, 2, VMAF_COLOR_RANGE_FULL}), -EINVAL)
      << "G, B, R planes are 4:4:4";
  EXPECT_EQ(vmaf_picture_set_color(&reference, {-1, 2, VMAF_COLOR_RANGE_FULL}), -EINVAL);
  EXPECT_EQ(vmaf_picture_set_color(&reference, {9, 16, VMAF_COLOR_RANGE_LIMITED}), 0);
  ASSERT_EQ(vmaf_picture_ref(&shared, &reference), 0);
  ASSERT_EQ(vmaf_read_pictures(c.context, &reference, &distorted, 0), 0);
  EXPECT_EQ(vmaf_picture_set_color(&shared, {1, 2, VMAF_COLOR_RANGE_FULL}), -EINVAL);
  EXPECT_EQ(vmaf_picture_unref(&shared), 0);
}

std::string exactness_of(const std::string& name) {
  for (unsigned i = 0; const VmafMetricInfo* metric = vmaf_metric_info(i); ++i)
    if (name == metric->name) return metric->exactness;
  return "no such metric";
}

TEST(Info, SaysHowExactAMetricIs) {
  EXPECT_EQ(exactness_of("psnr"), "exact");
  EXPECT_EQ(exactness_of("float_ssim"), "deterministic");
  EXPECT_EQ(exactness_of("lpips"), "tolerant");
}

TEST(Info, DescribesEveryMetric) {
  unsigned count = 0;
  for (; const VmafMetricInfo* metric = vmaf_metric_info(count); ++count) {
    EXPECT_STRNE(metric->summary, "") << metric->name;
    EXPECT_STRNE(metric->source, "") << metric->name;
    EXPECT_GT(metric->n_features, 0u) << metric->name;
    for (std::size_t i = 0; i < metric->n_options; ++i)
      EXPECT_STRNE(metric->options[i].help, "") << metric->options[i].name;
  }
  EXPECT_GE(count, 2u);
  EXPECT_EQ(vmaf_metric_info(count), nullptr);
}

}  // namespace
