#include "job/tiny_models.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <filesystem>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/numbers.h"
#include "job/features.h"
#include "job/store.h"

namespace visq::job {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// What is no JSON is no object.
Json read_json(const std::string& path) {
  return Json::parse(read_file(path, 1 << 20).value_or(""), nullptr, false);
}

// The library's checks come when the model is opened; here the registry only says where it is.
// Models that were made on this machine come first.
Json registry_models() {
  Json models = Json::array();
  for (const char* name : {"tiny/registry.local.json", "tiny/registry.json"}) {
    const auto path = find_in_model_store(name);
    if (!path) continue;
    const Json root = read_json(*path);
    if (!root.is_object() || !root.contains("models") || !root["models"].is_array()) continue;
    for (const Json& model : root["models"]) models.push_back(model);
  }
  return models;
}

std::string text_of(const Json& object, const char* key) {
  const auto it = object.is_object() ? object.find(key) : object.end();
  return it != object.end() && it->is_string() ? it->get<std::string>() : "";
}

std::string quantised(const std::string& onnx) {
  return fs::path(onnx).stem().string() + ".int8.onnx";
}

tl::unexpected<Error> missing(std::string sentence) {
  return fail(ENOENT, std::move(sentence), ErrorKind::model);
}

Result<std::string> in_store(const std::string& id, const std::string& file) {
  if (const auto found = find_in_model_store("tiny/" + file)) return *found;
  return missing(fmt::format(
      "tiny model {}: the model store has no file {} (./setup gets the models)", id, file));
}

Status to_status(int code) {
  if (code == 0) return {};
  const char* advice = code == -ENODEV ? " (vmaf --list_devices says what works here)" : "";
  return fail(-code, vmaf_last_error() + std::string(advice),
              code == -EINVAL || code == -ENOSYS ? ErrorKind::usage : ErrorKind::model);
}

Status check_codec_is_used(VmafContext* context, const Job& job) {
  if (job.tiny.codec.empty()) return {};
  for (unsigned i = 0; const VmafTinyModelInfo* info = vmaf_tiny_model_info(context, i); ++i)
    if (info->encoder != nullptr) return {};
  return fail(
      EINVAL,
      fmt::format("{}: none of the tiny models has a codec input", job.option("tiny_codec")),
      ErrorKind::usage);
}

// By the sidecar, of which the library says what is wrong with it; it is the full model's, too.
std::vector<std::string> features_of(const fs::path& model) {
  std::string stem = model.stem().string();
  if (stem.ends_with(".int8")) stem.resize(stem.size() - 5);
  const Json root = read_json((model.parent_path() / (stem + ".json")).string());
  std::vector<std::string> names;
  for (const char* key : {"feature_order", "features"})
    if (root.is_object() && root.contains(key))
      for (const Json& name : root[key])
        if (name.is_string()) names.push_back(name.get<std::string>());
  return names;
}

// The library finds a metric by the name of its score, but not its network in the store.
Status use_learned_metrics_of(const std::string& model, visq::context& context) {
  std::set<std::string> metrics;
  for (const std::string& feature : features_of(model)) metrics.insert(learned_metric_of(feature));
  metrics.erase("");
  for (const std::string& metric : metrics)
    if (const Status used = use_feature(context, {metric, {}}); !used)
      return fail(used.error(), fmt::format("tiny model {}: {}", model, used.error().message));
  return {};
}

}  // namespace

bool is_tiny_model(const std::string& path) {
  const fs::path extension = fs::path(path).extension();
  if (extension == ".onnx") return true;
  const Json root = extension == ".json" ? read_json(path) : Json();
  return root.is_object() && root.contains("members");
}

Result<std::string> find_tiny_model(const std::string& path_or_id) {
  std::error_code error;
  if (fs::exists(path_or_id, error)) return path_or_id;
  std::vector<std::string> ids;
  for (const Json& model : registry_models()) {
    const std::string id = text_of(model, "id"), onnx = text_of(model, "onnx");
    if (id == path_or_id) return in_store(id, onnx);
    if (id + "_int8" == path_or_id) return in_store(path_or_id, quantised(onnx));
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }
  const bool plain = path_or_id.find_first_of("/\\") == std::string::npos;
  if (const auto ensemble =
          plain ? find_in_model_store("tiny/" + path_or_id + ".json") : std::nullopt)
    return *ensemble;
  if (ids.empty())
    return missing(fmt::format(
        "tiny model {0}: there is no file {0}, and the model store has no registry (./setup gets "
        "it)",
        path_or_id));
  return missing(fmt::format(
      "tiny model {0}: there is no file {0}, and no such ID in the registry; it has {1}",
      path_or_id, fmt::join(ids, ", ")));
}

Result<VmafDnnConfig> dnn_config(const TinySettings& settings) {
  VmafDnnConfig config{VMAF_DNN_DEVICE_AUTO, 0, settings.threads, settings.fp16};
  if (settings.device.empty()) return config;
  const std::size_t colon = settings.device.find(':');
  const std::string name = settings.device.substr(0, colon),
                    index = colon == std::string::npos ? "0" : settings.device.substr(colon + 1);
  const auto number = parse_number<int>(index);
  config.device_index = number.value_or(-1);
  std::vector<std::string> names;
  for (int i = 0; const char* known = vmaf_dnn_device_name(static_cast<VmafDnnDevice>(i)); ++i) {
    names.emplace_back(known);
    if (name != known) continue;
    config.device = static_cast<VmafDnnDevice>(i);
    if (config.device_index >= 0) return config;
  }
  return fail(EINVAL,
              fmt::format("device \"{}\" is none of {}, with :N for the N-th such device",
                          settings.device, fmt::join(names, ", ")),
              ErrorKind::usage);
}

Status use_tiny_models(visq::context& owner, const Job& job) {
  VmafContext* const context = owner.get();
  const TinySettings& settings = job.tiny;
  if (vmaf_dnn_available() == 0 && settings.models.empty()) return {};
  VISQ_ASSIGN(const VmafDnnConfig config, dnn_config(settings));
  VISQ_TRY(to_status(vmaf_set_dnn_config(context, &config)));
  VISQ_TRY(to_status(
      vmaf_set_dnn_quant(context, settings.quant.empty() ? nullptr : settings.quant.c_str())));
  VISQ_TRY(to_status(vmaf_set_dnn_limits(context, settings.limit_seconds,
                                         std::uint64_t{settings.limit_megabytes} << 20)));
  VISQ_TRY(to_status(vmaf_set_dnn_verify(context, settings.verify ? 1 : 0)));
  VISQ_TRY(to_status(vmaf_set_tiny_codec(context, settings.codec.c_str(), settings.preset.c_str(),
                                         settings.crf.value_or(NAN))));
  for (const std::string& model : settings.models) {
    VISQ_ASSIGN(const std::string path, find_tiny_model(model));
    VISQ_TRY(use_learned_metrics_of(path, owner));
    VISQ_TRY(to_status(vmaf_use_tiny_model(context, path.c_str(), nullptr)));
  }
  return check_codec_is_used(context, job);
}

}  // namespace visq::job
