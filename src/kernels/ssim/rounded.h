// SSIM rounded where libvmaf rounds: products of samples and taps, filtered moments and variances
// have single precision, sums of products double. In dB nothing else has its scores: at 33 dB the
// rounding of one mean is 1e-4 dB, so the last bit has to be the same. Otherwise the functions of
// ssim.h and shrink.h, and as deterministic; two to four times slower, by what sums in double
// precision cost.
//
// A window's products are summed in libvmaf's order. Two other sums are not, since their size
// allows it. The 81 products of halve_rounded are summed by rows: of samples of up to 16 bits they
// are multiples of 2^-43 and their sums below 2^9, so doubles hold any of them exactly; of filtered
// samples, too, unless one is nearer to 0 than 2^-6, which changes the last bits of a double. Terms
// are summed by columns.
#pragma once

#include "base/plane.h"
#include "base/result.h"
#include "base/scratch.h"
#include "kernels/ssim/ssim.h"

namespace visq {

// At least the terms that are wanted; all are 1 where the planes are equal. -ENOMEM.
Result<SsimMeans> ssim_means_rounded(PlaneView<const std::uint8_t> ref,
                                     PlaneView<const std::uint8_t> dist, int bits, SsimTerms terms,
                                     Scratch& scratch);
Result<SsimMeans> ssim_means_rounded(PlaneView<const std::uint16_t> ref,
                                     PlaneView<const std::uint16_t> dist, int bits, SsimTerms terms,
                                     Scratch& scratch);
Result<SsimMeans> ssim_means_rounded(PlaneView<const float> ref, PlaneView<const float> dist,
                                     SsimTerms terms, Scratch& scratch);

Status shrink_by_box_rounded(PlaneView<const std::uint8_t> in, int bits, int factor,
                             PlaneView<float> out, Scratch& scratch);
Status shrink_by_box_rounded(PlaneView<const std::uint16_t> in, int bits, int factor,
                             PlaneView<float> out, Scratch& scratch);

Status halve_rounded(PlaneView<const std::uint8_t> in, int bits, PlaneView<float> out,
                     Scratch& scratch);
Status halve_rounded(PlaneView<const std::uint16_t> in, int bits, PlaneView<float> out,
                     Scratch& scratch);
Status halve_rounded(PlaneView<const float> in, PlaneView<float> out, Scratch& scratch);

// The same bits from plain C++, of units of 8-bit code values: what the fast ones are tested
// against.
SsimMeans ssim_means_rounded_ref(PlaneView<const float> ref, PlaneView<const float> dist,
                                 SsimTerms terms);
void shrink_by_box_rounded_ref(PlaneView<const float> in, int factor, PlaneView<float> out);
void halve_rounded_ref(PlaneView<const float> in, PlaneView<float> out);

}  // namespace visq
