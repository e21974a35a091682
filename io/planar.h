// Frames of planar samples, as raw files and y4m store them.
#pragma once

#include <string>

#include "base/result.h"
#include "io/byte_source.h"
#include "io/reader.h"

namespace visq::io {

// Bytes of one frame: chroma of odd sizes rounds up, two bytes a sample above 8 bits.
std::uint64_t frame_bytes(const StreamInfo& info);

// A picture of that format with its colour set.
Status allocate(const StreamInfo& info, VmafPicture* picture);

// Fills every plane from the source. `name` and `frame` are for the error.
Status read_planes(ByteSource& source, const StreamInfo& info, VmafPicture* picture, const std::string& name,
                   std::uint64_t frame);

}  // namespace visq::io
