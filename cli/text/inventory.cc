#include "cli/text/inventory.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "cli/text/description.h"
#include "cli/text/gpus.h"
#include "cli/text/messages.h"
#include "cli/text/models_inventory.h"
#include "libvmaf/visq.h"

namespace visq::cli {
namespace {

Result<Json> machine() {
  char* text = nullptr;
  const int code = vmaf_describe_machine(&text);
  VISQ_ASSIGN(Json json, take_description(code, text));
  json["gpus"] = list_gpus();
  return json;
}

std::string words(const Json& list) {
  return fmt::format("{}", fmt::join(list.get<std::vector<std::string>>(), ", "));
}

void print_machine(const Json& json) {
  fmt::print("library    {}\n", json["library"].get<std::string>());
  fmt::print("runtime    {}\n", json["runtime"].is_null()
                                    ? "none: this build scores no learned metric"
                                    : json["runtime"].get<std::string>());
  fmt::print("processor  {}\n", json["cpu"].get<std::string>());
  fmt::print("kernels    {} (of {})\n", json["cpu_target"].get<std::string>(),
             words(json["cpu_targets"]));
  fmt::print("graphics   {}\n\n", json["gpus"].empty() ? "none seen" : words(json["gpus"]));
  fmt::print("{:<14} {}\n", "device", "of learned metrics");
  for (const Json& device : json["devices"]) {
    const bool usable = device["usable"].get<bool>();
    const std::string what = usable ? "runs on " + device["provider"].get<std::string>()
                                    : "no: " + device["problem"].get<std::string>();
    fmt::print("{:<14} {}\n", device["name"].get<std::string>(), what);
  }
}

Status list_devices(bool as_json) {
  VISQ_ASSIGN(const Json json, machine());
  if (as_json)
    fmt::print("{}\n", json.dump(2));
  else
    print_machine(json);
  return {};
}

Status show(const Settings& settings) {
  switch (settings.task) {
    case Task::list_models:
      return list_models(settings.json);
    case Task::verify_models:
      return verify_models(settings.json);
    default:
      return list_devices(settings.json);
  }
}

}  // namespace

int show_inventory(const Settings& settings) {
  const Status status = show(settings);
  if (status) return kDone;
  Messages(settings.program, settings.progress_json)
      .error(exit_code_of(status.error()), status.error().message);
  return exit_code_of(status.error());
}

}  // namespace visq::cli
