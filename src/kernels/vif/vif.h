// What VIF counts at one scale of an image pyramid, and the step to the next scale. Exact.
//
// Local means, variances and the covariance are weighted by a Gaussian in units of 2^-16; a
// variance of 1 code value (8 bits) squared is 65536. Planes beyond their edge are mirrored
// (reflect101). Logarithms are log2 in units of 2^-11, rounded, of the upper 16 bits.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/plane.h"
#include "base/result.h"
#include "base/scratch.h"

namespace visq {

inline constexpr int kVifScales = 4;

// The filters of the scales: an odd number of weights with the sum 65536.
inline constexpr std::array<std::uint16_t, 17> kVifFilter0{489,  935,  1640, 2640, 3896, 5274,
                                                           6547, 7455, 7784, 7455, 6547, 5274,
                                                           3896, 2640, 1640, 935,  489};
inline constexpr std::array<std::uint16_t, 9> kVifFilter1{1244,  3663, 7925, 12590, 14692,
                                                          12590, 7925, 3663, 1244};
inline constexpr std::array<std::uint16_t, 5> kVifFilter2{3571, 16004, 26386, 16004, 3571};
inline constexpr std::array<std::uint16_t, 5> kVifFilter3{0, 10904, 43728, 10904, 0};
std::span<const std::uint16_t> vif_filter(int scale);

inline constexpr int kVifNoise = 131072;  // variance of the eye's noise: 2
inline constexpr int kVifLogUnit = 2048;
inline constexpr std::size_t kVifMaxLimits = 4;

// Sums over the pixels of a plane.
struct VifSums {
  std::int64_t den_log = 0;     // log2(1 + s1 / noise) where the reference has detail, s1 >= noise
  std::int64_t den_nonlog = 0;  // pixels where it has none
  std::int64_t num_nonlog = 0;  // the distorted variance of those
  // The same with the detail that the distorted picture keeps, one for each limit of the gain.
  std::array<std::int64_t, kVifMaxLimits> num_log{};
};

struct VifScale {
  int scale = 0;
  int bits = 8;                    // depth of the samples; 16 from scale 1 on
  std::span<const double> limits;  // of the gain, at least 1 each; at most kVifMaxLimits
};

// Of one reference and each of `dist`, at least one: sums[i] belongs to dist[i]. Planes of one
// size, at least 1x1. -ENOMEM.
Status vif_sums(PlaneView<const std::uint8_t> ref,
                std::span<const PlaneView<const std::uint8_t>> dist, const VifScale& scale,
                Scratch& scratch, std::span<VifSums> sums);
Status vif_sums(PlaneView<const std::uint16_t> ref,
                std::span<const PlaneView<const std::uint16_t>> dist, const VifScale& scale,
                Scratch& scratch, std::span<VifSums> sums);

// The next scale's plane: filtered with that scale's filter, even rows and columns. `out` has
// half the width and height, rounded down. `scale` is that of `out`, `bits` the depth of `in`.
// -ENOMEM.
Status vif_downsample(PlaneView<const std::uint8_t> in, int bits, int scale,
                      PlaneView<std::uint16_t> out, Scratch& scratch);
Status vif_downsample(PlaneView<const std::uint16_t> in, int bits, int scale,
                      PlaneView<std::uint16_t> out, Scratch& scratch);

// The logarithms of values from 2^17 to 2^31 - 1, a multiple of 64 of them.
void vif_logs(std::span<const std::int32_t> values, std::span<std::int32_t> out);

// The same in plain C++: what the fast ones are tested against.
std::int32_t vif_log_ref(std::uint64_t value);  // at least 2^15
VifSums vif_sums_ref(PlaneView<const std::uint8_t> ref, PlaneView<const std::uint8_t> dist,
                     const VifScale& scale);
VifSums vif_sums_ref(PlaneView<const std::uint16_t> ref, PlaneView<const std::uint16_t> dist,
                     const VifScale& scale);
void vif_downsample_ref(PlaneView<const std::uint8_t> in, int bits, int scale,
                        PlaneView<std::uint16_t> out);
void vif_downsample_ref(PlaneView<const std::uint16_t> in, int bits, int scale,
                        PlaneView<std::uint16_t> out);

}  // namespace visq
