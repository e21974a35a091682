// Samples of a scaled plane, in single precision. Positions, weights and their order are those that
// scores depend on.
#pragma once

#include <vector>

#include "base/plane.h"
#include "kernels/speed/speed.h"

namespace visq::speed {

// Which source samples, and how much of each, make one sample along an axis.
struct Taps {
  int count = 0;
  int at[9] = {};
  float weight[9] = {};
};

// For each of `out` samples of an axis that has `in`.
std::vector<Taps> taps_of(Scaler scaler, int in, int out);

// Sample (x, y) from source rows that `rows` gives by tap: rows[k][column].
float scaled_sample(Scaler scaler, const Taps& x, const Taps& y, const float* const* rows);

}  // namespace visq::speed
