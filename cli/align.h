// --sync, as the command shows it.
#pragma once

#include "cli/args/settings.h"
#include "cli/text/messages.h"
#include "job/align.h"

namespace visq::cli {

// Sets what the job has to skip, shows how far it is, and warns of frames that are missing or
// repeated. `most`: frames of a clip that are looked at; 0: all.
Result<job::Alignment> align(Settings& settings, const Messages& messages, std::uint64_t most = 0);

}  // namespace visq::cli
