#include <algorithm>

#include "kernels/pillow/pillow.h"

namespace visq::pillow {
namespace {

// A weight times a byte is less than 2^30, and the weights of a sample add up to 2^22 and less than
// half a step each.
template <typename Sample>
std::uint8_t filtered(const Filter& filter, int i, const Sample& sample) {
  const auto at = static_cast<std::size_t>(i);
  const int count = std::min(filter.taps, filter.from - filter.first[at]);
  const std::int32_t* const weights =
      filter.weights.data() + at * static_cast<std::size_t>(filter.taps);
  std::int32_t sum = 1 << (kFractionBits - 1);
  for (int k = 0; k < count; ++k) sum += weights[k] * sample(filter.first[at] + k);
  return static_cast<std::uint8_t>(std::clamp(sum >> kFractionBits, 0, 255));
}

// std::lround takes longer.
std::uint8_t byte_of(float value) {
  const float inside = std::clamp(value, 0.0f, 255.0f);
  const int whole = static_cast<int>(inside);
  return static_cast<std::uint8_t>(whole + (inside - static_cast<float>(whole) >= 0.5f ? 1 : 0));
}

}  // namespace

void filter_columns_ref(const std::uint8_t* row, const Filter& filter, std::uint8_t* out,
                        int first) {
  for (int i = first; i < filter.to; ++i)
    out[i] = filtered(filter, i, [&](int x) { return row[x]; });
}

void filter_rows_ref(const std::uint8_t* rows, int width, const Filter& filter, int i,
                     std::uint8_t* out) {
  for (int x = 0; x < width; ++x)
    out[x] = filtered(filter, i, [&](int y) { return rows[std::ptrdiff_t{y} * width + x]; });
}

void bytes_of_pixels_ref(const float* pixels, int width, const BytePlanes& out, int from) {
  for (int x = from; x < width; ++x)
    for (int c = 0; c < 3; ++c) out.rows[c][x] = byte_of(pixels[3 * x + c]);
}

}  // namespace visq::pillow
