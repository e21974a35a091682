// --dry_run: what would be scored, how long it would take, and what would be written.
#pragma once

#include "cli/args/settings.h"
#include "cli/text/messages.h"

namespace visq::cli {

// Opens everything and scores a few frames, to see that it works and how fast; writes no file.
Status dry_run(const Settings& settings, const Messages& messages);

}  // namespace visq::cli
