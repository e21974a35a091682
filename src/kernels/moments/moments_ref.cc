#include "kernels/moments/moments.h"

namespace visq::moments {

Sums sums_ref(const Samples& plane) {
  return with_sample_type(plane.bits, [&]<typename T>() {
    Sums sums;
    for (int y = 0; y < plane.height; ++y)
      for (int x = 0; x < plane.width; ++x) {
        const std::uint64_t sample = plane.as<T>().row(y)[x];
        sums.samples += sample;
        sums.squares += sample * sample;
      }
    return sums;
  });
}

}  // namespace visq::moments
