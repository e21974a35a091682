// The library's descriptions of itself.
#pragma once

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace visq::cli {

using Json = nlohmann::ordered_json;

// What vmaf_describe_... returned and gave; the text is freed. Errors are of models.
Result<Json> take_description(int code, char* text);

}  // namespace visq::cli
