// What this build and machine have, as JSON.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cpu.h"
#include "base/json_text.h"
#include "capi/environment.h"
#include "capi/log.h"
#include "dnn/run/devices.h"
#include "libvmaf/visq.h"
#include "models/model_spec.h"
#include "models/store.h"

namespace visq::capi {
namespace {

// Writes values one after another: a tree of them would need memory to be destroyed, and end the
// process where there is none (base/json.h).
class JsonWriter {
 public:
  template <typename Fill>
  void object(const Fill& fill) {
    enclose('{', '}', fill);
  }
  template <typename List, typename Write>
  void list(const List& items, const Write& write) {
    enclose('[', ']', [&] {
      for (const auto& item : items) write(item);
    });
  }
  void key(std::string_view name) {
    begin_line();
    out_ += json_text(name) + ": ";
    after_key_ = true;
  }
  void value(std::string_view text) { put(json_text(text)); }
  void value_or_null(std::string_view text) { put(text.empty() ? "null" : json_text(text)); }
  void value(bool flag) { put(flag ? "true" : "false"); }
  void value(std::int64_t number) { put(std::to_string(number)); }

  void member(std::string_view name, std::string_view text) { key(name), value(text); }
  void member_or_null(std::string_view name, std::string_view text) {
    key(name), value_or_null(text);
  }
  void member(std::string_view name, bool flag) { key(name), value(flag); }
  void member(std::string_view name, const std::vector<std::string>& texts) {
    key(name), list(texts, [&](const std::string& text) { value(text); });
  }

  const std::string& text() const { return out_; }

 private:
  template <typename Fill>
  void enclose(char open, char close, const Fill& fill) {
    put(std::string(1, open));
    ++depth_;
    empty_ = true;
    fill();
    --depth_;
    if (!empty_) out_ += '\n' + std::string(2 * depth_, ' ');
    out_ += close;
    empty_ = false;
  }
  void begin_line() {
    if (depth_ == 0) return;
    out_ += (empty_ ? "\n" : ",\n") + std::string(2 * depth_, ' ');
    empty_ = false;
  }
  void put(const std::string& text) {
    if (!std::exchange(after_key_, false)) begin_line();
    out_ += text;
  }

  std::string out_;
  std::size_t depth_ = 0;
  bool after_key_ = false, empty_ = true;  // of the innermost object or list
};

void write_device(JsonWriter& json, const DeviceState& state) {
  json.object([&] {
    json.member("name", std::string_view(state.name));
    json.member("usable", state.problem.empty());
    json.member(state.problem.empty() ? "provider" : "problem",
                std::string_view(state.problem.empty() ? state.provider : state.problem));
  });
}

void write_machine(JsonWriter& json) {
  const std::vector<DeviceState> devices = device_states();  // which loads the runtime
  const ReportEnvironment here = environment();
  json.object([&] {
    json.member("library", std::string_view(here.library));
    json.member_or_null("runtime", here.runtime);
    json.member("cpu", std::string_view(here.cpu));
    json.member("cpu_target", std::string_view(here.cpu_target));
    json.key("cpu_targets");
    json.list(cpu_targets(), [&](const auto& target) { json.value(std::string_view(target)); });
    json.key("devices");
    json.list(devices, [&](const DeviceState& state) { write_device(json, state); });
  });
}

void write_file(JsonWriter& json, const StoreFile& file) {
  json.object([&] {
    json.member_or_null("file", file.file);
    json.member_or_null("sha256", file.sha256);
    json.member_or_null("expected", file.expected);
    json.member("state", std::string_view(name_of(file.state)));
  });
}

void write_value(JsonWriter& json, const OnnxValue& value) {
  json.object([&] {
    json.member("name", std::string_view(value.name));
    json.key("shape");
    json.list(value.shape, [&](std::int64_t size) { json.value(size); });
  });
}

void write_model(JsonWriter& json, const StoreModel& model) {
  const auto file = [&](const StoreFile& f) { write_file(json, f); };
  const auto value = [&](const OnnxValue& v) { write_value(json, v); };
  json.object([&] {
    json.member("id", std::string_view(model.id));
    json.member_or_null("kind", model.kind);
    json.member("form", std::string_view(model.form));
    json.member_or_null("license", model.license);
    json.member("smoke", model.smoke);
    json.member("built_in", model.built_in);
    json.member("state", std::string_view(name_of(model.state)));
    json.key("files"), json.list(model.files, file);
    json.key("inputs"), json.list(model.inputs, value);
    json.key("outputs"), json.list(model.outputs, value);
    json.member("features", model.features);
    json.member("encoders", model.encoders);
    json.member("members", model.members);
    json.member_or_null("bundle", model.bundle);
    json.member_or_null("problem", model.problem);
  });
}

void write_store(JsonWriter& json, const char* folder, const Store& store) {
  json.object([&] {
    json.member_or_null("store", folder == nullptr ? "" : folder);
    json.key("models");
    json.list(store.models(), [&](const StoreModel& model) { write_model(json, model); });
    json.key("files");
    json.list(store.files(), [&](const StoreFile& file) { write_file(json, file); });
  });
}

int give(const JsonWriter& json, char** text) {
  *text = ::strdup(json.text().c_str());
  return *text != nullptr ? 0 : report(out_of_memory().value());
}

}  // namespace
}  // namespace visq::capi

using namespace visq::capi;

extern "C" {

int vmaf_describe_machine(char** json) {
  if (json == nullptr) return report(EINVAL, "a description needs a place");
  *json = nullptr;
  return guarded([&] {
    JsonWriter machine;
    write_machine(machine);
    return give(machine, json);
  });
}

int vmaf_describe_models(const char* store, char** json) {
  if (json == nullptr) return report(EINVAL, "a description needs a place");
  *json = nullptr;
  return guarded([&] {
    const auto read = store == nullptr ? visq::Result<visq::Store>(visq::Store())
                                       : visq::Store::read(store, visq::rules_from_environment());
    if (!read) return report(read.error());
    JsonWriter models;
    write_store(models, store, *read);
    return give(models, json);
  });
}

int vmaf_describe_model_spec(const char* spec, char** json) {
  if (spec == nullptr || json == nullptr) return report(EINVAL, "a description needs a place");
  *json = nullptr;
  return guarded([&] {
    const auto said = visq::parse_model_spec(spec);
    if (!said) return report(said.error());
    JsonWriter parts;
    parts.object([&] {
      parts.member("name", std::string_view(said->settings.name));
      parts.member("named", said->named);
      parts.member("version", std::string_view(said->version));
      parts.member("path", std::string_view(said->path));
    });
    return give(parts, json);
  });
}

void vmaf_text_free(char* text) { std::free(text); }

}  // extern "C"
