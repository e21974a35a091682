// The low-pass filter before halving, rounded as libvmaf has it: tap [a][b] is that of rows a and
// columns b away from the centre. No product of two rows of taps has these digits.
#pragma once

namespace visq::ssim::rounded {

inline constexpr int kReach = 4;
inline constexpr float kLowPass[kReach + 1][kReach + 1] = {
    {.363505f, .160885f, -.047149f, -.010146f, .016114f},
    {.160885f, .071207f, -.020867f, -.004490f, .007132f},
    {-.047149f, -.020867f, .006115f, .001316f, -.002090f},
    {-.010146f, -.004490f, .001316f, .000283f, -.000450f},
    {.016114f, .007132f, -.002090f, -.000450f, .000714f}};

}  // namespace visq::ssim::rounded
