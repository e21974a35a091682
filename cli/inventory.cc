#include "cli/inventory.h"

#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "cli/gpus.h"
#include "libvmaf/visq.h"

namespace visq::cli {
namespace {

using Json = nlohmann::ordered_json;

struct FreeText {
  void operator()(char* text) const { vmaf_text_free(text); }
};

// The library's own description, which is well-formed.
Result<Json> take(int code, char* text) {
  const std::unique_ptr<char, FreeText> owned(text);
  if (code != 0) return fail(kModelError, vmaf_last_error());
  return Json::parse(owned.get());
}

Result<Json> machine() {
  char* text = nullptr;
  const int code = vmaf_describe_machine(&text);
  VISQ_ASSIGN(Json json, take(code, text));
  json["gpus"] = list_gpus();
  return json;
}

std::string words(const Json& list) { return fmt::format("{}", fmt::join(list.get<std::vector<std::string>>(), ", ")); }

void print_machine(const Json& json) {
  fmt::print("library    {}\n", json["library"].get<std::string>());
  fmt::print("runtime    {}\n", json["runtime"].is_null() ? "none: this build scores no learned metric" : json["runtime"].get<std::string>());
  fmt::print("processor  {}\n", json["cpu"].get<std::string>());
  fmt::print("kernels    {} (of {})\n", json["cpu_target"].get<std::string>(), words(json["cpu_targets"]));
  fmt::print("graphics   {}\n\n", json["gpus"].empty() ? "none seen" : words(json["gpus"]));
  fmt::print("{:<14} {}\n", "device", "of learned metrics");
  for (const Json& device : json["devices"]) {
    const bool usable = device["usable"].get<bool>();
    const std::string what = usable ? "runs on " + device["provider"].get<std::string>() : "no: " + device["problem"].get<std::string>();
    fmt::print("{:<14} {}\n", device["name"].get<std::string>(), what);
  }
}

Status show(const Settings& settings) {
  VISQ_ASSIGN(const Json json, machine());
  if (settings.json) fmt::print("{}\n", json.dump(2));
  else print_machine(json);
  return {};
}

}  // namespace

int show_inventory(const Settings& settings) {
  const Status status = show(settings);
  if (status) return kDone;
  fmt::print(stderr, "vmaf: error: {}\n", status.error().message);
  return status.error().code;
}

}  // namespace visq::cli
