// The tiny models of a job, and how learned models run.
#pragma once

#include <string>

#include "job/job.h"
#include "visq/visq.hpp"

namespace visq::job {

// Whether a path is that of a tiny model: ONNX, or the manifest of an ensemble. VMAF's own models
// are .json files, too.
bool is_tiny_model(const std::string& path);

// The file that the user means: itself when there is such a file; else that of the model store
// whose registry has the ID (ID_int8: its quantised file), or the store's ensemble ID.json.
Result<std::string> find_tiny_model(const std::string& path_or_id);

// "cpu", "cuda", "cuda:1", "openvino-npu", ... Errors list what there is.
Result<VmafDnnConfig> dnn_config(const TinySettings& settings);

// Says how learned models run in the context, and adds the tiny models, with the learned metrics
// whose scores they read.
Status use_tiny_models(visq::context& context, const Job& job);

}  // namespace visq::job
