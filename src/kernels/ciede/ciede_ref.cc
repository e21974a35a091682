#include <algorithm>
#include <cmath>
#include <numbers>

#include "kernels/ciede/ciede.h"
#include "kernels/conv/values.h"

namespace visq::ciede {
namespace {

constexpr double kPi = std::numbers::pi;

double linear(double v) { return v > 10. / 255 ? std::pow((v + 0.055) / 1.055, 2.4) : v / 12.92; }

double lightness_of(double t) {
  return t > 216. / 24389 ? std::cbrt(t) : (24389. / 27 * t + 16) / 116;
}

Lab lab_of(double y, double cb, double cr) {
  const double r = linear(y + 1.28033 * cr), g = linear(y - 0.21482 * cb - 0.38059 * cr),
               b = linear(y + 2.12798 * cb);
  const double fx = lightness_of(
      (r * 0.4124564390896921 + g * 0.357576077643909 + b * 0.18043748326639894) / 0.95047);
  const double fy =
      lightness_of(r * 0.21267285140562248 + g * 0.715152155287818 + b * 0.07217499330655958);
  const double fz = lightness_of(
      (r * 0.019333895582329317 + g * 0.119192025881303 + b * 0.9503040785363677) / 1.08883);
  return {116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)};
}

double hue_of(double b, double a) {
  if (a == 0 && b == 0) return 0;
  const double hue = std::atan2(b, a);
  return hue < 0 ? hue + 2 * kPi : hue;
}

double hue_difference(double h1, double h2) {
  if (std::abs(h2 - h1) <= kPi) return h2 - h1;
  return h2 <= h1 ? h2 - h1 + 2 * kPi : h2 - h1 - 2 * kPi;
}

double degrees(double angle) { return angle * kPi / 180; }

double seventh_power_ratio(double chroma) {
  return std::sqrt(std::pow(chroma, 7) / (std::pow(chroma, 7) + std::pow(25., 7)));
}

Lab lab_at(const Ycbcr& picture, int x, int y) {
  const double unit = 1 << (picture.y.bits - 8);
  const auto sample = [](const Samples& plane, int column, int row) {
    return static_cast<double>(value_at(plane, column, row, {}));
  };
  const auto chroma = [&](const Samples& plane) {
    const int row = std::min(y >> picture.shift_y, plane.height - 1),
              column = std::min(x >> picture.shift_x, plane.width - 1);
    return (sample(plane, column, row) - 128 * unit) / (224 * unit);
  };
  return lab_of((sample(picture.y, x, y) - 16 * unit) / (219 * unit), chroma(picture.cb),
                chroma(picture.cr));
}

}  // namespace

double ciede2000(const Lab& first, const Lab& second) {
  const double c1 = std::hypot(first.a, first.b), c2 = std::hypot(second.a, second.b);
  const double stretch = 1 + (1 - seventh_power_ratio((c1 + c2) / 2)) / 2;
  const double a1 = first.a * stretch, a2 = second.a * stretch, chroma1 = std::hypot(a1, first.b),
               chroma2 = std::hypot(a2, second.b);
  const double h1 = hue_of(first.b, a1), h2 = hue_of(second.b, a2),
               mean_chroma = (chroma1 + chroma2) / 2;
  const double mean_hue = std::abs(h1 - h2) > kPi ? (h1 + h2 + 2 * kPi) / 2 : (h1 + h2) / 2;
  const double hue_distance =
      2 * std::sqrt(chroma1 * chroma2) * (c1 * c2 == 0 ? 0 : std::sin(hue_difference(h1, h2) / 2));
  const double from_middle = std::pow((first.l + second.l) / 2 - 50, 2);
  const double t = 1 - 0.17 * std::cos(mean_hue - degrees(30)) + 0.24 * std::cos(2 * mean_hue) +
                   0.32 * std::cos(3 * mean_hue + degrees(6)) -
                   0.20 * std::cos(4 * mean_hue - degrees(63));
  const double turn =
      -2 * seventh_power_ratio(mean_chroma) *
      std::sin(degrees(60 * std::exp(-std::pow((mean_hue * 180 / kPi - 275) / 25, 2))));
  const double lightness =
      (second.l - first.l) / (0.65 * (1 + 0.015 * from_middle / std::sqrt(20 + from_middle)));
  const double chroma = (chroma2 - chroma1) / (1 + 0.045 * mean_chroma),
               hue = hue_distance / (4 * (1 + 0.015 * mean_chroma * t));
  return std::sqrt(lightness * lightness + chroma * chroma + hue * hue + turn * chroma * hue);
}

double sum_ref(const Ycbcr& ref, const Ycbcr& dist) {
  double sum = 0;
  for (int y = 0; y < ref.y.height; ++y)
    for (int x = 0; x < ref.y.width; ++x) sum += ciede2000(lab_at(ref, x, y), lab_at(dist, x, y));
  return sum;
}

}  // namespace visq::ciede
