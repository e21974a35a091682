// Luma weights of the colour standards and where they come from.
#pragma once

#include "picture/format.h"

namespace visq {

// Y = Kr R + (1 - Kr - Kb) G + Kb B
struct LumaWeights {
  double kr, kb;
};

inline constexpr LumaWeights kBt601{0.299, 0.114};    // ITU-R BT.601-7, 2.5.1
inline constexpr LumaWeights kBt709{0.2126, 0.0722};  // ITU-R BT.709-6, 3.2
inline constexpr LumaWeights kBt2020{0.2627,
                                     0.0593};   // ITU-R BT.2020-2, table 4 (non-constant luminance)
inline constexpr LumaWeights kFcc{0.30, 0.11};  // ITU-T H.273, table 4, value 4
inline constexpr LumaWeights kSmpte240m{0.212, 0.087};  // the same, value 7

// What is unspecified is BT.709, as streams of today are. YCgCo has no such weights.
constexpr LumaWeights luma_weights(Matrix matrix) {
  switch (matrix) {
    case Matrix::bt470bg:
    case Matrix::smpte170m:
      return kBt601;
    case Matrix::bt2020_ncl:
      return kBt2020;
    case Matrix::fcc:
      return kFcc;
    case Matrix::smpte240m:
      return kSmpte240m;
    default:
      return kBt709;
  }
}

// Code values of black, of the span from black to white, and of the span of chroma.
struct CodeRange {
  double black, luma, chroma_zero, chroma;
};

// Whether samples of that matrix become R, G and B by linear equations that are known here.
constexpr bool has_rgb(Matrix matrix) {
  switch (matrix) {
    case Matrix::identity:
    case Matrix::bt709:
    case Matrix::unspecified:
    case Matrix::fcc:
    case Matrix::bt470bg:
    case Matrix::smpte170m:
    case Matrix::smpte240m:
    case Matrix::ycgco:
    case Matrix::bt2020_ncl:
      return true;
  }
  return false;
}

constexpr CodeRange code_range(Range range, int bits) {
  const double unit = static_cast<double>(1 << (bits - 8));
  const double top = static_cast<double>((1 << bits) - 1);
  if (range == Range::full) return {0, top, 128 * unit, top};
  return {16 * unit, 219 * unit, 128 * unit, 224 * unit};
}

}  // namespace visq
