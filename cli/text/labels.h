// Short names of clips.
#pragma once

#include <string>
#include <vector>

namespace visq::cli {

// The shortest ends of the paths that tell them apart.
std::vector<std::string> labels_of(const std::vector<std::string>& paths);

}  // namespace visq::cli
