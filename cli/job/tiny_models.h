// The learned models that a command line asks for, and how they run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "libvmaf/visq.h"

namespace visq::cli {

struct TinySettings {
  std::vector<std::string> models;  // paths, or IDs of the registry
  std::string codec, preset, quant, device;
  std::optional<double> crf;
  int threads = 0;  // inside one run; 0: what the metric chooses
  bool fp16 = false, verify = false;
};

// The file that the user means: itself when there is such a file; else that of the model store
// whose registry has the ID (ID_int8: its quantised file), or the store's ensemble ID.json.
Result<std::string> find_tiny_model(const std::string& path_or_id);

// "cpu", "cuda", "cuda:1", "openvino-npu", ... Errors list what there is.
Result<VmafDnnConfig> dnn_config(const TinySettings& settings);

// Says how learned models run in the context, and adds the tiny models. Errors carry the exit code.
Status use_tiny_models(VmafContext* context, const TinySettings& settings);

}  // namespace visq::cli
