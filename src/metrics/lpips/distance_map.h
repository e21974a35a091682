// Where in a picture its distance lies.
#pragma once

#include <span>

#include "base/plane.h"
#include "dnn/stream/network.h"

namespace visq::lpips {

// Spreads the values of all taps over the pixels below them, by area: the sum over the plane is the
// distance.
void spread(std::span<const stream::TapMap> taps, PlaneView<float> out);

}  // namespace visq::lpips
