#include "kernels/ansnr/ansnr.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/testing.h"

namespace visq::ansnr {
namespace {

Sums compare(const Samples& ref, const Samples& dist) {
  Scratch scratch;
  const Sums vector = sums(ref, dist, scratch, *serial()), plain = sums_ref(ref, dist);
  EXPECT_NEAR(vector.signal, plain.signal, 1e-6 * plain.signal)
      << ref.width << "x" << ref.height << " bits " << ref.bits;
  EXPECT_NEAR(vector.noise, plain.noise, 1e-6 * plain.noise)
      << ref.width << "x" << ref.height << " bits " << ref.bits;
  return vector;
}

template <typename T>
Sums compare_noise(int width, int height, int bits) {
  std::mt19937 random(7);
  const auto ref = test::noise<T>(width, height, (1u << bits) - 1, random),
             dist = test::noise<T>(width, height, (1u << bits) - 1, random);
  return compare(ref.samples(bits), dist.samples(bits));
}

std::vector<Sums> compare_all() {
  std::vector<Sums> all;
  for (const auto& [width, height] : {std::pair{3, 3},
                                      {4, 7},
                                      {8, 3},
                                      {15, 4},
                                      {16, 5},
                                      {17, 6},
                                      {33, 3},
                                      {64, 9},
                                      {101, 8},
                                      {500, 4},
                                      {5, 515}}) {
    all.push_back(compare_noise<std::uint8_t>(width, height, 8));
    for (const int bits : {9, 10, 12, 16})
      all.push_back(compare_noise<std::uint16_t>(width, height, bits));
  }
  return all;
}

TEST(Ansnr, AreThoseOfTheReferenceWithTheSameBitsOnEveryTarget) {
  const std::vector<Sums> best = compare_all();
  test::on_every_target([&] {
    const std::vector<Sums> here = compare_all();
    for (std::size_t i = 0; i < best.size(); ++i) {
      EXPECT_EQ(here[i].signal, best[i].signal) << i;
      EXPECT_EQ(here[i].noise, best[i].noise) << i;
    }
  });
}

// Both filters leave a constant as it is.
TEST(Ansnr, OfConstantPicturesAreThoseOfTheirValues) {
  const std::vector<std::uint8_t> dark(64, 28), bright(64, 158);
  Scratch scratch;
  const Sums of = sums(PlaneView<const std::uint8_t>{dark.data(), 8, 8, 8},
                       PlaneView<const std::uint8_t>{bright.data(), 8, 8, 8}, scratch, *serial());
  EXPECT_EQ(of.signal, 64 * 100. * 100.);
  EXPECT_NEAR(of.noise, 64 * 130. * 130., 1);
}

}  // namespace
}  // namespace visq::ansnr
