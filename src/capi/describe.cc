// What this build and machine have, as JSON.
#include <cstdlib>
#include <cstring>

#include <nlohmann/json.hpp>

#include "base/cpu.h"
#include "capi/environment.h"
#include "capi/log.h"
#include "dnn/devices.h"
#include "libvmaf/visq.h"

namespace visq::capi {
namespace {

using Json = nlohmann::ordered_json;

Json device_json(const DeviceState& state) {
  Json json{{"name", state.name}, {"usable", state.problem.empty()}};
  if (state.problem.empty()) json["provider"] = state.provider;
  else json["problem"] = state.problem;
  return json;
}

Json machine_json() {
  const ReportEnvironment here = environment();
  Json json{{"library", here.library}, {"runtime", nullptr}, {"cpu", here.cpu}, {"cpu_target", here.cpu_target}};
  if (!here.runtime.empty()) json["runtime"] = here.runtime;
  json["cpu_targets"] = cpu_targets();
  json["devices"] = Json::array();
  for (const DeviceState& state : device_states()) json["devices"].push_back(device_json(state));
  return json;
}

// Names of files may be of any bytes; JSON is UTF-8.
int give(const Json& json, char** text) {
  *text = ::strdup(json.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  return *text != nullptr ? 0 : report(ENOMEM, "out of memory");
}

}  // namespace
}  // namespace visq::capi

using namespace visq::capi;

extern "C" {

int vmaf_describe_machine(char** json) {
  if (json == nullptr) return report(EINVAL, "a description needs a place");
  *json = nullptr;
  return guarded([&] { return give(machine_json(), json); });
}

void vmaf_text_free(char* text) { std::free(text); }

}  // extern "C"
