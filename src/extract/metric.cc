#include "extract/metric.h"

#include <string>

#include <fmt/format.h>

namespace visq {

Result<std::unique_ptr<Metric>> make_metric(const Descriptor& metric, Options options,
                                            const Environment& environment) {
  VISQ_TRY(options.find_model_files(metric.name, metric.options));
  return metric.create(options, environment);
}

const OptionInfo* option_with_role(const Descriptor& metric, OptionRole role) {
  for (const OptionInfo& option : metric.options)
    if (option.role == role) return &option;
  return nullptr;
}

const Descriptor* find_metric(std::string_view name) {
  for (const Descriptor* d : all_metrics())
    if (d->name == name) return d;
  return nullptr;
}

NamedMetric find_named_metric(std::string_view name) {
  if (const Descriptor* metric = find_metric(name)) return {metric};
  for (const Descriptor* d : all_metrics())
    for (const OptionInfo& option : d->options)
      for (const std::string_view value : option.choices)
        if (option.named_by_value && name == fmt::format("{}_{}", d->name, value))
          return {d, &option, value};
  return {};
}

const Descriptor* find_metric_of_feature(std::string_view feature) {
  for (const Descriptor* d : all_metrics())
    for (const FeatureInfo& f : d->features)
      if (f.role != FeatureRole::internal &&
          (f.name == feature || (!f.alias.empty() && f.alias == feature)))
        return d;
  return nullptr;
}

std::string printed_name(const FeatureInfo& feature, const Options& options) {
  const std::string_view name = feature.alias.empty() ? feature.name : feature.alias;
  return feature.keeps_name ? std::string(name) : std::string(name) + options.name_suffix();
}

std::string stored_name(const FeatureInfo& feature, const Options& options) {
  return feature.keeps_name || options.name_suffix().empty() ? std::string(feature.name)
                                                             : printed_name(feature, options);
}

}  // namespace visq
