// The error maps of SSIMULACRA 2 at one scale of two pictures, in the XYB colour space.
// Deterministic.
//
// Source: Sneyers, SSIMULACRA 2 (github.com/cloudinary/ssimulacra2), version 2.1; sRGB's curve, XYB
// and the recursive blur as libjxl has them.
//
// What the published program scores depends on its rounding, by whole points where pictures are
// flat: its blur is a sum of oscillators that never fade, and its variances are differences of
// nearly equal numbers. So every operation up to the errors of a pixel is the program's, in its
// order, in single precision, with products and sums fused (rounded once) where it fuses them on
// CPUs that can.
#pragma once

#include <array>

#include "base/plane.h"
#include "base/scratch.h"

namespace visq::ssimulacra {

// sRGB's curve above kLinearBelow: a ratio of polynomials, lowest power first. Below: codes
// / 12.92.
inline constexpr float kLinearBelow = 0.04045f, kLinearSlope = 1.0f / 12.92f;
inline constexpr std::array<float, 5> kCurveAbove{
    2.200248328e-04f, 1.043637593e-02f, 1.624820318e-01f, 7.961564959e-01f, 8.210152774e-01f};
inline constexpr std::array<float, 5> kCurveBelow{
    2.631846970e-01f, 1.076976492e+00f, 4.987528350e-01f, -5.512498495e-02f, 6.521209011e-03f};

// Light from red, green and blue to the eye's three receptors, and what they see in the dark.
inline constexpr float kAbsorbance[3][3] = {
    {0.30f, 0.622f, 0.078f},
    {0.23f, 0.692f, 0.078f},
    {0.24342268924547819f, 0.20476744424496821f, 0.55180986650955360f}};
inline constexpr float kBias = 0.0037930732552754493f, kCubeRootOfBias = 0.15595420054f;

// Newton's method for x to the power -1/3 begins with -1/3 of the exponent.
inline constexpr std::int32_t kRootExponent = 0x54800000, kRootSlope = 0x002AAAAA;
inline constexpr int kRootSteps = 3;

inline constexpr float kStabiliser = 0.0009f;  // SSIM's C2

// Three planes of one size: light of red, green and blue in 0..1; or X, Y and B - Y.
using Planes = std::array<PlaneView<float>, 3>;

// The mean and the 4-norm of an error over the pixels of a channel.
struct Norms {
  double mean = 0, fourth = 0;
};

// Which errors are found. Those of edges need the local means alone: less than half the work.
enum class Maps { edges, all };

// What a channel (X, Y or B - Y) has lost or gained.
struct ChannelErrors {
  Norms structure;  // 1 - SSIM, without the luminance term's denominator; 0 unless found
  Norms artefacts;  // edges where the reference is smooth
  Norms lost;       // smooth where the reference has edges
};

// sRGB codes in 0..1 become light, in place.
void to_light(PlaneView<float> codes);

// Light becomes what the eye makes of it, in place: X, Y and B - Y, scaled to 0..1.
void perceive(const Planes& light);

// Of a channel of two pictures of at least 1x1.
ChannelErrors channel_errors(PlaneView<const float> ref, PlaneView<const float> dist, Maps maps,
                             Scratch& scratch);

// Means of 2x2 samples; where a side is odd its last row or column counts twice. `out` is half as
// large, rounded up.
void halve(PlaneView<const float> in, PlaneView<float> out);

// The same in plain C++, with the same bits.
void to_light_ref(PlaneView<float> codes);
void perceive_ref(const Planes& light);
ChannelErrors channel_errors_ref(PlaneView<const float> ref, PlaneView<const float> dist,
                                 Maps maps);
void halve_ref(PlaneView<const float> in, PlaneView<float> out);

}  // namespace visq::ssimulacra
