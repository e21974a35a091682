#pragma once

#include <string>
#include <string_view>

namespace visq {

// A text as JSON has it, with its quotes. JSON is UTF-8; names of files may be of any bytes: what
// is no UTF-8 becomes U+FFFD.
std::string json_text(std::string_view text);

}  // namespace visq
