// What was scored by what: enough to do it again.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "libvmaf/libvmaf.h"

namespace visq::cli {

// What a report of the context says of how its scores were made: an object of `environment` and
// `tiny_models`.
nlohmann::ordered_json made_with(VmafContext* context);

}  // namespace visq::cli
