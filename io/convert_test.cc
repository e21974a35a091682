#include "io/convert.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "io/planar.h"
#include "tests/support/shared.h"

namespace visq::io {
namespace {

StreamInfo format(unsigned width, unsigned height, VmafPixelFormat chroma, unsigned bits = 8) {
  StreamInfo info;
  info.width = width;
  info.height = height;
  info.bits = bits;
  info.pixel_format = chroma;
  return info;
}

// The frames that FFmpeg's command makes for TransNet V2.
TEST(Thumbnails, AreThoseOfFfmpeg) {
  VISQ_NEED_SHARED();
  const std::filesystem::path clips = *test::shared_folder() / "clips";
  auto reader = open_video((clips / "seeking_720x480_ref.mp4").string(), std::nullopt, 1);
  ASSERT_TRUE(reader) << reader.error().message;
  auto thumbnails = open_thumbnails((*reader)->info(), 48, 27);
  ASSERT_TRUE(thumbnails) << thumbnails.error().message;
  std::ifstream expected(clips / "seeking_720x480_ref_48x27.rgb", std::ios::binary);
  std::vector<char> frame(std::size_t{3} * 48 * 27);
  int frames = 0;
  for (VmafPicture picture{}; *(*reader)->read(&picture); ++frames) {
    ASSERT_TRUE(expected.read(frame.data(), static_cast<std::streamsize>(frame.size())));
    const RgbImage& image = (*thumbnails)->of(picture);
    EXPECT_TRUE(
        std::equal(frame.begin(), frame.end(), reinterpret_cast<const char*>(image.samples.data())))
        << "frame " << frames;
    vmaf_picture_unref(&picture);
  }
  EXPECT_EQ(frames, 150);
}

// Flat frames, a code for each plane, each frame one code above the one before.
class Flat final : public VideoReader {
 public:
  Flat(StreamInfo info, std::vector<int> codes, int frames = 1)
      : info_(std::move(info)), codes_(std::move(codes)), frames_(frames) {}
  const StreamInfo& info() const override { return info_; }
  void read_luma_only() override {}
  Result<bool> read(VmafPicture* picture) override {
    if (next_ == frames_) return false;
    VISQ_TRY(pictures_.allocate(info_, picture));
    for (int p = 0; p < 3; ++p)
      for (unsigned y = 0; y < picture->h[p]; ++y)
        for (unsigned x = 0; x < picture->w[p]; ++x) {
          auto* row = static_cast<unsigned char*>(picture->data[p]) +
                      static_cast<std::ptrdiff_t>(y) * picture->stride[p];
          row[x] = static_cast<unsigned char>(codes_[static_cast<std::size_t>(p)] + next_);
        }
    ++next_;
    return true;
  }

