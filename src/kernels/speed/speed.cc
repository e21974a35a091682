#include "kernels/speed/speed.h"

#include <algorithm>
#include <cmath>

namespace visq::speed {
namespace {

constexpr double kPi = 3.14159265358979323846, kE = 2.71828182845904523536;

int odd_at_least(float size) {
  const int ceiling = static_cast<int>(std::ceil(size));
  return std::max(ceiling | 1, 3);
}

// A Gaussian of sum one; the constant factor is the reference's, and matters for rounding alone.
std::vector<float> gaussian(int size, float sigma) {
  const auto s = static_cast<double>(sigma);
  const auto factor = static_cast<float>(1 / (s * std::sqrt(2 * kPi)));
  std::vector<float> taps;
  float sum = 0;
  for (int i = 0; i < size; ++i) {
    const double x = i - (size - 1) / 2;
    taps.push_back(static_cast<float>(std::exp(-0.5 * x / s * x / s)) / factor);
    sum += taps.back();
  }
  for (float& tap : taps) tap /= sum;
  return taps;
}

// Of two signals' variances, those that weight their entropies. Sums of the plain modes are float.
struct Logarithms {
  double reference, distorted;
};
Logarithms logarithms(float r, float d, int mode) {
  const auto plain = [](float v) { return std::log2(static_cast<double>(1 + v)); };
  const auto mixed = [&](double share) {
    return std::log2(1 + (share * static_cast<double>(r) + (1 - share) * static_cast<double>(d)));
  };
  const auto middle = [&] { return std::log2(1 + static_cast<double>(r + d) / 2); };
  switch (mode) {
    case 1:
      return {plain(r), plain(r)};
    case 2:
      return {plain(d), plain(d)};
    case 3:
      return {middle(), middle()};
    case 4:
      return {plain(r), middle()};
    case 5:
      return {plain(r), mixed(0.75)};
    case 6:
      return {plain(r), mixed(0.25)};
    default:
      return {plain(r), plain(d)};
  }
}

bool is_regular(const float* values) {
  return std::all_of(values, values + kElements,
                     [](float v) { return static_cast<double>(v) >= 1e-6; });
}

// Blocks as columns of kElements rows.
void gather_blocks(PlaneView<const float> plane, int blocks_x, int blocks_y, float* y) {
  for (int e = 0; e < kElements; ++e)
    for (int v = 0; v < blocks_y; ++v)
      for (int u = 0; u < blocks_x; ++u)
        *y++ = plane.row(v * kSide + e / kSide)[u * kSide + e % kSide];
}

// The mean over a block of x * y, each term divided before it is added.
void fill_variances(const float* x, const float* y, Field& field) {
  std::fill_n(field.variance, field.blocks, 0.0f);
  for (int e = 0; e < kElements; ++e)
    for (int b = 0; b < field.blocks; ++b) {
      const int i = e * field.blocks + b;
      const float term = x[i] * y[i] / static_cast<float>(kElements);
      field.variance[b] = e == 0 ? term : field.variance[b] + term;
    }
}

void fill_entropies(const float* values, float sigma, Field& field) {
  const double constant = std::log2(2 * kPi * kE);
  std::fill_n(field.entropy, field.blocks, 0.0f);
  for (int e = 0; e < kElements; ++e)
    for (int b = 0; b < field.blocks; ++b) {
      const float spread = std::max(values[e], 0.0f) * field.variance[b] + sigma;
      field.entropy[b] = static_cast<float>(static_cast<double>(field.entropy[b]) +
                                            (std::log2(static_cast<double>(spread)) + constant));
    }
}

std::vector<Field> take_fields(std::size_t count, int blocks, Scratch& scratch) {
  std::vector<Field> fields(count);
  for (Field& field : fields) {
    field.blocks = blocks;
    field.entropy = scratch.take<float>(static_cast<std::size_t>(blocks));
    field.variance = scratch.take<float>(static_cast<std::size_t>(blocks));
  }
  return fields;
}

}  // namespace

Shape shape_of(int width, int height, double scale) {
  Shape s;
  s.width = width;
  s.height = height;
  s.scaled_width = static_cast<int>(width * scale + 0.5);
  s.scaled_height = static_cast<int>(height * scale + 0.5);
  s.reduced_width = s.scaled_width / kStep;
  s.reduced_height = s.scaled_height / kStep;
  s.blocks_x = s.reduced_width / kSide;
  s.blocks_y = s.reduced_height / kSide;
  return s;
}

Reduction reduction_for(double kernel_scale, double scale, Scaler scaler) {
  if (std::fabs(scale - 1) < 1e-3) scale = 1;
  const auto kernel = static_cast<float>(kernel_scale);
  const int wide = odd_at_least(9 * kernel), narrow = odd_at_least(2 * kernel);
  return {scale, scaler, gaussian(wide, static_cast<float>(2.0 * wide / 5)),
          gaussian(narrow, static_cast<float>(narrow) / 5.0f)};
}

void fill_field(PlaneView<const float> plane, float sigma, Scratch& scratch, Field& field) {
  const int blocks_x = plane.width / kSide, blocks_y = plane.height / kSide;
  const auto all = static_cast<std::size_t>(field.blocks) * kElements;
  auto *const y = scratch.take<float>(all), *const x = scratch.take<float>(all),
              *const work = scratch.take<float>(all);
  const Covariance covariance =
      covariance_of({plane.data, plane.stride, blocks_x * kSide, blocks_y * kSide}, scratch);
  float values[kElements];
  eigenvalues(covariance, values);
  gather_blocks(plane, blocks_x, blocks_y, y);
  field.singular = !is_regular(values) || !solve(covariance, y, field.blocks, x, work);
  if (field.singular) std::fill_n(x, all, 0.0f);
  fill_variances(x, y, field);
  fill_entropies(values, sigma, field);
}

float difference(const Field& reference, const Field& distorted, const Weighting& weighting) {
  const auto base = static_cast<float>(
      kElements * (std::log2(static_cast<double>((1 + weighting.floor) * weighting.sigma)) +
                   std::log2(2 * kPi * kE)));
  float sum = 0;
  for (int b = 0; b < reference.blocks; ++b) {
    const float er = reference.entropy[b], ed = distorted.entropy[b];
    if (er < base && ed < base) continue;  // both below what the eye's noise hides
    const Logarithms logs =
        logarithms(reference.variance[b], distorted.variance[b], weighting.mode);
    const auto r = static_cast<float>(static_cast<double>(er) * logs.reference),
               d = static_cast<float>(static_cast<double>(ed) * logs.distorted);
    sum += std::fabs(r - d);
  }
  return sum / static_cast<float>(reference.blocks);
}

bool is_kernel_scale(double scale) {
  constexpr float kKnown[] = {1.0f,        1.0f / 2,  3.0f / 2, 2.0f,      2.0f / 3,  2.4f,
                              360.0f / 97, 4.0f / 3,  3.5f / 3, 3.75f / 3, 4.25f / 3, 5.0f / 3,
                              3.0f,        1 / 2.25f, 1.4746f,  1.54f,     1.6f,      1.06667f,
                              0.711111f,   0.74074f,  1.111111f};
  return std::any_of(std::begin(kKnown), std::end(kKnown), [&](float known) {
    return std::fabs(scale - static_cast<double>(known)) < 1e-3;
  });
}

void score_pairs(std::span<const Pair> pairs, const Rule& rule, Parallel& parallel,
                 Scratch& scratch, std::span<Score> scores) {
  const Samples& first = pairs[0].reference.plane;
  const Shape shape = shape_of(first.width, first.height, rule.reduction.scale);
  std::fill(scores.begin(), scores.end(), Score{0, true});
  if (shape.blocks() == 0) return;
  std::vector<Field> fields = take_fields(2 * pairs.size(), shape.blocks(), scratch);
  parallel.run(fields.size(), scratch, [&](std::size_t part, Scratch& own) {
    const Pair& pair = pairs[part / 2];
    const Signal& signal = part % 2 == 0 ? pair.reference : pair.distorted;
    fill_field(reduce(signal, shape, rule.reduction, own), rule.weighting.sigma, own, fields[part]);
  });
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const Field &reference = fields[2 * i], &distorted = fields[2 * i + 1];
    if (reference.singular == distorted.singular)
      scores[i] = {difference(reference, distorted, rule.weighting), reference.singular};
  }
}

}  // namespace visq::speed
