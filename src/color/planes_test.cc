// Matrices, ranges and the siting of chroma against plain arithmetic in double.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "color/rgb.h"
#include "color/ycbcr.h"
#include "tests/support/one_frame.h"

namespace visq {
namespace {

// Sample (x, y) of a plane: any numbers that use the whole depth.
unsigned sample(std::size_t plane, int x, int y, int bits) {
  const unsigned mixed = static_cast<unsigned>(plane) * 7919u + static_cast<unsigned>(x) * 104729u +
                         static_cast<unsigned>(y) * 1299709u;
  return mixed * 2654435761u >> (32 - bits);
}

PicturePtr picture_of(const PictureFormat& format, const PictureColor& color) {
  return test::picture_of(
      format, [&](std::size_t plane, int x, int y) { return sample(plane, x, y, format.bits); },
      ChromaRounding::up, color);
}

struct Weights {
  double kr, kb;
};

Weights weights_of(Matrix matrix) {
  if (matrix == Matrix::bt470bg || matrix == Matrix::smpte170m) return {0.299, 0.114};
  if (matrix == Matrix::bt2020_ncl) return {0.2627, 0.0593};
  return {0.2126, 0.0722};
}

// R, G, B in 0..1 of Y, Cb, Cr codes, by the definition of luma and of the colour differences.
std::array<double, 3> rgb_of(double y, double cb, double cr, Matrix matrix, bool full, int bits) {
  const double unit = std::pow(2, bits - 8), top = std::pow(2, bits) - 1;
  const double luma = full ? y / top : (y - 16 * unit) / (219 * unit);
  const double span = full ? top : 224 * unit;
  const auto [kr, kb] = weights_of(matrix);
  const double r = luma + 2 * (1 - kr) * (cr - 128 * unit) / span,
               b = luma + 2 * (1 - kb) * (cb - 128 * unit) / span;
  const double g = (luma - kr * r - kb * b) / (1 - kr - kb);
  return {std::clamp(r, 0.0, 1.0), std::clamp(g, 0.0, 1.0), std::clamp(b, 0.0, 1.0)};
}

// Chroma at luma's (x, y). Horizontally samples stand on even columns, vertically between rows.
double chroma_at(const PictureFormat& format, std::size_t plane, int x, int y, bool bilinear) {
  const bool half_x = format.pixel_format != PixelFormat::yuv444,
             half_y = format.pixel_format == PixelFormat::yuv420;
  const int width = half_x ? (format.width + 1) / 2 : format.width,
            height = half_y ? (format.height + 1) / 2 : format.height;
  const auto at = [&](int column, int row) {
    return static_cast<double>(sample(plane, std::clamp(column, 0, width - 1),
                                      std::clamp(row, 0, height - 1), format.bits));
  };
  const int column = half_x ? x / 2 : x, row = half_y ? y / 2 : y;
  if (!bilinear) return at(column, row);
  const int beside = half_x && x % 2 == 1 ? column + 1 : column, beyond = !half_y      ? row
                                                                          : y % 2 == 0 ? row - 1
                                                                                       : row + 1;
  const auto across = [&](int r) { return (at(column, r) + at(beside, r)) / 2; };
  return 0.75 * across(row) + 0.25 * across(beyond);
}

void compare(const PictureFormat& format, const PictureColor& color, bool bilinear) {
  SCOPED_TRACE(testing::Message() << describe(format) << ", matrix "
                                  << static_cast<int>(color.matrix) << ", range "
                                  << static_cast<int>(color.range)
                                  << (bilinear ? ", bilinear" : ""));
  const PicturePtr picture = picture_of(format, color);
  const RgbRows rows = unit_rows(
      *picture, {Matrix::unspecified, Range::unspecified,
                 bilinear ? ChromaUpsampling::bilinear : ChromaUpsampling::nearest, false});
  const auto width = static_cast<std::size_t>(format.width);
  std::vector<float> row(3 * width);
  for (int y = 0; y < format.height; ++y) {
    rows(y, rgb::Planes{row.data(), row.data() + width, row.data() + 2 * width});
    for (int x = 0; x < format.width; ++x) {
      const auto expected =
          rgb_of(sample(0, x, y, format.bits), chroma_at(format, 1, x, y, bilinear),
                 chroma_at(format, 2, x, y, bilinear), color.matrix, color.range == Range::full,
                 format.bits);
      for (std::size_t c = 0; c < 3; ++c)
        ASSERT_NEAR(static_cast<double>(row[c * width + static_cast<std::size_t>(x)]), expected[c],
                    2e-6)
            << "column " << x << ", row " << y << ", channel " << c;
    }
  }
}

TEST(RgbPlanes, EveryMatrixAndRangeIsTheStandardsFormula) {
  for (const Matrix matrix :
       {Matrix::bt709, Matrix::unspecified, Matrix::bt470bg, Matrix::smpte170m, Matrix::bt2020_ncl})
    for (const Range range : {Range::unspecified, Range::limited, Range::full})
      for (const int bits : {8, 10, 12, 16})
        compare({PixelFormat::yuv444, bits, 23, 9}, {matrix, range}, false);
}

TEST(RgbPlanes, ChromaIsSitedAsMpeg2HasIt) {
  for (const PixelFormat pixel_format : {PixelFormat::yuv420, PixelFormat::yuv422})
    for (const bool bilinear : {false, true})
      for (const int width : {1, 2, 3, 16, 35})
        for (const int height : {1, 2, 5, 6})
          compare({pixel_format, width % 2 == 0 ? 8 : 10, width, height},
                  {Matrix::bt709, Range::limited}, bilinear);
}

TEST(RgbPlanes, TheTensorIsRoundedAndStandardised) {
  const PictureFormat format{PixelFormat::yuv444, 10, 19, 7};
  const PicturePtr picture = picture_of(format, {Matrix::bt2020_ncl, Range::full});
  const RgbTensor tensor = imagenet_tensor(*picture, {});
  ASSERT_EQ(tensor.width, 19);
  ASSERT_EQ(tensor.height, 7);
  static constexpr double kMean[] = {0.485, 0.456, 0.406}, kDeviation[] = {0.229, 0.224, 0.225};
  for (int y = 0; y < 7; ++y)
    for (int x = 0; x < 19; ++x) {
      const auto rgb = rgb_of(sample(0, x, y, 10), sample(1, x, y, 10), sample(2, x, y, 10),
                              Matrix::bt2020_ncl, true, 10);
      for (std::size_t c = 0; c < 3; ++c) {
        const double code = rgb[c] * 1023;
        if (std::fabs(code - std::floor(code) - 0.5) < 1e-3)
          continue;  // rounding may go either way
        EXPECT_NEAR(
            static_cast<double>(tensor.values[c * 133 + static_cast<std::size_t>(y * 19 + x)]),
            (std::floor(code + 0.5) / 1023 - kMean[c]) / kDeviation[c], 1e-5);
      }
    }
}

TEST(RgbPlanes, CompatibilityIgnoresWhatThePictureSays) {
  const RgbRule compat{Matrix::bt2020_ncl, Range::full, ChromaUpsampling::bilinear, true};
  const PictureFormat format{PixelFormat::yuv420, 8, 12, 6};
  const RgbTensor one =
                      imagenet_tensor(*picture_of(format, {Matrix::bt709, Range::limited}), compat),
                  other = imagenet_tensor(*picture_of(format, {Matrix::smpte170m, Range::full}),
                                          compat);
  for (std::size_t i = 0; i < 3 * 72; ++i) ASSERT_EQ(one.values[i], other.values[i]) << i;
}

TEST(RgbRules, HaveDifferentKeys) {
  std::vector<std::string> keys;
  for (const Matrix matrix : {Matrix::unspecified, Matrix::bt709})
    for (const Range range : {Range::limited, Range::full})
      for (const ChromaUpsampling chroma : {ChromaUpsampling::nearest, ChromaUpsampling::bilinear})
        for (const bool compat : {false, true})
          keys.push_back(RgbRule{matrix, range, chroma, compat}.key());
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(std::unique(keys.begin(), keys.end()), keys.end()) << "artefacts would be mixed up";
}

TEST(RgbTensors, GiveTheirMemoryBack) {
  const auto pool = std::make_shared<BufferPool<float>>();
  const PicturePtr picture = picture_of({PixelFormat::yuv400, 8, 8, 8}, {});
  const float* first = nullptr;
  {
    const RgbTensor tensor = imagenet_tensor(*picture, {}, pool);
    first = tensor.values.data();
  }
  EXPECT_EQ(imagenet_tensor(*picture, {}, pool).values.data(), first);
}

// Deep samples; EachPixelIsRoundedByItself has those of 8 bits.
TEST(YcbcrPlanes, DeepRgbIsRoundedInItsOwnDepth) {
  for (const int bits : {10, 16}) {
    const PictureFormat format{PixelFormat::yuv444, bits, 31, 130};  // rows in three parts
    const PicturePtr rgb = picture_of(format, {Matrix::identity, Range::full, 16}),
                     ycbcr = as_ycbcr(rgb);
    EXPECT_EQ(ycbcr->color(), (PictureColor{Matrix::bt709, Range::limited, 16}));
    EXPECT_EQ(ycbcr->format(), format);
    const double unit = std::pow(2, bits - 8), top = std::pow(2, bits) - 1;
    for (int y = 0; y < format.height; ++y)
      for (int x = 0; x < format.width; ++x) {
        const double g = sample(0, x, y, bits) / top, b = sample(1, x, y, bits) / top,
                     r = sample(2, x, y, bits) / top;
        const double luma = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        const auto out = [&](int plane) { return ycbcr->plane<std::uint16_t>(plane).row(y)[x]; };
        ASSERT_NEAR(out(0), unit * (16 + 219 * luma), 0.5001);
        ASSERT_NEAR(out(1), unit * (128 + 224 * (b - luma) / 1.8556), 0.5001);
        ASSERT_NEAR(out(2), unit * (128 + 224 * (r - luma) / 1.5748), 0.5001);
      }
  }
}

}  // namespace
}  // namespace visq
