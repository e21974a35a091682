#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "color/rgb.h"
#include "color/ycbcr.h"
#include "kernels/testing.h"
#include "tests/support/one_frame.h"

namespace visq {
namespace {

PicturePtr flat(const PictureFormat& format, const PictureColor& color, std::array<int, 3> values) {
  return test::picture_of(
      format, [&](std::size_t plane, int, int) { return values[plane]; }, ChromaRounding::up,
      color);
}

// The whole-number RGB code behind a normalised tensor value.
int code(const RgbTensor& tensor, std::size_t channel, int bits) {
  const auto plane =
      static_cast<std::size_t>(tensor.width) * static_cast<std::size_t>(tensor.height);
  const double value =
      tensor.values[channel * plane] * kImagenetDeviation[channel] + kImagenetMean[channel];
  return static_cast<int>(std::lround(value * ((1 << bits) - 1)));
}

struct Case {
  const char* what;
  PictureFormat format;
  PictureColor color;
  std::array<int, 3> ycbcr, rgb;
};

// By hand from the standards' formulas.
const Case kCases[] = {
    {"white, limited",
     {PixelFormat::yuv420, 8, 6, 4},
     {Matrix::bt709, Range::limited},
     {235, 128, 128},
     {255, 255, 255}},
    {"black, limited",
     {PixelFormat::yuv420, 8, 6, 4},
     {Matrix::bt709, Range::limited},
     {16, 128, 128},
     {0, 0, 0}},
    {"white, full",
     {PixelFormat::yuv444, 8, 6, 4},
     {Matrix::bt709, Range::full},
     {255, 128, 128},
     {255, 255, 255}},
    {"BT.709 red",
     {PixelFormat::yuv444, 8, 6, 4},
     {Matrix::bt709, Range::limited},
     {63, 102, 240},
     {255, 1, 0}},
    {"BT.601 red",
     {PixelFormat::yuv444, 8, 6, 4},
     {Matrix::smpte170m, Range::limited},
     {81, 90, 240},
     {254, 0, 0}},
    {"unspecified is BT.709 limited",
     {PixelFormat::yuv444, 8, 6, 4},
     {},
     {63, 102, 240},
     {255, 1, 0}},
    {"10-bit white",
     {PixelFormat::yuv420, 10, 6, 4},
     {Matrix::bt2020_ncl, Range::limited},
     {940, 512, 512},
     {1023, 1023, 1023}},
    {"16-bit gray",
     {PixelFormat::yuv422, 16, 6, 4},
     {Matrix::bt709, Range::full},
     {30000, 32768, 32768},
     {30000, 30000, 30000}},
    {"G, B, R planes",
     {PixelFormat::yuv444, 8, 6, 4},
     {Matrix::identity, Range::full},
     {20, 30, 10},
     {10, 20, 30}},
    {"YCgCo red, full",
     {PixelFormat::yuv444, 8, 6, 4},
     {Matrix::ycgco, Range::full},
     {64, 64, 255},
     {255, 0, 1}},
    {"YCgCo green, limited: chroma has the span of luma",
     {PixelFormat::yuv444, 8, 6, 4},
     {Matrix::ycgco, Range::limited},
     {126, 237, 128},
     {1, 255, 1}},
    {"FCC blue, full",
     {PixelFormat::yuv444, 8, 6, 4},
     {Matrix::fcc, Range::full},
     {28, 255, 108},
     {0, 1, 254}},
    {"SMPTE 240M red, full",
     {PixelFormat::yuv444, 8, 6, 4},
     {Matrix::smpte240m, Range::full},
     {54, 98, 255},
     {254, 0, 0}},
    {"beyond black",
     {PixelFormat::yuv420, 8, 6, 4},
     {Matrix::bt709, Range::limited},
     {0, 255, 0},
     {0, 22, 250}},
};

TEST(Rgb, FollowsTheStandards) {
  for (const Case& c : kCases) {
    const auto tensor = imagenet_tensor(*flat(c.format, c.color, c.ycbcr), {});
    for (std::size_t channel = 0; channel < 3; ++channel)
      EXPECT_NEAR(code(tensor, channel, c.format.bits), c.rgb[channel], 1)
          << c.what << " channel " << channel;
  }
}

TEST(Rgb, MatricesThatAreNotLinearAreNamed) {
  const auto status = [](int matrix, const RgbRule& rule, PixelFormat format) {
    const PictureColor color{static_cast<Matrix>(matrix), Range::limited};
    return check_rgb(*flat({format, 8, 6, 4}, color, {16, 128, 128}), rule);
  };
  for (const int known : {0, 1, 2, 4, 5, 6, 7, 8, 9})
    EXPECT_TRUE(status(known, {}, PixelFormat::yuv444)) << known;
  for (const int unknown : {3, 10, 11, 12, 13, 14, 200}) {
    const Status refused = status(unknown, {}, PixelFormat::yuv420);
    ASSERT_FALSE(refused) << unknown;
    EXPECT_EQ(refused.error().kind, ErrorKind::input);
    EXPECT_NE(refused.error().message.find(fmt::format("matrix {} ", unknown)), std::string::npos);
    EXPECT_TRUE(status(unknown, {.matrix = Matrix::bt709}, PixelFormat::yuv420)) << "it was said";
    EXPECT_TRUE(status(unknown, {}, PixelFormat::yuv400)) << "gray has no matrix";
  }
}

TEST(Rgb, IsThatOfTheOriginal) {
  const auto original =
      flat({PixelFormat::yuv444, 8, 6, 4}, {Matrix::identity, Range::full}, {20, 30, 10});
  const auto converted = flat({PixelFormat::yuv420, 10, 6, 4}, {}, {500, 500, 500});
  const PictureMemory memory = picture_memory(converted->format(), ChromaRounding::up);
  const Picture picture(converted->format(), converted->color(), memory.planes, memory.owner,
                        Planes::all, original);
  const auto tensor = imagenet_tensor(picture, {});
  for (std::size_t channel = 0; channel < 3; ++channel)
    EXPECT_EQ(code(tensor, channel, 8), 10 + 10 * static_cast<int>(channel));
}

// A plane after the other.
std::vector<float> unit_values(const Picture& picture, const RgbRule& rule) {
  const auto width = static_cast<std::size_t>(picture.width(0)),
             plane = width * static_cast<std::size_t>(picture.height(0));
  std::vector<float> values(3 * plane);
  const RgbRows rows = unit_rows(picture, rule);
  for (std::size_t y = 0; y * width < plane; ++y) {
    float* const row = values.data() + y * width;
    rows(static_cast<int>(y), rgb::Planes{row, row + plane, row + 2 * plane});
  }
  return values;
}

TEST(Rgb, UnitIsNotRounded) {
  const auto tensor = unit_values(
      *flat({PixelFormat::yuv444, 8, 4, 4}, {Matrix::identity, Range::full}, {128, 255, 5}), {});
  const float values[] = {5 / 255.0f, 128 / 255.0f, 1};  // planes are G, B, R
  for (std::size_t channel = 0; channel < 3; ++channel)
    EXPECT_FLOAT_EQ(tensor[16 * channel], values[channel]);
  const auto gray = unit_values(
      *flat({PixelFormat::yuv420, 10, 4, 4}, {Matrix::bt709, Range::limited}, {502, 512, 512}), {});
  for (std::size_t channel = 0; channel < 3; ++channel)
    EXPECT_FLOAT_EQ(gray[16 * channel], 438 / 876.0f);
  const auto beyond = unit_values(
      *flat({PixelFormat::yuv420, 8, 4, 4}, {Matrix::bt709, Range::limited}, {0, 128, 255}), {});
  EXPECT_EQ(beyond[16], 0);  // G
}

TEST(Rgb, AnOptionOverridesTheStream) {
  const auto picture =
      flat({PixelFormat::yuv444, 8, 4, 4}, {Matrix::bt709, Range::limited}, {255, 128, 128});
  const auto full = imagenet_tensor(
      *picture, {Matrix::unspecified, Range::full, ChromaUpsampling::nearest, false});
  EXPECT_EQ(code(full, 0, 8), 255);
  const auto gray =
      flat({PixelFormat::yuv444, 8, 4, 4}, {Matrix::bt709, Range::limited}, {126, 128, 128});
  EXPECT_EQ(code(imagenet_tensor(
                     *gray, {Matrix::unspecified, Range::full, ChromaUpsampling::nearest, false}),
                 1, 8),
            126);
  EXPECT_EQ(code(imagenet_tensor(*gray, {}), 1, 8), 128);
}

TEST(Rgb, LumaOnlyIsNeutral) {
  const auto tensor = imagenet_tensor(*flat({PixelFormat::yuv400, 8, 5, 3}, {}, {126, 0, 0}), {});
  for (std::size_t channel = 0; channel < 3; ++channel) EXPECT_EQ(code(tensor, channel, 8), 128);
}

TEST(Rgb, BothUpsamplingsKeepFlatChroma) {
  for (const PixelFormat format : {PixelFormat::yuv420, PixelFormat::yuv422}) {
    const auto picture = flat({format, 8, 7, 5}, {}, {100, 90, 160});
    const auto nearest = imagenet_tensor(*picture, {});
    const auto bilinear = imagenet_tensor(
        *picture, {Matrix::unspecified, Range::unspecified, ChromaUpsampling::bilinear, false});
    EXPECT_EQ(std::memcmp(nearest.values.data(), bilinear.values.data(),
                          nearest.values.size() * sizeof(float)),
              0);
  }
}

// Cr rises evenly over columns (up to the tenth) and rows, which a mean of neighbours keeps.
TEST(Rgb, BilinearChromaLiesBetweenItsNeighbours) {
  const auto value = [](std::size_t plane, double x, double y) {
    return plane == 2 ? 128 + 4 * std::min(x, 10.0) + 4 * y : 128;
  };
  const std::pair<PixelFormat, double> cases[] = {
      {PixelFormat::yuv420, 1.25}, {PixelFormat::yuv422, 3}};  // where chroma has row 3
  for (const auto& [format, row] : cases)
    for (const int width : {2, 7, 40, 41}) {
      const auto picture = test::picture_of({format, 8, width, 7}, value, ChromaRounding::up,
                                            {Matrix::bt709, Range::full});
      const auto tensor = unit_values(
          *picture, {Matrix::unspecified, Range::unspecified, ChromaUpsampling::bilinear, false});
      const double last = (width - 1) / 2;
      for (int x = 0; x < width; ++x) {
        const double cr = value(2, std::min(x / 2.0, last), row) - 128;
        EXPECT_NEAR(tensor[static_cast<std::size_t>(3 * width + x)],
                    (128 + 2 * (1 - kBt709.kr) * cr) / 255, 1e-6)
            << width << " " << x;
      }
    }
}

constexpr RgbRule kRules[] = {
    {},
    {Matrix::bt2020_ncl, Range::full, ChromaUpsampling::bilinear, false},
    {Matrix::unspecified, Range::unspecified, ChromaUpsampling::nearest, true}};

// Both encodings by every rule, and the rows pixel by pixel, one after another.
std::vector<float> all_values(const Picture& picture) {
  std::vector<float> all;
  for (const RgbRule& rule : kRules) {
    const RgbTensor imagenet = imagenet_tensor(picture, rule);
    all.insert(all.end(), imagenet.values.data(),
               imagenet.values.data() + 3 * imagenet.width * imagenet.height);
    const std::vector<float> unit = unit_values(picture, rule);
    all.insert(all.end(), unit.begin(), unit.end());
    std::vector<float> row(static_cast<std::size_t>(3 * picture.width(0)));
    const RgbRows rows = imagenet_rows(picture, rule);
    for (int y = 0; y < picture.height(0); ++y) {
      rows(y, rgb::Pixels{row.data(), {2, 3, 4}, {1, -1, 0}});
      all.insert(all.end(), row.begin(), row.end());
    }
  }
  return all;
}

TEST(Rgb, EveryTargetHasTheSameBits) {
  std::mt19937 random(11);
  for (const PixelFormat format :
       {PixelFormat::yuv400, PixelFormat::yuv420, PixelFormat::yuv422, PixelFormat::yuv444})
    for (const int bits : {8, 9, 10, 12, 16})
      for (const int width : {1, 2, 17, 40, 51})
        for (const ChromaRounding rounding : {ChromaRounding::up, ChromaRounding::down}) {
          const Matrix matrix = format == PixelFormat::yuv444 && width % 2 == 0 ? Matrix::identity
                                                                                : Matrix::smpte170m;
          const auto picture =
              test::picture_of({format, bits, width, 3},
                               [&](std::size_t, int, int) { return random() >> (32 - bits); },
                               rounding, {matrix, Range::limited});
          std::vector<float> first;
          test::on_every_target([&] {
            const auto values = all_values(*picture);
            if (first.empty()) first = values;
            EXPECT_EQ(std::memcmp(values.data(), first.data(), first.size() * sizeof(float)), 0)
                << describe(picture->format());
          });
        }
}

TEST(Rgb, RowsPixelByPixelAreTheTensor) {
  const auto picture =
      test::picture_of({PixelFormat::yuv420, 8, 37, 5}, [](std::size_t plane, int x, int y) {
        return 16 + 40 * static_cast<int>(plane) + 5 * x + y;
      });
  const auto tensor = imagenet_tensor(*picture, {});
  const RgbRows rows = imagenet_rows(*picture, {});
  std::vector<float> row(3 * 37);
  for (int y = 0; y < 5; ++y) {
    rows(y, rgb::Pixels{row.data(), {2, 3, 4}, {1, -1, 0}});
    for (std::size_t x = 0; x < 37; ++x) {
      const std::size_t at = static_cast<std::size_t>(y) * 37 + x, plane = 37 * 5;
      EXPECT_EQ(row[3 * x], tensor.values[at] * 2 + 1);
      EXPECT_EQ(row[3 * x + 1], tensor.values[plane + at] * 3 - 1);
      EXPECT_EQ(row[3 * x + 2], tensor.values[2 * plane + at] * 4);
    }
  }
}

// As the C interface makes of 4:2:0 one column wide.
TEST(Rgb, ChromaWithoutSamplesIsNeutral) {
  const auto picture = test::picture_of(
      {PixelFormat::yuv420, 8, 1, 1}, [](std::size_t, int, int) { return 126; },
      ChromaRounding::down);
  const auto tensor = imagenet_tensor(*picture, {});
  for (std::size_t channel = 0; channel < 3; ++channel) EXPECT_EQ(code(tensor, channel, 8), 128);
}

TEST(Ycbcr, GbrBecomesBt709LimitedOnce) {
  const auto white =
      flat({PixelFormat::yuv444, 8, 4, 4}, {Matrix::identity, Range::full}, {255, 255, 255});
  const auto converted = as_ycbcr(white);
  EXPECT_EQ(converted->plane<std::uint8_t>(0).row(0)[0], 235);
  EXPECT_EQ(converted->plane<std::uint8_t>(1).row(0)[0], 128);
  EXPECT_EQ(as_ycbcr(white), converted);
  const auto red =
      as_ycbcr(flat({PixelFormat::yuv444, 8, 4, 4}, {Matrix::identity, Range::full}, {0, 0, 255}));
  EXPECT_EQ(red->plane<std::uint8_t>(0).row(0)[0], 63);
  EXPECT_EQ(red->plane<std::uint8_t>(2).row(0)[0], 240);
}

// Every value of each channel, with others that go round: as the formula says it in plain words.
TEST(Ycbcr, EachPixelIsRoundedByItself) {
  const auto rgb =
      test::picture_of({PixelFormat::yuv444, 8, 256, 100},
                       [](std::size_t plane, int x, int y) {
                         const int step[] = {1, 7, 13};
                         return (x * step[plane] + y * static_cast<int>(plane) * 5) & 255;
                       },
                       ChromaRounding::up, {Matrix::identity, Range::full});
  const auto converted = as_ycbcr(rgb);
  const auto nearest = [](double value) {
    return static_cast<int>(std::min(std::max(std::floor(value + 0.5), 0.0), 255.0));
  };
  for (int y = 0; y < 100; ++y)
    for (int x = 0; x < 256; ++x) {
      const auto in = [&](int i) { return rgb->plane<std::uint8_t>(i).row(y)[x] / 255.0; };
      const double luma = 0.2126 * in(2) + (1 - 0.2126 - 0.0722) * in(0) + 0.0722 * in(1);
      const auto out = [&](int i) { return converted->plane<std::uint8_t>(i).row(y)[x]; };
      ASSERT_EQ(out(0), nearest(16 + 219 * luma)) << x << " " << y;
      ASSERT_EQ(out(1), nearest(128 + 224 * (in(1) - luma) / (2 * (1 - 0.0722)))) << x << " " << y;
      ASSERT_EQ(out(2), nearest(128 + 224 * (in(2) - luma) / (2 * (1 - 0.2126)))) << x << " " << y;
    }
}

TEST(Ycbcr, OthersStayWhatTheyAre) {
  const auto picture = flat({PixelFormat::yuv420, 8, 4, 4}, {}, {1, 2, 3});
  EXPECT_EQ(as_ycbcr(picture), picture);
}

}  // namespace
}  // namespace visq
