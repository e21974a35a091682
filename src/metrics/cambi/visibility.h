// Which steps between 10-bit values a viewer sees.
#pragma once

#include "kernels/cambi/cambi.h"

namespace visq::cambi {

enum class Eotf { bt1886, pq };

struct ViewingRule {
  int log_differences = 2;     // steps of up to 2^log_differences values, 0..5
  double threshold = 0.019;    // a step is seen when the luminance rises by more than this share
  double least_luminance = 0;  // cd/m^2; below, no banding is seen
  Eotf eotf = Eotf::bt1886;
};

// Luminance in cd/m^2 of a 10-bit limited-range sample.
double luminance(int sample, Eotf eotf);

Visibility visibility_of(const ViewingRule& rule);

}  // namespace visq::cambi
