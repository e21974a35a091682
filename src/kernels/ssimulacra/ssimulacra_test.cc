#include "kernels/ssimulacra/ssimulacra.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/testing.h"

namespace visq::ssimulacra {
namespace {

using Picture = std::vector<test::Poisoned<float>>;

// A texture in three colours; `wobble` is how far each sample may be off.
Picture picture(int width, int height, float wobble) {
  std::mt19937 random(11);
  std::uniform_real_distribution<float> off(-wobble, wobble);
  Picture p(3, test::Poisoned<float>(width, height));
  for (std::size_t c = 0; c < 3; ++c)
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        const float texture =
            0.5f + 0.4f * std::sin(0.3f * static_cast<float>(x) + static_cast<float>(c)) *
                       std::cos(0.2f * static_cast<float>(y));
        p[c].plane.row(y)[x] = std::min(1.0f, std::max(0.0f, texture + off(random)));
      }
  return p;
}

Planes planes(const Picture& p) { return {p[0].plane, p[1].plane, p[2].plane}; }

std::vector<double> values(const ChannelErrors& errors) {
  std::vector<double> all;
  for (const Norms& n : {errors.structure, errors.artefacts, errors.lost})
    all.insert(all.end(), {n.mean, n.fourth});
  return all;
}

// Bands of rows, blocks of columns and vectors begin and end in all of their places.
constexpr std::pair<int, int> kSizes[] = {{1, 1},   {4, 4},   {8, 3},  {15, 16}, {16, 9}, {17, 33},
                                          {67, 12}, {18, 5},  {19, 8}, {20, 7},  {33, 1}, {1, 40},
                                          {12, 21}, {64, 20}, {5, 13}, {130, 25}};

TEST(Ssimulacra, IsThatOfTheReferenceWithTheSameBitsOnEveryTarget) {
  for (const auto& [width, height] : kSizes) {
    SCOPED_TRACE(testing::Message() << width << "x" << height);
    const Picture ref = picture(width, height, 0), dist = picture(width, height, 0.1f);
    for (std::size_t c = 0; c < 3; ++c) {
      for (const Maps maps : {Maps::edges, Maps::all}) {
        const auto expected = values(channel_errors_ref(ref[c].view(), dist[c].view(), maps));
        Scratch scratch;
        test::on_every_target([&] {
          scratch.reset();
          EXPECT_EQ(values(channel_errors(ref[c].view(), dist[c].view(), maps, scratch)), expected);
        });
      }
    }
  }
}

TEST(Ssimulacra, OfTheSamePictureHasNoErrors) {
  const Picture ref = picture(40, 30, 0.1f);
  Scratch scratch;
  for (const double error :
       values(channel_errors(ref[0].view(), ref[0].view(), Maps::all, scratch)))
    EXPECT_NEAR(error, 0, 1e-6);
}

TEST(SsimulacraPerceive, HasTheBitsOfTheReferenceOnEveryTarget) {
  for (const auto& size : kSizes) {
    const int width = size.first, height = size.second;
    const Picture light = picture(width, height, 0.3f), expected = light;
    perceive_ref(planes(expected));
    test::on_every_target([&] {
      const Picture seen = light;
      perceive(planes(seen));
      for (std::size_t c = 0; c < 3; ++c)
        EXPECT_EQ(seen[c].memory, expected[c].memory) << width << "x" << height;
    });
  }
}

TEST(SsimulacraLight, IsSrgbsCurveWithTheSameBitsOnEveryTarget) {
  constexpr int kCodes = 1021;
  test::Poisoned<float> codes(kCodes, 2);
  for (int i = 0; i < kCodes; ++i)
    codes.plane.row(0)[i] = codes.plane.row(1)[i] = static_cast<float>(i) / (kCodes - 1);
  test::Poisoned<float> expected = codes;
  to_light_ref(expected.plane);
  for (int i = 0; i < kCodes; ++i) {
    const double code = codes.plane.row(1)[i];
    EXPECT_NEAR(expected.plane.row(1)[i],
                code <= 0.04045 ? code / 12.92 : std::pow((code + 0.055) / 1.055, 2.4), 1e-6);
  }
  test::on_every_target([&] {
    test::Poisoned<float> light = codes;
    to_light(light.plane);
    EXPECT_EQ(light.memory, expected.memory);
  });
}

TEST(SsimulacraHalve, HasTheBitsOfTheReferenceOnEveryTarget) {
  for (const auto& size : kSizes) {
    const int width = size.first, height = size.second;
    const Picture in = picture(width, height, 0.3f);
    test::Poisoned<float> expected((width + 1) / 2, (height + 1) / 2);
    halve_ref(in[1].view(), expected.plane);
    test::on_every_target([&] {
      test::Poisoned<float> out((width + 1) / 2, (height + 1) / 2);
      halve(in[1].view(), out.plane);
      EXPECT_EQ(out.memory, expected.memory) << width << "x" << height;
    });
  }
}

TEST(SsimulacraHalve, MeansOfFourAndTheEdgeTwice) {
  test::Poisoned<float> in(3, 3), out(2, 2);
  for (int i = 0; i < 9; ++i) in.plane.row(i / 3)[i % 3] = static_cast<float>(i);
  halve(in.view(), out.plane);
  EXPECT_EQ(out.plane.row(0)[0], 2);    // 0 1 3 4
  EXPECT_EQ(out.plane.row(0)[1], 3.5);  // 2 2 5 5
  EXPECT_EQ(out.plane.row(1)[0], 6.5);  // 6 7 6 7
  EXPECT_EQ(out.plane.row(1)[1], 8);    // 8
}

}  // namespace
}  // namespace visq::ssimulacra
