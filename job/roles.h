// What the options of metrics mean to whoever runs them, so that no front end has to know a metric.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "job/job.h"

namespace visq::job {

// The options of a metric that have the role: "model_file", "map_folder" or "frame_rate".
std::vector<const VmafOptionInfo*> options_with_role(const std::string& metric,
                                                     std::string_view role);

// Where the network of that option (a model_file) is under the feature's other options; nullptr
// where one of them has no such value.
const VmafModelPlace* model_place(const FeatureSpec& feature, const VmafOptionInfo& option);

// The folders for maps that a metric is given.
struct MapFolder {
  std::string option, path;
};
std::vector<MapFolder> map_folders_of(const FeatureSpec& feature);

}  // namespace visq::job
