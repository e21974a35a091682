#include <algorithm>
#include <array>
#include <bit>
#include <string>

#include <fmt/format.h>

#include "base/numbers.h"
#include "kernels/cambi/cambi.h"

namespace visq::cambi {
namespace {

constexpr int kMaskRadius = 3;

template <typename T>
unsigned to_ten_bits(const Samples& samples, PlaneView<std::uint16_t> out) {
  const PlaneView<const T> in = samples.as<T>();
  const int up = std::max(0, 10 - samples.bits), down = std::max(0, samples.bits - 10),
            half = down == 0 ? 0 : 1 << (down - 1);
  unsigned seen = 0;
  for (int y = 0; y < in.height; ++y)
    for (int x = 0; x < in.width; ++x) {
      seen |= in.row(y)[x];
      out.row(y)[x] = static_cast<std::uint16_t>(((in.row(y)[x] << up) + half) >> down);
    }
  return seen;
}

void average_pairs(PlaneView<std::uint16_t> plane) {
  for (int y = 0; y < plane.height; ++y)
    for (int x = 0; x < plane.width; ++x) {
      std::uint16_t* const row = plane.row(y);
      const bool right = x + 1 < plane.width, below = y + 1 < plane.height;
      int sum = row[x];
      if (right) sum += row[x + 1];
      if (below) sum += plane.row(y + 1)[x];
      if (right && below) sum += plane.row(y + 1)[x + 1];
      row[x] = static_cast<std::uint16_t>(sum >> (right + below));
    }
}

bool equals_next(PlaneView<std::uint16_t> plane, int x, int y) {
  const int value = plane.row(y)[x] & kValueBits;
  const bool right = x + 1 == plane.width || value == (plane.row(y)[x + 1] & kValueBits);
  return right && (y + 1 == plane.height || value == (plane.row(y + 1)[x] & kValueBits));
}

int count_flat(PlaneView<std::uint16_t> plane, int x, int y) {
  int count = 0;
  for (int j = std::max(0, y - kMaskRadius); j <= std::min(plane.height - 1, y + kMaskRadius); ++j)
    for (int i = std::max(0, x - kMaskRadius); i <= std::min(plane.width - 1, x + kMaskRadius); ++i)
      count += equals_next(plane, i, j);
  return count;
}

void mark_flat(PlaneView<std::uint16_t> plane) {
  const int limit = flat_limit(plane.width, plane.height);
  for (int y = 0; y < plane.height; ++y)
    for (int x = 0; x < plane.width; ++x)
      if (count_flat(plane, x, y) > limit) plane.row(y)[x] |= kFlat;
}

std::uint16_t row_mode(PlaneView<const std::uint16_t> in, int x, int y) {
  const auto at = [&](int i) { return static_cast<std::uint16_t>(in.row(y)[i] & kValueBits); };
  return x == 0 || x + 1 == in.width ? at(x) : mode_of(at(x - 1), at(x), at(x + 1));
}

void mode_filter(PlaneView<const std::uint16_t> in, PlaneView<std::uint16_t> out) {
  for (int y = 0; y < in.height; ++y)
    for (int x = 0; x < in.width; ++x) {
      const std::uint16_t sample = in.row(y)[x];
      const bool outer = y == 0 || y + 1 == in.height;
      out.row(y)[x] =
          outer ? sample
                : static_cast<std::uint16_t>(
                      mode_of(row_mode(in, x, y - 1), row_mode(in, x, y), row_mode(in, x, y + 1)) |
                      (sample & kFlat));
    }
}

// A plane of memory of its own, filtered into `out`.
void filter_copy(const std::vector<std::uint16_t>& plane, PlaneView<std::uint16_t> out) {
  mode_filter({plane.data(), out.width, out.width, out.height}, out);
}

std::vector<std::uint16_t> samples_for(PlaneView<std::uint16_t> plane) {
  return std::vector<std::uint16_t>(static_cast<std::size_t>(plane.width) *
                                    static_cast<std::size_t>(plane.height));
}

// The values around one sample, counted; it moves along a row.
class Histogram {
 public:
  Histogram(PlaneView<const std::uint16_t> plane, int radius, int y)
      : plane_(plane),
        top_(std::max(0, y - radius)),
        bottom_(std::min(plane.height - 1, y + radius)) {}

