// From a path to a model that is ready to run, as a context's settings say: the way that every
// learned metric and tiny model takes.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "dnn/run/session.h"
#include "dnn/store/sidecar.h"

namespace visq {

struct LoadedModel {
  std::shared_ptr<const Session> session;
  std::string path, sha256;  // of the ONNX file that runs, which may be the quantised one
  bool registered = false;   // a registry beside it lists it, with this hash
  bool smoke = false;        // a placeholder: its output means nothing
  std::optional<Sidecar> sidecar;
};

NetworkFile network_of(const LoadedModel& model);

// The file that the settings mean, with all checks passed (model_file.h): the quantised one when
// int8 is asked for, -ENOENT where there is none.
Result<ModelFile> open_model_for(const std::string& path, const Inference& settings);

// Opens a session on the file, and its sidecar. Models with the same bytes and settings share one
// session, and so their weights, as long as anybody holds it. A placeholder is warned of.
Result<LoadedModel> load_model(ModelFile file, const Inference& settings, const Log& log);
Result<LoadedModel> load_model(const std::string& path, const Inference& settings, const Log& log);

}  // namespace visq
