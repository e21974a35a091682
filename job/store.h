// Where ./setup and the installation put models.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace visq::job {

// The file in the first store that has it: the folder named by VISQ_MODEL_STORE, `models` beside
// the Python extension, share/visq/models beside the folder of the program. `file`:
// "tiny/lpips_sq.onnx".
std::optional<std::string> find_in_model_store(const std::string& file);

// Those folders, whether they are there or not.
std::vector<std::string> model_stores();

// The first of them that is there.
std::optional<std::string> model_store();

// The files of all stores in a folder of theirs ("vmaf") that have the extension (".json"), by
// name; of two with one name the first store's.
std::vector<std::string> model_files(const std::string& folder, std::string_view extension);

// Whether the library itself has the VMAF model of that version.
bool is_built_in(const std::string& version);

}  // namespace visq::job
