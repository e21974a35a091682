#include "kernels/ansnr/ansnr.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/testing.h"

namespace visq {
namespace {

template <typename T>
AnsnrSums compare(int width, int height, int bits) {
  std::mt19937 random(7);
  Scratch scratch;
  const auto ref = test::noise<T>(width, height, (1u << bits) - 1, random),
             dist = test::noise<T>(width, height, (1u << bits) - 1, random);
  const auto fast = ansnr_sums(ref.view(), dist.view(), bits, scratch);
  EXPECT_TRUE(fast);
  const AnsnrSums plain = ansnr_sums_ref(ref.view(), dist.view(), bits);
  EXPECT_NEAR(fast->signal, plain.signal, 1e-6 * plain.signal)
      << width << "x" << height << " bits " << bits;
  EXPECT_NEAR(fast->noise, plain.noise, 1e-6 * plain.noise)
      << width << "x" << height << " bits " << bits;
  return *fast;
}

std::vector<AnsnrSums> compare_all() {
  std::vector<AnsnrSums> all;
  for (const auto& [width, height] : {std::pair{3, 3},
                                      {4, 7},
                                      {8, 3},
                                      {15, 4},
                                      {16, 5},
                                      {17, 6},
                                      {33, 3},
                                      {64, 9},
                                      {101, 8},
                                      {500, 4}}) {
    all.push_back(compare<std::uint8_t>(width, height, 8));
    for (const int bits : {9, 10, 12, 16})
      all.push_back(compare<std::uint16_t>(width, height, bits));
  }
  return all;
}

TEST(AnsnrSums, AreThoseOfTheReferenceWithTheSameBitsOnEveryTarget) {
  const std::vector<AnsnrSums> best = compare_all();
  test::on_every_target([&] {
    const std::vector<AnsnrSums> here = compare_all();
    for (std::size_t i = 0; i < best.size(); ++i) {
      EXPECT_EQ(here[i].signal, best[i].signal) << i;
      EXPECT_EQ(here[i].noise, best[i].noise) << i;
    }
  });
}

// Both filters leave a constant as it is.
TEST(AnsnrSums, OfConstantPicturesAreThoseOfTheirValues) {
  const std::vector<std::uint8_t> dark(64, 28), bright(64, 158);
  Scratch scratch;
  const auto sums = ansnr_sums(PlaneView<const std::uint8_t>{dark.data(), 8, 8, 8},
                               {bright.data(), 8, 8, 8}, 8, scratch);
  EXPECT_EQ(sums->signal, 64 * 100. * 100.);
  EXPECT_NEAR(sums->noise, 64 * 130. * 130., 1);
}

}  // namespace
}  // namespace visq
