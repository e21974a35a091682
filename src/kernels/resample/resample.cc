#include "kernels/resample/resample.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numbers>
#include <vector>

#include "base/reflect.h"
#include "kernels/parts.h"

namespace visq {
namespace {

float cubic_weight(float t) {
  constexpr float kSharpness = -0.75f;
  t = std::fabs(t);
  if (t < 1) return ((kSharpness + 2) * t - (kSharpness + 3)) * t * t + 1;
  if (t < 2) return (((t - 5) * t + 8) * t - 4) * kSharpness;
  return 0;
}

constexpr int kLanczosRadius = 4;

float lanczos_weight(float t) {
  constexpr double kPi = std::numbers::pi, kRadius = kLanczosRadius;
  if (t == 0) return 1;
  if (std::fabs(t) >= kLanczosRadius) return 0;
  const double x = static_cast<double>(t);
  return static_cast<float>(kRadius * std::sin(kPi * x) * std::sin(kPi * x / kRadius) /
                            (kPi * kPi * x * x));
}

// The samples of one axis that an output sample is made of.
template <std::size_t kTaps>
struct Taps {
  std::array<int, kTaps> index;
  std::array<float, kTaps> weight;
};
template <std::size_t kTaps>
using Axis = std::vector<Taps<kTaps>>;

// Position `i` of `out` samples, in units of `in` samples, rounded to float as often as libvmaf
// does.
float position(int i, int in, int out) {
  const float ratio = static_cast<float>(in) / static_cast<float>(out);
  return static_cast<float>((i + 0.5) * static_cast<double>(ratio) - 0.5);
}

Axis<2> linear_axis(int in, int out) {
  Axis<2> axis(static_cast<std::size_t>(out));
  for (int i = 0; i < out; ++i) {
    const float at = position(i, in, out);
    const int first = reflect101(static_cast<int>(std::floor(at)), in),
              second = reflect101(static_cast<int>(std::ceil(at)), in);
    const float fraction = at - static_cast<float>(first);
    axis[static_cast<std::size_t>(i)] = {{first, second}, {1 - fraction, fraction}};
  }
  return axis;
}

// Taps from `before` samples left of a position on.
template <std::size_t kTaps>
Axis<kTaps> axis_of(int in, int out, int before, float (*weight)(float)) {
  Axis<kTaps> axis(static_cast<std::size_t>(out));
  for (int i = 0; i < out; ++i) {
    const float at = position(i, in, out);
    const int base = static_cast<int>(std::floor(at));
    const float fraction = at - static_cast<float>(base);
    for (int k = 0; k < static_cast<int>(kTaps); ++k) {
      auto& taps = axis[static_cast<std::size_t>(i)];
      taps.index[static_cast<std::size_t>(k)] = reflect101(base - before + k, in);
      taps.weight[static_cast<std::size_t>(k)] = weight(static_cast<float>(k - before) - fraction);
    }
  }
  return axis;
}

template <std::size_t kTaps, bool kNormalised>
float interpolate(PlaneView<const float> in, const Taps<kTaps>& column, const Taps<kTaps>& row) {
  float value = 0, weights = 0;
  for (std::size_t j = 0; j < kTaps; ++j)
    for (std::size_t i = 0; i < kTaps; ++i) {
      const float weight = row.weight[j] * column.weight[i];
      weights += weight;
      value += weight * in.row(row.index[j])[column.index[i]];
    }
  return kNormalised ? value / weights : value;
}

// Threads that share rows, and the memory that they work in.
struct Workers {
  Scratch& scratch;
  Parallel& parallel;

  // Calls body(y) for every row.
  template <typename Body>
  void for_rows(int rows, const Body& body) const {
    const Bands bands(rows, 64);
    parallel.run(bands.count(), scratch, [&](std::size_t i, Scratch&) {
      for (int y = bands[i].from; y < bands[i].to; ++y) body(y);
    });
  }
};

template <std::size_t kTaps, bool kNormalised = false>
void apply(PlaneView<const float> in, const Axis<kTaps>& columns, const Axis<kTaps>& rows,
           PlaneView<float> out, const Workers& workers) {
  workers.for_rows(out.height, [&](int y) {
    for (int x = 0; x < out.width; ++x)
      out.row(y)[x] = interpolate<kTaps, kNormalised>(in, columns[static_cast<std::size_t>(x)],
                                                      rows[static_cast<std::size_t>(y)]);
  });
}

void nearest(PlaneView<const float> in, PlaneView<float> out) {
  const float ratio_x = static_cast<float>(in.width) / static_cast<float>(out.width);
  const float ratio_y = static_cast<float>(in.height) / static_cast<float>(out.height);
  for (int y = 0; y < out.height; ++y) {
    const float* const row =
        in.row(std::min(static_cast<int>(static_cast<float>(y) * ratio_y), in.height - 1));
    for (int x = 0; x < out.width; ++x)
      out.row(y)[x] =
          row[std::min(static_cast<int>(static_cast<float>(x) * ratio_x), in.width - 1)];
  }
}

void copy(PlaneView<const float> in, PlaneView<float> out) {
  for (int y = 0; y < out.height; ++y)
    std::memcpy(out.row(y), in.row(y), static_cast<std::size_t>(out.width) * sizeof(float));
}

void resample_values(PlaneView<const float> in, Resampling method, PlaneView<float> out,
                     const Workers& workers) {
  if (in.width == out.width && in.height == out.height) return copy(in, out);
  switch (method) {
    case Resampling::nearest:
      return nearest(in, out);
    case Resampling::bilinear:
      return apply(in, linear_axis(in.width, out.width), linear_axis(in.height, out.height), out,
                   workers);
    case Resampling::bicubic:
      return apply(in, axis_of<4>(in.width, out.width, 1, cubic_weight),
                   axis_of<4>(in.height, out.height, 1, cubic_weight), out, workers);
    case Resampling::lanczos4: {
      constexpr std::size_t kTaps = 2 * kLanczosRadius + 1;
      const auto columns = axis_of<kTaps>(in.width, out.width, kLanczosRadius, lanczos_weight);
      return apply<kTaps, true>(
          in, columns, axis_of<kTaps>(in.height, out.height, kLanczosRadius, lanczos_weight), out,
          workers);
    }
  }
}

}  // namespace

void resample(const Samples& in, const SampleRange& range, Resampling method, PlaneView<float> out,
              Scratch& scratch, Parallel& parallel) {
  const Workers workers{scratch, parallel};
  if (in.bits == kFloatBits) return resample_values(in.as<float>(), method, out, workers);
  const Scratch::Mark mark(scratch);
  const auto values = scratch.take_plane<float>(in.width, in.height);
  workers.for_rows(in.height, [&](int y) {
    for (int x = 0; x < in.width; ++x) values.row(y)[x] = value_at(in, x, y, range);
  });
  resample_values(values, method, out, workers);
}

}  // namespace visq
