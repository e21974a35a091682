// The manual page and the shells' completions, made from the same options as --help.
#pragma once

#include <string>
#include <vector>

#include "cli/args/options.h"

namespace visq::cli {

// What --help has below the options.
struct ManualTexts {
  std::string exit_codes, example, metrics;
};

// roff, as `man` reads it.
std::string manual_page(Program program, const std::vector<OptionText>& options,
                        const ManualTexts& texts);

// For "bash", "zsh" or "fish".
std::string completion(Program program, const std::string& shell,
                       const std::vector<OptionText>& options);

}  // namespace visq::cli
