// The command itself: reads, scores, writes.
#pragma once

#include "cli/settings.h"

namespace visq::cli {

// Returns the exit code; errors were printed.
int run(const Settings& settings);

}  // namespace visq::cli
