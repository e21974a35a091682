// Models by what people call them.
#include <filesystem>

#include <fmt/format.h>

#include "capi/context.h"
#include "capi/dnn.h"
#include "capi/feature.h"
#include "capi/log.h"
#include "capi/model.h"
#include "dnn/run/session.h"
#include "libvmaf/visq.h"
#include "models/model_spec.h"

namespace visq::capi {
namespace {

Status use(VmafContext& context, VmafModels models, const ModelSpec& spec) {
  for (const auto& [metric, option, value] : spec.overloads) {
    VISQ_TRY(metric_named(metric));  // one that the model does not use is passed over
    const OptionStrings options{{option, normalise(value)}};
    models.main = overloaded(*models.main, metric, options);
    if (models.others != nullptr) models.others = overloaded(*models.others, metric, options);
  }
  VISQ_TRY(context.engine.use(std::move(models.main)));
  return models.others == nullptr ? Status() : context.engine.use(std::move(models.others));
}

// `manifest`: of an ensemble; nullptr for one ONNX file.
Status use_tiny(VmafContext& context, const ModelSpec& spec, const std::string* manifest) {
  if (!visq::Session::available()) return tl::unexpected(no_runtime());
  if (!spec.plain)
    return fail(
        EINVAL,
        fmt::format("model {} is a tiny model, which takes no options behind its path", spec.path),
        ErrorKind::usage);
  const TinyModelSettings settings = tiny_settings(context);
  VISQ_ASSIGN(auto model, manifest == nullptr
                              ? TinyModel::open(spec.path, settings)
                              : TinyModel::open_ensemble(spec.path, *manifest, settings));
  return add_tiny_model(context, model);
}

// A .json file is what its content is: a model of VMAF, a collection, or an ensemble's manifest.
Status use(VmafContext& context, std::string_view text) {
  VISQ_ASSIGN(const ModelSpec spec, parse_model_spec(text));
  if (std::filesystem::path(spec.path).extension() == ".onnx")
    return use_tiny(context, spec, nullptr);
  if (spec.path.empty()) {
    VISQ_ASSIGN(VmafModels models, builtin_vmaf_models(spec.version, spec.settings));
    return use(context, std::move(models), spec);
  }
  VISQ_ASSIGN(const std::string json, read_model_json(spec.path));
  if (is_ensemble_manifest(json)) return use_tiny(context, spec, &json);
  VISQ_ASSIGN(VmafModels models, read_vmaf_models(json, spec.path, spec.settings));
  return use(context, std::move(models), spec);
}

}  // namespace
}  // namespace visq::capi

using namespace visq::capi;

extern "C" int vmaf_use_model(VmafContext* vmaf, const char* spec) {
  if (vmaf == nullptr || spec == nullptr)
    return report(EINVAL, "vmaf_use_model needs a context and what to call the model by");
  return guarded([&] { return finish(use(*vmaf, spec)); });
}
