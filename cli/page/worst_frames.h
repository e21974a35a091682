// The frames that look worst, as pictures.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cli/page/lpips_map.h"
#include "job/run.h"

namespace visq::cli {

struct WorstFrame {
  unsigned frame = 0;
  double score = 0;
  std::string reference, distorted, difference;  // JPEG files; empty until drawn
  std::string map, map_caption;                  // of LPIPS, when wanted
  DistanceMap distances;                         // what it is drawn from
};

struct ClipWorst {
  std::vector<WorstFrame> frames;  // the worst first
  std::vector<WorstFrame> shots;   // a frame of each of the worst shots; only `distorted` is drawn
  std::string note;                // why there are no pictures, or no maps
};

// Of one frame each, as images are: the page shows it large.
bool is_still(const job::Run& run);

// The `count` worst of the scores, NaN left out.
std::vector<WorstFrame> worst_of(const std::vector<double>& scores, bool lower_is_better,
                                 std::size_t count);

// Reads the clips from the start up to the last of those frames and draws them. Gives the networks
// that drew maps, as made_with() has them.
nlohmann::ordered_json draw_worst(const Settings& settings, const job::Run& run,
                                  std::vector<ClipWorst>& clips);

}  // namespace visq::cli
