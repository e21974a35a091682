#include "kernels/ssim/rounded.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "kernels/conv/values.h"
#include "kernels/ssim/rounded_taps.h"
#include "kernels/ssim/shrink.h"
#include "kernels/ssim/terms.h"

namespace visq::ssim::rounded {
namespace {

constexpr std::size_t kMoments = 5;
using Moments = std::array<float, kMoments>;

// Each product is rounded, the sum of them is not before its end.
template <typename At>
float filtered(const At& at) {
  double sum = 0;
  for (int k = -kRadius; k <= kRadius; ++k)
    sum += static_cast<double>(at(k) * ssim::kTaps[static_cast<std::size_t>(std::abs(k))]);
  return static_cast<float>(sum);
}

Moments moments_of(float x, float y) { return {x, y, x * x, y * y, x * y}; }

// Filtered horizontally.
std::vector<Moments> filtered_rows(const Samples& ref, const Samples& dist) {
  const SampleRange range = value_range(ref.bits, 0);
  std::vector<Moments> rows;
  for (int y = 0; y < ref.height; ++y)
    for (int x = kRadius; x < ref.width - kRadius; ++x) {
      Moments& sums = rows.emplace_back();
      for (std::size_t m = 0; m < kMoments; ++m)
        sums[m] = filtered([&](int k) {
          return moments_of(value_at(ref, x + k, y, range), value_at(dist, x + k, y, range))[m];
        });
    }
  return rows;
}

bool are_equal(const Samples& a, const Samples& b) {
  for (int y = 0; y < a.height; ++y)
    for (int x = 0; x < a.width; ++x)
      if (value_at(a, x, y, {}) != value_at(b, x, y, {})) return false;
  return true;
}

struct TermsOfWindow {
  double luminance, contrast, structure;
};

TermsOfWindow terms_of(const Moments& m) {
  constexpr float kC3 = kC2 / 2;
  const float mu1 = m[0], mu2 = m[1], squares = mu1 * mu1 + mu2 * mu2;
  const float v1 = std::max(m[2] - mu1 * mu1, 0.0f), v2 = std::max(m[3] - mu2 * mu2, 0.0f),
              both = v1 + v2;
  const float covariance = m[4] - mu1 * mu2, sigma = std::sqrt(v1 * v2);
  const float clamped = covariance < 0 && sigma <= 0 ? 0 : covariance;
  return {(2.0 * static_cast<double>(mu1) * static_cast<double>(mu2) + static_cast<double>(kC1)) /
              static_cast<double>(squares + kC1),
          (2.0 * static_cast<double>(sigma) + static_cast<double>(kC2)) /
              static_cast<double>(both + kC2),
          static_cast<double>((clamped + kC3) / (sigma + kC3))};
}

Means sums_of_column(const Moments* top, int rows, std::ptrdiff_t step) {
  Means sums{0, 0, 0, 0};
  for (int y = 0; y < rows; ++y, top += step) {
    Moments means;
    for (std::size_t m = 0; m < kMoments; ++m)
      means[m] = filtered([&](int k) { return top[(k + kRadius) * step][m]; });
    const TermsOfWindow terms = terms_of(means);
    sums.product += terms.luminance * terms.contrast * terms.structure;
    sums.luminance += terms.luminance;
    sums.contrast += terms.contrast;
    sums.structure += terms.structure;
  }
  return sums;
}

}  // namespace

Means means_ref(const Samples& ref, const Samples& dist, Terms terms) {
  if (are_equal(ref, dist)) return {};
  const int columns = ref.width - kWindow + 1, rows = ref.height - kWindow + 1;
  const double positions = static_cast<double>(columns) * rows;
  const std::vector<Moments> moments = filtered_rows(ref, dist);
  Means total{0, 0, 0, 0};
  for (int x = 0; x < columns; ++x) {
    const Means sums = sums_of_column(moments.data() + x, rows, columns);
    total = {total.product + sums.product, total.luminance + sums.luminance,
             total.contrast + sums.contrast, total.structure + sums.structure};
  }
  const bool all = terms != Terms::contrast_structure;
  return {all ? total.product / positions : 1, all ? total.luminance / positions : 1,
          total.contrast / positions, total.structure / positions};
}

void shrink_by_box_ref(const Samples& in, int factor, PlaneView<float> out) {
  const SampleRange range = value_range(in.bits, 0);
  const float tap = 1.0f / static_cast<float>(factor * factor);
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x) {
      double sum = 0;
      for (int v = 0; v < factor; ++v)
        for (int u = 0; u < factor; ++u)
          sum += static_cast<double>(
              value_at(in, reflect_edge(x * factor - factor / 2 + u, in.width),
                       reflect_edge(y * factor - factor / 2 + v, in.height), range) *
              tap);
      out.row(y)[x] = static_cast<float>(sum);
    }
}

void halve_ref(const Samples& in, PlaneView<float> out) {
  const SampleRange range = value_range(in.bits, 0);
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x) {
      double sum = 0;
      for (int v = -kReach; v <= kReach; ++v) {
        const int row = reflect_edge(2 * y + v, in.height);
        double part = 0;
        for (int u = -kReach; u <= kReach; ++u)
          part += static_cast<double>(value_at(in, reflect_edge(2 * x + u, in.width), row, range) *
                                      kLowPass[std::abs(v)][std::abs(u)]);
        sum += part;
      }
      out.row(y)[x] = static_cast<float>(sum);
    }
}

}  // namespace visq::ssim::rounded
