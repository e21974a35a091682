// Maps: where in a picture a score comes from. Metrics hand them out as numbers, beside scores.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/plane.h"
#include "base/result.h"

namespace visq {

// How a map is kept in a folder.
enum class MapFiles {
  png,             // FILE.png, 16-bit gray
  png_and_values,  // that, and FILE.f32: the values row by row in the machine's byte order
  sequence         // FILE.gray: the samples of the PNG in that order, frame after frame
};

// Whoever takes one copies what should last.
struct Map {
  std::string_view name;  // the same in each frame
  PlaneView<const float> values;
  std::function<std::uint16_t(float)> gray;  // how a value is drawn; 65535 is white
  std::string file;                          // the name of its files, without the ending
  MapFiles files = MapFiles::png;
};

class MapTaker {
 public:
  virtual ~MapTaker() = default;
  // Any thread, several maps at once, frames in any order.
  virtual Status take(unsigned frame, const Map& map) = 0;
};

}  // namespace visq
