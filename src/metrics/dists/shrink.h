// The size at which DISTS's published scores were made: the short side is 256 pixels.
#pragma once

#include "color/rgb.h"
#include "picture/picture.h"

namespace visq::dists {

inline constexpr int kShortSide = 256;

// The picture as 8-bit R, G, B (planes G, B, R), shrunk so that its short side is 256 and the long
// one keeps the proportion, rounded down; one that is no larger keeps its size. To the byte what
// Pillow's bilinear filter gives, which the authors' command line uses. Made once for a picture.
PicturePtr shrunk(const PicturePtr& picture, const RgbRule& rule);

// One plane, row by row without gaps.
std::vector<std::uint8_t> resized_as_pillow_does(const std::vector<std::uint8_t>& plane, int width,
                                                 int height, int to_width, int to_height);

}  // namespace visq::dists
