// The shots of a reference: found by TransNet V2 while its frames are read, or told by the user.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "job/job.h"

namespace visq::job {

using Shots = std::vector<VmafFrameRange>;

// Those that the job's file lists; without one there are none.
Result<Shots> listed_shots(const Job& job);

// Of so many frames each, the last of what is left.
Shots equal_shots(unsigned frames, std::uint64_t all_frames);

// First frames, one a line, or PySceneDetect's list of scenes. Frames that are skipped do not
// count.
Result<Shots> parse_shots(std::string_view csv, std::uint64_t skipped);

// The scenes that the authors of TransNet V2 make of its logits, one a frame: a frame above 0 ends
// one. Of several such in a row the first ends a scene, and the others belong to none.
Shots shots_of(std::span<const float> logits);

// What finding them costs: seconds of one core a frame, measured on one window.
Result<double> detection_cost(const Job& job);

class ShotDetector {
 public:
  // The network of the model store, for pictures of that format.
  static Result<std::unique_ptr<ShotDetector>> open(const Job& job, const io::StreamInfo& info);
  virtual ~ShotDetector() = default;

  // The next frame. Windows of frames run in the threads of that context, which is always the same;
  // where several wait, so does this.
  virtual Status add(VmafContext* context, const VmafPicture& picture) = 0;
  // After the last frame: waits for all windows.
  virtual Result<Shots> finish(VmafContext* context) = 0;
};

}  // namespace visq::job
