// The error maps of SSIMULACRA 2 at one scale of two pictures, in the XYB colour space. Deterministic.
//
// Source: Sneyers, SSIMULACRA 2 (github.com/cloudinary/ssimulacra2), version 2.1; XYB as JPEG XL has it.
#pragma once

#include <array>

#include "base/plane.h"
#include "base/result.h"
#include "base/scratch.h"

namespace visq::ssimulacra {

// Light from red, green and blue to the eye's three receptors, and what they see in the dark.
inline constexpr float kAbsorbance[3][3] = {{0.30f, 0.622f, 0.078f}, {0.23f, 0.692f, 0.078f}, {0.24342268924547819f, 0.20476744424496821f, 0.55180986650955360f}};
inline constexpr float kBias = 0.0037930732552754493f;

// Weights of the blur, from its centre: a Gaussian of deviation 1.5 as the sum of three truncated cosines
// (Charalampidis 2016). Pictures beyond their edge are 0.
inline constexpr std::array<float, 5> kBlur{0.26462110548819834f, 0.21292859201042194f, 0.10933537277746003f, 0.03601111465836417f,
                                            0.00941436780965355f};
inline constexpr int kRadius = 4;
inline constexpr float kStabiliser = 0.0009f;  // SSIM's C2

// Light of red, green and blue in 0..1, planes of one size.
using Light = std::array<PlaneView<const float>, 3>;

// The mean and the 4-norm of an error over the pixels of a channel.
struct Norms {
  double mean = 0, fourth = 0;
};

// What a channel (X, Y or B - Y) has lost or gained.
struct ChannelErrors {
  Norms structure;  // 1 - SSIM, without the luminance term's denominator
  Norms artefacts;  // edges where the reference is smooth
  Norms lost;       // smooth where the reference has edges
};
using ScaleErrors = std::array<ChannelErrors, 3>;

// Pictures of at least 1x1. -ENOMEM.
Result<ScaleErrors> scale_errors(const Light& ref, const Light& dist, Scratch& scratch);

// Means of 2x2 samples; where a side is odd its last row or column counts twice. `out` is half as
// large, rounded up.
void halve(PlaneView<const float> in, PlaneView<float> out);

// The same in plain C++ and double precision: what the fast one is tested against.
ScaleErrors scale_errors_ref(const Light& ref, const Light& dist);

}  // namespace visq::ssimulacra
