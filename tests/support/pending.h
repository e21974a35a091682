// Metrics of the plan that this version does not have yet: the golden runs are cut to what is there.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "libvmaf/visq.h"

namespace visq::test {

inline bool has_metric(const std::string& name) {
  for (unsigned i = 0; const VmafMetricInfo* metric = vmaf_metric_info(i); ++i)
    if (name == metric->name) return true;
  return false;
}

inline bool is_planned(const std::string& name) {
  static const std::set<std::string> kPlanned{"float_psnr", "float_ansnr", "float_adm", "float_vif", "float_motion", "float_moment",
                                              "speed_chroma", "speed_temporal", "float_ms_ssim", "float_ssim", "ciede", "psnr_hvs",
                                              "adm", "motion", "vif", "cambi"};
  return kPlanned.count(name) != 0;
}

inline bool model_is_pending(const std::string& spec) {
  if (spec.find("v1.0") != std::string::npos) return !has_metric("speed_chroma") || !has_metric("cambi");
  if (spec.find("float") != std::string::npos) return !has_metric("float_vif") || !has_metric("float_adm") || !has_metric("float_motion");
  return !has_metric("vif") || !has_metric("adm") || !has_metric("motion");
}

struct CutRun {
  std::vector<std::string> arguments;
  bool cut = false;    // something was left out: compare only what was scored
  bool empty = false;  // nothing is left
};

// A run without the metrics and models that wait to be written. Any other unknown metric stays,
// and fails.
inline CutRun cut_pending(const std::vector<std::string>& arguments) {
  CutRun run;
  bool scores = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    const std::string value = i + 1 < arguments.size() ? arguments[i + 1] : "";
    const std::string metric = value.substr(0, value.find('='));
    const bool pending = (word == "--feature" && is_planned(metric) && !has_metric(metric)) || (word == "--model" && model_is_pending(value)) ||
                         word == "--aom_ctc" || word == "--nflx_ctc";
    if (pending) {
      run.cut = true;
      ++i;
      continue;
    }
    scores = scores || word == "--feature" || word == "--model";
    run.arguments.push_back(word);
  }
  run.empty = !scores;
  return run;
}

}  // namespace visq::test
