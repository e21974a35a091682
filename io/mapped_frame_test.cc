#include "io/mapped_frame.h"

#include <csignal>
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
  EXPECT_TRUE(mapping->intact());
}

// Samples of 16 bits that begin at an odd byte are copied: kernels need them aligned.
TEST(MappedFrame, IsAligned) {
  allow_mapping();
  const Clip clip(1);
  const auto mapped = [&](std::uint64_t from, std::size_t alignment) {
    const auto file = std::make_shared<MappedFile>(
        Descriptor(::open(clip.path().c_str(), O_RDONLY)), clip.path());
    return MappedFrame::of(file, from, {64, 64, alignment, clip.path(), 0}) != nullptr;
  };
  EXPECT_TRUE(mapped(16, 2));
  EXPECT_FALSE(mapped(17, 2));
  EXPECT_TRUE(mapped(17, 1));
}

// libswscale reads beyond rows that are narrow. Frames have whole pages here.
TEST(MappedFrame, HasRoomBehindItsEnd) {
  allow_mapping();
  const Clip clip(1);
  const auto reader = clip.open();
  VmafPicture picture{};
  ASSERT_TRUE(reader->read(&picture).value_or(false));
  const auto* end = static_cast<const unsigned char*>(picture.data[2]) + kLuma / 4;
  EXPECT_EQ(std::accumulate(end, end + 64, 0), 0);
  vmaf_picture_unref(&picture);
}

struct Cut {
  std::size_t size;
  unsigned frame;  // the first that it damages
};

class CutOff : public testing::TestWithParam<Cut> {};

// A cut in the midst of a page raises no signal, and is seen when the frame is given up.
TEST_P(CutOff, ReadsAsZerosAndIsNamed) {
  const auto [size, frame] = GetParam();
  allow_mapping();
  const Clip clip(4);
  const auto reader = clip.open();
  VmafPicture pictures[3]{};
  for (VmafPicture& picture : pictures) ASSERT_TRUE(reader->read(&picture).value_or(false));
  const std::uint64_t first = sum(pictures[0]);
  ASSERT_EQ(::truncate(clip.path().c_str(), static_cast<off_t>(size)), 0);
  EXPECT_EQ(sum(pictures[0]), first);
  EXPECT_TRUE(reader->intact());
  const auto* chroma = static_cast<const unsigned char*>(pictures[2].data[2]);
  EXPECT_EQ(chroma[kLuma / 4 - 1], 0);
  for (VmafPicture& picture : pictures) vmaf_picture_unref(&picture);
  const std::string expected =
      fmt::format("{}: frame {} was cut off or became unreadable", clip.path(), frame);
  EXPECT_EQ(reader->intact().error().message.substr(0, expected.size()), expected);
  VmafPicture next{};
  EXPECT_EQ(reader->read(&next).error().message.substr(0, expected.size()), expected);
  EXPECT_TRUE(clip.open()->intact()) << "another reader begins anew";
}

INSTANTIATE_TEST_SUITE_P(Cuts, CutOff,
                         testing::Values(Cut{2 * kFrame + 4096, 2}, Cut{3 * kFrame - 100, 2},
                                         Cut{kFrame, 1}));

TEST(MappedFrame, ASignalThatIsSentEndsTheProcess) {
  EXPECT_EXIT(
      {
        allow_mapping();
        std::raise(SIGBUS);
      },
      testing::KilledBySignal(SIGBUS), "");
}

}  // namespace
}  // namespace visq::io
