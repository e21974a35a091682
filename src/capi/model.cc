#include "capi/model.h"

#include <fmt/format.h>

#include "capi/feature.h"
#include "capi/log.h"
#include "extract/metric.h"
#include "models/builtin.h"

namespace visq::capi {
namespace {

ModelSettings settings_of(const VmafModelConfig& config) {
  return {config.name == nullptr ? "vmaf" : config.name,
          (config.flags & VMAF_MODEL_FLAG_DISABLE_CLIP) != 0,
          (config.flags & VMAF_MODEL_FLAG_ENABLE_TRANSFORM) != 0,
          (config.flags & VMAF_MODEL_FLAG_DISABLE_TRANSFORM) != 0};
}

// As libvmaf has it, -EINVAL whatever is wrong with a model: FFmpeg shows the number.
int not_loaded(Error error) {
  if (error.code != ENOMEM) error.code = EINVAL;
  return report(error);
}

// Clients try both calls on a model, as FFmpeg does: that one of them has no use for it is no
// error yet.
int of_other_kind(std::string sentence) {
  return report({EINVAL, std::move(sentence), ErrorKind::usage}, LogLevel::info);
}

int deliver_model(const Result<VmafModels>& loaded, std::string_view origin, VmafModel** model) {
  if (!loaded) return not_loaded(loaded.error());
  if (loaded->others != nullptr)
    return of_other_kind(
        fmt::format("model {} is a collection of {} models; load it as a collection", origin,
                    loaded->others->members().size() + 1));
  *model = new VmafModel{loaded->main};
  return 0;
}

int deliver_collection(const Result<VmafModels>& loaded, std::string_view origin, VmafModel** model,
                       VmafModelCollection** collection) {
  if (!loaded) return not_loaded(loaded.error());
  if (loaded->others == nullptr)
    return of_other_kind(fmt::format("model {} is not a collection", origin));
  auto main = std::make_unique<VmafModel>(VmafModel{loaded->main});
  *collection = new VmafModelCollection{loaded->others};
  *model = main.release();
  return 0;
}

// Gives the id of a model whose id was `id`.
std::uint64_t overload(VmafModelData& data, std::uint64_t id, std::string_view metric,
                       const OptionStrings& options) {
  for (ModelFeature& feature : data.features) {
    const Descriptor* provider = find_metric_of_feature(feature.name);
    if (provider == nullptr || provider->name != metric) continue;
    for (const auto& [key, value] : options) {
      feature.options.insert_or_assign(key, value);
      id = mix(mix(mix(id, feature.name), key), value);
    }
  }
  return id;
}

}  // namespace

std::shared_ptr<const SvmModel> overloaded(const SvmModel& model, std::string_view metric,
                                           const OptionStrings& options) {
  VmafModelData data = model.data();
  const std::uint64_t id = overload(data, model.id(), metric, options);
  return std::make_shared<SvmModel>(std::move(data), id);
}

std::shared_ptr<const BootstrapModel> overloaded(const BootstrapModel& model,
                                                 std::string_view metric,
                                                 const OptionStrings& options) {
  std::vector<VmafModelData> members = model.members();
  std::uint64_t id = model.id();
  for (VmafModelData& member : members) id = overload(member, id, metric, options);
  return std::make_shared<BootstrapModel>(model.name(), std::move(members), id);
}

}  // namespace visq::capi

using namespace visq;
using namespace visq::capi;

extern "C" {

int vmaf_model_load(VmafModel** model, VmafModelConfig* cfg, const char* version) {
  if (model == nullptr || cfg == nullptr || version == nullptr)
    return report(EINVAL,
                  "vmaf_model_load needs a place for the model, a configuration and a version");
  return guarded([&] {
    return deliver_model(builtin_vmaf_models(version, settings_of(*cfg)), version, model);
  });
}

int vmaf_model_load_from_path(VmafModel** model, VmafModelConfig* cfg, const char* path) {
  if (model == nullptr || cfg == nullptr || path == nullptr)
    return report(
        EINVAL,
        "vmaf_model_load_from_path needs a place for the model, a configuration and a path");
  return guarded(
      [&] { return deliver_model(load_vmaf_models(path, settings_of(*cfg)), path, model); });
}

int vmaf_model_feature_overload(VmafModel* model, const char* feature_name,
                                VmafFeatureDictionary* opts_dict) {
  const OptionStrings options = take(opts_dict);
  if (model == nullptr || feature_name == nullptr)
    return report(EINVAL, "vmaf_model_feature_overload needs a model and a name");
  return guarded([&] {
    model->model = overloaded(*model->model, feature_name, options);
    return 0;
  });
}

void vmaf_model_destroy(VmafModel* model) { delete model; }

int vmaf_model_collection_load(VmafModel** model, VmafModelCollection** model_collection,
                               VmafModelConfig* cfg, const char* version) {
  if (model == nullptr || model_collection == nullptr || cfg == nullptr || version == nullptr)
    return report(
        EINVAL,
        "vmaf_model_collection_load needs places for the models, a configuration and a version");
  return guarded([&] {
    return deliver_collection(builtin_vmaf_models(version, settings_of(*cfg)), version, model,
                              model_collection);
  });
}

int vmaf_model_collection_load_from_path(VmafModel** model, VmafModelCollection** model_collection,
                                         VmafModelConfig* cfg, const char* path) {
  if (model == nullptr || model_collection == nullptr || cfg == nullptr || path == nullptr)
    return report(EINVAL,
                  "vmaf_model_collection_load_from_path needs places for the models, a "
                  "configuration and a path");
  return guarded([&] {
    return deliver_collection(load_vmaf_models(path, settings_of(*cfg)), path, model,
                              model_collection);
  });
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
    auto& collection = (*model_collection)->model;
    model->model = overloaded(*model->model, feature_name, options);
    collection = overloaded(*collection, feature_name, options);
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
