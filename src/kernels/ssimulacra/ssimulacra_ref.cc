#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "kernels/ssimulacra/blur.h"
#include "kernels/ssimulacra/ssimulacra.h"
#include "kernels/ssimulacra/sums.h"

namespace visq::ssimulacra {
namespace {

float fused(float a, float b, float c) { return std::fma(a, b, c); }

// A channel of a whole picture; 0 beyond its edge.
struct Channel {
  int width, height;
  std::vector<float> values;
  Channel(int w, int h)
      : width(w), height(h), values(static_cast<std::size_t>(w) * static_cast<std::size_t>(h)) {}
  float& at(int x, int y) {
    return values[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(x)];
  }
  float at(int x, int y) const {
    if (x < 0 || y < 0 || x >= width || y >= height) return 0;
    return values[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(x)];
  }
};

float polynomial(const std::array<float, 5>& factors, float x) {
  float sum = factors[4];
  for (std::size_t k = 4; k-- > 0;) sum = fused(sum, x, factors[k]);
  return sum;
}

float cube_root_less_bias(float x) {
  std::int32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  bits = kRootExponent - (bits >> 23) * kRootSlope;
  float r;  // x to the power -1/3
  std::memcpy(&r, &bits, sizeof r);
  const float minus_third = x * (-1.0f / 3);
  for (int step = 0; step < kRootSteps; ++step)
    r = fused(minus_third, (r * r) * (r * r), r * (4.0f / 3));
  r = fused(1.0f / 3, fused(-x, (r * r) * (r * r), r), r);
  return fused(r * r, x, -kCubeRootOfBias);
}

float receptor(const Planes& light, int x, int y, const float (&weights)[3]) {
  const float r = light[0].row(y)[x], g = light[1].row(y)[x], b = light[2].row(y)[x];
  return cube_root_less_bias(
      fused(weights[0], r, fused(weights[1], g, fused(weights[2], b, kBias))));
}

Channel channel_of(PlaneView<const float> plane) {
  Channel out(plane.width, plane.height);
  for (int y = 0; y < plane.height; ++y)
    for (int x = 0; x < plane.width; ++x) out.at(x, y) = plane.row(y)[x];
  return out;
}

Channel product(const Channel& a, const Channel& b) {
  Channel out(a.width, a.height);
  std::transform(a.values.begin(), a.values.end(), b.values.begin(), out.values.begin(),
                 [](float p, float q) { return p * q; });
  return out;
}

// What an oscillator gets for column or row n.
struct Input {
  const Channel& in;
  float along(int n, int y) const { return in.at(n - kBehind, y) + in.at(n + kAhead, y); }
  float down(int x, int n) const { return in.at(x, n - kBehind) + in.at(x, n + kAhead); }
};

// The last two values of an oscillator.
struct State {
  float last = 0, older = 0;
  float then(float next) {
    older = last;
    return last = next;
  }
};

float step_along(const Oscillator& o, State& state, float input) {
  return state.then(fused(o.turn, state.last, input * o.gain - state.older));
}

void block_along(const Oscillator& o, State& state, const float (&input)[kBlock],
                 float (&out)[kBlock]) {
  for (std::size_t j = 0; j < kBlock; ++j) {
    float sum = input[0] * o.input[0][j];
    for (std::size_t i = 1; i <= j; ++i) sum = fused(o.input[i][j], input[i], sum);
    out[j] = fused(o.last[j], state.last, fused(o.older[j], state.older, sum));
  }
  state = {out[3], out[2]};
}

void oscillate_along(const Oscillator& o, const Channel& in, int y, std::vector<float>& out) {
  const Input input{in};
  State state;
  const auto single = [&](int n) {
    const float value = step_along(o, state, input.along(n, y));
    if (n >= 0) out[static_cast<std::size_t>(n)] = value;
  };
  int n = -kAhead;
  for (; n < std::min(kFirstBlock, in.width); ++n) single(n);
  for (; n < in.width - kBlocksEndBefore; n += kBlock) {
    const float inputs[kBlock] = {input.along(n, y), input.along(n + 1, y), input.along(n + 2, y),
                                  input.along(n + 3, y)};
    float block[kBlock];
    block_along(o, state, inputs, block);
    std::copy(block, block + kBlock, out.begin() + n);
  }
  for (; n < in.width; ++n) single(n);
}

Channel blurred_along(const Channel& in) {
  Channel out(in.width, in.height);
  std::vector<float> parts[3];
  for (auto& part : parts) part.resize(static_cast<std::size_t>(in.width));
  for (int y = 0; y < in.height; ++y) {
    for (std::size_t k = 0; k < 3; ++k) oscillate_along(kOscillators[k], in, y, parts[k]);
    for (std::size_t x = 0; x < parts[0].size(); ++x)
      out.at(static_cast<int>(x), y) = parts[0][x] + (parts[1][x] + parts[2][x]);
  }
  return out;
}

Channel blurred(const Channel& in) {
  const Channel rows = blurred_along(in);
  Channel out(in.width, in.height);
  for (int x = 0; x < in.width; ++x) {
    State states[3];
    for (int n = -kAhead; n < in.height; ++n) {
      float part[3];
      for (std::size_t k = 0; k < 3; ++k) {
        const Oscillator& o = kOscillators[k];
        part[k] = states[k].then(
            fused(o.gain, Input{rows}.down(x, n), fused(o.turn, states[k].last, -states[k].older)));
      }
      if (n >= 0) out.at(x, n) = part[0] + (part[1] + part[2]);
    }
  }
  return out;
}

void add(LaneSums& sums, int x, double error) {
  sums.first[x % kLanes] += error;
  sums.fourth[x % kLanes] += (error * error) * (error * error);
}

ChannelErrors compare(const Channel& a, const Channel& b) {
  const Channel mean_a = blurred(a), mean_b = blurred(b), square_a = blurred(product(a, a)),
                square_b = blurred(product(b, b)), cross = blurred(product(a, b));
  ChannelSums sums;
  for (int y = 0; y < a.height; ++y)
    for (int x = 0; x < a.width; ++x) {
      const float mu_a = mean_a.at(x, y), mu_b = mean_b.at(x, y);
      const float aa = square_a.at(x, y) - mu_a * mu_a, bb = square_b.at(x, y) - mu_b * mu_b,
                  ab = cross.at(x, y) - mu_a * mu_b;
      const float likeness =
          (1 - (mu_a - mu_b) * (mu_a - mu_b)) * (2 * ab + kStabiliser) / (aa + bb + kStabiliser);
      add(sums.structure, x, std::max(0.0f, 1 - likeness));
      const float edge_a = std::fabs(a.at(x, y) - mu_a), edge_b = std::fabs(b.at(x, y) - mu_b);
      const double edge = (edge_b - edge_a) / (1 + edge_a);
      add(sums.artefacts, x, std::max(edge, 0.0));
      add(sums.lost, x, std::max(-edge, 0.0));
    }
  return channel_errors_of(sums, a.width, a.height);
}

}  // namespace

void to_light_ref(PlaneView<float> codes) {
  for (int y = 0; y < codes.height; ++y)
    for (float* value = codes.row(y); value != codes.row(y) + codes.width; ++value)
      *value = *value > kLinearBelow
                   ? polynomial(kCurveAbove, *value) / polynomial(kCurveBelow, *value)
                   : *value * kLinearSlope;
}

void perceive_ref(const Planes& light) {
  for (int y = 0; y < light[0].height; ++y)
    for (int x = 0; x < light[0].width; ++x) {
      const float l = receptor(light, x, y, kAbsorbance[0]),
                  m = receptor(light, x, y, kAbsorbance[1]),
                  s = receptor(light, x, y, kAbsorbance[2]);
      const float luminance = 0.5f * (l + m);
      light[0].row(y)[x] = 0.5f * (l - m) * 14 + 0.42f;
      light[1].row(y)[x] = luminance + 0.01f;
      light[2].row(y)[x] = s - luminance + 0.55f;
    }
}

ChannelErrors channel_errors_ref(PlaneView<const float> ref, PlaneView<const float> dist,
                                 Maps maps) {
  ChannelErrors errors = compare(channel_of(ref), channel_of(dist));
  if (maps == Maps::edges) errors.structure = {};
  return errors;
}

void halve_ref(PlaneView<const float> in, PlaneView<float> out) {
  for (int y = 0; y < out.height; ++y) {
    const float *upper = in.row(2 * y), *lower = in.row(std::min(2 * y + 1, in.height - 1));
    for (int x = 0; x < out.width; ++x) {
      const int right = std::min(2 * x + 1, in.width - 1);
      out.row(y)[x] = (upper[2 * x] + upper[right] + lower[2 * x] + lower[right]) * 0.25f;
    }
  }
}

}  // namespace visq::ssimulacra
