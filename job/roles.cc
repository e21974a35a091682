#include "job/roles.h"

#include <algorithm>

namespace visq::job {

std::vector<const VmafOptionInfo*> options_with_role(const std::string& metric,
                                                     std::string_view role) {
  std::vector<const VmafOptionInfo*> list;
  const VmafOptionInfo* set = nullptr;
  const char* value = nullptr;
  const VmafMetricInfo* const info = vmaf_find_metric(metric.c_str(), &set, &value);
  for (std::size_t k = 0; info != nullptr && k < info->n_options; ++k)
    if (role == info->options[k].role) list.push_back(&info->options[k]);
  return list;
}

const VmafModelPlace* model_place(const FeatureSpec& feature, const VmafOptionInfo& option) {
  if (option.chosen_by == nullptr) return option.places;
  const VmafOptionInfo* set = nullptr;
  const char* value = nullptr;
  const VmafMetricInfo* const info = vmaf_find_metric(feature.name.c_str(), &set, &value);
  std::string choice;
  for (std::size_t k = 0; k < info->n_options; ++k)
    if (std::string_view(info->options[k].name) == option.chosen_by)
      choice = info->options[k].default_value;
  if (set != nullptr && std::string_view(set->name) == option.chosen_by) choice = value;
  if (const auto given = feature.options.find(option.chosen_by); given != feature.options.end())
    choice = given->second;
  const auto* const end = option.places + option.n_places;
  const auto* const found = std::find_if(
      option.places, end, [&](const VmafModelPlace& place) { return choice == place.choice; });
  return found == end ? nullptr : found;
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
