// The tiny models of a job, and how learned models run.
#pragma once

#include <string>

#include "job/job.h"

namespace visq::job {

// The file that the user means: itself when there is such a file; else that of the model store
// whose registry has the ID (ID_int8: its quantised file), or the store's ensemble ID.json.
Result<std::string> find_tiny_model(const std::string& path_or_id);

// "cpu", "cuda", "cuda:1", "openvino-npu", ... Errors list what there is.
Result<VmafDnnConfig> dnn_config(const TinySettings& settings);

// Says how learned models run in the context, and adds the tiny models.
Status use_tiny_models(VmafContext* context, const Job& job);

}  // namespace visq::job
