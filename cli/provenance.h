// What was scored by what: enough to do it again.
#pragma once

#include <string>

#include "base/result.h"

namespace visq::cli {

// In hexadecimal.
Result<std::string> sha256_of_file(const std::string& path);

std::string base64(const std::string& bytes);

}  // namespace visq::cli
