#include "io/planar.h"

#include <algorithm>
#include <cstring>

#include <gtest/gtest.h>

namespace visq::io {
namespace {

StreamInfo format(unsigned width, unsigned height, unsigned bits, VmafPixelFormat chroma) {
  StreamInfo info;
  info.width = width;
  info.height = height;
  info.bits = bits;
  info.pixel_format = chroma;
  return info;
}

// Bytes from memory, of which the last may be unreadable.
class Bytes final : public ByteSource {
 public:
  explicit Bytes(std::string bytes, bool breaks = false)
      : bytes_(std::move(bytes)), breaks_(breaks) {}
  std::optional<std::size_t> read(void* to, std::size_t size) override {
    const std::size_t count = std::min(size, bytes_.size() - at_);
    if (breaks_ && count < size) return std::nullopt;
    std::memcpy(to, bytes_.data() + at_, count);
    at_ += count;
    return count;
  }
  std::optional<std::uint64_t> skip(std::uint64_t size) override {
    const auto count = std::min<std::uint64_t>(size, bytes_.size() - at_);
    if (breaks_ && count < size) return std::nullopt;
    at_ += count;
    return count;
  }
  std::string_view peek(std::size_t size) override {
    return std::string_view(bytes_).substr(at_, size);
  }
  std::size_t at() const { return at_; }

 private:
  std::string bytes_;
  bool breaks_;
  std::size_t at_ = 0;
};

// As many bytes, each the one before and one more.
std::string counted(std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(i);
  return bytes;
}

// A picture that is released when the test is over.
struct Held {
  VmafPicture picture{};
  Held() = default;
  ~Held() { vmaf_picture_unref(&picture); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  int sample(int plane, unsigned x, unsigned y) const {
    const auto* row = static_cast<const unsigned char*>(picture.data[plane]) +
                      static_cast<std::ptrdiff_t>(y) * picture.stride[plane];
    return picture.bpc > 8 ? reinterpret_cast<const std::uint16_t*>(row)[x] : row[x];
  }
};

TEST(Planar, ChromaOfOddSizesRoundsUp) {
  EXPECT_EQ(frame_bytes(format(5, 3, 8, VMAF_PIX_FMT_YUV420P)), 15u + 2 * 3 * 2);
  EXPECT_EQ(frame_bytes(format(5, 3, 8, VMAF_PIX_FMT_YUV422P)), 15u + 2 * 3 * 3);
  EXPECT_EQ(frame_bytes(format(5, 3, 8, VMAF_PIX_FMT_YUV444P)), 15u * 3);
  EXPECT_EQ(frame_bytes(format(5, 3, 8, VMAF_PIX_FMT_YUV400P)), 15u);
  EXPECT_EQ(frame_bytes(format(5, 3, 9, VMAF_PIX_FMT_YUV420P)), 2 * 27u) << "two bytes a sample";
  EXPECT_EQ(frame_bytes(format(32768, 32768, 16, VMAF_PIX_FMT_YUV444P)), 6442450944u)
      << "more than 32 bits hold";
}

TEST(Planar, FormatsAreDescribedInAFewWords) {
  StreamInfo info = format(1920, 1080, 10, VMAF_PIX_FMT_YUV422P);
  EXPECT_EQ(describe(info), "1920x1080 4:2:2 10-bit");
  info.color.transfer = 18;
  EXPECT_EQ(describe(info), "1920x1080 4:2:2 10-bit HLG");
  info = format(8, 8, 8, VMAF_PIX_FMT_YUV444P);
  info.color = {0, 16, VMAF_COLOR_RANGE_FULL};
  EXPECT_EQ(describe(info), "8x8 4:4:4 RGB 8-bit PQ");
  EXPECT_EQ(describe(format(1, 2, 0, VMAF_PIX_FMT_UNKNOWN)), "1x2 of unknown format 0-bit");
}

TEST(Planar, PlanesFollowEachOther) {
  const StreamInfo info = format(5, 3, 8, VMAF_PIX_FMT_YUV420P);
  PictureSource pictures;
  Held held;
  ASSERT_TRUE(pictures.allocate(info, &held.picture));
  Bytes source(counted(30));
  ASSERT_TRUE(read_planes(source, info, &held.picture, "clip", 0));
  EXPECT_EQ(held.sample(0, 4, 2), 14);
  EXPECT_EQ(held.sample(1, 0, 0), 15);
  EXPECT_EQ(held.sample(1, 2, 1), 20);
  EXPECT_EQ(held.sample(2, 0, 1), 24);
  EXPECT_EQ(source.at(), 27u) << "the next frame begins there";
}

TEST(Planar, SamplesOfTwoBytesAreLittleEndian) {
  const StreamInfo info = format(2, 2, 10, VMAF_PIX_FMT_YUV400P);
  PictureSource pictures;
  Held held;
  ASSERT_TRUE(pictures.allocate(info, &held.picture));
  Bytes source(std::string("\x01\x00\x02\x01\xff\x03\x00\x02", 8));
  ASSERT_TRUE(read_planes(source, info, &held.picture, "clip", 0));
  EXPECT_EQ(held.sample(0, 0, 0), 1);
  EXPECT_EQ(held.sample(0, 1, 0), 0x102);
  EXPECT_EQ(held.sample(0, 0, 1), 1023);
  EXPECT_EQ(held.sample(0, 1, 1), 512);
}

TEST(Planar, LumaAloneLeavesChromaInTheFile) {
  const StreamInfo info = format(4, 4, 8, VMAF_PIX_FMT_YUV420P);
  PictureSource pictures;
  pictures.luma_only();
  Held held;
  ASSERT_TRUE(pictures.allocate(info, &held.picture));
  EXPECT_EQ(held.picture.w[1], 0u);
  Bytes source(counted(24));
  ASSERT_TRUE(read_planes(source, info, &held.picture, "clip", 0));
  EXPECT_EQ(held.sample(0, 3, 3), 15);
  EXPECT_EQ(source.at(), 24u) << "chroma was passed over";
  Bytes cut(counted(20));
  EXPECT_EQ(read_planes(cut, info, &held.picture, "clip", 7).error().message,
            "clip: frame 7 is truncated: 20 of 24 bytes")
      << "what is passed over has to be there";
  StreamInfo rgb = format(4, 4, 8, VMAF_PIX_FMT_YUV444P);
  rgb.color.matrix = 0;
  PictureSource of_rgb;
  of_rgb.luma_only();
  Held whole;
  ASSERT_TRUE(of_rgb.allocate(rgb, &whole.picture));
  EXPECT_EQ(whole.picture.w[2], 4u) << "luma of RGB needs all planes";
}

TEST(Planar, WhatCannotBeReadIsNoTruncatedFrame) {
  const StreamInfo info = format(4, 4, 8, VMAF_PIX_FMT_YUV420P);
  VmafPicture nothing{};
  for (const std::size_t there : {0u, 3u, 23u}) {
    Bytes broken(counted(there), true);
    const Status status = read_planes(broken, info, &nothing, "disk.y4m", 5);
    ASSERT_FALSE(status) << there;
    EXPECT_EQ(status.error().code, EIO);
    EXPECT_EQ(status.error().message, "disk.y4m: frame 5 cannot be read");
    Bytes cut(counted(there));
    EXPECT_EQ(read_planes(cut, info, &nothing, "disk.y4m", 5).error().message,
              "disk.y4m: frame 5 is truncated: " + std::to_string(there) + " of 24 bytes");
  }
}

}  // namespace
}  // namespace visq::io
