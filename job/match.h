// Bringing clips that differ to one size, chroma format and depth, when that was asked for.
#pragma once

#include <string>
#include <vector>

#include "job/open.h"

namespace visq::job {

// The clips in the format in which they are compared. Errors say which option would help.
Status match(const Job& job, const std::stop_token& stop, Readers& readers);

// What a user should know about clips that are compared all the same: frame rates that differ, HDR.
std::vector<std::string> remarks(const Job& job, const Readers& readers);

}  // namespace visq::job
