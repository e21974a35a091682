// Whole files. A sentence about one names it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/result.h"

namespace visq {

// What a regular file of at most `limit` bytes holds; `what` is what errors call it. -ENOENT: there
// is none; -EINVAL: it is a folder, a pipe, a device; -E2BIG; -EACCES, -EIO and so on: it cannot be
// read.
Result<std::string> read_file(const std::string& path, std::uint64_t limit,
                              std::string_view what = "file");

// The same of one that is open, which errors call `name`.
Result<std::string> read_file(Descriptor file, std::uint64_t limit, std::string_view name);

// The same of what may be a pipe, too.
Result<std::string> read_file_or_pipe(const std::string& path, std::uint64_t limit);

// In hexadecimal. Clips may be large: -ECANCELED as soon as `stop` says so.
Result<std::string> sha256_of_file(const std::string& path, const std::function<bool()>& stop);

}  // namespace visq
