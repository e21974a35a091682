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
  EXPECT_STREQ(option("psnr", "enable_mse").role, "value");
  EXPECT_STREQ(option("saliency", "map_path").role, "map_folder");
  EXPECT_STREQ(option("cambi", "heatmaps_path").role, "map_folder");
  for (const auto& [metric, file, variable] :
       {std::tuple("lpips", "tiny/lpips_sq.onnx", "VMAF_LPIPS_MODEL_PATH"),
        {"saliency", "tiny/saliency_student_v2.onnx", "VMAF_SALIENCY_MODEL_PATH"}}) {
    const VmafOptionInfo& network = option(metric, "model_path");
    EXPECT_STREQ(network.role, "model_file");
    EXPECT_STREQ(network.store_file, file);
    EXPECT_STREQ(network.environment, variable);
  }
}

TEST(MetricInfo, OnlyModelFilesHaveAPlaceInTheStore) {
  for (unsigned i = 0; const VmafMetricInfo* info = vmaf_metric_info(i); ++i)
    for (size_t n = 0; n < info->n_options; ++n) {
      const VmafOptionInfo& o = info->options[n];
      const bool is_model = std::strcmp(o.role, "model_file") == 0;
      EXPECT_EQ(o.store_file != nullptr, is_model) << info->name << " " << o.name;
      EXPECT_EQ(o.environment != nullptr, is_model) << info->name << " " << o.name;
    }
}

}  // namespace
