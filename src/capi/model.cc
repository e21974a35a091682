#include "capi/model.h"

#include <functional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/files.h"
#include "capi/feature.h"
#include "capi/log.h"
#include "extract/metric.h"
#include "models/builtin.h"

namespace visq::capi {
namespace {

constexpr std::uint64_t kMaxModelBytes = 64 << 20;

ModelSettings settings_of(const VmafModelConfig& config) {
  return {config.name == nullptr ? "vmaf" : config.name,
          (config.flags & VMAF_MODEL_FLAG_DISABLE_CLIP) != 0,
          (config.flags & VMAF_MODEL_FLAG_ENABLE_TRANSFORM) != 0,
          (config.flags & VMAF_MODEL_FLAG_DISABLE_TRANSFORM) != 0};
}

// What a file or a built-in version holds.
struct Loaded {
  std::vector<VmafModelData> models;
  std::uint64_t id = 0;
};

std::uint64_t mix(std::uint64_t id, std::string_view text) {
  return (id ^ std::hash<std::string_view>{}(text)) * 1099511628211u;
}

Result<Loaded> parse(std::string_view origin, std::string_view json,
                     const VmafModelConfig& config) {
  auto models = parse_vmaf_model(json, settings_of(config));
  if (!models)
    return fail(models.error(), fmt::format("model {}: {}", origin, models.error().message));
  return Loaded{*std::move(models), mix(config.flags, json)};
}

Result<Loaded> from_path(const std::string& path, const VmafModelConfig& config) {
  VISQ_ASSIGN(const std::string json, read_file(path, kMaxModelBytes, "model file"));
  return parse(path, json, config);
}

Result<Loaded> from_version(const std::string& version, const VmafModelConfig& config) {
  if (const BuiltinModel* model = find_builtin_model(version))
    return parse(version, model->json, config);
  std::vector<std::string_view> known;
  for (const BuiltinModel& model : builtin_models()) known.push_back(model.version);
  if (known.empty())
    return fail(EINVAL,
                fmt::format("there is no built-in model {}: this library was built without models",
                            version));
  return fail(EINVAL, fmt::format("there is no built-in model {}; there are {}", version,
                                  fmt::join(known, ", ")));
}

int deliver_model(const Result<Loaded>& loaded, std::string_view origin, VmafModel** model) {
  if (!loaded) return report(loaded.error());
  if (loaded->models.size() != 1)
    return report(EINVAL,
                  fmt::format("model {} is a collection of {} models; load it as a collection",
                              origin, loaded->models.size()));
  *model = new VmafModel{loaded->models.front(), loaded->id};
  return 0;
}

int deliver_collection(const Result<Loaded>& loaded, std::string_view origin, VmafModel** model,
                       VmafModelCollection** collection) {
  if (!loaded) return report(loaded.error());
  const auto& models = loaded->models;
  if (models.size() < 2) return report(EINVAL, fmt::format("model {} is not a collection", origin));
  auto members = std::make_unique<VmafModelCollection>();
  members->name = models.front().name;
  for (auto it = models.begin() + 1; it != models.end(); ++it)
    members->members.push_back({*it, mix(loaded->id, it->name)});
  *model = new VmafModel{models.front(), loaded->id};
  *collection = members.release();
  return 0;
}

int overload(VmafModel& model, std::string_view metric, const OptionStrings& options) {
  for (ModelFeature& feature : model.data.features) {
    const Descriptor* provider = find_metric_of_feature(feature.name);
    if (provider == nullptr || provider->name != metric) continue;
    for (const auto& [key, value] : options) {
      feature.options.insert_or_assign(key, value);
      model.id = mix(mix(mix(model.id, feature.name), key), value);
    }
  }
  return 0;
}

}  // namespace
}  // namespace visq::capi

using namespace visq;
using namespace visq::capi;

extern "C" {

int vmaf_model_load(VmafModel** model, VmafModelConfig* cfg, const char* version) {
  if (model == nullptr || cfg == nullptr || version == nullptr)
    return report(EINVAL,
                  "vmaf_model_load needs a place for the model, a configuration and a version");
  return guarded([&] { return deliver_model(from_version(version, *cfg), version, model); });
}

int vmaf_model_load_from_path(VmafModel** model, VmafModelConfig* cfg, const char* path) {
  if (model == nullptr || cfg == nullptr || path == nullptr)
    return report(
        EINVAL,
        "vmaf_model_load_from_path needs a place for the model, a configuration and a path");
  return guarded([&] { return deliver_model(from_path(path, *cfg), path, model); });
}

int vmaf_model_feature_overload(VmafModel* model, const char* feature_name,
                                VmafFeatureDictionary* opts_dict) {
  const OptionStrings options = take(opts_dict);
  if (model == nullptr || feature_name == nullptr)
    return report(EINVAL, "vmaf_model_feature_overload needs a model and a name");
  return guarded([&] { return overload(*model, feature_name, options); });
}

void vmaf_model_destroy(VmafModel* model) { delete model; }

int vmaf_model_collection_load(VmafModel** model, VmafModelCollection** model_collection,
                               VmafModelConfig* cfg, const char* version) {
  if (model == nullptr || model_collection == nullptr || cfg == nullptr || version == nullptr)
    return report(
        EINVAL,
        "vmaf_model_collection_load needs places for the models, a configuration and a version");
  return guarded([&] {
    return deliver_collection(from_version(version, *cfg), version, model, model_collection);
  });
}

int vmaf_model_collection_load_from_path(VmafModel** model, VmafModelCollection** model_collection,
                                         VmafModelConfig* cfg, const char* path) {
  if (model == nullptr || model_collection == nullptr || cfg == nullptr || path == nullptr)
    return report(EINVAL,
                  "vmaf_model_collection_load_from_path needs places for the models, a "
                  "configuration and a path");
  return guarded(
      [&] { return deliver_collection(from_path(path, *cfg), path, model, model_collection); });
}

int vmaf_model_collection_feature_overload(VmafModel* model, VmafModelCollection** model_collection,
                                           const char* feature_name,
                                           VmafFeatureDictionary* opts_dict) {
  const OptionStrings options = take(opts_dict);
  if (model == nullptr || model_collection == nullptr || *model_collection == nullptr ||
      feature_name == nullptr)
    return report(EINVAL,
                  "vmaf_model_collection_feature_overload needs a model, a collection and a name");
  return guarded([&] {
    overload(*model, feature_name, options);
    for (VmafModel& member : (*model_collection)->members) overload(member, feature_name, options);
    return 0;
  });
}

void vmaf_model_collection_destroy(VmafModelCollection* model_collection) {
  delete model_collection;
}

const void* vmaf_model_version_next(const void* prev, const char** version) {
  const auto models = builtin_models();
  const BuiltinModel* next =
      prev == nullptr ? models.data() : static_cast<const BuiltinModel*>(prev) + 1;
  if (next == models.data() + models.size()) next = nullptr;
  if (version != nullptr) *version = next == nullptr ? nullptr : next->version.data();
  return next;
}

}  // extern "C"