  void add_column(int x, int step) {
    if (x < 0 || x >= plane_.width) return;
    for (int y = top_; y <= bottom_; ++y)
      if (const std::uint16_t sample = plane_.row(y)[x]; sample & kFlat)
        counts_[sample & kValueBits] += step;
  }
  int count(int value) const {
    return value < 0 || value >= kValues ? 0 : counts_[static_cast<std::size_t>(value)];
  }

 private:
  PlaneView<const std::uint16_t> plane_;
  int top_, bottom_;
  std::array<int, kValues> counts_{};
};

float contrast_at(const Histogram& histogram, int value, const Visibility& visibility) {
  const int own = histogram.count(value);
  float largest = 0;
  for (int d = 1; d <= visibility.differences; ++d) {
    const int other = std::max(histogram.count(value + d), histogram.count(value - d));
    const float contrast =
        static_cast<float>(visibility.of(value)[d - 1] * own * other) * reciprocals()[own + other];
    largest = std::max(largest, contrast);
  }
  return largest;
}

bool is_visible(int value, const Visibility& visibility) {
  const std::uint8_t* const weights = visibility.of(value);
  return std::any_of(weights, weights + visibility.differences,
                     [](std::uint8_t w) { return w != 0; });
}

}  // namespace

const float* reciprocals() {
  static const std::array<float, kLargestArea + 1> kTable = [] {
    std::array<float, kLargestArea + 1> table{};
    for (int n = 1; n <= kLargestArea; ++n) {
      const std::string text = fmt::format("{:.9g}", 1.0 / n);
      table[static_cast<std::size_t>(n)] = parse_number<float>(text).value();
    }
    return table;
  }();
  return kTable.data();
}

int flat_limit(int width, int height) {
  const auto blocks = static_cast<unsigned>(width >> 6) * static_cast<unsigned>(height >> 6);
  const int log = blocks == 0 ? 0 : static_cast<int>(std::bit_width(blocks - 1));
  return (49 + 3 * (log - 11) - 1) >> 1;
}

unsigned first_scale_ref(const Samples& in, Preparation how, PlaneView<std::uint16_t> out) {
  std::vector<std::uint16_t> memory = samples_for(out);
  const PlaneView<std::uint16_t> plane{memory.data(), out.width, out.width, out.height};
  const unsigned seen =
      with_sample_type(in.bits, [&]<typename T>() { return to_ten_bits<T>(in, plane); });
  if (how.averages) average_pairs(plane);
  mark_flat(plane);
  if (how.filters) {
    filter_copy(memory, out);
    return seen;
  }
  for (int y = 0; y < out.height; ++y) std::copy_n(plane.row(y), out.width, out.row(y));
  return seen;
}

void next_scale_ref(PlaneView<const std::uint16_t> in, PlaneView<std::uint16_t> out) {
  std::vector<std::uint16_t> memory = samples_for(out);
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x)
      memory[static_cast<std::size_t>(y) * static_cast<std::size_t>(out.width) +
             static_cast<std::size_t>(x)] = in.row(2 * y)[2 * x];
  filter_copy(memory, out);
}

void contrasts_ref(PlaneView<const std::uint16_t> plane, RowRange range, int side,
                   const Visibility& visibility, Contrasts& out) {
  const int radius = side / 2;
  out.count = 0;
  for (int y = range.begin; y < range.end; ++y) {
    Histogram histogram(plane, radius, y);
    for (int x = 0; x < radius; ++x) histogram.add_column(x, 1);
    for (int x = 0; x < plane.width; ++x) {
      histogram.add_column(x + radius, 1);
      histogram.add_column(x - radius - 1, -1);
      const std::uint16_t sample = plane.row(y)[x];
      const int value = sample & kValueBits;
      const bool counts = (sample & kFlat) != 0 && is_visible(value, visibility);
      const float contrast = counts ? contrast_at(histogram, value, visibility) : 0;
      if (out.map.data != nullptr) out.map.row(y)[x] = contrast;
      if (counts) out.values[out.count++] = contrast;
    }
  }
}

}  // namespace visq::cambi
