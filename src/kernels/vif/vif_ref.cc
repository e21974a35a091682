#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "base/reflect.h"
#include "kernels/vif/vif.h"

namespace visq::vif {
namespace {

// Rounded log2(i) * 2048 of i = 32768 + index.
std::array<std::uint16_t, 32768> make_log_table() {
  std::array<std::uint16_t, 32768> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto log = static_cast<float>(std::log2(static_cast<double>(32768 + i)));
    table[i] = static_cast<std::uint16_t>(std::lround(log * kLogUnit));
  }
  return table;
}

using Row = std::vector<std::uint64_t>;

constexpr std::uint64_t round_shift(std::uint64_t sum, int shift) {
  return shift == 0 ? sum : (sum + (std::uint64_t{1} << (shift - 1))) >> shift;
}

// The filtered column at (x, y) of what `sample(row, x)` gives.
std::uint64_t vertical(std::span<const std::uint16_t> taps, int x, int y, int height,
                       const auto& sample) {
  std::uint64_t sum = 0;
  const int radius = static_cast<int>(taps.size()) / 2;
  for (int k = 0; k < static_cast<int>(taps.size()); ++k)
    sum += taps[static_cast<std::size_t>(k)] *
           std::uint64_t{sample(reflect101(y - radius + k, height), x)};
  return sum;
}

std::uint64_t horizontal(std::span<const std::uint16_t> taps, const Row& row, int x) {
  std::uint64_t sum = 0;
  const int radius = static_cast<int>(taps.size()) / 2, width = static_cast<int>(row.size());
  for (int k = 0; k < static_cast<int>(taps.size()); ++k)
    sum += taps[static_cast<std::size_t>(k)] *
           row[static_cast<std::size_t>(reflect101(x - radius + k, width))];
  return sum;
}

std::int32_t less_product(std::uint64_t square, std::uint64_t a, std::uint64_t b) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(square) -
                                   static_cast<std::uint32_t>(round_shift(a * b, 32)));
}

struct Moments {
  std::int32_t s1, s2, s12;
};

void add(Sums& sums, const Moments& m, std::span<const double> limits) {
  if (m.s1 < kNoise) {
    sums.num_nonlog += m.s2;
    ++sums.den_nonlog;
    return;
  }
  sums.den_log += log_ref(static_cast<std::uint64_t>(kNoise + m.s1)) - 17 * kLogUnit;
  if (m.s12 <= 0 || m.s2 <= 0) return;
  const double gain = m.s12 / (m.s1 + 65536e-10);
  const auto left = std::max(static_cast<std::int32_t>(m.s2 - gain * m.s12), 0);
  const std::int64_t noise = std::int64_t{left} + kNoise;
  for (std::size_t i = 0; i < limits.size(); ++i) {
    const double g = std::min(gain, limits[i]);
    const auto kept = static_cast<std::int64_t>(g * g * m.s1);
    sums.num_log[i] += log_ref(static_cast<std::uint64_t>(kept + noise)) -
                       log_ref(static_cast<std::uint64_t>(noise));
  }
}

template <typename T>
Sums sums_of(PlaneView<const T> ref, PlaneView<const T> dist, int bits, const Scale& scale) {
  const auto taps = filter(scale.scale);
  const auto width = static_cast<std::size_t>(ref.width);
  const int square_shift = 2 * (bits - 8);
  const auto r = [&](int y, int x) { return std::uint64_t{ref.row(y)[x]}; };
  const auto d = [&](int y, int x) { return std::uint64_t{dist.row(y)[x]}; };
  Row mu1(width), mu2(width), rr(width), dd(width), rd(width);
  Sums total;
  for (int y = 0; y < ref.height; ++y) {
    for (int x = 0; x < ref.width; ++x) {
      const auto i = static_cast<std::size_t>(x);
      const auto column = [&](const auto& sample) {
        return vertical(taps, x, y, ref.height, sample);
      };
      mu1[i] = round_shift(column(r), bits);
      mu2[i] = round_shift(column(d), bits);
      rr[i] = round_shift(column([&](int v, int u) { return r(v, u) * r(v, u); }), square_shift);
      dd[i] = round_shift(column([&](int v, int u) { return d(v, u) * d(v, u); }), square_shift);
      rd[i] = round_shift(column([&](int v, int u) { return r(v, u) * d(v, u); }), square_shift);
    }
    for (int x = 0; x < ref.width; ++x) {
      const std::uint64_t m1 = horizontal(taps, mu1, x), m2 = horizontal(taps, mu2, x);
      const auto square = [&](const Row& row) { return round_shift(horizontal(taps, row, x), 16); };
      add(total,
          {less_product(square(rr), m1, m1), std::max(less_product(square(dd), m2, m2), 0),
           less_product(square(rd), m1, m2)},
          scale.limits);
    }
  }
  return total;
}

template <typename T>
void downsample_by(PlaneView<const T> in, int bits, int scale, PlaneView<std::uint16_t> out) {
  const auto taps = filter(scale);
  const auto sample = [&](int y, int x) { return std::uint64_t{in.row(y)[x]}; };
  Row row(static_cast<std::size_t>(in.width));
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < in.width; ++x)
      row[static_cast<std::size_t>(x)] =
          round_shift(vertical(taps, x, 2 * y, in.height, sample), bits);
    for (int x = 0; x < out.width; ++x)
      out.row(y)[x] = static_cast<std::uint16_t>(round_shift(horizontal(taps, row, 2 * x), 16));
  }
}

}  // namespace

std::span<const std::uint16_t> filter(int scale) {
  static constexpr std::array<std::span<const std::uint16_t>, kScales> kFilters{kFilter0, kFilter1,
                                                                                kFilter2, kFilter3};
  return kFilters[static_cast<std::size_t>(scale)];
}

std::int32_t log_ref(std::uint64_t value) {
  static const std::array<std::uint16_t, 32768> table = make_log_table();
  const int k = 48 - std::countl_zero(value);
  return table[(value >> k) - 32768] + kLogUnit * k;
}

Sums sums_ref(const Samples& ref, const Samples& dist, const Scale& scale) {
  return with_sample_type(
      ref.bits, [&]<typename T>() { return sums_of(ref.as<T>(), dist.as<T>(), ref.bits, scale); });
}

void downsample_ref(const Samples& in, int scale, PlaneView<std::uint16_t> out) {
  with_sample_type(in.bits, [&]<typename T>() { downsample_by(in.as<T>(), in.bits, scale, out); });
}

}  // namespace visq::vif
