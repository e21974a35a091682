#include "kernels/adm/adm.h"

namespace visq::adm {
namespace {

// db2 in 16-bit fixed point.
constexpr std::array<std::int64_t, 4> kLow{15826, 27411, 7345, -4240}, kHigh{-4240, -7345, 27411, -15826};
constexpr std::int64_t kLowSum = 46342;

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
  return {{half - kLowSum * half, bits}, {half, bits}, {32768, 16}};
}

LevelRounding next_rounding(int level) {
  switch (level) {
    case 1: return {{0, 0}, {0, 0}, {16384, 15}};
    case 2: return {{32768, 16}, {32768, 16}, {32768, 16}};
    default: return {{32768, 16}, {32768, 16}, {16384, 15}};
  }
}

// The four taps of output i: 2i-1 .. 2i+2, mirrored at the start, the edge repeated at the end.
std::array<int, 4> taps(int i, int size) {
  std::array<int, 4> taps{};
  for (int k = 0; k < 4; ++k) {
    int at = 2 * i - 1 + k;
    if (at < 0) at = -at;
    if (at >= size) at = 2 * size - at - 1;
    taps[static_cast<std::size_t>(k)] = at < 0 ? 0 : at;  // a picture of one sample
  }
  return taps;
}

template <typename T>
std::int32_t filter(const std::array<std::int64_t, 4>& f, const std::array<T, 4>& v, Rounding r) {
  return static_cast<std::int32_t>((f[0] * v[0] + f[1] * v[1] + f[2] * v[2] + f[3] * v[3] + r.offset) >> r.shift);
}

void filter_row(const std::int32_t* row, int width, Rounding r, std::int32_t* low, std::int32_t* high) {
  const int out_width = (width + 1) / 2;
  const auto one = [&](int i, const std::array<int, 4>& at) {
    const std::array<std::int64_t, 4> v{row[at[0]], row[at[1]], row[at[2]], row[at[3]]};
    low[i] = filter(kLow, v, r);
    high[i] = filter(kHigh, v, r);
  };
  one(0, taps(0, width));
  for (int i = 1; i < out_width - 2; ++i) one(i, {2 * i - 1, 2 * i, 2 * i + 1, 2 * i + 2});
  for (int i = out_width < 3 ? 1 : out_width - 2; i < out_width; ++i) one(i, taps(i, width));
}

template <typename T>
void transform_plane(PlaneView<const T> in, const LevelRounding& rounding, const Bands& out, Scratch& scratch) {
  auto* const low = scratch.take<std::int32_t>(static_cast<std::size_t>(in.width));
  auto* const high = scratch.take<std::int32_t>(static_cast<std::size_t>(in.width));
  for (int i = 0; i < out.height(); ++i) {
    const auto at = taps(i, in.height);
    const T* const rows[] = {in.row(at[0]), in.row(at[1]), in.row(at[2]), in.row(at[3])};
    for (int x = 0; x < in.width; ++x) {
      const std::array<std::int64_t, 4> v{rows[0][x], rows[1][x], rows[2][x], rows[3][x]};
      low[x] = filter(kLow, v, rounding.vertical_low);
      high[x] = filter(kHigh, v, rounding.vertical_high);
    }
    filter_row(low, in.width, rounding.horizontal, out.approximation.row(i), out.vertical.row(i));
    filter_row(high, in.width, rounding.horizontal, out.horizontal.row(i), out.diagonal.row(i));
  }
}

}  // namespace

Bands take_bands(Scratch& scratch, int width, int height) {
  const int w = (width + 1) / 2, h = (height + 1) / 2;
  const auto plane = [&] { return scratch.take_plane<std::int32_t>(w, h); };
  return {plane(), plane(), plane(), plane()};
}

void transform(PlaneView<const std::uint8_t> samples, int bits, const Bands& out, Scratch& scratch) {
  transform_plane(samples, first_rounding(bits), out, scratch);
}
void transform(PlaneView<const std::uint16_t> samples, int bits, const Bands& out, Scratch& scratch) {
  transform_plane(samples, first_rounding(bits), out, scratch);
}
void transform(PlaneView<const std::int32_t> approximation, int level, const Bands& out, Scratch& scratch) {
  transform_plane(approximation, next_rounding(level), out, scratch);
}

}  // namespace visq::adm
