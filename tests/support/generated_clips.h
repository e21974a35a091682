// Clips that anyone can make: moving texture, and a blurred, coarsely quantised, noisy version.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "libvmaf/visq.h"

namespace visq::test {

struct GeneratedClip {
  unsigned width, height;
  VmafPixelFormat pixel_format;
  unsigned bits;
  unsigned frames;
};

// The clips of tests/golden/generated.json, in its order.
std::span<const GeneratedClip> generated_clips();

enum class Side { reference, distorted };

// Fills all planes of an allocated picture with a frame of the clip.
void fill_generated(VmafPicture* picture, unsigned frame, Side side);

}  // namespace visq::test
