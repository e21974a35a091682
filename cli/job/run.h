// One reference and the clips that are compared with it, on their way through their sessions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cli/args/settings.h"
#include "cli/job/match.h"
#include "cli/job/session.h"
#include "cli/rescue.h"
#include "cli/text/progress.h"

namespace visq::cli {

struct Clip {
  std::string path;
  std::unique_ptr<io::VideoReader> reader;
  Session session;
  bool read = true;            // its frames are looked at, and not only counted
  std::uint64_t frames = 0;    // read so far
  std::uint64_t complete = 0;  // with all their scores, after finish()
  bool ended = false;
  bool partial = false;  // not all of it was scored; said by settle()
  Status status;         // why it ended before the reference did
};

struct Job {
  const Settings& settings;
  std::unique_ptr<io::VideoReader> reference;  // nullptr with --no-reference
  std::vector<Clip> clips;
  std::vector<std::string> remarks;  // what the user should know
  std::unique_ptr<Turn> turn = std::make_unique<Turn>();
};

// The clips in the formats in which they are compared, at the first frames to compare.
Result<Readers> open_readers(const Settings& settings);

// An error for pipes and standard input: `why` they are to be read twice.
Status check_files(const Settings& settings, const char* why);

// The metrics and models for each clip: what is wrong with them is known before a file is read.
using Sessions = std::vector<Session>;
Result<Sessions> open_sessions(const Settings& settings);

// Opens the clips, checks that they fit together, skips what is to be skipped. Errors carry the
// exit code.
Result<Job> open_job(const Settings& settings, Sessions sessions);

// The next two are called with the job's turn. Scores until the reference, every clip or the user's
// patience ends. What went wrong is in the clips.
void score_frames(Job& job, Progress& progress);

// Waits for the frames in flight.
void finish(Job& job);

// Makes the scores that are there final, those of models included.
void settle(Job& job);

std::uint64_t frames_done(const Job& job);                     // of all clips together
std::optional<std::uint64_t> expected_frames(const Job& job);  // of all clips together
Status first_error(const Job& job);

}  // namespace visq::cli
