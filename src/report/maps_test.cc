#include "report/maps.h"

#include <cstring>
#include <filesystem>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <png.h>

#include "tests/support/temp_folder.h"

namespace visq {
namespace {

constexpr int kWidth = 3, kHeight = 2;

// Values 0 to 5 in rows that have something beside them, drawn as 0, 1000, ..., 5000.
struct Sample {
  float values[kHeight][kWidth + 2] = {{0, 1, 2, -9, -9}, {3, 4, 5, -9, -9}};
  Map map(std::string file, MapFiles files) const {
    return {"sample",
            {values[0], kWidth + 2, kWidth, kHeight},
            [](float value) { return static_cast<std::uint16_t>(1000 * value); },
            std::move(file),
            files};
  }
};

const std::vector<std::uint16_t> kGray{0, 1000, 2000, 3000, 4000, 5000};

template <typename T>
std::string bytes(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

// By libpng, which is not asked to convert anything.
std::vector<std::uint16_t> decoded(const std::string& png) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  EXPECT_NE(png_image_begin_read_from_memory(&image, png.data(), png.size()), 0) << image.message;
  EXPECT_EQ(image.format, PNG_FORMAT_LINEAR_Y) << "16-bit gray";
  EXPECT_EQ(image.width, static_cast<unsigned>(kWidth));
  EXPECT_EQ(image.height, static_cast<unsigned>(kHeight));
  std::vector<std::uint16_t> samples(kWidth * kHeight);
  EXPECT_NE(png_image_finish_read(&image, nullptr, samples.data(), 0, nullptr), 0) << image.message;
  return samples;
}

class Maps : public test::InTempFolder {
 protected:
  std::unique_ptr<MapTaker> open() const {
    auto folder = open_map_folder((folder_ / "new/maps").string());
    EXPECT_TRUE(folder) << folder.error().message;
    return *std::move(folder);
  }
  Sample sample_;
};

TEST_F(Maps, APngHasTheSamples) {
  ASSERT_TRUE(open()->take(7, sample_.map("a_frame_7", MapFiles::png)));
  EXPECT_EQ(decoded(read("new/maps/a_frame_7.png")), kGray);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "new/maps/a_frame_7.f32"));
}

TEST_F(Maps, ValuesLieBesideTheirPng) {
  ASSERT_TRUE(open()->take(7, sample_.map("a", MapFiles::png_and_values)));
  EXPECT_EQ(read("new/maps/a.f32"), bytes(std::vector<float>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(decoded(read("new/maps/a.png")), kGray);
}

TEST_F(Maps, ASequenceHasEveryFrameInItsPlace) {
  write("new/maps/a.gray", std::string(1000, 'x'));
  auto folder = open();
  std::vector<std::thread> threads;
  for (const unsigned frame : {2u, 0u, 1u})
    threads.emplace_back(
        [&, frame] { EXPECT_TRUE(folder->take(frame, sample_.map("a", MapFiles::sequence))); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(read("new/maps/a.gray"), std::string(1000, 'x')) << "until the new one is whole";
  folder.reset();
  const std::string one = bytes(kGray);
  EXPECT_EQ(read("new/maps/a.gray"), one + one + one) << "and nothing of an earlier file";
}

TEST_F(Maps, AFolderThatCannotBeWrittenIsRefusedAtOnce) {
  write("file", "");
  for (const auto& [folder, sentence] :
       {std::pair("file", "cannot make the folder for maps "),
        {"/dev/null/maps", "cannot make the folder for maps /dev/null/maps: Not a directory"},
        {"/proc", "cannot write into the folder for maps /proc: "}}) {
    const auto opened = open_map_folder((folder_ / folder).string());
    ASSERT_FALSE(opened) << folder;
    EXPECT_EQ(opened.error().message.find(sentence), 0u) << opened.error().message;
    EXPECT_EQ(opened.error().kind, ErrorKind::output);
  }
  EXPECT_EQ(open_map_folder("/dev/null/maps").error().code, ENOTDIR);
}

TEST_F(Maps, AFileThatCannotBeWrittenIsNamed) {
  const auto folder = open();
  std::filesystem::create_symlink("/dev/full", folder_ / "new/maps/full.png");
  const Status full = folder->take(0, sample_.map("full", MapFiles::png));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ENOSPC);
  EXPECT_EQ(full.error().kind, ErrorKind::output);
  EXPECT_EQ(full.error().message, "cannot write the map " +
                                      (folder_ / "new/maps/full.png").string() +
                                      ": No space left on device");
  std::filesystem::create_directory(folder_ / "new/maps/folder.gray");
  EXPECT_EQ(folder->take(0, sample_.map("folder", MapFiles::sequence)).error().code, EISDIR);
}

}  // namespace
}  // namespace visq
