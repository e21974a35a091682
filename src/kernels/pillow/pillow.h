// Planes of bytes at another size, by weights in fixed point as Pillow has them; and R, G, B as
// bytes. Exact.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace visq::pillow {

inline constexpr int kFractionBits = 22;  // of weights, which add up to about one
inline constexpr int kTapsTogether = 16;

// One direction: sample i is made of those from first[i] on, by the weights from i * taps on.
// `taps` is a multiple of kTapsTogether; weights beyond the last are zero, and those samples need
// not be there.
struct Filter {
  int from = 0, to = 0, taps = 0;
  std::vector<int> first;
  std::vector<std::int32_t> weights;
};

// A row of `from` samples becomes one of `to`.
void filter_columns(const std::uint8_t* row, const Filter& filter, std::uint8_t* out);
void filter_columns_ref(const std::uint8_t* row, const Filter& filter, std::uint8_t* out,
                        int first = 0);

// Row i of the output, of rows of `width` samples without gaps.
void filter_rows(const std::uint8_t* rows, int width, const Filter& filter, int i,
                 std::uint8_t* out);
void filter_rows_ref(const std::uint8_t* rows, int width, const Filter& filter, int i,
                     std::uint8_t* out);

// Values pixel by pixel, clipped to 0..255 and rounded half up, as three planes.
struct BytePlanes {
  std::uint8_t* rows[3];
};
void bytes_of_pixels(const float* pixels, int width, const BytePlanes& out);
void bytes_of_pixels_ref(const float* pixels, int width, const BytePlanes& out, int from = 0);

}  // namespace visq::pillow
