// Other programs, run without a shell.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"

namespace visq {

// The program of that name in the first folder of PATH that has it; folders that are not absolute
// do not count. -EACCES when there is none.
Result<std::string> find_program(const std::string& name);

struct ProgramEnd {
  int status = 0;     // as it ended; 128 and the signal's number when a signal ended it
  std::string words;  // the first 4 KiB of what it wrote
};

// words[0] is its path. It gets nothing to read; what it writes, on both outputs, is kept.
// -ETIMEDOUT when it did not end in time: it is then killed, with what it started.
Result<ProgramEnd> run_program(std::vector<std::string> words, std::chrono::milliseconds patience);

}  // namespace visq
