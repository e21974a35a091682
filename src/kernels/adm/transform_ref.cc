#include <vector>

#include "kernels/adm/adm.h"
#include "kernels/adm/scale.h"

namespace visq::adm {
namespace {

struct Rounding {
  std::int64_t offset;
  int shift;
};
struct LevelRounding {
  Rounding vertical_low, vertical_high, horizontal;
};

// Samples are centred on zero on their way through the low pass.
LevelRounding first_rounding(int bits) {
  const std::int64_t half = std::int64_t{1} << (bits - 1);
  return {{half - kLowPassSum * half, bits}, {half, bits}, {32768, 16}};
}

LevelRounding next_rounding(int level) {
  switch (level) {
    case 1:
      return {{0, 0}, {0, 0}, {16384, 15}};
    case 2:
      return {{32768, 16}, {32768, 16}, {32768, 16}};
    default:
      return {{32768, 16}, {32768, 16}, {16384, 15}};
  }
}

using Taps = std::array<std::int64_t, 4>;

std::int32_t filter(const std::array<std::int16_t, 4>& f, const Taps& v, Rounding r) {
  return static_cast<std::int32_t>(
      (f[0] * v[0] + f[1] * v[1] + f[2] * v[2] + f[3] * v[3] + r.offset) >> r.shift);
}

template <typename At>
Taps taps(int i, int size, const At& at) {
  return {at(tap(i, 0, size)), at(tap(i, 1, size)), at(tap(i, 2, size)), at(tap(i, 3, size))};
}

using Row = std::vector<std::int32_t>;

void filter_row(const Row& row, Rounding r, std::int32_t* low, std::int32_t* high) {
  const int width = static_cast<int>(row.size());
  for (int i = 0; i < (width + 1) / 2; ++i) {
    const Taps v = taps(i, width, [&](int x) { return row[static_cast<std::size_t>(x)]; });
    low[i] = filter(kLowPass, v, r);
    high[i] = filter(kHighPass, v, r);
  }
}

template <typename T>
Bands transform_plane(PlaneView<const T> in, const LevelRounding& rounding) {
  Bands out(in.width, in.height);
  Row low(static_cast<std::size_t>(in.width)), high(low);
  for (int i = 0; i < out.height(); ++i) {
    for (int x = 0; x < in.width; ++x) {
      const Taps v = taps(i, in.height, [&](int y) { return std::int64_t{in.row(y)[x]}; });
      low[static_cast<std::size_t>(x)] = filter(kLowPass, v, rounding.vertical_low);
      high[static_cast<std::size_t>(x)] = filter(kHighPass, v, rounding.vertical_high);
    }
    filter_row(low, rounding.horizontal, out.approximation.row(i), out.vertical.row(i));
    filter_row(high, rounding.horizontal, out.horizontal.row(i), out.diagonal.row(i));
  }
  return out;
}

Plane<std::int32_t> half_plane(int width, int height) {
  return {(width + 1) / 2, (height + 1) / 2};
}

}  // namespace

Bands::Bands(int width, int height)
    : approximation(half_plane(width, height)),
      horizontal(half_plane(width, height)),
      vertical(half_plane(width, height)),
      diagonal(half_plane(width, height)) {}

Bands transform_ref(const Samples& samples) {
  return with_sample_type(samples.bits, [&]<typename T>() {
    return transform_plane(samples.as<T>(), first_rounding(samples.bits));
  });
}
Bands transform_ref(PlaneView<const std::int32_t> approximation, int level) {
  return transform_plane(approximation, next_rounding(level));
}

}  // namespace visq::adm
