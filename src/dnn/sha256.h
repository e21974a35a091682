#pragma once

#include <string>
#include <string_view>

namespace visq {

std::string sha256_hex(std::string_view bytes);  // lower case

}  // namespace visq
