// What kernels share that split a picture into parts (base/parallel.h).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/parallel.h"

namespace visq {

// Rows from..to-1.
struct Band {
  int from, to;
};

// How many stripes of `width` columns a plane has; the last may be narrower.
constexpr std::size_t stripes(int columns, int width) {
  return static_cast<std::size_t>((columns + width - 1) / width);
}

// The rows of a plane in bands.
class Bands {
 public:
  // As many as have at least `least` rows each; all begin at multiples of `step`.
  constexpr Bands(int rows, int least, int step = 1)
      : rows_(rows), count_(std::max(1, rows / least)), step_(step) {}

  constexpr std::size_t count() const { return static_cast<std::size_t>(count_); }
  constexpr Band operator[](std::size_t i) const {
    return {start(static_cast<int>(i)), start(static_cast<int>(i) + 1)};
  }

 private:
  constexpr int start(int i) const {
    if (i == count_) return rows_;
    return static_cast<int>(std::int64_t{rows_} * i / count_) / step_ * step_;
  }

  int rows_, count_, step_;
};

}  // namespace visq
