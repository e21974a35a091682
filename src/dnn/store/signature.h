// Signatures of models, checked by cosign (docs: github.com/sigstore/cosign).
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"
#include "dnn/store/model_file.h"

namespace visq {

inline constexpr std::chrono::milliseconds kSignaturePatience = std::chrono::seconds(60);

// The bundle that the registry names for the model must verify it, for the signer whose public key
// VISQ_COSIGN_KEY names, or else for the one that the registry names ("sigstore_identity" and
// "sigstore_issuer" of the entry). -EACCES: no cosign in a folder of
// PATH; -ENOENT: no model, registry or bundle; -EBADMSG: a broken registry; -EPROTO: cosign rejects
// it, with its own words; -ETIMEDOUT: cosign did not end in time and was stopped.
Status verify_signature(const std::string& onnx_path, const std::string& registry_path,
                        std::chrono::milliseconds patience = kSignaturePatience);

// The same of a model that is listed in its folder, and of its external data.
Status verify_signatures(const ModelFile& file);

}  // namespace visq
