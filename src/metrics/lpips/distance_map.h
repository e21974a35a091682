// Where in a picture its distance lies.
#pragma once

#include <span>
#include <string>

#include "base/plane.h"
#include "base/result.h"
#include "metrics/lpips/network.h"

namespace visq::lpips {

// Spreads the values of all taps over the pixels below them, by area: the sum over the plane is the
// distance.
void spread(std::span<const TapMap> taps, PlaneView<float> out);

// Writes FOLDER/lpips_map_WxH_frame_N.f32, the values row by row in the machine's byte order, and
// .png, 16-bit gray: white where the distance would be 1 (or more) if the whole picture were like
// that pixel.
Status write_maps(const std::string& folder, unsigned frame, PlaneView<const float> map);

}  // namespace visq::lpips
