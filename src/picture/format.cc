#include "picture/format.h"

#include <fmt/format.h>

namespace visq {

std::string_view name_of(PixelFormat format) {
  switch (format) {
    case PixelFormat::yuv420:
      return "4:2:0";
    case PixelFormat::yuv422:
      return "4:2:2";
    case PixelFormat::yuv444:
      return "4:4:4";
    case PixelFormat::yuv400:
      return "4:0:0";
    case PixelFormat::unknown:
      break;
  }
  return "unknown pixel format";
}

std::string describe(const PictureFormat& f) {
  return fmt::format("{}x{} {} {}-bit", f.width, f.height, name_of(f.pixel_format), f.bits);
}

}  // namespace visq
