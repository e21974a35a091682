// The small languages of --feature and --model.
#include <fmt/format.h>

#include "cli/args/settings.h"

namespace visq::cli {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  for (std::size_t at; (at = text.find(separator, from)) != std::string::npos; from = at + 1)
    parts.push_back(text.substr(from, at - from));
  parts.push_back(text.substr(from));
  return parts;
}

struct KeyValue {
  std::string key, value;
  bool has_value;
};

KeyValue key_value(const std::string& part) {
  const std::size_t equals = part.find('=');
  if (equals == std::string::npos) return {part, "", false};
  return {part.substr(0, equals), part.substr(equals + 1), true};
}

Result<bool> is_on(const KeyValue& item) {
  if (!item.has_value || item.value == "true") return true;
  if (item.value == "false") return false;
  return fail(EINVAL,
              fmt::format("--model: {} is true or false, not \"{}\"", item.key, item.value));
}

Status set_flag(const KeyValue& item, std::uint64_t flag, ModelSpec& spec) {
  VISQ_ASSIGN(const bool on, is_on(item));
  if (on) spec.flags |= flag;
  return {};
}

Status add_overload(const KeyValue& item, ModelSpec& spec) {
  const std::size_t dot = item.key.find('.');
  if (dot == std::string::npos || dot == 0 || !item.has_value)
    return fail(EINVAL, fmt::format("--model: \"{}\" is none of version=V, path=P, name=N, "
                                    "disable_clip, enable_transform, metric.option=value",
                                    item.key));
  const std::string metric = item.key.substr(0, dot), option = item.key.substr(dot + 1);
  spec.overloads.push_back({metric, {{option, item.value}}});
  return {};
}

Status apply(const KeyValue& item, ModelSpec& spec) {
  if (item.key == "path")
    spec.path = item.value;
  else if (item.key == "version")
    spec.version = item.value;
  else if (item.key == "name")
    spec.name = item.value;
  else if (item.key == "disable_clip")
    return set_flag(item, VMAF_MODEL_FLAG_DISABLE_CLIP, spec);
  else if (item.key == "enable_transform")
    return set_flag(item, VMAF_MODEL_FLAG_ENABLE_TRANSFORM, spec);
  else
    return add_overload(item, spec);
  return {};
}

}  // namespace

Result<FeatureSpec> parse_feature_spec(const std::string& text) {
  const KeyValue head = key_value(text);
  FeatureSpec spec{head.key, {}};
  if (spec.name.empty())
    return fail(EINVAL, fmt::format("--feature: \"{}\" does not begin with a metric's name", text));
  if (!head.has_value) return spec;
  for (const std::string& part : split(head.value, ':')) {
    const KeyValue item = key_value(part);
    if (item.key.empty() || !item.has_value)
      return fail(EINVAL, fmt::format("--feature: \"{}\" in \"{}\" is not option=value; NAME or "
                                      "NAME=option=value:option=value is expected",
                                      part, text));
    spec.options[item.key] = item.value;
  }
  return spec;
}

Result<ModelSpec> parse_model_spec(const std::string& text) {
  ModelSpec spec;
  for (const std::string& part : split(text, ':')) VISQ_TRY(apply(key_value(part), spec));
  if (spec.path.empty() == spec.version.empty())
    return fail(EINVAL, fmt::format("--model: \"{}\" needs either version= or path=", text));
  if (spec.name.empty())
    return fail(EINVAL, fmt::format("--model: \"{}\" gives an empty name", text));
  return spec;
}

}  // namespace visq::cli
