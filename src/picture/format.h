// What a picture's samples mean: layout, depth and size.
#pragma once

#include <string>
#include <string_view>

namespace visq {

// The values are those of VmafPixelFormat.
enum class PixelFormat { unknown = 0, yuv420 = 1, yuv422 = 2, yuv444 = 3, yuv400 = 4 };

constexpr int plane_count(PixelFormat f) { return f == PixelFormat::yuv400 ? 1 : 3; }
constexpr int chroma_shift_x(PixelFormat f) { return f == PixelFormat::yuv444 ? 0 : 1; }
constexpr int chroma_shift_y(PixelFormat f) { return f == PixelFormat::yuv420 ? 1 : 0; }

// Which planes there are or are read. `luma` of a format with chroma: the chroma was left out.
enum class Planes { luma, all };

struct PictureFormat {
  PixelFormat pixel_format = PixelFormat::unknown;
  int bits = 0;  // per sample: 8..16
  int width = 0;
  int height = 0;

  friend bool operator==(const PictureFormat&, const PictureFormat&) = default;
};

std::string_view name_of(PixelFormat format);       // "4:2:0", ...
std::string describe(const PictureFormat& format);  // "1920x1080 4:2:0 10-bit"

// The numbers of ITU-T H.273, so that they pass through from any container.
enum class Matrix {
  identity = 0,
  bt709 = 1,
  unspecified = 2,
  fcc = 4,
  bt470bg = 5,
  smpte170m = 6,
  smpte240m = 7,
  ycgco = 8,
  bt2020_ncl = 9
};
enum class Range { unspecified = 0, limited = 1, full = 2 };

// Planes of an `identity` picture are G, B, R, as H.273 says.
struct PictureColor {
  Matrix matrix = Matrix::unspecified;
  Range range = Range::unspecified;
  int transfer = 2;  // H.273 TransferCharacteristics; 2 = unspecified

  friend bool operator==(const PictureColor&, const PictureColor&) = default;
};

}  // namespace visq
