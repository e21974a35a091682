// What the samples of clips mean, and the formats in which clips of different meanings are
// compared. Of descriptions alone: nothing is opened or read here.
#pragma once

#include <string>
#include <vector>

#include "job/job.h"

namespace visq::job {

// The clips of a job, by what is known of them.
struct Descriptions {
  io::StreamInfo reference;
  std::vector<io::StreamInfo> distorted;
};

// What a clip does not say of its matrix, range and transfer is what the other says, and what the
// user says (--colour_ref, --colour_dist) stands above both.
void complete(const Job& job, Descriptions& clips);

// The format in which a clip takes part.
struct Goal {
  io::SampleFormat format;
  bool asked = false;      // an option asked for a conversion
  bool automatic = false;  // the meaning of the other clip made it necessary
};
struct Goals {
  std::vector<Goal> references;  // what the reference is beside each distorted clip
  std::vector<Goal> distorted;
};

// Of completed descriptions. An error of the input where nothing sensible can be done; what only
// the user can decide (depth, chroma format) is left as it is.
Result<Goals> goals_of(const Job& job, const Descriptions& clips);

}  // namespace visq::job
