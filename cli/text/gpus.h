// The graphics processors that this system shows.
#pragma once

#include <string>
#include <vector>

namespace visq::cli {

// Names, or the kernel's numbers of vendor and device where it has no name; by the folders that
// Linux shows them in, /proc/driver/nvidia/gpus and /sys/class/drm. `root` stands for /.
std::vector<std::string> list_gpus(const std::string& root = "/");

}  // namespace visq::cli
