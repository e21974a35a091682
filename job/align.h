// The frames to skip so that clips are compared from the first frame that all of them show.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "job/control.h"
#include "job/job.h"

namespace visq::job {

struct Alignment {
  std::vector<std::string>
      beginnings;  // "late.y4m begins with frame 7 of a.y4m"; none where all begin alike
  std::vector<std::string> warnings;  // of frames that are missing or repeated
  std::uint64_t frames = 0;           // looked at, of all clips together
  double seconds = 0;                 // that it took
  bool whole = true;                  // all frames were looked at
};

// Looks at `most` frames of each clip at most (0: all), and sets what the job has to skip.
Result<Alignment> align(Job& job, const Control& control, std::uint64_t most = 0);

}  // namespace visq::job
