// Where ./setup and the installation put models.
#pragma once

#include <optional>
#include <string>

namespace visq::cli {

// The file in the first store that has it: the folder named by VISQ_MODEL_STORE, the installed
// share/visq/models, the source tree's models/store. `file`: "tiny/lpips_sq.onnx".
std::optional<std::string> find_in_model_store(const std::string& file);

// The first of those folders that is there.
std::optional<std::string> model_store();

}  // namespace visq::cli
