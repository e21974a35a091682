// A plane of samples of 8 to 16 bits that somebody else owns: what kernels take. The depth is
// looked at inside a kernel, once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/plane.h"

namespace visq {

struct Samples {
  const void* data = nullptr;
  std::ptrdiff_t stride = 0;  // samples from one row to the next
  int width = 0;
  int height = 0;
  int bits = 8;  // 8: a sample is a std::uint8_t; 9 to 16: a std::uint16_t

  Samples() = default;
  Samples(PlaneView<const std::uint8_t> plane)
      : data(plane.data), stride(plane.stride), width(plane.width), height(plane.height) {}
  Samples(PlaneView<const std::uint16_t> plane, int depth)
      : data(plane.data),
        stride(plane.stride),
        width(plane.width),
        height(plane.height),
        bits(depth) {}

  // T: std::uint8_t for 8 bits, std::uint16_t above.
  template <typename T>
  PlaneView<const T> as() const {
    return {static_cast<const T*>(data), stride, width, height};
  }
};

// Calls f.template operator()<Sample>() with the sample type of a depth.
template <typename F>
decltype(auto) with_sample_type(int bits, F&& f) {
  if (bits == 8) return std::forward<F>(f).template operator()<std::uint8_t>();
  return std::forward<F>(f).template operator()<std::uint16_t>();
}

}  // namespace visq
