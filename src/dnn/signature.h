// Signatures of models, checked by cosign (docs: github.com/sigstore/cosign).
#pragma once

#include <string>

#include "base/result.h"

namespace visq {

// The bundle that the registry names for the model must verify it. -EACCES: no cosign on PATH;
// -ENOENT: no bundle; -EPROTO: cosign rejects it.
Status verify_signature(const std::string& onnx_path, const std::string& registry_path);

}  // namespace visq
