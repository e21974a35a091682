#include <vector>

#include "kernels/conv/values.h"
#include "kernels/ssim/shrink.h"
#include "kernels/ssim/terms.h"

namespace visq::ssim {
namespace {

double box(const Samples& in, int x, int y, int factor) {
  double sum = 0;  // of whole numbers
  for (int v = 0; v < factor; ++v)
    for (int u = 0; u < factor; ++u)
      sum += static_cast<double>(value_at(in, reflect_edge(x - factor / 2 + u, in.width),
                                          reflect_edge(y - factor / 2 + v, in.height), {}));
  return sum;
}

// at(k): the sample k away from the centre.
float low_passed(const auto& at) {
  const auto pair = [&](int k) {
    return kHalveTaps[static_cast<std::size_t>(k)] * (at(-k) + at(k));
  };
  return (kHalveTaps[0] * at(0) + pair(1) + pair(2)) + (pair(3) + pair(4));
}

}  // namespace

void shrink_by_box_ref(const Samples& in, int factor, PlaneView<float> out) {
  const float weight = 1.0f / static_cast<float>(factor * factor) * unit(in.bits);
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x)
      out.row(y)[x] = static_cast<float>(box(in, x * factor, y * factor, factor)) * weight;
}

void halve_ref(const Samples& in, PlaneView<float> out) {
  const SampleRange range = value_range(in.bits, 0);
  std::vector<float> row(static_cast<std::size_t>(in.width));
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < in.width; ++x)
      row[static_cast<std::size_t>(x)] = low_passed(
          [&](int k) { return value_at(in, x, reflect_edge(2 * y + k, in.height), range); });
    for (int x = 0; x < out.width; ++x)
      out.row(y)[x] = low_passed(
          [&](int k) { return row[static_cast<std::size_t>(reflect_edge(2 * x + k, in.width))]; });
  }
}

}  // namespace visq::ssim
