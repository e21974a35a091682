// Tiny models of a context, and how learned models run in it.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "capi/context.h"
#include "capi/dnn.h"
#include "capi/log.h"
#include "libvmaf/visq.h"

namespace visq::capi {
namespace {

VmafTinyModelInfo info_of(const TinyModel& model, const TinyModelFile& file) {
  VmafTinyModelInfo info{file.name.c_str(),
                         model.name().c_str(),
                         file.path.c_str(),
                         file.sha256.c_str(),
                         file.device.c_str(),
                         name_of(file.scaler),
                         nullptr,
                         0,
                         0};
  if (file.codec) {
    info.encoder = file.codec->encoder.c_str();
    info.preset_norm = file.codec->preset_norm;
    info.crf_norm = file.codec->crf_norm;
  }
  return info;
}

Status use(VmafContext& context, const char* path, const VmafDnnConfig* config) {
  TinyModelSettings settings = tiny_settings(context);
  if (config != nullptr) VISQ_TRY(apply(*config, settings.inference));
  VISQ_ASSIGN(const auto model, TinyModel::open(path, settings));
  return add_tiny_model(context, model);
}

Status set_quant(Inference& inference, std::string_view mode) {
  if (mode != "int8" && mode != "none")
    return fail(EINVAL, fmt::format("quantisation is none or int8, not \"{}\"", mode),
                ErrorKind::usage);
  inference.int8 = mode == "int8";
  return {};
}

// Changes how learned models of the context run.
template <typename Change>
int change(VmafContext* vmaf, Change&& how) {
  if (!visq::Session::available()) return disabled();
  if (vmaf == nullptr) return report(EINVAL, "a setting of learned models needs a context");
  return guarded(*vmaf, [&] {
    Inference inference = vmaf->engine.inference();
    const Status status = how(inference);
    if (status) vmaf->engine.set_inference(inference);
    return finish(status);
  });
}

}  // namespace

TinyModelSettings tiny_settings(const VmafContext& context) {
  return {context.engine.inference(), context.codec,
          static_cast<int>(std::max(1u, context.engine.config().threads)),
          context.engine.config().log};
}

Status add_tiny_model(VmafContext& context, const std::shared_ptr<const TinyModel>& model) {
  VISQ_TRY(context.engine.use(model));
  for (const TinyModelFile& file : model->files())
    context.tiny_infos.push_back(info_of(*model, file));
  return {};
}

}  // namespace visq::capi

using namespace visq;
using namespace visq::capi;

extern "C" {

int vmaf_use_tiny_model(VmafContext* ctx, const char* onnx_path, const VmafDnnConfig* cfg) {
  if (!visq::Session::available()) return disabled();
  if (ctx == nullptr || onnx_path == nullptr)
    return report(EINVAL, "vmaf_use_tiny_model needs a context and the path of a model");
  return guarded(*ctx, [&] { return finish(use(*ctx, onnx_path, cfg)); });
}

int vmaf_set_dnn_config(VmafContext* vmaf, const VmafDnnConfig* cfg) {
  return change(vmaf, [&](Inference& inference) {
    return apply(cfg == nullptr ? VmafDnnConfig{} : *cfg, inference);
  });
}

int vmaf_set_dnn_quant(VmafContext* vmaf, const char* mode) {
  return change(vmaf, [&](Inference& inference) {
    return set_quant(inference, mode == nullptr ? "none" : mode);
  });
}

int vmaf_set_dnn_limits(VmafContext* vmaf, double seconds, uint64_t bytes) {
  return change(vmaf, [&](Inference& inference) -> Status {
    if (!(seconds >= 0 && seconds <= 1e6))
      return fail(EINVAL, fmt::format("a run cannot be limited to {} seconds", seconds),
                  ErrorKind::usage);
    inference.limit_seconds = seconds > 0 ? seconds : Inference::kLimitSeconds;
    inference.limit_bytes = bytes;
    return {};
  });
}

int vmaf_set_dnn_verify(VmafContext* vmaf, int required) {
  return change(vmaf, [&](Inference& inference) -> Status {
    inference.signed_only = required != 0;
    return {};
  });
}

int vmaf_set_tiny_codec(VmafContext* vmaf, const char* codec, const char* preset, double crf) {
  if (!visq::Session::available()) return disabled();
  if (vmaf == nullptr) return report(EINVAL, "vmaf_set_tiny_codec needs a context");
  return guarded(*vmaf, [&] {
    vmaf->codec = {codec == nullptr ? "" : codec, preset == nullptr ? "" : preset,
                   std::isnan(crf) ? std::nullopt : std::optional(crf)};
    return 0;
  });
}

const VmafTinyModelInfo* vmaf_tiny_model_info(VmafContext* vmaf, unsigned position) {
  if (vmaf == nullptr || position >= vmaf->tiny_infos.size()) return nullptr;
  return &vmaf->tiny_infos[position];
}

}  // extern "C"
