// How much an error in each block of a picture counts: the less, the more goes on there.
#pragma once

#include <vector>

#include "kernels/xpsnr/xpsnr.h"
#include "picture/format.h"

namespace visq::xpsnr {

// What follows from the format of a clip.
struct Rule {
  Rule() = default;  // of no format yet
  explicit Rule(const PictureFormat& format);

  // Pictures below 2025 samples have no blocks: every error counts the same.
  bool has_weights() const { return block > 0; }

  PictureFormat format;
  int block = 0;          // side of a block of luma
  double scale = 0;       // of weighted errors
  bool large = false;     // above HD
  Grid luma{}, chroma{};  // blocks of a plane
};

// One for each block of luma, in rows from the top left.
std::vector<double> weights_of(const std::vector<Activity>& activities, const Rule& rule);

}  // namespace visq::xpsnr
