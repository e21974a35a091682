#include <vector>

#include "kernels/ssim/shrink.h"
#include "kernels/ssim/terms.h"

namespace visq {
namespace {

template <typename T>
float box(PlaneView<const T> in, int x, int y, int factor, float weight) {
  std::uint32_t sum = 0;
  for (int v = 0; v < factor; ++v)
    for (int u = 0; u < factor; ++u)
      sum += in.row(
          reflect_edge(y - factor / 2 + v, in.height))[reflect_edge(x - factor / 2 + u, in.width)];
  return static_cast<float>(sum) * weight;
}

template <typename T>
void by_box(PlaneView<const T> in, int bits, int factor, PlaneView<float> out) {
  const float weight = 1.0f / static_cast<float>(factor * factor) * ssim::unit(bits);
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x)
      out.row(y)[x] = box(in, x * factor, y * factor, factor, weight);
}

// at(k): the sample k away from the centre.
float low_passed(const auto& at) {
  const auto pair = [&](int k) {
    return kHalveTaps[static_cast<std::size_t>(k)] * (at(-k) + at(k));
  };
  return (kHalveTaps[0] * at(0) + pair(1) + pair(2)) + (pair(3) + pair(4));
}

template <typename T>
void halve_plane(PlaneView<const T> in, float unit, PlaneView<float> out) {
  std::vector<float> row(static_cast<std::size_t>(in.width));
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < in.width; ++x)
      row[static_cast<std::size_t>(x)] =
          low_passed([&](int k) {
            return static_cast<float>(in.row(reflect_edge(2 * y + k, in.height))[x]);
          }) *
          unit;
    for (int x = 0; x < out.width; ++x)
      out.row(y)[x] = low_passed(
          [&](int k) { return row[static_cast<std::size_t>(reflect_edge(2 * x + k, in.width))]; });
  }
}

}  // namespace

void shrink_by_box_ref(PlaneView<const std::uint8_t> in, int bits, int factor,
                       PlaneView<float> out) {
  by_box(in, bits, factor, out);
}
void shrink_by_box_ref(PlaneView<const std::uint16_t> in, int bits, int factor,
                       PlaneView<float> out) {
  by_box(in, bits, factor, out);
}
void halve_ref(PlaneView<const std::uint8_t> in, int bits, PlaneView<float> out) {
  halve_plane(in, ssim::unit(bits), out);
}
void halve_ref(PlaneView<const std::uint16_t> in, int bits, PlaneView<float> out) {
  halve_plane(in, ssim::unit(bits), out);
}
void halve_ref(PlaneView<const float> in, PlaneView<float> out) { halve_plane(in, 1.0f, out); }

}  // namespace visq
