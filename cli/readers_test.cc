// Which reader opens what, as a user meets it.
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/command_fixture.h"
#include "tests/support/sanitized.h"

namespace visq::cli {
namespace {

constexpr const char* kRaw = " -w 96 -h 64 -p 420 -b 8 -n --feature psnr";

class ReadersTest : public test::CommandTest {
 protected:
  void SetUp() override {
    make("r.y4m", "-pix_fmt yuv420p");
    make("r.yuv", "-pix_fmt yuv420p -f rawvideo");
    make("d.mp4", "-pix_fmt yuv420p -c:v libx264 -qp 0");
    make("d.mkv", "-pix_fmt yuv420p -c:v libx264 -qp 0");
  }
  void make(const std::string& name, const std::string& arguments) const {
    ASSERT_EQ(shell(fmt::format("ffmpeg -nostdin -loglevel error -y -f lavfi -i "
                                "testsrc2=size=96x64:rate=25 -frames:v 3 {} {}",
                                arguments, name)),
              0);
  }
  void copy(const std::string& from, const std::string& to) const {
    std::filesystem::copy_file(folder_ / from, folder_ / to);
  }
  // All clips are one scene without loss.
  void expect_same(const std::string& arguments) const {
    const Outcome o = run(arguments);
    EXPECT_EQ(o.code, 0) << arguments << o.err;
    EXPECT_NE(o.out.find("psnr_y                          60.000000"), std::string::npos)
        << arguments << o.out;
  }
};

TEST_F(ReadersTest, RawOptionsHoldForTheRawClip) {
  expect_same(std::string("-r r.yuv -d d.mp4") + kRaw);
  expect_same(std::string("-r d.mp4 -d r.yuv") + kRaw);
  expect_same(std::string("-r r.y4m -d r.yuv") + kRaw);
  expect_same(std::string("-r r.yuv -d r.y4m") + kRaw);
  copy("r.yuv", "samples.dat");
  expect_same(std::string("-r r.yuv -d samples.dat") + kRaw);
  EXPECT_EQ(run("-r r.yuv -d d.mp4 -n --feature psnr").code, 2) << "raw, and nobody says how";
}

TEST_F(ReadersTest, PipesAreReadOnce) {
  const auto piped = [&](const std::string& from, const std::string& rest) {
    const std::string line =
        fmt::format("bash -c \"{} r.yuv <(cat {}) {} > out 2> err\"", VISQ_VMAF, from, rest);
    EXPECT_EQ(shell(line), 0) << line << read("err");
    EXPECT_NE(read("out").find("psnr_y                          60.000000"), std::string::npos)
        << line << read("out");
  };
  for (const char* from : {"r.yuv", "r.y4m", "d.mkv"}) piped(from, kRaw);
  make(
      "big.mp4",
      "-vf noise=alls=100:allf=t,scale=640x480:flags=neighbor -pix_fmt yuv420p -c:v libx264 -qp 0");
  const std::string line =
      fmt::format("bash -c \"{} r.y4m <(cat big.mp4) -n --feature psnr 2> err\"", VISQ_VMAF);
  EXPECT_NE(shell(line), 0);
  EXPECT_NE(read("err").find("mp4 and mov may need a file"), std::string::npos) << read("err");
}

TEST_F(ReadersTest, NamesAreNames) {
  for (const char* name : {"12:30:00.mp4", "100%d.mp4", "http:x.mp4", "pipe:0.mp4"}) {
    copy("d.mp4", name);
    expect_same(fmt::format("-r r.y4m -d '{}' -n --feature psnr", name));
  }
  make("still.jpg", "-frames:v 1 -pix_fmt yuvj420p");
  copy("still.jpg", "still%03d.jpg");
  expect_same("still.jpg still%03d.jpg -n --feature psnr");
}

TEST_F(ReadersTest, PlaylistsAreRefused) {
  make("part.ts", "-pix_fmt yuv420p -c:v libx264 -f mpegts");
  write("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:0.12,\npart.ts\n#EXT-X-ENDLIST\n");
  write("list.ffconcat", "ffconcat version 1.0\nfile d.mp4\n");
  for (const auto& [name, why] :
       {std::pair("list.m3u8", "is a playlist"), {"list.ffconcat", "names further files"}}) {
    const Outcome o = run(fmt::format("r.y4m {} -n --feature psnr", name));
    EXPECT_EQ(o.code, 2) << name << o.out;
    EXPECT_NE(o.err.find(why), std::string::npos) << o.err;
  }
}

// 1.5 GB a frame, of which there are 50 bytes.
TEST_F(ReadersTest, AHeaderThatPromisesMoreThanThereIsTakesNoMemory) {
  if (test::kSanitized) GTEST_SKIP() << "a sanitizer's shadow memory is larger than the limit";
  write("huge.y4m", "YUV4MPEG2 W32768 H32768 C420\nFRAME\n" + std::string(50, 'x'));
  EXPECT_EQ(shell(fmt::format("bash -c \"ulimit -v 1000000; {} huge.y4m huge.y4m -n --feature psnr "
                              "--threads 1 2> err\"",
                              VISQ_VMAF)),
            2 << 8)
      << read("err");
  EXPECT_NE(read("err").find("frame 0 is truncated: 50 of"), std::string::npos) << read("err");
}

}  // namespace
}  // namespace visq::cli
