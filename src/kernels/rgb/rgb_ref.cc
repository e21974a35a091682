#include <algorithm>

#include "kernels/rgb/rgb.h"

namespace visq::rgb {
namespace {

float rounded(int sample, int dropped_bits) {
  return static_cast<float>((sample + ((1 << dropped_bits) >> 1)) >> dropped_bits);
}

template <typename T>
float chroma_at(const Row<T>& row, std::size_t plane, int x, int dropped_bits) {
  const auto at = [&](const T* samples, int i) {
    return rounded(samples[std::min(i, row.chroma_width - 1)], dropped_bits);
  };
  const auto column = [&](int i) {
    return 0.75f * at(row.samples[plane], i) + 0.25f * at(row.farther[plane], i);
  };
  switch (row.upsampling) {
    case Upsampling::none:
      break;
    case Upsampling::nearest:
      return at(row.samples[plane], x / 2);
    case Upsampling::between:
      return x % 2 == 0 ? column(x / 2) : 0.5f * (column(x / 2) + column(x / 2 + 1));
  }
  return rounded(row.samples[plane][x], dropped_bits);
}

using Colours = std::array<float, 3>;

template <typename T>
Colours mixed(const Row<T>& row, const Mix& m, int dropped_bits, int x) {
  const float y = (rounded(row.samples[0][x], dropped_bits) - m.black) * m.luma;
  const float cb = (chroma_at(row, 1, x, dropped_bits) - m.chroma_zero) * m.chroma;
  const float cr = (chroma_at(row, 2, x, dropped_bits) - m.chroma_zero) * m.chroma;
  return {y + m.r_cb * cb + m.r_cr * cr, y + m.g_cb * cb + m.g_cr * cr,
          y + m.b_cb * cb + m.b_cr * cr};
}

float of_code(float code, const Encoding& encoding, std::size_t channel) {
  return code * encoding.scale[channel] - encoding.offset[channel];
}

float encoded(float value, const Encoding& encoding, std::size_t channel) {
  if (encoding.top == 0) return std::clamp(value, 0.0f, 1.0f);
  const int code = static_cast<int>(value * static_cast<float>(encoding.top) + 0.5f);
  return of_code(static_cast<float>(std::clamp(code, 0, encoding.top)), encoding, channel);
}

template <typename T>
Colours colours_at(const Row<T>& row, const Conversion& c, int x) {
  Colours colours;
  if (c.mix) colours = mixed(row, *c.mix, c.dropped_bits, x);
  for (std::size_t i = 0; i < 3; ++i)
    colours[i] =
        c.mix ? encoded(colours[i], c.encoding, i) : of_code(row.samples[i][x], c.encoding, i);
  return colours;
}

void store(const Colours& colours, const Planes& planes, int x) {
  for (std::size_t i = 0; i < 3; ++i) planes[i][x] = colours[i];
}

void store(const Colours& colours, const Pixels& pixels, int x) {
  for (std::size_t i = 0; i < 3; ++i)
    pixels.row[3 * x + static_cast<int>(i)] = colours[i] * pixels.scale[i] + pixels.offset[i];
}

template <typename T>
void convert(const Row<T>& row, const Conversion& c, const Target& target, int from) {
  std::visit(
      [&](const auto& out) {
        for (int x = from; x < row.width; ++x) store(colours_at(row, c, x), out, x);
      },
      target);
}

}  // namespace

void convert_row_ref(const Row<std::uint8_t>& row, const Conversion& conversion,
                     const Target& target, int from) {
  convert(row, conversion, target, from);
}
void convert_row_ref(const Row<std::uint16_t>& row, const Conversion& conversion,
                     const Target& target, int from) {
  convert(row, conversion, target, from);
}

}  // namespace visq::rgb
