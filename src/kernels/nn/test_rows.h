// What the tests of layers have in common: rows of noise with poison around, and layers to try.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/nn/bf16.h"
#include "kernels/nn/nn.h"

namespace visq::nn {

inline constexpr float kPoison = -1e30f;

inline std::vector<float> noise(std::size_t count) {
  static std::mt19937 random(3);
  std::uniform_real_distribution<float> distribution(-1, 1);
  std::vector<float> values(count);
  for (float& value : values) value = distribution(random);
  return values;
}

// Rows that hold what a kernel may read, with poison behind.
struct RowsOf {
  std::vector<std::vector<float>> memory;
  std::vector<const float*> rows;

  RowsOf(int count, int values) {
    for (int i = 0; i < count; ++i) {
      memory.push_back(noise(static_cast<std::size_t>(values) + 1));
      memory.back().front() = kPoison;
      memory.back().resize(memory.back().size() + 16, kPoison);
    }
    for (const auto& row : memory) rows.push_back(row.data() + 1);  // misaligned
  }
};

// The same values, bfloat16: never negative, with poison around.
inline constexpr Bfloat16 kBf16Poison = to_bf16(1e30f);

struct Bf16RowsOf {
  std::vector<std::vector<Bfloat16>> memory;
  std::vector<std::vector<float>> floats;  // what they stand for, channel by channel
  std::vector<const Bfloat16*> rows;
  std::vector<const float*> float_rows;

  Bf16RowsOf(int count, int values) {
    for (int i = 0; i < count; ++i) {
      floats.push_back(noise(static_cast<std::size_t>(values)));
      memory.emplace_back(floats.back().size() + 17, kBf16Poison);
      for (std::size_t v = 0; v < floats.back().size(); ++v) {
        const Bfloat16 bf16 = to_bf16(std::abs(floats.back()[v]));
        floats.back()[v] = from_bf16(bf16);
        memory.back()[1 + bf16_place(v)] = bf16;  // misaligned
      }
    }
    for (const auto& row : memory) rows.push_back(row.data() + 1);
    for (const auto& row : floats) float_rows.push_back(row.data());
  }
};

// As floats, channel by channel; pixels of `channels` lie `step` apart, and what is between them
// must be poison.
inline std::vector<float> widened_pixels(const std::vector<Bfloat16>& values, std::size_t channels,
                                         std::size_t step) {
  std::vector<float> out;
  for (std::size_t pixel = 0; pixel + step <= values.size(); pixel += step) {
    for (std::size_t c = 0; c < channels; ++c)
      out.push_back(from_bf16(values[pixel + bf16_place(c)]));
    for (std::size_t c = channels; c < step; ++c)
      EXPECT_EQ(values[pixel + c], kBf16Poison) << "pixel " << pixel / step;
  }
  return out;
}

inline void expect_near(const std::vector<float>& actual, const std::vector<float>& expected,
                        float tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i)
    if (!(std::abs(actual[i] - expected[i]) <= tolerance * std::max(1.0f, std::abs(expected[i])))) {
      ADD_FAILURE() << "value " << i << " is " << actual[i] << ", not " << expected[i];
      return;
    }
}

struct ConvCase {
  int in, out, size, stride, pixels;
  bool relu;
};

struct TileCase {
  int in, out, pixels, rows;
  bool relu;
  int size = 3;  // of the kernel
  bool large = false;

  int tile() const { return large ? kLargestTile : tile_of_kernel(size); }
  int pixels_read() const { return (pixels + tile() - 1) / tile() * tile() + size - 1; }
};

// Bf16 values of sums that differ in the last bit may round to neighbours.
inline constexpr float kBf16Step = 1.0f / 128;

}  // namespace visq::nn
