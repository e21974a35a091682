#include "kernels/skeleton/skeleton.h"

#include <random>

#include <gtest/gtest.h>

#include "kernels/testing.h"

namespace visq::skeleton {
namespace {

template <typename T>
void compare(int width, int height, int bits) {
  std::mt19937 random(5);
  const auto ref = test::noise<T>(width, height, (1u << bits) - 1, random),
             dist = test::noise<T>(width, height, (1u << bits) - 1, random);
  Scratch scratch;
  EXPECT_EQ(difference(ref.samples(bits), dist.samples(bits), scratch, *serial()),
            difference_ref(ref.samples(bits), dist.samples(bits)))
      << width << "x" << height << " bits " << bits;
}

// Sizes around those of vectors and bands.
TEST(Skeleton, EveryTargetHasTheSumOfTheReference) {
  test::on_every_target([] {
    for (const auto& [width, height] :
         {std::pair{1, 1}, {3, 7}, {15, 2}, {16, 5}, {17, 4}, {65, 3}, {101, 128}, {9, 257}}) {
      compare<std::uint8_t>(width, height, 8);
      for (const int bits : {9, 10, 16}) compare<std::uint16_t>(width, height, bits);
    }
  });
}

TEST(Skeleton, HoldsTheLargestRow) {
  const std::vector<std::uint16_t> black(32768, 0), white(32768, 65535);
  const auto row = [](const std::vector<std::uint16_t>& samples) {
    return Samples(PlaneView<const std::uint16_t>{samples.data(), 32768, 32768, 1}, 16);
  };
  Scratch scratch;
  test::on_every_target(
      [&] { EXPECT_EQ(difference(row(black), row(white), scratch, *serial()), 32768u * 65535u); });
}

}  // namespace
}  // namespace visq::skeleton
