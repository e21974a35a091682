// SSIM rounded where libvmaf rounds: products of samples and taps, filtered moments and variances
// have single precision, sums of products double. In dB nothing else has its scores: at 33 dB the
// rounding of one mean is 1e-4 dB, so the last bit has to be the same. Otherwise the functions of
// ssim.h and shrink.h, and as deterministic; two to four times slower, by what sums in double
// precision cost.
//
// A window's products are summed in libvmaf's order. Two other sums are not, since their size
// allows it. The 81 products of halve are summed by rows: of samples of up to 16 bits they
// are multiples of 2^-43 and their sums below 2^9, so doubles hold any of them exactly; of filtered
// samples, too, unless one is nearer to 0 than 2^-6, which changes the last bits of a double. Terms
// are summed by columns.
#pragma once

#include "kernels/ssim/ssim.h"

namespace visq::ssim::rounded {

// At least the terms that are wanted; all are 1 where the planes are equal.
Means means(const Samples& ref, const Samples& dist, Terms terms, Scratch& scratch,
            Parallel& parallel);

void shrink_by_box(const Samples& in, int factor, PlaneView<float> out, Scratch& scratch,
                   Parallel& parallel);
void halve(const Samples& in, PlaneView<float> out, Scratch& scratch, Parallel& parallel);

// The same bits from plain C++: what the vector code is tested against.
Means means_ref(const Samples& ref, const Samples& dist, Terms terms);
void shrink_by_box_ref(const Samples& in, int factor, PlaneView<float> out);
void halve_ref(const Samples& in, PlaneView<float> out);

}  // namespace visq::ssim::rounded
