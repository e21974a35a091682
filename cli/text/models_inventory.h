// The model store, listed and checked.
#pragma once

#include "base/result.h"

namespace visq::cli {

Status list_models(bool as_json);

// Prints what is not as a registry says, and the outcome of every signature. An error of models
// when a file has another sha256 than is listed, a signature was not accepted, or there is no
// store.
Status verify_models(bool as_json);

}  // namespace visq::cli
