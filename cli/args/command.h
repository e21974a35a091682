// The whole command line: one job, the jobs of a configuration, or a text to print.
#pragma once

#include <string>
#include <vector>

#include "cli/args/settings.h"

namespace visq::cli {

struct Command {
  std::vector<Settings> jobs;  // none: `text` is to be printed
  std::string text;
};

// Errors say which argument, or which line of the configuration, is wrong.
Result<Command> parse_command(int argc, const char* const* argv);

}  // namespace visq::cli
