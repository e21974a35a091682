// What the kernel and its reference share.
#pragma once

namespace visq::hvs {

// Up to this depth everything before the weighting fits 16 bits, sums of squares 32.
inline constexpr int kInt16Bits = 11;

// From sums of squared distances of 64 and of 16 samples; as libvmaf has them, times n / (n - 1).
inline constexpr float kWholeScale = 1 / 63.f * 64;
inline constexpr float kQuarterScale = 1 / 15.f * 16;

}  // namespace visq::hvs
