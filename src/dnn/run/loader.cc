#include "dnn/run/loader.h"

#include <filesystem>

#include <fmt/format.h>

#include "base/shared.h"
#include "dnn/store/model_file.h"
#include "dnn/store/signature.h"

namespace visq {
namespace {

// What makes two sessions the same one.
std::string key_of(const ModelFile& file, const Inference& s) {
  return fmt::format("{} {} {} {} {} {} {}", static_cast<int>(s.device), s.device_index, s.threads,
                     s.half, s.limit_seconds, s.limit_bytes, content_key(file));
}

// The sessions of the process, as long as somebody uses them
// (docs/decisions/0009-shared-sessions.md).
Result<std::shared_ptr<const Session>> shared_session(ModelFile file, const Inference& settings) {
  static SharedObjects<Session> sessions;
  const std::string key = key_of(file, settings);
  return sessions.get(key, [&] { return Session::open(std::move(file), settings); });
}

Result<std::string> file_to_open(const std::string& path, bool int8) {
  if (!int8) return path;
  std::string quantised = int8_path(path);
  std::error_code error;
  if (std::filesystem::is_regular_file(quantised, error)) return quantised;
  return fail(ENOENT, fmt::format("model {} has no quantised file {}", path, quantised));
}

void report_half(const LoadedModel& model, const Inference& settings, const Log& log) {
  if (settings.half && !model.session->half())
    log.warning(
        fmt::format("model {}: neither it nor the device {} has float16; it runs in float32",
                    model.path, model.session->provider()));
}

}  // namespace

Result<ModelFile> open_model_for(const std::string& path, const Inference& settings) {
  VISQ_ASSIGN(const std::string wanted, about(ErrorKind::model, file_to_open(path, settings.int8)));
  ModelFileRules rules = rules_from_environment();
  rules.must_be_registered = settings.signed_only;
  VISQ_ASSIGN(ModelFile file, open_model_file(wanted, rules));
  if (settings.signed_only) VISQ_TRY(about(ErrorKind::model, verify_signatures(file)));
  return file;
}

NetworkFile network_of(const LoadedModel& model) {
  return {model.path, model.sha256,
          model.session->provider() + (model.session->half() ? ", float16" : "")};
}

Result<LoadedModel> load_model(ModelFile file, const Inference& settings, const Log& log) {
  LoadedModel model;
  model.path = file.path;
  model.sha256 = file.sha256;
  model.registered = file.registered;
  VISQ_ASSIGN(model.sidecar, about(ErrorKind::model, Sidecar::beside(file.path)));
  model.smoke = file.smoke || (model.sidecar && model.sidecar->smoke);
  VISQ_ASSIGN(model.session, about(ErrorKind::model, shared_session(std::move(file), settings)));
  if (model.smoke)
    log.warning(fmt::format("model {} is a placeholder: its output means nothing", model.path));
  report_half(model, settings, log);
  log.info(fmt::format("model {} runs on {}", model.path, model.session->provider()));
  return model;
}

Result<LoadedModel> load_model(const std::string& path, const Inference& settings, const Log& log) {
  VISQ_ASSIGN(ModelFile file, open_model_for(path, settings));
  return load_model(std::move(file), settings, log);
}

}  // namespace visq
