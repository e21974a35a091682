// A row of samples as R, G and B. Deterministic: every CPU has the same bits.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <variant>

namespace visq::rgb {

// Where luma's column x has its chroma.
enum class Upsampling {
  none,     // in column x
  nearest,  // in column x / 2
  between   // in column x / 2; where x is odd, in the mean of this and the next; columns have a
            // quarter of the farther row
};

template <typename T>
struct Row {
  int width = 0;
  std::array<const T*, 3> samples{};  // Y, Cb, Cr; or R, G, B
  std::array<const T*, 3> farther{};  // rows of Cb and Cr, for Upsampling::between
  int chroma_width = 0;  // unless Upsampling::none: beyond stands the last one, of one at least
  Upsampling upsampling = Upsampling::none;
};

// (code - zero) * scale, and luma with its shares of chroma: R, G, B in 0..1.
struct Mix {
  float black = 0, luma = 0, chroma_zero = 0, chroma = 0;
  float r_cr = 0, g_cb = 0, g_cr = 0, b_cb = 0;
  float r_cb = 0, b_cr = 0;  // of YCgCo
};

// What becomes of R, G, B in 0..1: codes of 0..top, rounded half up, as code * scale - offset.
// Without a top they are clipped, and only samples that are R, G, B take scale and offset.
struct Encoding {
  int top = 0;
  std::array<float, 3> scale{}, offset{};
};

struct Conversion {
  std::optional<Mix> mix;  // none: samples are R, G, B
  int dropped_bits = 0;    // of mixed samples of 16 bits, rounded half up
  Encoding encoding;
};

// Where R, G and B go: each to a row of its own, or pixel by pixel, as value * scale + offset.
using Planes = std::array<float*, 3>;
struct Pixels {
  float* row = nullptr;
  std::array<float, 3> scale{}, offset{};
};
using Target = std::variant<Planes, Pixels>;

void convert_row(const Row<std::uint8_t>& row, const Conversion& conversion, const Target& target);
void convert_row(const Row<std::uint16_t>& row, const Conversion& conversion, const Target& target);

// The same in plain C++, from a column on.
void convert_row_ref(const Row<std::uint8_t>& row, const Conversion& conversion,
                     const Target& target, int from = 0);
void convert_row_ref(const Row<std::uint16_t>& row, const Conversion& conversion,
                     const Target& target, int from = 0);

}  // namespace visq::rgb
