#include "kernels/speed/scale.h"

#include <cmath>

namespace visq::speed {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr int kLanczos = 4;

int mirrored(int i, int last) { return i < 0 ? -i : i > last ? 2 * last - i : i; }

float bicubic_weight(float t) {
  constexpr float kA = -0.75f;
  t = std::fabs(t);
  if (t < 1) return ((kA + 2) * t - (kA + 3)) * t * t + 1;
  if (t < 2) return (((t - 5) * t + 8) * t - 4) * kA;
  return 0;
}

float lanczos_weight(float x) {
  constexpr auto a = static_cast<float>(kLanczos);
  if (x == 0) return 1;
  if (x <= -a || x >= a) return 0;
  const auto position = static_cast<double>(x);
  return static_cast<float>(static_cast<double>(a) * std::sin(kPi * position) *
                            std::sin(kPi * position / static_cast<double>(a)) /
                            (kPi * kPi * position * position));
}

// The position of a sample's centre in the source.
float centre(int i, float ratio) {
  return static_cast<float>((i + 0.5) * static_cast<double>(ratio) - 0.5);
}

Taps nearest_taps(int i, float ratio) {
  return {1, {static_cast<int>(static_cast<float>(i) * ratio)}, {1}};
}

// The weight is taken from the mirrored position, so that the outermost samples are extrapolated.
Taps bilinear_taps(float position, int last) {
  const int first = mirrored(static_cast<int>(std::floor(position)), last),
            second = mirrored(static_cast<int>(std::ceil(position)), last);
  const float part = position - static_cast<float>(first);
  return {2, {first, second}, {1 - part, part}};
}

Taps many_taps(float position, int last, int before, int count) {
  const int first = static_cast<int>(std::floor(position));
  const float part = position - static_cast<float>(first);
  Taps taps;
  taps.count = count;
  for (int k = 0; k < count; ++k) {
    const auto distance = static_cast<float>(k - before) - part;
    taps.at[k] = mirrored(first + k - before, last);
    taps.weight[k] = count == 4 ? bicubic_weight(distance) : lanczos_weight(distance);
  }
  return taps;
}

}  // namespace

std::vector<Taps> taps_of(Scaler scaler, int in, int out) {
  const float ratio = static_cast<float>(in) / static_cast<float>(out);
  std::vector<Taps> list;
  for (int i = 0; i < out; ++i) switch (scaler) {
      case Scaler::nearest:
        list.push_back(nearest_taps(i, ratio));
        break;
      case Scaler::bilinear:
        list.push_back(bilinear_taps(centre(i, ratio), in - 1));
        break;
      case Scaler::bicubic:
        list.push_back(many_taps(centre(i, ratio), in - 1, 1, 4));
        break;
      case Scaler::lanczos4:
        list.push_back(many_taps(centre(i, ratio), in - 1, kLanczos, 2 * kLanczos + 1));
        break;
    }
  return list;
}

float scaled_sample(Scaler scaler, const Taps& x, const Taps& y, const float* const* rows) {
  if (scaler == Scaler::nearest) return rows[0][x.at[0]];
  float sum = 0, weights = 0;
  for (int j = 0; j < y.count; ++j)
    for (int i = 0; i < x.count; ++i) {
      const float weight = x.weight[i] * y.weight[j];
      weights += weight;
      sum += rows[j][x.at[i]] * weight;
    }
  return scaler == Scaler::lanczos4 ? sum / weights : sum;
}

}  // namespace visq::speed
