#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "kernels/conv/values.h"
#include "kernels/hvs/hvs.h"
#include "kernels/hvs/shape.h"

namespace visq::hvs {
namespace {

using Block = std::array<std::int64_t, kCoefficients>;

std::int64_t half(std::int64_t v) { return (v + (v < 0 ? 1 : 0)) >> 1; }

// v * factor / 2^shift, rounded.
std::int64_t scaled(std::int64_t v, int factor, int shift) {
  return (v * factor + (std::int64_t{1} << (shift - 1))) >> shift;
}

// Eight values `step` apart at `in` to eight in a row at `out`.
void transform_line(const std::int64_t* in, std::size_t step, std::int64_t* out) {
  // Sums and differences of the outer and inner pairs.
  std::int64_t t7 = in[0] - in[7 * step], t5 = in[step] + in[6 * step],
               t6 = in[2 * step] - in[5 * step], t3 = in[3 * step] + in[4 * step];
  const std::int64_t h7 = half(t7), h5 = half(t5), h3 = half(t3);
  std::int64_t t0 = in[0] - h7, t1 = in[6 * step] - h5, t2 = in[2 * step] - half(t6),
               t4 = h3 - in[4 * step];
  // Even coefficients.
  t0 += h3;
  t3 = t0 - t3;
  t2 = h5 - t2;
  t5 = t2 - t5;
  t0 -= scaled(t5, 13573, 15);
  t5 += scaled(t0, 11585, 14);
  t0 -= scaled(t5, 13573, 15);
  t3 -= scaled(t2, 21895, 15);
  t2 += scaled(t3, 15137, 14);
  t3 -= scaled(t2, 21895, 15);
  // Odd coefficients.
  t6 += scaled(t1, 19195, 15);
  t1 += scaled(t6, 11585, 14);
  t6 -= scaled(t1, 7489, 13);
  t4 = half(t1) - t4;
  t1 -= t4;
  t6 = h7 - t6;
  t7 -= t6;
  t4 += scaled(t7, 3227, 15);
  t7 -= scaled(t4, 6393, 15);
  t4 += scaled(t7, 3227, 15);
  t1 += scaled(t6, 2485, 13);
  t6 -= scaled(t1, 18205, 15);
  t1 += scaled(t6, 2485, 13);
  const std::int64_t coefficients[] = {t0, t7, t2, t6, t5, t1, t3, t4};
  std::copy_n(coefficients, kSide, out);
}

struct Variances {
  float sums[4], squares[4];  // of each quarter: its samples; their squared distances from its mean
};

std::size_t quarter_of(std::size_t i) {
  return (i / kSide >= 4 ? 1 : 0) + (i % kSide >= 4 ? 2 : 0);
}

Variances variances_of(const Block& block, bool int16) {
  std::int64_t sums[4] = {}, squares[4] = {};
  for (std::size_t i = 0; i < block.size(); ++i) {
    sums[quarter_of(i)] += block[i];
    squares[quarter_of(i)] += block[i] * block[i];
  }
  Variances v{};
  for (std::size_t q = 0; q < 4; ++q) {
    v.sums[q] = static_cast<float>(sums[q]);
    if (int16) v.squares[q] = static_cast<float>(16 * squares[q] - sums[q] * sums[q]) * (1 / 16.0f);
  }
  if (int16) return v;
  for (std::size_t i = 0; i < block.size(); ++i) {
    const float distance = static_cast<float>(block[i]) - v.sums[quarter_of(i)] * (1 / 16.0f);
    v.squares[quarter_of(i)] += distance * distance;
  }
  return v;
}

// How much of a block's variance is within its quarters.
float evenness(const Variances& v) {
  const float within = v.squares[0] + v.squares[1] + v.squares[2] + v.squares[3];
  float between = 0;
  for (int q = 0; q < 4; ++q)
    for (int r = q + 1; r < 4; ++r) {
      const float difference = v.sums[q] - v.sums[r];
      between += difference * difference;
    }
  const float all = (within + between * (1 / 64.0f)) * kWholeScale;
  return all > 0 ? within * kQuarterScale / all : 0;
}

float masking_of(const Block& coefficients, float even, const Weights& weights) {
  float energy = 0;
  for (std::size_t i = 1; i < coefficients.size(); ++i) {
    const float c = static_cast<float>(coefficients[i]);
    energy += c * c * weights.masking[i];
  }
  return std::sqrt(energy * even) * (1 / 32.0f);
}

Block block_of(const Samples& plane, int x, int y) {
  Block block;
  for (int i = 0; i < static_cast<int>(block.size()); ++i)
    block[static_cast<std::size_t>(i)] =
        static_cast<std::int64_t>(value_at(plane, x + i % kSide, y + i / kSide, {}));
  return block;
}

void add_block(Block a, Block b, bool int16, const Weights& weights, float& sum) {
  const float even_a = evenness(variances_of(a, int16)), even_b = evenness(variances_of(b, int16));
  transform_ref(a);
  transform_ref(b);
  const float masked = std::max(masking_of(a, even_a, weights), masking_of(b, even_b, weights));
  for (std::size_t i = 0; i < a.size(); ++i) {
    const float difference = static_cast<float>(std::abs(a[i] - b[i]));
    const float error =
        (i == 0 ? difference : std::max(difference - masked * weights.unmasking[i], 0.0f)) *
        weights.sensitivity[i];
    sum += error * error;
  }
}

}  // namespace

void transform_ref(std::span<std::int64_t, kCoefficients> block) {
  Block turned;
  for (std::size_t i = 0; i < kSide; ++i)
    transform_line(block.data() + i, kSide, turned.data() + kSide * i);
  for (std::size_t i = 0; i < kSide; ++i)
    transform_line(turned.data() + i, kSide, block.data() + kSide * i);
}

float error_ref(const Samples& ref, const Samples& dist, const Weights& weights) {
  float sum = 0;
  for (int y = 0; y < blocks(ref.height); ++y)
    for (int x = 0; x < blocks(ref.width); ++x)
      add_block(block_of(ref, x * kStep, y * kStep), block_of(dist, x * kStep, y * kStep),
                ref.bits <= kInt16Bits, weights, sum);
  return sum;
}

}  // namespace visq::hvs
