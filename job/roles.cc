#include "job/roles.h"

namespace visq::job {

std::vector<const VmafOptionInfo*> options_with_role(std::string_view metric,
                                                     std::string_view role) {
  std::vector<const VmafOptionInfo*> list;
  for (unsigned i = 0; const VmafMetricInfo* info = vmaf_metric_info(i); ++i)
    for (std::size_t k = 0; metric == info->name && k < info->n_options; ++k)
      if (role == info->options[k].role) list.push_back(&info->options[k]);
  return list;
}

std::vector<MapFolder> map_folders_of(const FeatureSpec& feature) {
  std::vector<MapFolder> folders;
  for (const VmafOptionInfo* option : options_with_role(feature.name, "map_folder"))
    if (const auto given = feature.options.find(option->name);
        given != feature.options.end() && !given->second.empty())
      folders.push_back({option->name, given->second});
  return folders;
}

}  // namespace visq::job
