// Rate and quality of encodes: how much bit rate one encoder saves at equal quality.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace visq::job {

struct RatePoint {
  double rate = 0;     // bits a second
  double quality = 0;  // higher is better
};

struct BdRate {
  std::optional<double>
      percent;          // of bit rate that `test` needs more (less where negative) than `anchor`
  std::string why_not;  // a sentence where there is no number
};

// Bjontegaard's delta rate: the mean difference of log rate over the range of quality that both
// curves cover, each interpolated by monotone cubic pieces. Every curve needs four points, and its
// quality has to rise with its rate.
BdRate bd_rate(std::vector<RatePoint> anchor, std::vector<RatePoint> test);

// The points of the upper convex hull over log rate, by index, in order of rate.
std::vector<std::size_t> rate_quality_hull(const std::vector<RatePoint>& points);

}  // namespace visq::job
