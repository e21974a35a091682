// Published test conditions as sets of models and metrics.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace visq::job {

struct Preset {
  std::vector<std::string> models, features;  // as --model and --feature take them
  bool common_depth = false;  // clips of different bit depths are brought to the larger one
};

// The metric whose map a report of a still shows, where it is scored.
inline constexpr const char* kMapOfStills = "lpips";

std::vector<std::string_view> aom_versions();

// AOM's common test conditions, v1.0 to v7.0.
Result<Preset> aom_ctc(const std::string& version);

// Netflix's common test conditions, v1.0.
Result<Preset> nflx_ctc(const std::string& version);

}  // namespace visq::job
