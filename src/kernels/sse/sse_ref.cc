#include "kernels/sse/sse.h"

namespace visq {

std::uint64_t sum_squared_error_ref(const Samples& a, const Samples& b) {
  return with_sample_type(a.bits, [&]<typename T>() {
    std::uint64_t total = 0;
    for (int y = 0; y < a.height; ++y)
      for (int x = 0; x < a.width; ++x) {
        const auto difference = std::int64_t{a.as<T>().row(y)[x]} - b.as<T>().row(y)[x];
        total += static_cast<std::uint64_t>(difference * difference);
      }
    return total;
  });
}

}  // namespace visq
