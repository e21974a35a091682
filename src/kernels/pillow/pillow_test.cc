#include "kernels/pillow/pillow.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "kernels/testing.h"

namespace visq::pillow {
namespace {

constexpr std::uint8_t kPoison = 0xAB;

// Windows of `used` samples that end with the row.
Filter filter_of(int from, int to, int used, std::mt19937& random) {
  Filter filter{from, to, (used + kTapsTogether - 1) / kTapsTogether * kTapsTogether, {}, {}};
  for (int i = 0; i < to; ++i) {
    filter.first.push_back(to == 1 ? 0 : (from - used) * i / (to - 1));
    for (int k = 0; k < filter.taps; ++k)
      filter.weights.push_back(
          k < used ? static_cast<std::int32_t>(random() % (2 * (1u << kFractionBits) / used)) : 0);
  }
  return filter;
}

std::vector<std::uint8_t> noise(int count, std::mt19937& random) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(count));
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

struct FilterCase {
  int from, to, used;
};
constexpr FilterCase kCases[] = {{1, 1, 1},   {7, 3, 5},     {16, 5, 4},   {17, 2, 16},
                                 {40, 9, 17}, {101, 24, 10}, {64, 33, 33}, {1920, 455, 10}};

TEST(PillowColumns, EveryTargetEqualsTheReference) {
  test::on_every_target([] {
    std::mt19937 random(3);
    for (const auto& [from, to, used] : kCases) {
      const Filter filter = filter_of(from, to, used, random);
      const auto row = noise(from, random);
      std::vector<std::uint8_t> expected(static_cast<std::size_t>(to) + 9, kPoison),
          actual = expected;
      filter_columns_ref(row.data(), filter, expected.data());
      filter_columns(row.data(), filter, actual.data());
      EXPECT_EQ(actual, expected) << from << " " << to << " " << used;
    }
  });
}

TEST(PillowRows, EveryTargetEqualsTheReference) {
  test::on_every_target([] {
    std::mt19937 random(4);
    for (const auto& [from, to, used] : kCases)
      for (const int width : {1, 5, 16, 17, 50}) {
        const Filter filter = filter_of(from, to, used, random);
        const auto rows = noise(from * width, random);
        for (const int i : {0, to - 1}) {
          std::vector<std::uint8_t> expected(static_cast<std::size_t>(width) + 9, kPoison),
              actual = expected;
          filter_rows_ref(rows.data(), width, filter, i, expected.data());
          filter_rows(rows.data(), width, filter, i, actual.data());
          EXPECT_EQ(actual, expected) << from << " " << to << " " << used << " " << width;
        }
      }
  });
}

TEST(PillowBytes, EveryTargetEqualsTheReference) {
  test::on_every_target([] {
    std::mt19937 random(5);
    for (const int width : {1, 4, 15, 16, 33, 100}) {
      std::vector<float> pixels;
      for (int i = 0; i < 3 * width; ++i)
        pixels.push_back(static_cast<float>(random() % 540) / 2 - 5);  // many end in a half
      const auto planes = [&](auto make) {
        std::vector<std::uint8_t> bytes(static_cast<std::size_t>(3 * (width + 9)), kPoison);
        std::uint8_t* const first = bytes.data();
        make(BytePlanes{{first, first + width + 9, first + 2 * (width + 9)}});
        return bytes;
      };
      EXPECT_EQ(
          planes([&](const BytePlanes& to) { bytes_of_pixels(pixels.data(), width, to); }),
          planes([&](const BytePlanes& to) { bytes_of_pixels_ref(pixels.data(), width, to); }))
          << width;
    }
  });
}

TEST(PillowBytes, AreRoundedHalfUp) {
  const float pixels[] = {0.5f, 1.49f, 254.5f, -3, 300, 2.5f};
  std::uint8_t r[2], g[2], b[2];
  bytes_of_pixels_ref(pixels, 2, {{r, g, b}});
  EXPECT_EQ((std::vector{r[0], g[0], b[0], r[1], g[1], b[1]}),
            (std::vector<std::uint8_t>{1, 1, 255, 0, 255, 3}));
}

}  // namespace
}  // namespace visq::pillow
