#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace visq {

// The content of a regular file of at most `limit` bytes: -ENOENT, -E2BIG, -EIO.
Result<std::string> read_file(const std::string& path, std::uint64_t limit);

}  // namespace visq
