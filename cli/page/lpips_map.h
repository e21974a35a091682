// Where in a picture its LPIPS distance lies, for the report.
#pragma once

#include <memory>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cli/args/settings.h"
#include "io/convert.h"
#include "job/session.h"

namespace visq::cli {

// Distances by place; their mean is the LPIPS of the picture.
struct DistanceMap {
  unsigned width = 0, height = 0;
  std::vector<float> values;
  double mean() const;
};

// Draws the maps of one metric, which the library hands out.
class LpipsMaps {
 public:
  // --lpips_map, or a metric with maps that is to draw them (spatial=true).
  static bool are_wanted(const Settings& settings);

  // With the network that the metric of those settings has.
  static Result<std::unique_ptr<LpipsMaps>> open(const Settings& settings);

  // At most `max_width` wide. The pictures stay the caller's.
  Result<DistanceMap> of(VmafPicture& reference, VmafPicture& distorted, unsigned max_width);

  // `tiny_models` of made_with().
  nlohmann::ordered_json networks() const;

 private:
  LpipsMaps(std::unique_ptr<DistanceMap> last, job::Session session)
      : last_(std::move(last)), session_(std::move(session)) {}
  static void take(void* user, const VmafMap* map);

  std::unique_ptr<DistanceMap> last_;  // of the last pictures; the session fills it
  job::Session session_;
  unsigned made_ = 0;
};

// Cividis, which looks the same with any colour vision: dark blue 0, yellow `most`.
io::RgbImage drawn(const DistanceMap& map, float most);

// By whole pixels: the mean stays, but for rows and columns that have more of them than others.
DistanceMap smaller(const DistanceMap& map, unsigned max_width);

}  // namespace visq::cli
