// What ADM, the detail loss metric, counts in a pair of pictures: at four wavelet scales the detail
// that is restored, the detail that was added, and the detail of the reference. Exact: these are
// the sums of libvmaf's plain C path.
//
// Li, Zhang, Ma, Ngan: Image quality assessment by separately evaluating detail losses and additive
// impairments, IEEE Transactions on Multimedia, 2011.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/parallel.h"
#include "base/plane.h"
#include "base/samples.h"
#include "base/scratch.h"

namespace visq::adm {

inline constexpr int kScales = 4;

struct ScaleRule {
  int scale = 0;
  std::array<float, 3> contrast;       // contrast sensitivity: horizontal, vertical, diagonal
  std::array<std::uint32_t, 3> fixed;  // the same in fixed point
  double noise_weight = 0.03125;
  bool additive = true;  // compute `additive` below
};

// More limits than that share too little to be compared at once.
inline constexpr std::size_t kMostDistorted = 4, kMostGains = 2;

struct Settings {
  bool skip_scale0 = false;  // its sums stay 0
  std::array<ScaleRule, kScales> rules;
  std::vector<double> gains{100};  // how much enhancement counts as restored detail, 1 to 100
};

// Of horizontal, vertical and diagonal detail.
struct ScaleSums {
  std::array<std::int64_t, 3> restored{}, additive{}, reference{};
  friend bool operator==(const ScaleSums&, const ScaleSums&) = default;
};
using Sums = std::array<ScaleSums, kScales>;

// Of a reference and each of some distorted pictures, under each gain limit: those of dist[i] under
// gains[g] are out[i * gains.size() + g]. What concerns the reference is found out once for all of
// them. Pictures of one format, at most kMostDistorted and kMostGains: std::length_error
// for more.
void sums(const Samples& ref, std::span<const Samples> dist, const Settings& settings,
          Parallel& parallel, Scratch& scratch, std::span<Sums> out);

struct ScaleScore {
  float restored = 0;   // numerator: the detail that is left
  float reference = 0;  // denominator: the detail of the reference
  float additive = 0;   // the impairment that was added
};

// Width and height are those of the scale's bands: of the picture, halved and rounded up scale + 1
// times.
ScaleScore score_of(const ScaleSums& sums, const ScaleRule& rule, int width, int height);

// What is restored of each reference coefficient of a scale by the distorted one, enhancement not
// counted. A multiple of 64 of them, of at most 22938 at scale 0 and of 2103000000 at the others.
struct Coefficients {
  std::span<const std::int32_t> reference, distorted;
};
void restored(const Coefficients& coefficients, int scale, std::span<std::int32_t> out);

// The same in plain C++: what the fast ones are tested against.
Sums sums_ref(const Samples& ref, const Samples& dist, const Settings& settings, double gain);
std::int32_t restored_ref(std::int32_t reference, std::int32_t distorted, int scale);

// One level of the db2 wavelet transform: approximation, horizontal, vertical and diagonal detail,
// of half the picture's size, rounded up.
struct Bands {
  Bands(int width, int height);  // of the picture
  Plane<std::int32_t> approximation, horizontal, vertical, diagonal;
  int width() const { return approximation.width(); }
  int height() const { return approximation.height(); }
};

// Level 0, from samples; levels 1 to 3, from the approximation of the level before.
Bands transform_ref(const Samples& samples);
Bands transform_ref(PlaneView<const std::int32_t> approximation, int level);

ScaleSums scale_sums_ref(const Bands& reference, const Bands& distorted, const ScaleRule& rule,
                         double gain);

}  // namespace visq::adm
