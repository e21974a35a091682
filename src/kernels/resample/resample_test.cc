#include "kernels/resample/resample.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace visq {
namespace {

constexpr Resampling kAll[] = {Resampling::nearest, Resampling::bilinear, Resampling::bicubic,
                               Resampling::lanczos4};

struct Image {
  std::vector<float> memory;
  PlaneView<float> plane;
  Image(int width, int height, float fill)
      : memory(static_cast<std::size_t>((width + 5) * height), fill),
        plane{memory.data(), width + 5, width, height} {}
};

Image scaled(const Image& in, Resampling method, int width, int height) {
  Image out(width, height, -1e9f);
  Scratch scratch;
  resample(float_samples(in.plane), {}, method, out.plane, scratch, *serial());
  return out;
}

TEST(Resample, LeavesAConstantAsItIs) {
  const Image in(17, 9, 42);
  for (const Resampling method : kAll)
    for (const auto& [width, height] :
         {std::pair{8, 4}, {34, 18}, {17, 9}, {1, 1}, {23, 5}, {4, 200}}) {
      const Image out = scaled(in, method, width, height);
      for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
          EXPECT_NEAR(out.plane.row(y)[x], 42, 1e-4)
              << static_cast<int>(method) << " " << width << "x" << height;
    }
}

TEST(Resample, WritesNothingBeyondThePlane) {
  const Image in(16, 8, 1);
  for (const Resampling method : kAll) {
    const Image out = scaled(in, method, 7, 5);
    for (int y = 0; y < 5; ++y)
      for (int x = 7; x < 12; ++x)
        EXPECT_EQ(out.memory[static_cast<std::size_t>(y * 12 + x)], -1e9f);
  }
}

// Inside the picture, away from the mirrored edges.
TEST(Resample, KeepsASlopeWhenBilinear) {
  Image in(40, 30, 0);
  for (int y = 0; y < 30; ++y)
    for (int x = 0; x < 40; ++x) in.plane.row(y)[x] = static_cast<float>(3 * x + 2 * y);
  const Image out = scaled(in, Resampling::bilinear, 20, 45);
  for (int y = 10; y < 35; ++y)
    for (int x = 6; x < 14; ++x)
      EXPECT_NEAR(out.plane.row(y)[x], 3 * ((x + 0.5) * 2 - 0.5) + 2 * ((y + 0.5) * 30 / 45 - 0.5),
                  1e-3);
}

TEST(Resample, HalvingBilinearlyAveragesFour) {
  Image in(6, 4, 0);
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 6; ++x) in.plane.row(y)[x] = static_cast<float>((x * 7 + y * 13) % 10);
  const Image out = scaled(in, Resampling::bilinear, 3, 2);
  for (int y = 0; y < 2; ++y)
    for (int x = 0; x < 3; ++x) {
      const float *a = in.plane.row(2 * y) + 2 * x, *b = in.plane.row(2 * y + 1) + 2 * x;
      EXPECT_EQ(out.plane.row(y)[x], (a[0] + a[1] + b[0] + b[1]) / 4);
    }
}

TEST(Resample, NearestTakesTheSampleBefore) {
  Image in(6, 1, 0);
  for (int x = 0; x < 6; ++x) in.plane.row(0)[x] = static_cast<float>(x);
  const Image half = scaled(in, Resampling::nearest, 3, 1),
              twice = scaled(in, Resampling::nearest, 12, 1);
  for (int x = 0; x < 3; ++x) EXPECT_EQ(half.plane.row(0)[x], 2 * x);
  for (int x = 0; x < 12; ++x) EXPECT_EQ(twice.plane.row(0)[x], x / 2);
}

// A peak of 32 among zeros; the outputs lie half-way between samples.
std::vector<float> halved_peak(Resampling method) {
  Image in(24, 24, 0);
  for (int y = 0; y < 24; ++y) in.plane.row(y)[11] = 32;
  const Image out = scaled(in, method, 12, 12);
  return {out.plane.row(6), out.plane.row(6) + 12};
}

// Half-way, the cubic with a = -0.75 weighs its four neighbours (-3, 19, 19, -3) / 32.
TEST(Resample, BicubicWeighsFourNeighbours) {
  EXPECT_EQ(halved_peak(Resampling::bicubic),
            (std::vector<float>{0, 0, 0, 0, 0, 19, -3, 0, 0, 0, 0, 0}));
}

double windowed_sinc(double t) {
  return 4 * std::sin(M_PI * t) * std::sin(M_PI * t / 4) / (M_PI * M_PI * t * t);
}

TEST(Resample, LanczosWeighsEightNeighbours) {
  double sum = 0;
  for (int k = -4; k < 4; ++k) sum += windowed_sinc(k + 0.5);
  const std::vector<float> row = halved_peak(Resampling::lanczos4);
  for (int i = 0; i < 12; ++i) {
    const double t = 2 * i + 0.5 - 11;
    EXPECT_NEAR(row[static_cast<std::size_t>(i)], std::abs(t) < 4 ? 32 * windowed_sinc(t) / sum : 0,
                1e-4)
        << i;
  }
}

TEST(ScaledSide, RoundsHalfUp) {
  EXPECT_EQ(scaled_side(5, 0.5), 3);
  EXPECT_EQ(scaled_side(4, 0.5), 2);
  EXPECT_EQ(scaled_side(10, 0.1), 1);
}

}  // namespace
}  // namespace visq
