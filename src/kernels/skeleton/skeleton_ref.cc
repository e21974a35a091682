#include <cstdlib>

#include "kernels/skeleton/skeleton.h"

namespace visq::skeleton {

std::uint64_t difference_ref(const Samples& ref, const Samples& dist) {
  return with_sample_type(ref.bits, [&]<typename T>() {
    std::uint64_t sum = 0;
    for (int y = 0; y < ref.height; ++y)
      for (int x = 0; x < ref.width; ++x)
        sum += static_cast<std::uint64_t>(
            std::abs(int{ref.as<T>().row(y)[x]} - int{dist.as<T>().row(y)[x]}));
    return sum;
  });
}

}  // namespace visq::skeleton
