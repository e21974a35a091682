#include "models/model_spec.h"

#include <optional>

#include <fmt/format.h>

namespace visq {
namespace {

tl::unexpected<Error> refuse(std::string message) {
  return fail(EINVAL, std::move(message), ErrorKind::usage);
}

// Of a value in quotes, with which it ends; nothing where there is none. `at`: the first of them.
std::optional<std::string_view> quoted(std::string_view text, std::size_t at) {
  if (at == 0 || text[at] != '"' || text[at - 1] != '=') return std::nullopt;
  const std::size_t end = text.find('"', at + 1);
  const bool ends_part = end != text.npos && (end + 1 == text.size() || text[end + 1] == ':');
  if (!ends_part) return std::nullopt;
  return text.substr(at + 1, end - at - 1);
}

std::vector<std::string> parts_of(std::string_view text) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (const auto value = quoted(text, i)) {
      parts.back() += *value;
      i += value->size() + 1;
    } else if (text.substr(i, 2) == "\\:") {
      parts.back() += text[++i];
    } else if (text[i] == ':') {
      parts.emplace_back();
    } else {
      parts.back() += text[i];
    }
  }
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

Status set_flag(const KeyValue& item, bool& flag) {
  if (item.has_value && item.value != "true" && item.value != "false")
    return refuse(fmt::format("{} is true or false, not \"{}\"", item.key, item.value));
  flag = flag || item.value != "false";
  return {};
}

bool* flag_named(std::string_view name, ModelSettings& settings) {
  if (name == "disable_clip") return &settings.disable_clip;
  if (name == "enable_transform") return &settings.enable_transform;
  return name == "disable_transform" ? &settings.disable_transform : nullptr;
}

Status add_overload(const KeyValue& item, ModelSpec& spec) {
  const std::size_t dot = item.key.find('.');
  if (dot == std::string::npos || dot == 0 || !item.has_value)
    return refuse(
        fmt::format("\"{}\" is none of version=V, path=P, name=N, disable_clip, enable_transform, "
                    "disable_transform, metric.option=value",
                    item.key));
  spec.overloads.push_back({item.key.substr(0, dot), item.key.substr(dot + 1), item.value});
  return {};
}

Status apply(const KeyValue& item, ModelSpec& spec) {
  if (item.key == "path" || item.key == "version") {
    (item.key == "path" ? spec.path : spec.version) = item.value;
    return {};
  }
  spec.plain = false;
  if (bool* const flag = flag_named(item.key, spec.settings)) return set_flag(item, *flag);
  if (item.key != "name") return add_overload(item, spec);
  spec.settings.name = item.value;
  spec.named = true;
  return {};
}

bool is_file(std::string_view word) {
  return word.find('/') != std::string_view::npos || word.ends_with(".json") ||
         word.ends_with(".onnx");
}

// A first part that is the model itself; paths may have a "=".
bool is_model(const KeyValue& first) {
  if (first.has_value) return first.key.find('/') != std::string::npos;
  ModelSettings settings;
  return !first.key.empty() && flag_named(first.key, settings) == nullptr;
}

}  // namespace

Result<ModelSpec> parse_model_spec(std::string_view text) {
  ModelSpec spec;
  std::vector<std::string> parts = parts_of(text);
  if (is_model(key_value(parts.front()))) {
    (is_file(parts.front()) ? spec.path : spec.version) = parts.front();
    parts.erase(parts.begin());
  }
  for (const std::string& part : parts) VISQ_TRY(apply(key_value(part), spec));
  if (spec.path.empty() == spec.version.empty())
    return refuse(fmt::format("model \"{}\" needs either version= or path=", text));
  if (spec.settings.name.empty())
    return refuse(fmt::format("model \"{}\" gives an empty name", text));
  return spec;
}

}  // namespace visq
