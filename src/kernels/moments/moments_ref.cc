#include "kernels/moments/moments.h"

namespace visq {
namespace {

template <typename T>
Moments moments(PlaneView<const T> plane) {
  Moments result;
  for (int y = 0; y < plane.height; ++y)
    for (int x = 0; x < plane.width; ++x) {
      const std::uint64_t sample = plane.row(y)[x];
      result.sum += sample;
      result.squares += sample * sample;
    }
  return result;
}

}  // namespace

Moments plane_moments_ref(PlaneView<const std::uint8_t> plane) { return moments(plane); }
Moments plane_moments_ref(PlaneView<const std::uint16_t> plane) { return moments(plane); }

}  // namespace visq
