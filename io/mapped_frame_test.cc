#include "io/mapped_frame.h"

#include <cstdlib>
#include <fstream>
#include <numeric>

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "io/reader.h"

namespace visq::io {
namespace {

constexpr unsigned kSide = 128;  // luma has four pages of a usual size
constexpr std::size_t kLuma = kSide * kSide, kFrame = kLuma * 3 / 2;

// A raw clip whose bytes count up; the file goes with it.
class Clip {
 public:
  explicit Clip(std::size_t frames)
      : path_(fmt::format("{}mapped_{}.yuv", testing::TempDir(), ::getpid())) {
    std::string bytes(frames * kFrame, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i % 251 + 1);
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~Clip() { ::unlink(path_.c_str()); }
  Clip(const Clip&) = delete;
  Clip& operator=(const Clip&) = delete;

  const std::string& path() const { return path_; }
  std::unique_ptr<VideoReader> open() const {
    auto reader = open_video(path_, RawFormat{kSide, kSide, VMAF_PIX_FMT_YUV420P, 8}, 1);
    return reader ? std::move(*reader) : nullptr;
  }

 private:
  std::string path_;
};

std::uint64_t sum(const VmafPicture& picture) {
  std::uint64_t sum = 0;
  for (int p = 0; p < 3; ++p)
    for (unsigned y = 0; y < picture.h[p]; ++y) {
      const auto* row = static_cast<const unsigned char*>(picture.data[p]) +
                        static_cast<std::ptrdiff_t>(y) * picture.stride[p];
      sum = std::accumulate(row, row + picture.w[p], sum);
    }
  return sum;
}

TEST(MappedFrame, HasTheSamplesOfACopy) {
  const Clip clip(3);
  std::vector<std::uint64_t> copied;
  const auto copying = clip.open();
  VmafPicture picture{};
  while (copying->read(&picture).value_or(false)) {
    copied.push_back(sum(picture));
    vmaf_picture_unref(&picture);
  }
  ASSERT_EQ(copied.size(), 3u);
  allow_mapping();
  const auto mapping = clip.open();
  for (const std::uint64_t expected : copied) {
    ASSERT_TRUE(mapping->read(&picture).value_or(false));
    EXPECT_EQ(picture.stride[0], static_cast<std::ptrdiff_t>(kSide));
    EXPECT_EQ(sum(picture), expected);
    vmaf_picture_unref(&picture);
  }
  EXPECT_FALSE(mapping->read(&picture).value_or(true));
  EXPECT_TRUE(nothing_lost());
}

// Samples of 16 bits that begin at an odd byte are copied: kernels need them aligned.
TEST(MappedFrame, IsAligned) {
  allow_mapping();
  const Clip clip(1);
  const int file = ::open(clip.path().c_str(), O_RDONLY);
  EXPECT_NE(MappedFrame::of(file, 16, {64, 64, 2, clip.path(), 0}), nullptr);
  EXPECT_EQ(MappedFrame::of(file, 17, {64, 64, 2, clip.path(), 0}), nullptr);
  EXPECT_NE(MappedFrame::of(file, 17, {64, 64, 1, clip.path(), 0}), nullptr);
  ::close(file);
}

// What is lost stays lost for the process: this has a child.
void lose_the_third_frame(const Clip& clip) {
  allow_mapping();
  const auto reader = clip.open();
  VmafPicture pictures[3]{};
  for (VmafPicture& picture : pictures)
    if (!reader->read(&picture).value_or(false)) std::exit(1);
  const std::uint64_t second = sum(pictures[1]);
  if (::truncate(clip.path().c_str(), 2 * kFrame + 4096) != 0) std::exit(2);
  if (sum(pictures[1]) != second) std::exit(3);
  if (!nothing_lost()) std::exit(4);
  const auto* samples = static_cast<const unsigned char*>(pictures[2].data[0]);
  if (samples[0] == 0 || samples[kLuma - 1] != 0) std::exit(5);
  if (nothing_lost()) std::exit(6);
  for (VmafPicture& picture : pictures) vmaf_picture_unref(&picture);
  VmafPicture next{};
  const auto more = reader->read(&next);
  if (more) std::exit(7);
  std::fputs(more.error().message.c_str(), stderr);
  std::exit(0);
}

TEST(MappedFrame, ThatIsCutOffReadsAsZerosAndIsNamed) {
  const Clip clip(4);
  EXPECT_EXIT(lose_the_third_frame(clip), testing::ExitedWithCode(0),
              "mapped_.*yuv: frame 2 was cut off or became unreadable");
}

}  // namespace
}  // namespace visq::io
