#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "base/reflect.h"
#include "kernels/conv/values.h"
#include "kernels/float_vif/float_vif.h"
#include "kernels/float_vif/log2_taps.h"

namespace visq::float_vif {
namespace {

int odd_above(float value) {
  const int whole = static_cast<int>(std::ceil(value));
  return whole % 2 == 0 ? whole + 1 : whole;
}

float log2_of(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const float u = std::bit_cast<float>((bits & 0x7FFFFF) | 0x3F800000) - 1;
  float sum = 0;
  for (const float tap : kLog2Taps) sum = sum * u + tap;
  return static_cast<float>(static_cast<int>(bits >> 23) - 127) + sum * u;
}

struct Pixel {
  float mean1 = 0, mean2 = 0, square1 = 0, square2 = 0, product = 0;
};

struct Row {
  float* values;
  float at(int i, int width) const { return values[reflect101(i, width)]; }
};

float filter(const auto& value, std::span<const float> taps) {
  float sum = 0;
  const int radius = static_cast<int>(taps.size()) / 2;
  for (int k = 0; k < static_cast<int>(taps.size()); ++k)
    sum += taps[static_cast<std::size_t>(k)] * value(k - radius);
  return sum;
}

// `value(x, y)` filtered, columns first.
std::vector<float> filter_plane(int width, int height, std::span<const float> taps,
                                const auto& value) {
  std::vector<float> columns(static_cast<std::size_t>(width) * static_cast<std::size_t>(height)),
      out(columns.size());
  const auto index = [width](int x, int y) {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
           static_cast<std::size_t>(x);
  };
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      columns[index(x, y)] =
          filter([&](int k) { return value(x, reflect101(y + k, height)); }, taps);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      out[index(x, y)] =
          filter([&](int k) { return columns[index(reflect101(x + k, width), y)]; }, taps);
  return out;
}

struct Information {
  float num, den;
};

Information information(const Pixel& p, const Rule& rule) {
  constexpr float kTiny = 1e-10f;
  const float s1 = std::max(p.square1 - p.mean1 * p.mean1, 0.f),
              s2 = std::max(p.square2 - p.mean2 * p.mean2, 0.f);
  const float s12 = p.product - p.mean1 * p.mean2;
  if (s1 < rule.noise) return {1 - s2 * (rule.noise * rule.noise / (255.f * 255.f)), 1};
  if (s1 < kTiny) return {0, 0};
  const float den = log2_of(1 + s1 / rule.noise);
  if (s12 < 0 || s2 < kTiny) return {0, den};
  const float gain = s12 / (s1 + kTiny), left = std::max(s2 - gain * s12, kTiny),
              limited = std::min(gain, rule.gain_limit);
  return {log2_of(1 + limited * limited * s1 / (left + rule.noise)), den};
}

}  // namespace

std::vector<float> gaussian(int scale, float kernel_scale) {
  const int size =
      std::max(odd_above(static_cast<float>((1 << (kScales - scale)) + 1) * kernel_scale), 3);
  const float deviation = static_cast<float>(size) / 5.f;
  const auto height =
      static_cast<float>(1 / (static_cast<double>(deviation) * std::sqrt(2 * std::numbers::pi)));
  std::vector<float> taps;
  float sum = 0;
  for (int i = -(size / 2); i <= size / 2; ++i) {
    const double s = static_cast<double>(deviation);
    taps.push_back(static_cast<float>(std::exp(-0.5 * i / s * i / s)) / height);
    sum += taps.back();
  }
  for (float& tap : taps) tap /= sum;
  return taps;
}

Sums sums_ref(const Samples& ref, const Samples& dist, const Rule& rule) {
  const SampleRange range = value_range(ref.bits, kCentre);
  const auto r = [&](int x, int y) { return value_at(ref, x, y, range); };
  const auto d = [&](int x, int y) { return value_at(dist, x, y, range); };
  const auto filtered = [&](const auto& f) {
    return filter_plane(ref.width, ref.height, rule.taps, f);
  };
  const auto mean1 = filtered(r), mean2 = filtered(d);
  const auto square1 = filtered([&](int x, int y) { return r(x, y) * r(x, y); });
  const auto square2 = filtered([&](int x, int y) { return d(x, y) * d(x, y); });
  const auto product = filtered([&](int x, int y) { return r(x, y) * d(x, y); });
  Sums sums;
  for (std::size_t i = 0; i < mean1.size(); ++i) {
    const Information here =
        information({mean1[i], mean2[i], square1[i], square2[i], product[i]}, rule);
    sums.num += static_cast<double>(here.num);
    sums.den += static_cast<double>(here.den);
  }
  return sums;
}

void downsample_ref(const Samples& in, std::span<const float> taps, PlaneView<float> out) {
  const SampleRange range = value_range(in.bits, kCentre);
  const auto filtered = filter_plane(in.width, in.height, taps,
                                     [&](int x, int y) { return value_at(in, x, y, range); });
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x)
      out.row(y)[x] =
          filtered[static_cast<std::size_t>(2 * y) * static_cast<std::size_t>(in.width) +
                   static_cast<std::size_t>(2 * x)];
}

}  // namespace visq::float_vif
