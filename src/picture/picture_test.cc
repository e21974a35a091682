#include "picture/picture.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace visq {
namespace {

PicturePtr make(const PictureFormat& format) {
  auto memory = allocate_picture(format, ChromaRounding::up);
  return std::make_shared<const Picture>(format, PictureColor{}, memory->planes, memory->owner);
}

TEST(Picture, ChromaOfOddSizesRoundsAsAsked) {
  const PictureFormat format{PixelFormat::yuv420, 8, 33, 17};
  EXPECT_EQ(plane_sizes(format, ChromaRounding::up)[1].width, 17);
  EXPECT_EQ(plane_sizes(format, ChromaRounding::up)[1].height, 9);
  EXPECT_EQ(plane_sizes(format, ChromaRounding::down)[2].width, 16);
  EXPECT_EQ(plane_sizes(format, ChromaRounding::down)[2].height, 8);
  EXPECT_EQ(plane_sizes({PixelFormat::yuv422, 8, 33, 17}, ChromaRounding::up)[1].height, 17);
  EXPECT_EQ(plane_sizes({PixelFormat::yuv444, 8, 33, 17}, ChromaRounding::down)[1].width, 33);
  EXPECT_EQ(plane_sizes({PixelFormat::yuv400, 8, 33, 17}, ChromaRounding::up)[1].width, 0);
}

TEST(Picture, PlanesAreZeroedAlignedAndApart) {
  const auto memory = allocate_picture({PixelFormat::yuv420, 10, 35, 9}, ChromaRounding::up);
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->planes[0].stride % 64, 0);
  EXPECT_GE(memory->planes[0].stride, 70);
  EXPECT_EQ(memory->planes[1].data - memory->planes[0].data, memory->planes[0].stride * 9);
  for (std::ptrdiff_t i = 0; i < memory->planes[0].stride * 9; ++i)
    ASSERT_EQ(memory->planes[0].data[i], std::byte{0});
}

TEST(Picture, RefusesImpossibleFormats) {
  for (const PictureFormat format :
       {PictureFormat{PixelFormat::unknown, 8, 16, 16},
        PictureFormat{PixelFormat::yuv420, 7, 16, 16},
        PictureFormat{PixelFormat::yuv420, 17, 16, 16},
        PictureFormat{PixelFormat::yuv420, 8, 0, 16}, PictureFormat{PixelFormat::yuv420, 8, 16, -1},
        PictureFormat{PixelFormat::yuv420, 8, 40000, 16}})
    EXPECT_EQ(allocate_picture(format, ChromaRounding::up).error().code, EINVAL)
        << describe(format);
}

TEST(Picture, SaysWhatItIs) {
  EXPECT_EQ(describe({PixelFormat::yuv422, 10, 1920, 1080}), "1920x1080 4:2:2 10-bit");
}

TEST(Artefacts, AreMadeOnceByWhoeverComesFirst) {
  constexpr ArtefactId<int> kNumber{"number"};
  const PicturePtr picture = make({PixelFormat::yuv400, 8, 4, 4});
  std::atomic<int> made = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back(
        [&] { EXPECT_EQ(*picture->artefact(kNumber, "", [&] { return ++made * 10; }), 10); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(made, 1);
  EXPECT_EQ(*picture->artefact(kNumber, "other", [] { return 7; }), 7) << "variants are apart";
}

TEST(Artefacts, AFailureIsNotKept) {
  constexpr ArtefactId<int> kNumber{"number"};
  const PicturePtr picture = make({PixelFormat::yuv400, 8, 4, 4});
  EXPECT_THROW(picture->artefact(kNumber, "", []() -> int { throw std::bad_alloc(); }),
               std::bad_alloc);
  EXPECT_EQ(*picture->artefact(kNumber, "", [] { return 3; }), 3);
}

}  // namespace
}  // namespace visq
