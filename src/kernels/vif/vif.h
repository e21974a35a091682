// What VIF counts at one scale of an image pyramid, and the step to the next scale. Exact.
//
// Local means, variances and the covariance are weighted by a Gaussian in units of 2^-16; a
// variance of 1 code value (8 bits) squared is 65536. Planes beyond their edge are mirrored
// (reflect101). Logarithms are log2 in units of 2^-11, rounded, of the upper 16 bits.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/parallel.h"
#include "base/plane.h"
#include "base/samples.h"
#include "base/scratch.h"

namespace visq::vif {

inline constexpr int kScales = 4;

// The filters of the scales: an odd number of weights with the sum 65536.
inline constexpr std::array<std::uint16_t, 17> kFilter0{489,  935,  1640, 2640, 3896, 5274,
                                                        6547, 7455, 7784, 7455, 6547, 5274,
                                                        3896, 2640, 1640, 935,  489};
inline constexpr std::array<std::uint16_t, 9> kFilter1{1244,  3663, 7925, 12590, 14692,
                                                       12590, 7925, 3663, 1244};
inline constexpr std::array<std::uint16_t, 5> kFilter2{3571, 16004, 26386, 16004, 3571};
inline constexpr std::array<std::uint16_t, 5> kFilter3{0, 10904, 43728, 10904, 0};
std::span<const std::uint16_t> filter(int scale);

inline constexpr int kNoise = 131072;  // variance of the eye's noise: 2
inline constexpr int kLogUnit = 2048;
inline constexpr std::size_t kMaxLimits = 4;

// Sums over the pixels of a plane.
struct Sums {
  std::int64_t den_log = 0;     // log2(1 + s1 / noise) where the reference has detail, s1 >= noise
  std::int64_t den_nonlog = 0;  // pixels where it has none
  std::int64_t num_nonlog = 0;  // the distorted variance of those
  // The same with the detail that the distorted picture keeps, one for each limit of the gain.
  std::array<std::int64_t, kMaxLimits> num_log{};
};

struct Scale {
  int scale = 0;                   // from 1 on the samples have 16 bits
  std::span<const double> limits;  // of the gain, at least 1 each; at most kMaxLimits
};

// Of one reference and each of `dist`, at least one: out[i] belongs to dist[i]. Planes of one size
// and depth, at least 1x1. The parts of the work are strips of columns.
void sums(const Samples& ref, std::span<const Samples> dist, const Scale& scale, Parallel& parallel,
          Scratch& scratch, std::span<Sums> out);

// The next scale's plane: filtered with that scale's filter, even rows and columns. `out` has
// half the width and height, rounded down. `scale` is that of `out`. The parts of the work are
// bands of rows.
void downsample(const Samples& in, int scale, PlaneView<std::uint16_t> out, Parallel& parallel,
                Scratch& scratch);

// The logarithms of values from 2^17 to 2^31 - 1, a multiple of 64 of them.
void logs(std::span<const std::int32_t> values, std::span<std::int32_t> out);

// The same in plain C++: what the vectors are tested against.
std::int32_t log_ref(std::uint64_t value);  // at least 2^15
Sums sums_ref(const Samples& ref, const Samples& dist, const Scale& scale);
void downsample_ref(const Samples& in, int scale, PlaneView<std::uint16_t> out);

}  // namespace visq::vif
