// The size at which DISTS's published scores were made: the short side is 256 pixels.
#pragma once

#include <cstddef>
#include <cstdint>

#include "color/rgb.h"
#include "kernels/pillow/pillow.h"
#include "picture/picture.h"

namespace visq::dists {

inline constexpr int kShortSide = 256;

// The picture as 8-bit R, G, B (planes G, B, R), shrunk so that its short side is 256 and the long
// one keeps the proportion, rounded down; one that is no larger keeps its size. To the byte what
// Pillow's bilinear filter gives, which the authors' command line uses. Made once for a picture.
PicturePtr shrunk(const PicturePtr& picture, const RgbRule& rule);

struct Size {
  int width, height;
};

// A plane of bytes at another size, as Pillow's bilinear filter makes it. To the byte.
class Resizing {
 public:
  Resizing(Size from, Size to);

  // Row y of the plane becomes row y of `narrow`, whose rows have the new width and no gaps.
  void columns(const std::uint8_t* row, int y, std::uint8_t* narrow) const;
  // All rows of `narrow` become those of the new height.
  void rows(const std::uint8_t* narrow, std::uint8_t* out, std::ptrdiff_t stride) const;
  std::size_t narrow_size() const {
    return static_cast<std::size_t>(columns_.to) * static_cast<std::size_t>(rows_.from);
  }

 private:
  pillow::Filter columns_, rows_;
};

}  // namespace visq::dists
