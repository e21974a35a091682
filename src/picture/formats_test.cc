// Pictures of every format: planes, sizes, refusals and what tells them apart.
#include <gtest/gtest.h>

#include "picture/picture.h"

namespace visq {
namespace {

constexpr PixelFormat kFormats[] = {PixelFormat::yuv420, PixelFormat::yuv422, PixelFormat::yuv444,
                                    PixelFormat::yuv400};

TEST(PictureFormats, EachPlaneHasItsOwnMemory) {
  for (const PixelFormat pixel_format : kFormats)
    for (const int bits : {8, 9, 16})
      for (const auto& [width, height] : {std::pair{1, 1}, {64, 2}, {65, 7}}) {
        const PictureFormat format{pixel_format, bits, width, height};
        SCOPED_TRACE(describe(format));
        const auto memory = allocate_picture(format, ChromaRounding::up);
        ASSERT_TRUE(memory);
        const std::byte* end = memory->planes[0].data;
        for (int i = 0; i < plane_count(pixel_format); ++i) {
          const PlaneLayout& plane = memory->planes[static_cast<std::size_t>(i)];
          EXPECT_EQ(reinterpret_cast<std::uintptr_t>(plane.data) % 64, 0u);
          EXPECT_EQ(plane.stride % 64, 0);
          EXPECT_GE(plane.stride, plane.width * (bits == 8 ? 1 : 2));
          EXPECT_LT(plane.stride, plane.width * (bits == 8 ? 1 : 2) + 64) << "no more than needed";
          EXPECT_GE(plane.data, end) << "planes are apart";
          end = plane.data + plane.stride * plane.height;
        }
      }
}

TEST(PictureFormats, ChromaHalvesWhereTheFormatSaysSo) {
  const std::tuple<PixelFormat, int, int, int> cases[] = {{PixelFormat::yuv420, 3, 5, 4},
                                                          {PixelFormat::yuv422, 3, 5, 7},
                                                          {PixelFormat::yuv444, 3, 9, 7},
                                                          {PixelFormat::yuv400, 1, 0, 0}};
  for (const auto& [format, planes, width, height] : cases) {
    const PlaneLayouts up = plane_sizes({format, 8, 9, 7}, ChromaRounding::up);
    EXPECT_EQ(plane_count(format), planes);
    for (const std::size_t i : {1u, 2u}) {
      EXPECT_EQ(up[i].width, width);
      EXPECT_EQ(up[i].height, height);
      EXPECT_EQ(up[i].data, nullptr);
    }
  }
  EXPECT_EQ(plane_sizes({PixelFormat::yuv420, 8, 1, 1}, ChromaRounding::down)[1].width, 0);
}

TEST(PictureFormats, SentencesSayWhatIsPossible) {
  const auto sentence = [](const PictureFormat& format) {
    const Status status = check_format(format);
    return status ? "none" : status.error().message;
  };
  EXPECT_EQ(sentence({PixelFormat::unknown, 8, 2, 2}), "a picture needs a pixel format");
  EXPECT_EQ(sentence({PixelFormat::yuv420, 17, 2, 2}),
            "a picture has 8 to 16 bits a sample, not 17");
  EXPECT_EQ(sentence({PixelFormat::yuv420, 8, 32769, 2}),
            "a picture of 32769x2 is not possible: sides are 1 to 32768");
  EXPECT_EQ(sentence({PixelFormat::yuv420, 8, 2, 0}),
            "a picture of 2x0 is not possible: sides are 1 to 32768");
  EXPECT_EQ(sentence({PixelFormat::yuv400, 16, 32768, 32768}), "none");
}

TEST(PictureFormats, HaveTheNamesThatPeopleUse) {
  EXPECT_EQ(name_of(PixelFormat::yuv420), "4:2:0");
  EXPECT_EQ(name_of(PixelFormat::yuv444), "4:4:4");
  EXPECT_EQ(name_of(PixelFormat::yuv400), "4:0:0");
  EXPECT_EQ(describe({PixelFormat::unknown, 8, 1, 2}), "1x2 unknown pixel format 8-bit");
}

TEST(Pictures, WithoutChromaKeepTheirFormat) {
  const PictureFormat format{PixelFormat::yuv420, 8, 16, 8};
  const auto memory = allocate_picture(format, ChromaRounding::up, Planes::luma);
  ASSERT_TRUE(memory);
  const Picture picture(format, {}, memory->planes, memory->owner, memory->present);
  EXPECT_EQ(picture.present(), Planes::luma);
  EXPECT_EQ(picture.planes(), 3);
  EXPECT_EQ(picture.width(0), 16);
  EXPECT_EQ(picture.width(1), 0);
  EXPECT_EQ(picture.height(2), 0);
}

TEST(Pictures, SamplesAreTheRowsOfThePlane) {
  const PictureFormat format{PixelFormat::yuv444, 12, 5, 3};
  const auto memory = allocate_picture(format, ChromaRounding::up);
  ASSERT_TRUE(memory);
  const PlaneLayout& plane = memory->planes[2];
  for (int y = 0; y < 3; ++y)
    for (int x = 0; x < 5; ++x)
      reinterpret_cast<std::uint16_t*>(plane.data + y * plane.stride)[x] =
          static_cast<std::uint16_t>(1000 * y + x);
  const Picture picture(format, {}, memory->planes, memory->owner);
  const Samples samples = picture.samples(2);
  EXPECT_EQ(samples.bits, 12);
  EXPECT_EQ(samples.stride * 2, plane.stride) << "in samples";
  EXPECT_EQ(picture.plane<std::uint16_t>(2).row(2)[4], 2004);
  EXPECT_EQ(samples.as<std::uint16_t>().row(1)[3], 1003);
}

TEST(Pictures, HaveNumbersOfTheirOwnAndKeepTheirMemoryAlive) {
  const PictureFormat format{PixelFormat::yuv400, 8, 4, 4};
  std::weak_ptr<const void> owner;
  {
    auto memory = allocate_picture(format, ChromaRounding::up).value();
    owner = memory.owner;
    const Picture one(format, {}, memory.planes, memory.owner),
        two(format, {}, memory.planes, std::move(memory.owner));
    EXPECT_NE(one.serial(), two.serial());
    EXPECT_FALSE(owner.expired());
  }
  EXPECT_TRUE(owner.expired());
}

}  // namespace
}  // namespace visq
