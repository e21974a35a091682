// How a picture as it is stored becomes the one that is shown.
#pragma once

namespace visq::io {

struct Orientation {
  bool transposed = false;                     // first rows become columns
  bool mirrored = false, upside_down = false;  // then left and right, top and bottom change places

  bool upright() const { return !transposed && !mirrored && !upside_down; }
  friend bool operator==(const Orientation&, const Orientation&) = default;
};

// By the numbers of EXIF, 1 to 8; others mean nothing, as 1 does.
Orientation exif_orientation(unsigned number);

// Where chroma lies in the picture that is shown: types of H.273, which have none on the right of
// luma's samples.
int turned_siting(int siting, const Orientation& orientation);

}  // namespace visq::io
