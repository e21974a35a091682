// A rectangle of samples that somebody else owns.
#pragma once

#include <cstddef>
#include <type_traits>

#include "base/aligned.h"

namespace visq {

template <typename T>
struct PlaneView {
  T* data = nullptr;
  std::ptrdiff_t stride = 0;  // elements from one row to the next
  int width = 0;
  int height = 0;

  T* row(int y) const { return data + y * stride; }
  operator PlaneView<const T>() const
    requires(!std::is_const_v<T>)
  {
    return {data, stride, width, height};
  }
};

// A plane with memory of its own; rows start aligned.
template <typename T>
class Plane {
 public:
  Plane() = default;
  Plane(int width, int height)
      : stride_(static_cast<std::ptrdiff_t>(
            round_up(static_cast<std::size_t>(width) * sizeof(T), kAlignment) / sizeof(T))),
        width_(width),
        height_(height),
        buffer_(static_cast<std::size_t>(stride_) * static_cast<std::size_t>(height)) {}

  PlaneView<T> view() { return {buffer_.data(), stride_, width_, height_}; }
  PlaneView<const T> view() const { return {buffer_.data(), stride_, width_, height_}; }
  T* row(int y) { return buffer_.data() + y * stride_; }
  const T* row(int y) const { return buffer_.data() + y * stride_; }
  std::ptrdiff_t stride() const { return stride_; }
  int width() const { return width_; }
  int height() const { return height_; }

 private:
  std::ptrdiff_t stride_ = 0;
  int width_ = 0;
  int height_ = 0;
  AlignedBuffer<T> buffer_;
};

}  // namespace visq
