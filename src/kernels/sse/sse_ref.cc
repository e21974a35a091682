#include "kernels/sse/sse.h"

namespace visq {
namespace {

template <typename T>
std::uint64_t sum(PlaneView<const T> a, PlaneView<const T> b) {
  std::uint64_t total = 0;
  for (int y = 0; y < a.height; ++y)
    for (int x = 0; x < a.width; ++x) {
      const auto difference = std::int64_t{a.row(y)[x]} - b.row(y)[x];
      total += static_cast<std::uint64_t>(difference * difference);
    }
  return total;
}

}  // namespace

std::uint64_t sum_squared_error_ref(PlaneView<const std::uint8_t> a,
                                    PlaneView<const std::uint8_t> b) {
  return sum(a, b);
}
std::uint64_t sum_squared_error_ref(PlaneView<const std::uint16_t> a,
                                    PlaneView<const std::uint16_t> b) {
  return sum(a, b);
}

}  // namespace visq
