#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "kernels/ssimulacra/ssimulacra.h"

namespace visq::ssimulacra {
namespace {

// A channel of a whole picture; 0 beyond its edge.
struct Channel {
  int width, height;
  std::vector<double> values;
  Channel(int w, int h) : width(w), height(h), values(static_cast<std::size_t>(w) * static_cast<std::size_t>(h)) {}
  double& at(int x, int y) { return values[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)]; }
  double at(int x, int y) const {
    if (x < 0 || y < 0 || x >= width || y >= height) return 0;
    return values[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)];
  }
};

double receptor(const Light& light, int x, int y, int i) {
  double sum = kBias;
  for (std::size_t c = 0; c < 3; ++c) sum += static_cast<double>(kAbsorbance[i][c]) * light[c].row(y)[x];
  return std::cbrt(std::max(sum, 0.0)) - std::cbrt(static_cast<double>(kBias));
}

// X, Y and B - Y, scaled to 0..1.
std::vector<Channel> perceived(const Light& light) {
  std::vector<Channel> xyb(3, Channel(light[0].width, light[0].height));
  for (int y = 0; y < light[0].height; ++y)
    for (int x = 0; x < light[0].width; ++x) {
      const double l = receptor(light, x, y, 0), m = receptor(light, x, y, 1), s = receptor(light, x, y, 2);
      xyb[0].at(x, y) = (l - m) / 2 * 14 + 0.42;
      xyb[1].at(x, y) = (l + m) / 2 + 0.01;
      xyb[2].at(x, y) = s - (l + m) / 2 + 0.55;
    }
  return xyb;
}

template <typename Value>
double blurred(int x, int y, const Value& value) {
  double sum = 0;
  for (int j = -kRadius; j <= kRadius; ++j)
    for (int i = -kRadius; i <= kRadius; ++i)
      sum += static_cast<double>(kBlur[static_cast<std::size_t>(std::abs(j))]) * kBlur[static_cast<std::size_t>(std::abs(i))] * value(x + i, y + j);
  return sum;
}

void add(Norms& norms, double error) {
  norms.mean += error;
  norms.fourth += error * error * error * error;
}

Norms finished(const Norms& sums, double pixels) { return {sums.mean / pixels, std::pow(sums.fourth / pixels, 0.25)}; }

ChannelErrors compare(const Channel& a, const Channel& b) {
  ChannelErrors e;
  for (int y = 0; y < a.height; ++y)
    for (int x = 0; x < a.width; ++x) {
      const double mu_a = blurred(x, y, [&](int i, int j) { return a.at(i, j); });
      const double mu_b = blurred(x, y, [&](int i, int j) { return b.at(i, j); });
      const double aa = blurred(x, y, [&](int i, int j) { return a.at(i, j) * a.at(i, j); }) - mu_a * mu_a;
      const double bb = blurred(x, y, [&](int i, int j) { return b.at(i, j) * b.at(i, j); }) - mu_b * mu_b;
      const double ab = blurred(x, y, [&](int i, int j) { return a.at(i, j) * b.at(i, j); }) - mu_a * mu_b;
      const double mean = 1 - (mu_a - mu_b) * (mu_a - mu_b);
      add(e.structure, std::max(0.0, 1 - mean * (2 * ab + static_cast<double>(kStabiliser)) / (aa + bb + static_cast<double>(kStabiliser))));
      const double edge = (1 + std::fabs(b.at(x, y) - mu_b)) / (1 + std::fabs(a.at(x, y) - mu_a)) - 1;
      add(e.artefacts, std::max(edge, 0.0));
      add(e.lost, std::max(-edge, 0.0));
    }
  const double pixels = static_cast<double>(a.width) * a.height;
  return {finished(e.structure, pixels), finished(e.artefacts, pixels), finished(e.lost, pixels)};
}

}  // namespace

ScaleErrors scale_errors_ref(const Light& ref, const Light& dist) {
  const std::vector<Channel> a = perceived(ref), b = perceived(dist);
  return {compare(a[0], b[0]), compare(a[1], b[1]), compare(a[2], b[2])};
}

}  // namespace visq::ssimulacra
