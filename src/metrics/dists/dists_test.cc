// Golden scores of dists are in tests/; here are its parts.
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "metrics/dists/shrink.h"
#include "metrics/dists/statistics.h"

namespace visq::dists {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes resized(const Bytes& plane, Size from, Size to) {
  const Resizing resizing(from, to);
  Bytes narrow(resizing.narrow_size());
  for (int y = 0; y < from.height; ++y)
    resizing.columns(plane.data() + y * from.width, y, narrow.data());
  Bytes out(static_cast<std::size_t>(to.width * to.height));
  resizing.rows(narrow.data(), out.data(), to.width);
  return out;
}

// Values of Pillow 13.0 (Image.resize with BILINEAR).
TEST(DistsResize, IsPillowsToTheByte) {
  Bytes plane;
  for (int y = 0; y < 6; ++y)
    for (int x = 0; x < 7; ++x) plane.push_back(static_cast<std::uint8_t>((x * 37 + y * 91) % 256));
  EXPECT_EQ(resized(plane, {7, 6}, {7, 6}), plane) << "the same size is a copy";
  EXPECT_EQ(resized(plane, {7, 6}, {3, 4}),
            (Bytes{66, 140, 149, 135, 105, 114, 92, 125, 142, 163, 97, 99}));
  EXPECT_EQ(resized(plane, {7, 6}, {5, 2}),
            (Bytes{94, 104, 129, 139, 132, 129, 122, 115, 89, 135}));
}

TEST(DistsMoments, OfRowsTogetherAreThoseOfAllValues) {
  std::mt19937 random(5);
  std::normal_distribution<double> noise(1000, 1e-2);
  std::vector<double> x, y;
  ChannelMoments joined;
  for (int row = 0; row < 40; ++row) {
    ChannelMoments one;
    for (int i = 0; i < 1 + row % 7; ++i) {
      x.push_back(noise(random));
      y.push_back(noise(random));
      one.join({1, x.back(), y.back(), 0, 0, 0});
    }
    joined.join(one);
  }
  double mean_x = 0, mean_y = 0, squares = 0, products = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    mean_x += x[i] / static_cast<double>(x.size());
    mean_y += y[i] / static_cast<double>(x.size());
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    squares += (x[i] - mean_x) * (x[i] - mean_x);
    products += (x[i] - mean_x) * (y[i] - mean_y);
  }
  EXPECT_EQ(joined.count, static_cast<double>(x.size()));
  EXPECT_NEAR(joined.mean_x, mean_x, 1e-9);
  EXPECT_NEAR(joined.squares_x, squares, 1e-9);
  EXPECT_NEAR(joined.products, products, 1e-9);
}

}  // namespace
}  // namespace visq::dists
