// Rows of a tensor in flight: where operators find what they read, and put what they make.
#pragma once

#include <algorithm>
#include <cstddef>

namespace visq::stream {

enum class Storage { float32, bfloat16 };  // bfloat16 as kernels/nn/bf16.h orders it

// Of pictures of one size. Values stand pixel by pixel, the channels of a pixel side by side.
struct TensorShape {
  int channels = 0, width = 0, height = 0;
  int left = 0, pixels = 0;  // zero pixels left of each row; pixels with all that stand around it
  int rows = 0;              // kept at a time
  Storage storage = Storage::float32;

  std::size_t value_bytes() const { return storage == Storage::bfloat16 ? 2 : 4; }
  std::size_t row_bytes() const {
    return static_cast<std::size_t>(pixels) * static_cast<std::size_t>(channels) * value_bytes();
  }
};

// The tensor of one picture. An operator that joins others in a tensor sees its own channels of it:
// `first` is where they begin.
struct TensorRows {
  const TensorShape* shape = nullptr;
  std::byte* const* places = nullptr;  // of the rows in flight: row y is at y % shape->rows
  const std::byte* zeros = nullptr;    // a row of them
  int first = 0;

  // A row, from the pixel `x` on; zeros where the picture has no such row.
  const void* row(int y, int x = 0) const {
    const bool there = y >= 0 && y < shape->height;
    return (there ? place(y) : zeros) + offset(x);
  }
  void* row_to_fill(int y) const { return place(y) + offset(0); }

 private:
  std::byte* place(int y) const { return places[y % shape->rows]; }
  std::ptrdiff_t offset(int x) const {
    const std::ptrdiff_t value = std::ptrdiff_t{shape->left + x} * shape->channels + first;
    return value * static_cast<std::ptrdiff_t>(shape->value_bytes());
  }
};

// From `from` up to, not including, `to`.
struct Rows {
  int from = 0, to = 0;
};

}  // namespace visq::stream
