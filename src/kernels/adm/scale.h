// What the plain and the fast kernels of ADM have in common: which part of a band counts, and how
// its sums are rounded.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace visq::adm {

inline constexpr std::size_t kOrientations = 3;

// db2 in 16-bit fixed point.
inline constexpr std::array<std::int16_t, 4> kLowPass{15826, 27411, 7345, -4240},
    kHighPass{-4240, -7345, 27411, -15826};
inline constexpr int kLowPassSum = 46342;

// The source of tap k of output i, at 2i - 1 + k: mirrored at the start, the edge repeated at the
// end.
constexpr int tap(int i, int k, int size) {
  int at = 2 * i - 1 + k;
  if (at < 0) at = -at;
  if (at >= size) at = 2 * size - at - 1;
  return at < 0 ? 0 : at;  // a picture of one sample
}

// Of a 3x3 neighbourhood: the row or column that stands for i.
constexpr int neighbour(int i, int size) {
  if (i < 0) return size > 1 ? 1 : 0;
  return i < size ? i : size - 1;
}

int ceil_log2(int value);

constexpr std::int64_t half_of(int shift) { return shift > 0 ? std::int64_t{1} << (shift - 1) : 0; }

// A tenth of a band is left out on each side.
struct Region {
  int left, top, right, bottom;
  int width() const { return right - left; }
  int height() const { return bottom - top; }
};
Region region_of(int width, int height);

// Rounded shifts on the way from masked detail to its cube's sum; `threshold` shifts left.
struct Scaling {
  std::array<int, kOrientations> square, column, threshold, total;
  int row;
};
Scaling scaling_of(int scale, int width, int height);

// The same for the reference's detail. The square is rounded by a whole unit.
struct ReferenceScaling {
  int square, column, row, total;
};
ReferenceScaling reference_scaling_of(int scale, const Region& region);
inline constexpr std::array<int, 4> kReferenceSquare{0, 31, 30, 31};
constexpr std::int64_t unit_of(int shift) { return shift > 0 ? std::int64_t{1} << shift : 0; }

// Whether the vectors of horizontal and vertical detail, o of the reference and t of the distorted
// picture, point the same way to within one degree: then a larger t is enhancement, not error.
struct DetailVectors {
  std::int32_t oh, ov, th, tv;
};
inline constexpr auto kAlignedCosine =
    static_cast<float>(0.99969541350954785);  // the cosine of a degree, squared
bool is_aligned(const DetailVectors& v);

// What is restored of a reference coefficient of scale 0, which is not 0, with enhancement where
// aligned.
std::int16_t restored_fine(int reference, int distorted, bool aligned, double gain);

}  // namespace visq::adm
