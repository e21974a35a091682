#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>

#include "kernels/adm/adm.h"
#include "kernels/adm/scale.h"

namespace visq::adm {
namespace {

float cube_root(float value) { return std::pow(value, 1.0f / 3.0f); }

float score(const std::array<std::int64_t, 3>& totals, const std::array<int, 3>& shifts,
            double noise) {
  float sum = 0;
  for (std::size_t o = 0; o < kOrientations; ++o)
    sum += cube_root(static_cast<float>(std::ldexp(static_cast<double>(totals[o]), -shifts[o]))) +
           cube_root(static_cast<float>(noise));
  return sum;
}

float reference_score(const std::array<std::int64_t, 3>& totals, int shift, const ScaleRule& rule,
                      double noise) {
  float sum = 0;
  for (std::size_t o = 0; o < kOrientations; ++o) {
    const double energy = std::ldexp(static_cast<double>(totals[o]), -shift) *
                          std::pow(static_cast<double>(rule.contrast[o]), 3.0);
    sum += cube_root(static_cast<float>(energy)) + cube_root(static_cast<float>(noise));
  }
  return sum;
}

}  // namespace

int ceil_log2(int value) {
  return value <= 1 ? 0 : std::bit_width(static_cast<unsigned>(value - 1));
}

Region region_of(int width, int height) {
  const int left = static_cast<int>(width * 0.1 - 0.5), top = static_cast<int>(height * 0.1 - 0.5);
  return {left, top, width - left, height - top};
}

Scaling scaling_of(int scale, int width, int height) {
  const int rows = ceil_log2(height), columns = ceil_log2(width);
  if (scale == 0) {
    const int straight = std::max(0, columns - 4), diagonal = std::max(0, columns - 3);
    return {{29, 29, 30},
            {straight, straight, diagonal},
            {10, 10, 12},
            {52 - straight - rows, 52 - straight - rows, 57 - diagonal - rows},
            rows};
  }
  constexpr std::array<int, 4> kTotal{0, 45, 39, 36};
  const int total = kTotal[static_cast<std::size_t>(scale)] - columns - rows;
  return {{30, 30, 30}, {columns, columns, columns}, {0, 0, 0}, {total, total, total}, rows};
}

ReferenceScaling reference_scaling_of(int scale, const Region& region) {
  constexpr std::array<int, 4> kTotal{18, 32, 27, 23};
  const auto s = static_cast<std::size_t>(scale);
  const int row = scale == 0 ? std::max(0, ceil_log2(region.height() * region.width()) - 20)
                             : ceil_log2(region.height());
  const int column = scale == 0 ? 0 : ceil_log2(region.width());
  return {kReferenceSquare[s], column, row, kTotal[s] - row - column};
}

bool is_aligned(const DetailVectors& v) {
  const auto product = [](std::int32_t a, std::int32_t b) { return std::int64_t{a} * b; };
  const auto scaled = [](std::int64_t value) {
    return static_cast<double>(static_cast<float>(value)) / 4096.0;
  };
  const double dot = scaled(product(v.oh, v.th) + product(v.ov, v.tv));
  const double reference = scaled(product(v.oh, v.oh) + product(v.ov, v.ov)),
               distorted = scaled(product(v.th, v.th) + product(v.tv, v.tv));
  return dot >= 0 && dot * dot >= static_cast<double>(kAlignedCosine) * reference * distorted;
}

std::int16_t restored_fine(int reference, int distorted, bool aligned, double gain) {
  const int size = std::abs(reference), sign = reference < 0 ? -1 : 1;
  const int along = std::max(sign * distorted, 0);
  const auto share =
      std::min<std::int64_t>((std::int64_t{(1 << 30) / size} * along + (1 << 14)) >> 15, 32768);
  const auto restored = static_cast<int>((share * reference + (1 << 14)) >> 15);
  if (!aligned || share == 0) return static_cast<std::int16_t>(restored);
  return static_cast<std::int16_t>(
      sign * static_cast<int>(std::min(sign * restored * gain, static_cast<double>(along))));
}

ScaleScore score_of(const ScaleSums& sums, const ScaleRule& rule, int width, int height) {
  const Region region = region_of(width, height);
  const Scaling scaling = scaling_of(rule.scale, width, height);
  const double noise = region.height() * region.width() * rule.noise_weight;
  return {
      score(sums.restored, scaling.total, noise),
      reference_score(sums.reference, reference_scaling_of(rule.scale, region).total, rule, noise),
      rule.additive ? score(sums.additive, scaling.total, 0) : 0.0f};
}

}  // namespace visq::adm
