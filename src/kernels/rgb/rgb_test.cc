#include "kernels/rgb/rgb.h"

#include <algorithm>
#include <cstring>

#include <gtest/gtest.h>

#include "kernels/testing.h"

namespace visq::rgb {
namespace {

constexpr Mix kMix{16, 1 / 219.0f, 128, 1 / 224.0f, 1.5748f, -0.1873f, -0.4681f, 1.8556f};
constexpr Encoding kWhole{255, {0.0171f, 0.0175f, 0.0174f}, {2.118f, 2.036f, 1.804f}},
    kClipped{0, {0.5f, 0.25f, 0.125f}, {}};

Mix wider(int bits) {
  const auto unit = static_cast<float>(1 << (bits - 8));
  return {16 * unit, 1 / (219 * unit), 128 * unit, 1 / (224 * unit),
          kMix.r_cr, kMix.g_cb,        kMix.g_cr,  kMix.b_cb};
}

// Random rows; chroma of a picture whose width was rounded up or down.
template <typename T>
struct Samples {
  test::Poisoned<T> luma, chroma;
  Row<T> row;

  Samples(int width, Upsampling upsampling, bool down, unsigned top, std::mt19937& random)
      : luma(test::noise<T>(width, 1, top, random)),
        chroma(test::noise<T>(chroma_width(width, upsampling, down), 4, top, random)) {
    const auto c = chroma.view();
    row = {width,
           {luma.view().row(0), c.row(0), c.row(1)},
           {nullptr, c.row(2), c.row(3)},
           c.width,
           upsampling};
  }
  static int chroma_width(int width, Upsampling upsampling, bool down) {
    if (upsampling == Upsampling::none) return width;
    return std::max((width + (down ? 0 : 1)) / 2, 1);
  }
};

bool same_bits(const test::Poisoned<float>& a, const test::Poisoned<float>& b) {
  return std::memcmp(a.memory.data(), b.memory.data(), a.memory.size() * sizeof(float)) == 0;
}

template <typename T>
void compare(const Row<T>& row, const Conversion& conversion) {
  test::Poisoned<float> planes(row.width, 3), expected(row.width, 3), pixels(3 * row.width, 1),
      expected_pixels(3 * row.width, 1);
  const auto rows = [](const test::Poisoned<float>& p) {
    return Planes{p.plane.row(0), p.plane.row(1), p.plane.row(2)};
  };
  const auto interleaved = [](const test::Poisoned<float>& p) {
    return Pixels{p.plane.row(0), {1.5f, -2, 0.3f}, {0.1f, 0.2f, -0.3f}};
  };
  convert_row(row, conversion, rows(planes));
  convert_row_ref(row, conversion, rows(expected));
  convert_row(row, conversion, interleaved(pixels));
  convert_row_ref(row, conversion, interleaved(expected_pixels));
  SCOPED_TRACE(::testing::Message()
               << row.width << " columns, upsampling " << static_cast<int>(row.upsampling)
               << ", dropped " << conversion.dropped_bits);
  EXPECT_TRUE(same_bits(planes, expected));
  EXPECT_TRUE(same_bits(pixels, expected_pixels));
}

template <typename T>
void compare_all(int bits) {
  std::mt19937 random(3);
  for (const int width : {1, 2, 3, 7, 8, 9, 15, 16, 17, 18, 24, 31, 32, 33, 34, 35, 64, 101})
    for (const bool down : {false, true})
      for (const Upsampling upsampling :
           {Upsampling::none, Upsampling::nearest, Upsampling::between}) {
        const Samples<T> samples(width, upsampling, down, (1u << bits) - 1, random);
        for (const Encoding& encoding : {kWhole, kClipped}) {
          compare(samples.row, {wider(bits), 0, encoding});
          Mix every = wider(bits);
          every.r_cb = -1;
          every.b_cr = 0.7f;
          compare(samples.row, {every, 0, encoding});
          if (sizeof(T) > 1) compare(samples.row, {kMix, bits - 8, encoding});
          if (upsampling == Upsampling::none) compare(samples.row, {std::nullopt, 0, encoding});
        }
      }
}

TEST(RgbRow, EveryTargetEqualsTheReference) {
  test::on_every_target([] {
    compare_all<std::uint8_t>(8);
    for (const int bits : {9, 10, 12, 16}) compare_all<std::uint16_t>(bits);
  });
}

// One luma of 126 is 110 / 219 of the way to white; beyond both ends are codes that no colour has.
TEST(RgbRow, RoundsHalfUpAndClips) {
  const std::uint8_t luma[] = {126, 0, 255}, chroma[] = {128, 128, 128};
  float r[3], g[3], b[3];
  const Row<std::uint8_t> row{3, {luma, chroma, chroma}};
  convert_row(row, {kMix, 0, {255, {1, 1, 1}, {}}}, Planes{r, g, b});
  EXPECT_EQ(r[0], 128);
  EXPECT_EQ(g[1], 0);
  EXPECT_EQ(b[2], 255);
  convert_row(row, {kMix, 0, kClipped}, Planes{r, g, b});
  EXPECT_FLOAT_EQ(r[0], 110 / 219.0f);
  EXPECT_EQ(g[1], 0);
  EXPECT_EQ(b[2], 1);
}

TEST(RgbRow, ChromaLiesWhereTheUpsamplingSays) {
  const std::uint8_t luma[6] = {}, nearer[] = {4, 8}, farther[] = {8, 16};
  const Conversion only_cr{Mix{0, 0, 0, 1 / 255.0f, 1, 0, 0, 0}, 0, {255, {1, 1, 1}, {}}};
  const auto red = [&](Upsampling upsampling) {
    std::vector<float> r(6), rest(6);
    convert_row(
        Row<std::uint8_t>{6, {luma, nearer, nearer}, {nullptr, farther, farther}, 2, upsampling},
        only_cr, Planes{r.data(), rest.data(), rest.data()});
    return r;
  };
  EXPECT_EQ(red(Upsampling::nearest), (std::vector<float>{4, 4, 8, 8, 8, 8}));
  EXPECT_EQ(red(Upsampling::between),
            (std::vector<float>{5, 8, 10, 10, 10, 10}));  // between 5 and 10: 7.5
}

}  // namespace
}  // namespace visq::rgb
