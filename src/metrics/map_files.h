// Files of the maps that metrics draw: errors name the file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "base/result.h"

namespace visq {

// Makes the folder and those above it, where they are not there, and tries whether files can be
// made in it: before a picture is scored.
Status make_map_folder(const std::string& folder);

// An empty file to write, as its descriptor.
Result<int> create_map(const std::string& path);

// All of the bytes, from that offset of the file on; `path` is what an error says.
Status write_map_at(int file, std::string_view bytes, off_t offset, const std::string& path);

// A file with these bytes alone.
Status write_map(const std::string& path, std::string_view bytes);

// A 16-bit gray PNG, not compressed.
std::string png_of(const std::vector<std::uint16_t>& samples, int width, int height);

}  // namespace visq
