// The command itself: reads, scores, writes.
#pragma once

#include "cli/messages.h"
#include "cli/settings.h"

namespace visq::cli {

// Returns the exit code; errors were told.
int run(const Settings& settings, const Messages& messages);

}  // namespace visq::cli
