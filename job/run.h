// One reference and the clips that are compared with it, on their way through their sessions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "job/control.h"
#include "job/open.h"
#include "job/session.h"
#include "job/shots.h"
#include "job/turn.h"

namespace visq::job {

// A distorted clip, and what came of it.
struct Clip {
  std::string path;
  Reader reader;
  Session session;
  Reader reference = nullptr;          // null: the run's
  bool read = true;                    // its frames are looked at, and not only counted
  std::uint64_t frames = 0;            // read so far
  std::uint64_t complete = 0;          // with all their scores; said by settle()
  std::vector<unsigned> damaged = {};  // frames that are, or whose reference is
  bool ended = false;
  bool partial = false;  // not all of it was scored; said by settle()
  Status status = {};    // why it ended before the reference did
};

struct Run {
  const Job& job;  // which outlives it
  Control control;
  Reader reference;  // null where the job has none
  std::vector<Clip> clips;
  std::vector<std::string> remarks;       // what the user should know
  VmafFrameRange to_read{0, kEndOfClip};  // of the clips' frames, what the job's range needs
  bool reads_reference = true;            // its frames are looked at, and not only counted
  Shots shots = {};                       // of the reference, after finish()
  std::unique_ptr<ShotDetector> detector = nullptr;  // while its frames are read
  Status shots_status = {};
  std::unique_ptr<Turn> turn = std::make_unique<Turn>();

  bool interrupted() const { return control.stop.stop_requested(); }
  std::uint64_t frames_done() const;                     // of all clips together
  std::uint64_t complete_frames() const;                 // likewise, after settle()
  std::optional<std::uint64_t> expected_frames() const;  // likewise
  VmafFrameRange counted(const Clip& clip) const;        // of its frames; it has some
  bool counts(unsigned frame) const;
  bool any_partial() const;
  Status first_error() const;
  Status no_frames() const;  // why none was scored
};

// Opens the clips, checks that they fit together, skips what is to be skipped.
Result<Run> open(const Job& job, Sessions sessions, const Control& control);

// The same of clips that are open and prepared.
Result<Run> open(const Job& job, Sessions sessions, Readers readers, const Control& control);

// How the reference and that clip were brought to what is compared: a sentence for each of them
// that is not as its file has it.
std::vector<std::string> conversions_of(const Run& run, const Clip& clip);

// The next two are called with the run's turn. Scores until the reference, every clip or the user's
// patience ends. What went wrong is in the clips.
void score_frames(Run& run);

// Waits for the frames in flight.
void finish(Run& run);

// Says of each clip how many of its frames have all their scores, and whether that is not all.
void settle(Run& run);

// All of it: opens what is scored and the clips, scores them to their ends, and gives what came of
// it. Errors of single clips are in them.
Result<Run> run(const Job& job, const Control& control);

}  // namespace visq::job
