// Images that are numbered, as one clip.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/reader.h"

namespace visq::io {

// A folder, or a name with %d or %03d where there is no file of that name.
bool names_sequence(const std::string& path);

// Its files, in the order of their numbers. One that is missing between two is an error that names
// it.
Result<std::vector<std::string>> sequence_files(const std::string& path);

// Files of one image each, all of one format.
Result<std::unique_ptr<VideoReader>> open_sequence(const std::string& path, int threads,
                                                   const Access& access);

}  // namespace visq::io