 private:
  StreamInfo info_;
  std::vector<int> codes_;
  int frames_, next_ = 0;
  PictureSource pictures_;
};

// The first sample of each plane that the picture has.
std::vector<int> codes_of(const VmafPicture& picture) {
  std::vector<int> codes;
  for (int p = 0; p < 3; ++p)
    if (picture.h[p] > 0)
      codes.push_back(picture.bpc > 8 ? *static_cast<const std::uint16_t*>(picture.data[p])
                                      : *static_cast<const unsigned char*>(picture.data[p]));
  return codes;
}

// Of the next frame of the clip.
std::vector<int> next_codes(VideoReader& reader) {
  VmafPicture picture{};
  const auto more = reader.read(&picture);
  EXPECT_TRUE(more && *more);
  const std::vector<int> codes = codes_of(picture);
  vmaf_picture_unref(&picture);
  return codes;
}

Result<RgbImage> screen(const StreamInfo& info, const std::vector<int>& codes,
                        const VmafPictureColor& color, unsigned max_width) {
  Flat flat(info, codes);
  VmafPicture picture{};
  EXPECT_TRUE(*flat.read(&picture));
  auto image = to_rgb(picture, color, max_width);
  vmaf_picture_unref(&picture);
  return image;
}

TEST(Scale, KeepsThePlacesOfRgb) {
  StreamInfo info = format(32, 16, VMAF_PIX_FMT_YUV444P);
  info.color.matrix = 0;
  auto half =
      scale(std::make_unique<Flat>(info, std::vector{10, 120, 230}), {16, 8}, Scaler::bicubic);
  ASSERT_TRUE(half) << half.error().message;
  EXPECT_EQ(describe((*half)->info()), "16x8 4:4:4 RGB 8-bit");
  EXPECT_EQ((*half)->info().converted_from, "32x16 4:4:4 RGB 8-bit");
  (*half)->read_luma_only();
  EXPECT_EQ(next_codes(**half), (std::vector<int>{10, 120, 230})) << "all of G, B and R";
}

TEST(Scale, PassesOverFrames) {
  auto small =
      scale(std::make_unique<Flat>(format(32, 16, VMAF_PIX_FMT_YUV400P), std::vector{50, 0, 0}, 3),
            {16, 8}, Scaler::lanczos);
  ASSERT_TRUE(small) << small.error().message;
  ASSERT_TRUE(*(*small)->skip());
  EXPECT_EQ(next_codes(**small), std::vector<int>{51});
  ASSERT_TRUE(*(*small)->skip());
  EXPECT_FALSE(*(*small)->skip());
}

TEST(Screen, RangeDecidesWhatIsBlackAndWhite) {
  const StreamInfo gray = format(16, 16, VMAF_PIX_FMT_YUV444P);
  const auto first = [&](int code, VmafColorRange range) {
    return int{screen(gray, {code, 128, 128}, {1, 1, range}, 16)->samples[0]};
  };
  for (const int code : {16, 100, 235}) {
    EXPECT_NEAR(first(code, VMAF_COLOR_RANGE_LIMITED), (code - 16) * 255. / 219, 1) << code;
    EXPECT_EQ(first(code, VMAF_COLOR_RANGE_UNSPECIFIED), first(code, VMAF_COLOR_RANGE_LIMITED))
        << code;
    EXPECT_NEAR(first(code, VMAF_COLOR_RANGE_FULL), code, 1) << code;
  }
}

// R = Y + 2 (1 - Kr) Cr', B = Y + 2 (1 - Kb) Cb', and Y is the weighted mean of R, G and B.
TEST(Screen, ColoursAreThoseOfTheMatrix) {
  struct Matrix {
    int number;
    double red, blue;
  };
  for (const Matrix& m : {Matrix{1, 0.2126, 0.0722}, Matrix{6, 0.299, 0.114},
                          Matrix{9, 0.2627, 0.0593}, Matrix{2, 0.2126, 0.0722}}) {
    const auto image = screen(format(16, 16, VMAF_PIX_FMT_YUV444P), {100, 138, 108},
                              {m.number, 1, VMAF_COLOR_RANGE_FULL}, 16);
    ASSERT_TRUE(image) << image.error().message;
    const double r = 100 + 2 * (1 - m.red) * -20, b = 100 + 2 * (1 - m.blue) * 10;
    const double g = (100 - m.red * r - m.blue * b) / (1 - m.red - m.blue);
    EXPECT_NEAR(image->samples[0], r, 1.5) << m.number;
    EXPECT_NEAR(image->samples[1], g, 1.5) << m.number;
    EXPECT_NEAR(image->samples[2], b, 1.5) << m.number;
  }
}

TEST(Screen, PicturesBecomeSmallerAndNeverLarger) {
  const auto sides = [](unsigned width, unsigned height, unsigned most) {
    const auto image = screen(format(width, height, VMAF_PIX_FMT_YUV444P), {90, 128, 128},
                              {1, 1, VMAF_COLOR_RANGE_FULL}, most);
    EXPECT_TRUE(image) << image.error().message;
    EXPECT_EQ(image->samples.size(), std::size_t{3} * image->width * image->height);
    return std::pair(image->width, image->height);
  };
  EXPECT_EQ(sides(64, 48, 480), std::pair(64u, 48u));
  EXPECT_EQ(sides(64, 48, 30), std::pair(30u, 23u)) << "22.5 rounds up";
  EXPECT_EQ(sides(200, 2, 20), std::pair(20u, 1u)) << "at least one row";
}

// The sides stand in the segment SOF0: FF C0, length, depth, height, width.
TEST(Screen, JpegsHaveTheSidesOfTheImage) {
  for (const auto& [width, height] :
       {std::pair(33u, 17u), std::pair(1u, 1u), std::pair(300u, 8u)}) {
    const auto jpeg = to_jpeg({width, height, std::vector<unsigned char>(3 * width * height, 77)});
    ASSERT_TRUE(jpeg) << jpeg.error().message;
    const std::size_t at = jpeg->find("\xff\xc0");
    ASSERT_NE(at, std::string::npos);
    const auto two = [&](std::size_t i) {
      return 256u * static_cast<unsigned char>((*jpeg)[at + i]) +
             static_cast<unsigned char>((*jpeg)[at + i + 1]);
    };
    EXPECT_EQ(two(5), height);
    EXPECT_EQ(two(7), width);
    EXPECT_EQ((*jpeg)[at + 9], 3) << "components";
    for (const std::size_t component : {14, 17})  // as many samples as of the first
      EXPECT_EQ((*jpeg)[at + component], (*jpeg)[at + 11]) << "no chroma is left out";
    EXPECT_EQ(jpeg->substr(jpeg->size() - 2), "\xff\xd9");
  }
}

}  // namespace
}  // namespace visq::io
