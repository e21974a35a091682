// What there is to score with: --list-devices, --list-models, --verify-models.
#pragma once

#include "cli/args/settings.h"

namespace visq::cli {

// Prints what settings.task asks for; returns the exit code.
int show_inventory(const Settings& settings);

}  // namespace visq::cli
