// Files of the maps that metrics hand out. Errors name the file.
#pragma once

#include <memory>
#include <string>

#include "extract/maps.h"

namespace visq {

// Makes the folder and those above it, where they are not there, and tries whether files can be
// made in it: before a picture is scored.
Result<std::unique_ptr<MapTaker>> open_map_folder(const std::string& folder);

}  // namespace visq
