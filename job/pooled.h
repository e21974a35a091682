// The scores of a clip as a whole, kept.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "libvmaf/visq.h"

namespace visq::job {

// What the library tells of a score, with what its pointers would point to.
struct Pooled {
  std::string name, unit, clip_name;
  std::vector<VmafShareBelow> shares;
  VmafPooledScore score{};

  bool was_asked_for() const { return score.asked > 0; }
  bool has_direction() const { return score.direction != 0; }
  bool lower_is_better() const { return score.direction < 0; }
};

// In the order of reports.
std::vector<Pooled> pooled(VmafContext* context);

// A piece of the clip, and the scores over it.
struct ShotScores {
  VmafFrameRange frames{};
  std::vector<Pooled> pooled;
};
std::vector<ShotScores> pooled_by_shot(VmafContext* context);

// Of shots with that score the one with the worst mean; nullptr where there is none.
const ShotScores* worst_shot(const std::vector<ShotScores>& shots, const std::string& score);

// Those that were asked for, in the order of asking; then the others, which models read.
std::vector<Pooled> asked_first(std::vector<Pooled> list);

using NamedValues = std::vector<std::pair<std::string, double>>;

// Scores of the clip that stand for none of the scores of its frames.
NamedValues other_scores_of_clip(VmafContext* context, const std::vector<Pooled>& list);

}  // namespace visq::job
