#include "extract/options.h"

#include <algorithm>
#include <limits>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/nearest.h"
#include "base/numbers.h"

namespace visq {
namespace {

Result<OptionValue> parse_boolean(const std::string& text) {
  if (text == "true") return OptionValue(true);
  if (text == "false") return OptionValue(false);
  return fail(EINVAL, "true or false");
}

bool in_range(const OptionInfo& info, double value) {
  return value >= info.min && value <= info.max;
}

// A default outside of the range stands for "not given", and may be given, too.
bool accepts(const OptionInfo& info, double value) {
  return value == info.value || in_range(info, value);
}

std::string range_text(const OptionInfo& info, std::string_view kind) {
  const std::string range = fmt::format("{} from {} to {}", kind, info.min, info.max);
  return in_range(info, info.value) ? range : fmt::format("{} or {}", info.value, range);
}

Result<OptionValue> parse_integer(const OptionInfo& info, const std::string& text) {
  const auto value = parse_number<std::int64_t>(text);
  if (!value || !accepts(info, static_cast<double>(*value)))
    return fail(EINVAL, range_text(info, "a whole number"));
  return OptionValue(*value);
}

Result<OptionValue> parse_real(const OptionInfo& info, const std::string& text) {
  const auto value = parse_number<double>(text);
  if (!value || !accepts(info, *value)) return fail(EINVAL, range_text(info, "a number"));
  return OptionValue(*value);
}

Result<OptionValue> parse_text(const OptionInfo& info, const std::string& text) {
  const bool known = info.choices.empty() || std::find(info.choices.begin(), info.choices.end(),
                                                       text) != info.choices.end();
  if (!known) return fail(EINVAL, fmt::format("one of {}", fmt::join(info.choices, ", ")));
  return OptionValue(text);
}

Result<OptionValue> parse_value(const OptionInfo& info, const std::string& text) {
  switch (info.type) {
    case OptionType::boolean:
      return parse_boolean(text);
    case OptionType::integer:
      return parse_integer(info, text);
    case OptionType::real:
      return parse_real(info, text);
    case OptionType::text:
      return parse_text(info, text);
  }
  return fail(EINVAL, "an option of a known type");
}

OptionValue default_value(const OptionInfo& info) {
  switch (info.type) {
    case OptionType::boolean:
      return info.value != 0;
    case OptionType::integer:
      return static_cast<std::int64_t>(info.value);
    case OptionType::real:
      return info.value;
    case OptionType::text:
      break;
  }
  return std::string(info.text);
}

// printf's %d and %g, which name features in every existing score file.
std::string value_text(const OptionValue& value) {
  if (const auto* i = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *i);
  if (const auto* d = std::get_if<double>(&value)) return fmt::format("{:g}", *d);
  if (const auto* s = std::get_if<std::string>(&value)) return *s;
  return "";
}

const OptionInfo* find(std::span<const OptionInfo> infos, std::string_view key) {
  for (const OptionInfo& info : infos)
    if (info.name == key || (!info.alias.empty() && info.alias == key)) return &info;
  return nullptr;
}

Error unknown_option(std::string_view metric, std::string_view key,
                     std::span<const OptionInfo> infos) {
  std::vector<std::string_view> names;
  for (const OptionInfo& info : infos) names.push_back(info.name);
  const auto error = [](std::string sentence) {
    return Error{EINVAL, std::move(sentence), ErrorKind::usage};
  };
  if (names.empty())
    return error(fmt::format("metric {} has no options, and got \"{}\"", metric, key));
  if (const std::string_view near = nearest(key, names); !near.empty())
    return error(
        fmt::format("metric {} has no option \"{}\"; did you mean \"{}\"?", metric, key, near));
  return error(fmt::format("metric {} has no option \"{}\"; it has {}", metric, key,
                           fmt::join(names, ", ")));
}

std::string make_suffix(std::span<const OptionInfo> infos,
                        const std::map<std::string, OptionValue, std::less<>>& values) {
  std::string suffix;
  for (const auto& [name, value] :
       values) {  // the map sorts by option name, as the naming rule does
    const OptionInfo& info = *find(infos, name);
    if (!info.in_name || value == default_value(info)) continue;
    if (!info.named_by_value)
      suffix += fmt::format("_{}", info.alias.empty() ? info.name : info.alias);
    if (info.type != OptionType::boolean) suffix += "_" + value_text(value);
  }
  return suffix;
}

}  // namespace

Result<Options> Options::parse(std::string_view metric, std::span<const OptionInfo> infos,
                               const OptionStrings& given) {
  Options options;
  for (const OptionInfo& info : infos) options.values_.emplace(info.name, default_value(info));
  for (const auto& [key, text] : given) {
    const OptionInfo* info = find(infos, key);
    if (info == nullptr) return tl::unexpected<Error>(unknown_option(metric, key, infos));
    auto value = parse_value(*info, text);
    if (!value)
      return fail(EINVAL,
                  fmt::format("option {} of metric {} is {}, not \"{}\"", info->name, metric,
                              value.error().message, text),
                  ErrorKind::usage);
    options.values_.find(info->name)->second = *std::move(value);
  }
  options.suffix_ = make_suffix(infos, options.values_);
  return options;
}

Status Options::find_model_files(std::string_view metric, std::span<const OptionInfo> infos) {
  for (const OptionInfo& info : infos) {
    if (info.role != OptionRole::model_file || !text(info.name).empty()) continue;
    const auto place = std::find_if(info.places.begin(), info.places.end(), [&](const auto& p) {
      return info.chosen_by.empty() || text(info.chosen_by) == p.choice;
    });
    const char* const path = std::getenv(std::string(place->environment).c_str());
    if (path == nullptr || *path == '\0')
      return fail(EINVAL,
                  fmt::format("metric {} needs its model: name the ONNX file with the option {} or "
                              "the environment variable {}",
                              metric, info.name, place->environment),
                  ErrorKind::model);
    values_.find(info.name)->second = std::string(path);
  }
  return {};
}

}  // namespace visq
