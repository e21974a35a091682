// How sensitive the eye is to the detail of each wavelet scale.
#pragma once

#include <array>

#include "base/result.h"

namespace visq::adm {

// The numbers of integer ADM's option adm_csf_mode; `native` is float_adm's 2.
enum class ContrastMode { watson = 0, barten = 1, blend = 2, blend_mae = 3, native };

struct Viewing {
  double distance = 3;                   // in picture heights
  int display_height = 1080;             // in rows
  double scale = 1, diagonal_scale = 1;  // Barten only
};

// Of the four scales: horizontal and vertical detail, diagonal detail. -EINVAL where a mode has no
// table for the distance and display height.
struct ContrastTable {
  std::array<float, 4> straight, diagonal;
};
Result<ContrastTable> contrast_table(ContrastMode mode, const Viewing& viewing);

}  // namespace visq::adm
