// What this build and machine have, as JSON.
#include <cstdlib>
#include <cstring>

#include <nlohmann/json.hpp>

#include "base/cpu.h"
#include "capi/environment.h"
#include "capi/log.h"
#include "dnn/run/devices.h"
#include "libvmaf/visq.h"
#include "models/model_spec.h"
#include "models/store.h"

namespace visq::capi {
namespace {

using Json = nlohmann::ordered_json;

Json device_json(const DeviceState& state) {
  Json json{{"name", state.name}, {"usable", state.problem.empty()}};
  if (state.problem.empty())
    json["provider"] = state.provider;
  else
    json["problem"] = state.problem;
  return json;
}

Json machine_json() {
  const std::vector<DeviceState> devices = device_states();  // which loads the runtime
  const ReportEnvironment here = environment();
  Json json{{"library", here.library},
            {"runtime", nullptr},
            {"cpu", here.cpu},
            {"cpu_target", here.cpu_target}};
  if (!here.runtime.empty()) json["runtime"] = here.runtime;
  json["cpu_targets"] = cpu_targets();
  json["devices"] = Json::array();
  for (const DeviceState& state : devices) json["devices"].push_back(device_json(state));
  return json;
}

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json file_json(const StoreFile& file) {
  return {{"file", or_null(file.file)},
          {"sha256", or_null(file.sha256)},
          {"expected", or_null(file.expected)},
          {"state", name_of(file.state)}};
}

template <typename List, typename F>
Json list_json(const List& list, F&& item) {
  Json json = Json::array();
  for (const auto& each : list) json.push_back(item(each));
  return json;
}

Json value_json(const OnnxValue& value) { return {{"name", value.name}, {"shape", value.shape}}; }

Json model_json(const StoreModel& model) {
  Json json{{"id", model.id},
            {"kind", or_null(model.kind)},
            {"form", model.form},
            {"license", or_null(model.license)}};
  json["smoke"] = model.smoke;
  json["built_in"] = model.built_in;
  json["state"] = name_of(model.state);
  json["files"] = list_json(model.files, file_json);
  json["inputs"] = list_json(model.inputs, value_json);
  json["outputs"] = list_json(model.outputs, value_json);
  json["features"] = model.features;
  json["encoders"] = model.encoders;
  json["members"] = model.members;
  json["bundle"] = or_null(model.bundle);
  json["problem"] = or_null(model.problem);
  return json;
}

Json store_json(const char* folder, const Store& store) {
  Json json;
  json["store"] = folder == nullptr ? Json(nullptr) : Json(folder);
  json["models"] = list_json(store.models(), model_json);
  json["files"] = list_json(store.files(), file_json);
  return json;
}

// Names of files may be of any bytes; JSON is UTF-8.
int give(const Json& json, char** text) {
  *text = ::strdup(json.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  return *text != nullptr ? 0 : report(Error{ENOMEM, "out of memory"});
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

int vmaf_describe_models(const char* store, char** json) {
  if (json == nullptr) return report(EINVAL, "a description needs a place");
  *json = nullptr;
  return guarded([&] {
    const auto read = store == nullptr ? visq::Result<visq::Store>(visq::Store())
                                       : visq::Store::read(store, visq::rules_from_environment());
    return read ? give(store_json(store, *read), json) : report(read.error());
  });
}

int vmaf_describe_model_spec(const char* spec, char** json) {
  if (spec == nullptr || json == nullptr) return report(EINVAL, "a description needs a place");
  *json = nullptr;
  return guarded([&] {
    const auto said = visq::parse_model_spec(spec);
    if (!said) return report(said.error());
    return give(
        Json{{"name", said->settings.name}, {"version", said->version}, {"path", said->path}},
        json);
  });
}

void vmaf_text_free(char* text) { std::free(text); }

}  // extern "C"
