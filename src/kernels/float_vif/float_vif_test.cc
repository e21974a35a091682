#include "kernels/float_vif/float_vif.h"

#include <algorithm>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "kernels/testing.h"
#include "tests/support/sanitized.h"

namespace visq::float_vif {
namespace {

enum class Content { noise, texture, flat };

double sample(Content content, int x, int y, std::mt19937& random) {
  switch (content) {
    case Content::noise:
      return random() % 256;
    case Content::texture:
      return (x * 5 + y * 3 + static_cast<int>(random() % 8)) % 96 + 40;
    case Content::flat:
      break;
  }
  return 100 + random() % 2;
}

// A reference, and a distorted picture with less or more contrast and a little noise.
template <typename T>
void fill(PlaneView<T> ref, PlaneView<T> dist, Content content, double contrast, double unit) {
  std::mt19937 random(7);
  for (int y = 0; y < ref.height; ++y)
    for (int x = 0; x < ref.width; ++x) {
      const double value = sample(content, x, y, random);
      ref.row(y)[x] = static_cast<T>(value * unit);
      dist.row(y)[x] = static_cast<T>(
          std::clamp((value - 128) * contrast + 128 + random() % 5 * 0.5, 0., 255.) * unit);
    }
}

constexpr Content kContents[] = {Content::noise, Content::texture, Content::flat};

template <typename T>
void compare_sums(int width, int height, int bits, std::span<const float> taps,
                  std::vector<double>& all) {
  const double unit = std::ldexp(1.0, bits - 8);
  Scratch scratch;
  test::Poisoned<T> ref(width, height), dist(width, height);
  for (const Content content : kContents)
    for (const float limit : {100.f, 1.f}) {
      SCOPED_TRACE(testing::Message()
                   << width << "x" << height << " bits " << bits << " taps " << taps.size()
                   << " content " << static_cast<int>(content) << " limit " << limit);
      fill(ref.plane, dist.plane, content, limit == 1 ? 1.3 : 0.8, unit);
      const Rule rule{taps, limit, 2};
      scratch.reset();
      const Sums vector = sums(ref.samples(bits), dist.samples(bits), rule, scratch, *serial());
      const Sums plain = sums_ref(ref.samples(bits), dist.samples(bits), rule);
      EXPECT_NEAR(vector.num, plain.num, 1e-5 * std::abs(plain.num) + 1e-5);
      EXPECT_NEAR(vector.den, plain.den, 1e-5 * plain.den);
      all.push_back(vector.num);
      all.push_back(vector.den);
    }
}

template <typename T>
void compare_halves(int width, int height, int bits, std::span<const float> taps) {
  Scratch scratch;
  test::Poisoned<T> in(width, height), unused(width, height);
  test::Poisoned<float> vector(width / 2, height / 2), plain(width / 2, height / 2);
  for (const Content content : kContents) {
    fill(in.plane, unused.plane, content, 1, std::ldexp(1.0, bits - 8));
    scratch.reset();
    downsample(in.samples(bits), taps, vector.plane, scratch, *serial());
    downsample_ref(in.samples(bits), taps, plain.plane);
    EXPECT_EQ(vector.memory, plain.memory)
        << width << "x" << height << " bits " << bits << " taps " << taps.size();
  }
}

const std::vector<std::vector<float>>& filters() {
  static const std::vector<std::vector<float>> all{gaussian(0, 1), gaussian(1, 1), gaussian(2, 1),
                                                   gaussian(3, 1), gaussian(0, 2.4f)};
  return all;
}

std::vector<double> compare_all() {
  std::vector<double> sums;
  for (const auto& [width, height] : {std::pair{1, 1},
                                      {2, 3},
                                      {3, 2},
                                      {8, 8},
                                      {9, 17},
                                      {15, 40},
                                      {16, 5},
                                      {17, 4},
                                      {33, 9},
                                      {101, 6},
                                      {19, 521}})
    for (const auto& taps : filters()) {
      if (test::kSlow && height > 500 && taps.size() < 65) continue;
      compare_sums<std::uint8_t>(width, height, 8, taps, sums);
      compare_sums<std::uint16_t>(width, height, 10, taps, sums);
      compare_sums<float>(width, height, 8, taps, sums);
      if (width < 2 || height < 2) continue;
      compare_halves<std::uint8_t>(width, height, 8, taps);
      for (const int bits : {9, 10, 12, 16})
        compare_halves<std::uint16_t>(width, height, bits, taps);
      compare_halves<float>(width, height, 8, taps);
    }
  return sums;
}

TEST(FloatVif, IsThatOfTheReferenceWithTheSameBitsOnEveryTarget) {
  const std::vector<double> best = compare_all();
  test::on_every_target([&] { EXPECT_EQ(compare_all(), best); });
}

TEST(FloatVifGaussian, HasTheTapsOfItsScale) {
  const std::size_t sizes[] = {17, 9, 5, 3};
  for (int scale = 0; scale < kScales; ++scale) {
    const std::vector<float> taps = gaussian(scale, 1);
    ASSERT_EQ(taps.size(), sizes[scale]);
    float sum = 0;
    for (std::size_t i = 0; i < taps.size(); ++i) {
      sum += taps[i];
      EXPECT_EQ(taps[i], taps[taps.size() - 1 - i]);
    }
    EXPECT_NEAR(sum, 1, 1e-6);
  }
  EXPECT_EQ(gaussian(0, 360.f / 97).size(), 65u);
  EXPECT_EQ(gaussian(3, 0.5f).size(), 3u);
}

}  // namespace
}  // namespace visq::float_vif
