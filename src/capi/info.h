// Words of descriptors as numbers of the C interface.
#pragma once

#include "collect/table.h"

namespace visq::capi {

// 1 higher is better, -1 lower is better, 0 neither.
constexpr int sign_of(Direction direction) {
  switch (direction) {
    case Direction::higher_is_better:
      return 1;
    case Direction::lower_is_better:
      return -1;
    case Direction::descriptive:
      break;
  }
  return 0;
}

}  // namespace visq::capi
