// A whole job for Python: clips that are files, and clips that are frames.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "job/job.h"
#include "python/core/context.h"
#include "python/core/failure.h"
#include "python/core/frames.h"

namespace visq::python {

// Where a clip's frames come from; nothing: from the file that the job names.
using Source = std::optional<FrameReader::Next>;

// A clip's scores, or why one of several has none: the others have theirs all the same.
using Outcome = std::variant<std::unique_ptr<Context>, Failure>;

// Scores the job. Sources: of the reference, then of each distorted clip. `progress` is called with
// the number of frames that were read, and `tell` with what the user should know, both with the
// interpreter's lock, which the caller has.
struct Listener {
  std::function<void(std::uint64_t frames)> progress;
  std::function<void(const std::string& sentence)> tell;
};
std::vector<Outcome> score(job::Job job, const std::vector<Source>& sources, bool copy,
                           const Listener& listener);

}  // namespace visq::python
