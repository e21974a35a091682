// Planes of samples of any depth, or of floats, and how samples become values that do not depend on
// the depth.
#pragma once

#include "base/samples.h"

namespace visq {

// The depth of a plane of floats.
inline constexpr int kFloatBits = 32;

inline Samples float_samples(PlaneView<const float> plane) {
  Samples samples;
  samples.data = plane.data;
  samples.stride = plane.stride;
  samples.width = plane.width;
  samples.height = plane.height;
  samples.bits = kFloatBits;
  return samples;
}

// As with_sample_type, where samples may be floats.
template <typename F>
decltype(auto) with_value_type(int bits, F&& f) {
  if (bits == kFloatBits) return std::forward<F>(f).template operator()<float>();
  return with_sample_type(bits, std::forward<F>(f));
}

inline int bytes_of_sample(int bits) { return bits == 8 ? 1 : bits == kFloatBits ? 4 : 2; }

inline const std::byte* place_of(const Samples& plane, int x, int y) {
  return static_cast<const std::byte*>(plane.data) +
         (y * plane.stride + x) * bytes_of_sample(plane.bits);
}

// A rectangle of a plane.
inline Samples part_of(const Samples& plane, int x, int y, int width, int height) {
  Samples part = plane;
  part.data = place_of(plane, x, y);
  part.width = width;
  part.height = height;
  return part;
}

// sample * scale + offset. The scale is a power of two: exact.
struct SampleRange {
  float scale = 1;
  float offset = 0;
};

// Code values of 8 bits, less `centre`. Floats are values already.
constexpr SampleRange value_range(int bits, float centre) {
  if (bits == kFloatBits) return {};
  return {1.0f / static_cast<float>(1 << (bits - 8)), -centre};
}

// One value at a time: for references.
inline float value_at(const Samples& plane, int x, int y, const SampleRange& range) {
  const float sample = with_value_type(
      plane.bits, [&]<typename T>() { return static_cast<float>(plane.as<T>().row(y)[x]); });
  return sample * range.scale + range.offset;
}

}  // namespace visq
