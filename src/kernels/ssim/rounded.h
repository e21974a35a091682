// SSIM rounded where libvmaf rounds: products of samples and taps, filtered moments and variances have
// single precision, sums of products double. In dB nothing else has its scores: at 33 dB the rounding of
// one mean is 1e-4 dB, so the last bit has to be the same. Slower than ssim.h, by the factor that exact
// sums cost.
#pragma once

#include "base/plane.h"
#include "base/result.h"
#include "base/scratch.h"
#include "kernels/ssim/ssim.h"

namespace visq {

// In units of 8-bit code values. Planes of one size.
void samples_to_float(PlaneView<const std::uint8_t> in, int bits, PlaneView<float> out);
void samples_to_float(PlaneView<const std::uint16_t> in, int bits, PlaneView<float> out);

// Like shrink_by_box and halve (shrink.h), of `out`'s size. -ENOMEM.
void shrink_by_box_rounded(PlaneView<const float> in, int factor, PlaneView<float> out);
Status halve_rounded(PlaneView<const float> in, PlaneView<float> out, Scratch& scratch);

// Planes of one size, at least 11x11; 1 where they are equal. -ENOMEM.
Result<SsimMeans> ssim_means_rounded(PlaneView<const float> ref, PlaneView<const float> dist, Scratch& scratch);

}  // namespace visq
