// Bringing clips that differ to one size, chroma format and depth, when that was asked for.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/args/settings.h"

namespace visq::cli {

// The clips in the format in which they are compared. Errors carry the exit code and say which
// option would help.
struct Readers {
  std::unique_ptr<io::VideoReader> reference;  // null with --no_reference
  std::vector<std::unique_ptr<io::VideoReader>> distorted;
};
Status match(const Settings& settings, Readers& readers);

// What a user should know about clips that are compared all the same: frame rates that differ, HDR.
std::vector<std::string> remarks(const Settings& settings, const Readers& readers);

// "auto", "reference", "distorted" or "640x360".
Result<ScaleTo> parse_scale(const std::string& text);

}  // namespace visq::cli
