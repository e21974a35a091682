#include "kernels/contrast/contrast.h"

#include <cmath>

#include <fmt/format.h>

namespace visq::adm {
namespace {

constexpr double kPi = 3.14159265358979323846;

double pixels_per_degree(const Viewing& v) { return v.distance * v.display_height * kPi / 180.0; }

// Watson, Yang, Solomon, Villasenor: Visibility of wavelet quantization noise, 1997: thresholds for
// the level and orientation, in the roundings that scores depend on.
float watson(int scale, int orientation, const Viewing& viewing) {
  constexpr float kA = 0.495f, kK = 0.466f, kF0 = 0.401f;
  constexpr std::array<float, 3> kG{1.501f, 1.0f, 0.534f};
  constexpr std::array<std::array<float, 3>, 4> kAmplitude{{{0.62171f, 0.67234f, 0.72709f},
                                                            {0.34537f, 0.41317f, 0.49428f},
                                                            {0.18004f, 0.22727f, 0.28688f},
                                                            {0.091401f, 0.11792f, 0.15214f}}};
  const auto level = static_cast<std::size_t>(scale), theta = static_cast<std::size_t>(orientation);
  const auto r = static_cast<float>(pixels_per_degree(viewing));
  const auto t = static_cast<float>(std::log10(std::exp2(scale + 1) * kF0 * kG[theta] / r));
  const auto quantum = static_cast<float>(
      2.0 * kA * std::pow(10.0, static_cast<double>(kK * t * t)) / kAmplitude[level][theta]);
  return 1.0f / quantum;
}

// Barten's contrast sensitivity as HDR-VDP-2 has it (Mantiuk et al., 2011), at 100 cd/m^2. Single
// precision where scores depend on its rounding.
constexpr float kLuminance = 100;

std::array<float, 4> barten_parameters() {
  constexpr std::array<float, 4> kAt20{0.334278f, 3.79542f, 1.07327f, 6.4635f},
      kAt150{0.394533f, 2.7755f, 1.16577f, 7.45665f};
  const auto log = [](double luminance) { return static_cast<float>(std::log10(luminance)); };
  const float from = log(20), to = log(150), at = log(kLuminance);
  std::array<float, 4> p{};
  for (std::size_t i = 0; i < 4; ++i)
    p[i] = kAt20[i] + (kAt150[i] - kAt20[i]) / (to - from) * (at - from);
  return p;
}

float optics(float rho) {
  constexpr std::array<float, 4> kA{0.424838596301290f, 0.572435103936480f, 0.000167576239164937f,
                                    0.00255872352306433f};
  constexpr std::array<float, 4> kB{0.028f, 0.37f, 37, 360};
  float sum = 0;
  for (std::size_t i = 0; i < 4; ++i)
    sum += static_cast<float>(kA[i] * std::exp(static_cast<double>(-kB[i] * rho)));
  return sum;
}

double barten(int scale, const Viewing& viewing) {
  const auto rho =
      static_cast<float>(static_cast<float>(pixels_per_degree(viewing)) / std::exp2(scale + 1));
  const auto [p0, p1, p2, p3] = barten_parameters();
  const auto a =
      static_cast<float>(1 + std::pow(static_cast<double>(p0 * rho), static_cast<double>(p1)));
  const auto b =
      static_cast<float>(1 / std::pow(1 - std::exp(-std::pow(static_cast<double>(rho / 7), 2.0)),
                                      static_cast<double>(p2)));
  const auto sensitivity = static_cast<float>(p3 / std::sqrt(static_cast<double>(a * b)));
  const auto receptors = static_cast<float>(
      30.162f *
      std::pow(
          std::pow(static_cast<double>(4.0627f / kLuminance), static_cast<double>(1.6596f)) + 1,
          static_cast<double>(-0.2712f)));
  return sensitivity * optics(rho) * receptors;
}

// The sensitivity of the paper that ADM comes from: Li, Zhang, Ma, Ngan, Image quality assessment
// by separately evaluating detail losses and additive impairments, 2011. The eye sees less of
// diagonals.
float native(int scale, bool diagonal, const Viewing& viewing) {
  auto rho =
      static_cast<float>(static_cast<float>(pixels_per_degree(viewing)) / std::exp2(scale + 1));
  if (diagonal) rho = static_cast<float>(static_cast<double>(rho) / 0.7);
  const double cycles = static_cast<double>(rho);
  return static_cast<float>((0.31 + 0.69 * cycles) * std::exp(-0.29 * cycles));
}

ContrastTable native_table(const Viewing& viewing) {
  ContrastTable table{};
  for (int scale = 0; scale < 4; ++scale) {
    table.straight[static_cast<std::size_t>(scale)] = native(scale, false, viewing);
    table.diagonal[static_cast<std::size_t>(scale)] = native(scale, true, viewing);
  }
  return table;
}

struct Row {
  double distance;
  int display_height;
  ContrastTable table;
};

constexpr Row kBlend[] = {
    {3, 1080, {{.01183f, .025026f, .04295f, .058621f}, {.004302f, .011778f, .023918f, .035901f}}},
    {1.5, 2160, {{.01183f, .025026f, .04295f, .058621f}, {.004302f, .011778f, .023918f, .035901f}}},
    {5, 1080, {{.004212f, .014809f, .029642f, .047464f}, {.000984f, .005852f, .0146f, .027574f}}},
    {3, 2160, {{.00226f, .01183f, .025026f, .04295f}, {.000479f, .004302f, .011778f, .023918f}}},
    {5, 2160, {{.000092f, .004212f, .014809f, .029642f}, {.00005f, .000984f, .005852f, .0146f}}}};

constexpr Row kBlendMae[] = {
    {3, 1080, {{.011249f, .022606f, .035930f, .045673f}, {.004097f, .010921f, .021430f, .031313f}}},
    {1.5,
     2160,
     {{.011249f, .022606f, .035930f, .045673f}, {.004097f, .010921f, .021430f, .031313f}}},
    {5, 1080, {{.004052f, .013939f, .026298f, .038833f}, {.000927f, .005544f, .013415f, .024515f}}},
    {3, 2160, {{.002166f, .011249f, .022606f, .035930f}, {.000447f, .004097f, .010921f, .021430f}}},
    {5,
     2160,
     {{.000077f, .004052f, .013939f, .026298f}, {.000045f, .000927f, .005544f, .013415f}}}};

template <std::size_t N>
Result<ContrastTable> look_up(const Row (&rows)[N], const Viewing& viewing) {
  for (const Row& row : rows)
    if (std::fabs(row.distance - viewing.distance) < 1e-9 &&
        row.display_height == viewing.display_height)
      return row.table;
  return fail(EINVAL, fmt::format("adm_csf_mode 2 and 3 know viewing distances 3 and 5 at heights "
                                  "1080 and 2160, and 1.5 at 2160, not {:g} at {}",
                                  viewing.distance, viewing.display_height));
}

}  // namespace

Result<ContrastTable> contrast_table(ContrastMode mode, const Viewing& viewing) {
  if (mode == ContrastMode::blend) return look_up(kBlend, viewing);
  if (mode == ContrastMode::blend_mae) return look_up(kBlendMae, viewing);
  if (mode == ContrastMode::native) return native_table(viewing);
  ContrastTable table{};
  for (int scale = 0; scale < 4; ++scale) {
    const auto s = static_cast<std::size_t>(scale);
    const bool is_barten = mode == ContrastMode::barten;
    table.straight[s] = is_barten ? static_cast<float>(barten(scale, viewing) * viewing.scale)
                                  : watson(scale, 1, viewing);
    table.diagonal[s] = is_barten
                            ? static_cast<float>(barten(scale, viewing) * viewing.diagonal_scale)
                            : watson(scale, 2, viewing);
  }
  return table;
}

}  // namespace visq::adm
