// The command itself: reads, scores, writes.
#pragma once

#include "cli/args/settings.h"
#include "cli/text/messages.h"

namespace visq::cli {

// Returns the exit code; errors were told.
int run(const Settings& settings, const Messages& messages);

// One after the other, whatever becomes of them; the exit code is that of the first that failed.
int run_all(const std::vector<Settings>& jobs, const Messages& messages);

}  // namespace visq::cli
