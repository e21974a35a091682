// Where in a picture its distance lies.
#pragma once

#include <span>

#include "base/plane.h"
#include "metrics/lpips/network.h"

namespace visq::lpips {

// Spreads the values of all taps over the pixels below them, by area: the sum over the plane is the
// distance.
void spread(std::span<const TapMap> taps, PlaneView<float> out);

}  // namespace visq::lpips
