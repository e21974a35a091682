// What was scored by what: enough to do it again.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "libvmaf/libvmaf.h"

namespace visq::cli {

// In hexadecimal.
Result<std::string> sha256_of_file(const std::string& path);

// What a report of the context says of how its scores were made: an object of `environment` and
// `tiny_models`.
nlohmann::ordered_json made_with(VmafContext* context);

}  // namespace visq::cli
