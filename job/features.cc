#include "job/features.h"

#include <cstdlib>

#include <fmt/format.h>

#include "job/roles.h"
#include "job/store.h"

namespace visq::job {
namespace {

options options_of(const OptionMap& map) {
  options list;
  for (const auto& [key, value] : map) list.set(key.c_str(), value.c_str());
  return list;
}

// Of learned metrics, where neither an option nor the environment names the file.
Status find_networks(FeatureSpec& feature) {
  for (const VmafOptionInfo* option : options_with_role(feature.name, "model_file")) {
    const VmafModelPlace* const place = model_place(feature, *option);
    const char* const named = place != nullptr ? std::getenv(place->environment) : nullptr;
    if (place == nullptr || feature.options.count(option->name) != 0 ||
        (named != nullptr && *named != '\0'))
      continue;
    const auto found = find_in_model_store(place->store_file);
    if (!found)
      return fail(ENOENT,
                  fmt::format("metric {} needs its model, and the model store has no {}: run "
                              "./setup{}{}, or name one with its option {}=FILE",
                              feature.name, place->store_file,
                              *place->setup == '\0' ? "" : " --with ", place->setup, option->name),
                  ErrorKind::model);
    feature.options[option->name] = *found;
  }
  return {};
}

}  // namespace

ErrorKind kind_of(int code, VmafErrorKind kind) {
  if (kind != VMAF_ERROR_PROCESSING) return static_cast<ErrorKind>(kind);
  return code == EINVAL || code == ENOSYS ? ErrorKind::usage : ErrorKind::model;
}

Status use_feature(visq::context& context, FeatureSpec feature) {
  VISQ_TRY(find_networks(feature));
  try {
    context.use(feature.name.c_str(), options_of(feature.options));
  } catch (const error& e) {
    return fail(e.code(), e.what(), kind_of(e.code(), e.kind()));
  }
  return {};
}

std::string learned_metric_of(const std::string& score) {
  for (unsigned i = 0; const VmafMetricInfo* metric = vmaf_metric_info(i); ++i)
    for (std::size_t k = 0; k < metric->n_features; ++k)
      if (score == metric->features[k].name &&
          !options_with_role(metric->name, "model_file").empty())
        return metric->name;
  return "";
}

}  // namespace visq::job
