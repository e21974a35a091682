#include <cmath>

#include <fmt/format.h>

#include "cli/args/settings.h"
#include "libvmaf/visq.h"

namespace visq::cli {
namespace {

std::string range_text(const VmafOptionInfo& option) {
  if (std::string_view(option.type) == "bool") return "true, false";
  if (option.choices != nullptr) {
    std::string list;
    for (const char* const* choice = option.choices; *choice != nullptr; ++choice)
      list += fmt::format("{}{}", list.empty() ? "" : ", ", *choice);
    return list;
  }
  if (std::string_view(option.type) == "string") return "text";
  return fmt::format("{:g} to {:g}", option.min, option.max);
}

std::string feature_text(const VmafFeatureInfo& f) {
  const char* better = f.direction > 0   ? "; higher is better"
                       : f.direction < 0 ? "; lower is better"
                                         : "";
  const std::string identity =
      std::isnan(f.identity) ? "" : fmt::format("; {:g} when identical", f.identity);
  return fmt::format("    {:<22} {}{}{}\n", f.printed, f.unit, better, identity);
}

std::string metric_text(const VmafMetricInfo& metric) {
  const char* alone = metric.needs_reference == 0 ? "; works with --no-reference" : "";
  std::string text =
      fmt::format("  {}: {} ({}){}\n", metric.name, metric.summary, metric.source, alone);
  for (std::size_t i = 0; i < metric.n_features; ++i) text += feature_text(metric.features[i]);
  for (std::size_t i = 0; i < metric.n_options; ++i) {
    const VmafOptionInfo& o = metric.options[i];
    const std::string fallback = *o.default_value == '\0' ? "none" : o.default_value;
    text +=
        fmt::format("    ={:<21} {} [{}; default {}]\n", o.name, o.help, range_text(o), fallback);
  }
  return text;
}

}  // namespace

std::string metrics_help() {
  std::string text =
      "Metrics (--feature NAME=option=value:...), with what they report and their options:\n";
  for (unsigned i = 0; const VmafMetricInfo* metric = vmaf_metric_info(i); ++i)
    text += metric_text(*metric);
  return text;
}

}  // namespace visq::cli
