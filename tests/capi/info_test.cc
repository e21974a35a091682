// What descriptions of metrics say to clients that know no metric.
#include <cstring>
#include <string>
#include <tuple>

#include <gtest/gtest.h>

#include "libvmaf/visq.h"

namespace {

const VmafOptionInfo& option(const std::string& metric, const std::string& name) {
  static const VmafOptionInfo none{};
  for (unsigned i = 0; const VmafMetricInfo* info = vmaf_metric_info(i); ++i)
    for (size_t n = 0; metric == info->name && n < info->n_options; ++n)
      if (name == info->options[n].name) return info->options[n];
  ADD_FAILURE() << metric << " has no option " << name;
  return none;
}

TEST(MetricInfo, OptionsSayTheirRole) {
  EXPECT_STREQ(option("psnr", "enable_chroma").role, "value");
  EXPECT_STREQ(option("psnr", "enable_mse").role, "debug");
  EXPECT_STREQ(option("saliency", "map_path").role, "map_folder");
  EXPECT_STREQ(option("cambi", "heatmaps_path").role, "map_folder");
  const VmafOptionInfo &saliency = option("saliency", "model_path"),
                       &lpips = option("lpips", "model_path");
  EXPECT_STREQ(saliency.role, "model_file");
  ASSERT_EQ(saliency.n_places, 1u);
  EXPECT_EQ(saliency.places[0].choice, nullptr);
  EXPECT_STREQ(saliency.places[0].store_file, "tiny/saliency_student_v2.onnx");
  EXPECT_STREQ(saliency.places[0].environment, "VMAF_SALIENCY_MODEL_PATH");
  EXPECT_EQ(saliency.chosen_by, nullptr);
  ASSERT_EQ(lpips.n_places, 3u);
  EXPECT_STREQ(lpips.chosen_by, "net");
  EXPECT_STREQ(lpips.places[0].store_file, "tiny/lpips_sq.onnx");
  EXPECT_STREQ(lpips.places[2].choice, "vgg");
  EXPECT_STREQ(lpips.places[2].store_file, "tiny/lpips_vgg.onnx");
  EXPECT_STREQ(lpips.places[2].environment, "VMAF_LPIPS_VGG_MODEL_PATH");
}

TEST(MetricInfo, OnlyModelFilesHaveAPlaceInTheStore) {
  for (unsigned i = 0; const VmafMetricInfo* info = vmaf_metric_info(i); ++i)
    for (size_t n = 0; n < info->n_options; ++n) {
      const VmafOptionInfo& o = info->options[n];
      const bool is_model = std::strcmp(o.role, "model_file") == 0;
      EXPECT_EQ(o.n_places > 0, is_model) << info->name << " " << o.name;
    }
}

TEST(MetricInfo, AMetricGoesByTheNamesOfItsFeaturesThatAnOptionNames) {
  const VmafOptionInfo* set = nullptr;
  const char* value = nullptr;
  const VmafMetricInfo* const found = vmaf_find_metric("lpips_vgg", &set, &value);
  ASSERT_NE(found, nullptr);
  EXPECT_STREQ(found->name, "lpips");
  EXPECT_EQ(set, &option("lpips", "net"));
  EXPECT_STREQ(value, "vgg");
  EXPECT_EQ(vmaf_find_metric("lpips", &set, &value), found);
  EXPECT_EQ(set, nullptr);
  EXPECT_EQ(value, nullptr);
  for (const char* none : {"", "lpips_", "lpips_resnet", "lpips_fp32", "psnr_true"})
    EXPECT_EQ(vmaf_find_metric(none, &set, &value), nullptr) << none;
}

}  // namespace
