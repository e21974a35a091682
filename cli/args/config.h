// --config: jobs in a YAML file, each of them what a command line can say.
#pragma once

#include <string>
#include <vector>

#include "cli/args/options.h"

namespace visq::cli {

// What the file says of an option, and where.
struct ConfigEntry {
  std::string name;                 // "frame_cnt"
  std::vector<std::string> values;  // empty: a flag that is off; of one that is on: "true"
  int line = 0;                     // the first is 1
};

struct ConfigJob {
  int line = 0;
  std::vector<ConfigEntry> entries;
};

// The file is a map of long option names to a value, a list of values, or true or false for a flag;
// `jobs` is a list of such maps, and what stands outside it holds for every job that does not say
// otherwise. Without `jobs` the file is one job. Errors begin with the number of the line and a
// colon, where there is one.
Result<std::vector<ConfigJob>> parse_config(const std::string& yaml,
                                            const std::vector<OptionText>& options);

// The same of a file; errors begin with its name.
Result<std::vector<ConfigJob>> read_config(const std::string& path,
                                           const std::vector<OptionText>& options);

}  // namespace visq::cli
