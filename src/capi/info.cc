#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "capi/info.h"
#include "extract/metric.h"
#include "libvmaf/visq.h"

// The descriptors as C structs, made once.
namespace visq::capi {
namespace {

struct MetricInfo {
  std::deque<std::string> text;  // what the pointers below point into
  std::deque<std::vector<const char*>> choices;
  std::deque<std::vector<VmafModelPlace>> places;
  std::vector<VmafFeatureInfo> features;
  std::vector<VmafOptionInfo> options;
  VmafMetricInfo info{};

  const char* keep(std::string_view s) { return text.emplace_back(s).c_str(); }
  const char* keep_if_any(std::string_view s) { return s.empty() ? nullptr : keep(s); }
};

const char* type_name(OptionType type) {
  switch (type) {
    case OptionType::boolean:
      return "bool";
    case OptionType::integer:
      return "int";
    case OptionType::real:
      return "float";
    case OptionType::text:
      break;
  }
  return "string";
}

const char* role_name(OptionRole role) {
  switch (role) {
    case OptionRole::model_file:
      return "model_file";
    case OptionRole::map_folder:
      return "map_folder";
    case OptionRole::frame_rate:
      return "frame_rate";
    case OptionRole::debug:
      return "debug";
    case OptionRole::value:
      break;
  }
  return "value";
}

const char* exactness_name(Exactness exactness) {
  switch (exactness) {
    case Exactness::exact:
      return "exact";
    case Exactness::deterministic:
      return "deterministic";
    case Exactness::tolerant:
      break;
  }
  return "tolerant";
}

std::string default_text(const OptionInfo& option) {
  if (option.type == OptionType::boolean) return option.value != 0 ? "true" : "false";
  if (option.type == OptionType::text) return std::string(option.text);
  return fmt::format("{:g}", option.value);
}

const char* const* choice_list(MetricInfo& out, const OptionInfo& option) {
  if (option.choices.empty()) return nullptr;
  auto& list = out.choices.emplace_back();
  for (const std::string_view choice : option.choices) list.push_back(out.keep(choice));
  list.push_back(nullptr);
  return list.data();
}

VmafOptionInfo option_info(MetricInfo& out, const OptionInfo& o) {
  auto& places = out.places.emplace_back();
  for (const ModelPlace& place : o.places)
    places.push_back({out.keep_if_any(place.choice), out.keep(place.store_file),
                      out.keep(place.environment), out.keep(place.setup)});
  return {out.keep(o.name),
          out.keep(o.alias),
          out.keep(o.help),
          type_name(o.type),
          out.keep(default_text(o)),
          o.min,
          o.max,
          choice_list(out, o),
          o.named_by_value ? 2
          : o.in_name      ? 1
                           : 0,
          role_name(o.role),
          places.data(),
          places.size(),
          out.keep_if_any(o.chosen_by)};
}

void fill(MetricInfo& out, const Descriptor& metric) {
  for (const FeatureInfo& f : metric.features)
    if (f.role != FeatureRole::internal)
      out.features.push_back({out.keep(f.name), out.keep(f.alias.empty() ? f.name : f.alias),
                              out.keep(f.unit), f.min, f.max, f.identity, sign_of(f.direction)});
  for (const OptionInfo& o : metric.options) out.options.push_back(option_info(out, o));
  out.info = {out.keep(metric.name),
              out.keep(metric.summary),
              out.keep(metric.source),
              out.features.data(),
              out.features.size(),
              out.options.data(),
              out.options.size(),
              metric.needs_reference ? 1 : 0,
              exactness_name(metric.exactness)};
}

const std::deque<MetricInfo>& metric_infos() {
  static const std::deque<MetricInfo> infos = [] {
    std::deque<MetricInfo> list;
    for (const Descriptor* metric : all_metrics()) fill(list.emplace_back(), *metric);
    return list;
  }();
  return infos;
}

}  // namespace
}  // namespace visq::capi

extern "C" {

const VmafMetricInfo* vmaf_metric_info(unsigned position) {
  const auto& infos = visq::capi::metric_infos();
  return position < infos.size() ? &infos[position].info : nullptr;
}

const VmafMetricInfo* vmaf_find_metric(const char* name, const VmafOptionInfo** option,
                                       const char** value) {
  *option = nullptr;
  *value = nullptr;
  const visq::NamedMetric named = visq::find_named_metric(name);
  if (named.metric == nullptr) return nullptr;
  const auto all = visq::all_metrics();
  const auto at = std::find(all.begin(), all.end(), named.metric) - all.begin();
  const VmafMetricInfo* const info = vmaf_metric_info(static_cast<unsigned>(at));
  if (named.option == nullptr) return info;
  *option = info->options + (named.option - named.metric->options.data());
  for (const char* const* choice = (*option)->choices; *choice != nullptr; ++choice)
    if (named.value == *choice) *value = *choice;
  return info;
}

}  // extern "C"
