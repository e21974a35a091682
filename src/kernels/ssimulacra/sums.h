// Sums of the errors of a picture's pixels, in an order that does not depend on the CPU: column x
// adds to lane x % kLanes.
#pragma once

#include <algorithm>
#include <cmath>

#include "kernels/ssimulacra/ssimulacra.h"

namespace visq::ssimulacra {

inline constexpr int kLanes = 8;

// Of an error and of its fourth power.
struct LaneSums {
  double first[kLanes] = {}, fourth[kLanes] = {};
};

struct ChannelSums {
  LaneSums structure, artefacts, lost;
};

inline Norms norms(const LaneSums& sums, double pixels) {
  const auto total = [](const double(&lane)[kLanes]) {
    return ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
           ((lane[4] + lane[5]) + (lane[6] + lane[7]));
  };
  return {total(sums.first) / pixels, std::sqrt(std::sqrt(total(sums.fourth) / pixels))};
}

inline ChannelErrors channel_errors_of(const ChannelSums& sums, int width, int height) {
  const double pixels = static_cast<double>(width) * height;
  return {norms(sums.structure, pixels), norms(sums.artefacts, pixels), norms(sums.lost, pixels)};
}

}  // namespace visq::ssimulacra
