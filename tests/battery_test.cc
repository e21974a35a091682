// What every metric must do, from its descriptor alone: a new metric is tested here without a line.
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "libvmaf/visq.h"
#include "tests/support/generated_clips.h"
#include "tests/support/sanitized.h"
#include "tests/support/shared.h"

namespace visq::test {
namespace {

struct Format {
  VmafPixelFormat pixel_format;
  unsigned bits, width, height;
};

using Scores = std::map<std::string, double>;  // "feature@frame"

VmafPicture picture(const Format& f, unsigned frame, Side side) {
  VmafPicture p{};
  EXPECT_EQ(vmaf_picture_alloc_full_chroma(&p, f.pixel_format, f.bits, f.width, f.height), 0)
      << vmaf_last_error();
  fill_generated(&p, frame, side);
  return p;
}

constexpr unsigned kFrames = 3;

// Scores the generated clip, or nothing where the metric refuses it (with a sentence).
std::optional<Scores> score(const VmafMetricInfo& metric, const Format& f, Side first, Side second,
                            unsigned threads = 0) {
  VmafContext* context = nullptr;
  EXPECT_EQ(vmaf_init(&context, {VMAF_LOG_LEVEL_NONE, threads, 0, 0, 0}), 0);
  EXPECT_EQ(vmaf_use_feature(context, metric.name, nullptr), 0) << vmaf_last_error();
  int result = 0;
  for (unsigned i = 0; i < kFrames && result == 0; ++i) {
    VmafPicture a = picture(f, i, first), b = picture(f, i, second);
    result = vmaf_read_pictures(context, &a, &b, i);
  }
  if (result == 0) result = vmaf_read_pictures(context, nullptr, nullptr, 0);
  Scores scores;
  for (std::size_t n = 0; n < metric.n_features; ++n)
    for (unsigned i = 0; i < kFrames; ++i) {
      double value = 0;
      if (vmaf_feature_score_at_index(context, metric.features[n].name, &value, i) == 0)
        scores[fmt::format("{}@{}", metric.features[n].printed, i)] = value;
    }
  if (result != 0) {
    EXPECT_STRNE(vmaf_last_error(), "") << metric.name;
  }
  vmaf_close(context);
  if (result != 0) return std::nullopt;
  return scores;
}

const VmafFeatureInfo& feature_of(const VmafMetricInfo& metric, const std::string& key) {
  for (std::size_t n = 0; n < metric.n_features; ++n)
    if (key.substr(0, key.rfind('@')) == metric.features[n].printed) return metric.features[n];
  std::abort();
}

class Battery : public testing::TestWithParam<unsigned> {
 protected:
  void SetUp() override {
    for (std::size_t i = 0; i < metric().n_options; ++i) {
      const VmafOptionInfo& option = metric().options[i];
      if (std::string_view(option.role) != "model_file") continue;
      VISQ_NEED(has_runtime(), "ONNX Runtime");
      for (std::size_t k = 0; k < option.n_places; ++k) {
        VISQ_NEED_STORE_FILE(option.places[k].store_file);
        setenv(option.places[k].environment, store_path(option.places[k].store_file).c_str(), 1);
      }
    }
  }
  static bool has_runtime() {
#ifdef VISQ_HAVE_ONNXRUNTIME
    return true;
#else
    return false;
#endif
  }
  const VmafMetricInfo& metric() const { return *vmaf_metric_info(GetParam()); }
};

constexpr Format kUsual{VMAF_PIX_FMT_YUV420P, 8, 352, 288};

TEST_P(Battery, IdenticalPicturesGetTheIdentityValue) {
  const auto scores = score(metric(), kUsual, Side::reference, Side::reference);
  ASSERT_TRUE(scores) << vmaf_last_error();
  ASSERT_FALSE(scores->empty());
  for (const auto& [key, value] : *scores) {
    const VmafFeatureInfo& feature = feature_of(metric(), key);
    if (!std::isnan(feature.identity) && value != feature.identity) {  // which may be infinite
      EXPECT_NEAR(value, feature.identity, 1e-4)
          << key;  // fixed point is not exact in every metric
    }
  }
}

TEST_P(Battery, ScoresStayInTheirRange) {
  const auto scores = score(metric(), kUsual, Side::reference, Side::distorted);
  ASSERT_TRUE(scores) << vmaf_last_error();
  for (const auto& [key, value] : *scores) {
    const VmafFeatureInfo& feature = feature_of(metric(), key);
    EXPECT_GE(value, feature.min) << key;
    EXPECT_LE(value, feature.max) << key;
  }
}

TEST_P(Battery, EqualBitsForAnyNumberOfThreads) {
  const auto one = score(metric(), kUsual, Side::reference, Side::distorted, 0);
  for (const unsigned threads : {1u, 2u, 4u})
    EXPECT_EQ(score(metric(), kUsual, Side::reference, Side::distorted, threads), one) << threads;
}

TEST_P(Battery, EveryFormatAndDepthIsScoredOrRefused) {
  for (const VmafPixelFormat format :
       {VMAF_PIX_FMT_YUV420P, VMAF_PIX_FMT_YUV422P, VMAF_PIX_FMT_YUV444P, VMAF_PIX_FMT_YUV400P})
    for (const unsigned bits : {8u, 10u, 12u, 16u})
      for (const unsigned odd : {0u, 1u}) {
        const unsigned width = kSlow ? 96 : 192, height = kSlow ? 84 : 180;
        const auto scores = score(metric(), {format, bits, width + odd, height + odd},
                                  Side::reference, Side::distorted);
        for (const auto& [key, value] : scores.value_or(Scores{}))
          EXPECT_FALSE(std::isnan(value)) << key << " " << format << " " << bits;
      }
}

TEST_P(Battery, SmallPicturesNeverCrash) {
  for (const unsigned width : {1u, 2u, 3u, 7u, 8u, 15u, 16u, 17u, 18u, 33u})
    for (const unsigned height : {1u, 2u, 5u, 16u, 17u, 22u, 40u})
      score(metric(), {VMAF_PIX_FMT_YUV420P, 8, width, height}, Side::reference, Side::distorted);
}

std::string metric_name(const testing::TestParamInfo<unsigned>& info) {
  return vmaf_metric_info(info.param)->name;
}

unsigned metric_count() {
  unsigned count = 0;
  while (vmaf_metric_info(count) != nullptr) ++count;
  return count;
}

INSTANTIATE_TEST_SUITE_P(Metrics, Battery, testing::Range(0u, metric_count()), metric_name);

}  // namespace
}  // namespace visq::test
