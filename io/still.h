// What the file of a still picture says beside its samples, of which versions of libav tell less or
// more.
#pragma once

#include <string_view>

#include "io/orientation.h"

namespace visq::io {

// By EXIF in JPEG, PNG and WebP, and by the same tag of TIFF; upright where nothing valid says so.
Orientation orientation_of_still(std::string_view file);

// A JPEG whose samples have no end.
bool is_cut_jpeg(std::string_view file);

}  // namespace visq::io
