// PNG files, by libpng, which is loaded when the first one is made.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace visq {

// A 16-bit gray PNG of the samples, row by row; not compressed, which would take longer than most
// metrics.
Result<std::string> gray_png(const std::vector<std::uint16_t>& samples, int width, int height);

}  // namespace visq
