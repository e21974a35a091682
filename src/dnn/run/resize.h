// Planes of floats in another size, for models whose input has a fixed one.
#pragma once

#include <vector>

#include "base/plane.h"

namespace visq {

// Direction by direction: where it shrinks, each sample is the mean of the area that it covers;
// where it grows, samples are interpolated linearly between their centres, and repeated beyond the
// outer ones.
std::vector<float> resized(PlaneView<const float> plane, int width, int height);

}  // namespace visq
