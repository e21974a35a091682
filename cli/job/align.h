// --sync: the frames to skip so that clips are compared from the first frame that all of them show.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/args/settings.h"
#include "cli/text/messages.h"

namespace visq::cli {

struct Alignment {
  std::vector<std::string>
      beginnings;            // "late.y4m begins with frame 7 of a.y4m"; none where all begin alike
  std::uint64_t frames = 0;  // looked at, of all clips together
  double seconds = 0;        // that it took
  bool whole = true;         // all frames were looked at
};

// Looks at `most` frames of each clip at most (0: all), sets what is to be skipped, and warns of
// frames that are missing or repeated. Errors carry the exit code.
Result<Alignment> align(Settings& settings, const Messages& messages, std::uint64_t most = 0);

}  // namespace visq::cli
