// What a file may open besides itself, and that whoever waits for one can be stopped.
#include <sys/resource.h>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "io/reader.h"
#include "tests/support/temp_folder.h"

namespace visq::io {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class FileAccess : public test::InTempFolder {
 protected:
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  // A clip of five frames, as a segment and whatever else.
  void make_clip(const std::string& name) const {
    fs::create_directories((folder_ / name).parent_path());
    ASSERT_EQ(std::system(fmt::format("ffmpeg -nostdin -loglevel error -y -f lavfi -i "
                                      "testsrc2=s=64x48:r=5:d=1 -pix_fmt yuv420p -c:v mpeg2video "
                                      "{}",
                                      path(name))
                              .c_str()),
              0);
  }

  struct Outcome {
    int frames = 0;
    std::string error;
  };
  Outcome read_all(const std::string& name, const Access& access = {}) const {
    auto reader = open_video(path(name), std::nullopt, 1, access);
    if (!reader) return {0, reader.error().message};
    for (Outcome outcome;; ++outcome.frames) {
      const auto more = (*reader)->skip();
      if (!more) outcome.error = more.error().message;
      if (!more || !*more) return outcome;
    }
  }

  static std::string playlist(const std::string& segment, const std::string& end) {
    return "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" + segment + "\n" +
           end;
  }
};

constexpr const char* kEnd = "#EXT-X-ENDLIST\n";

TEST_F(FileAccess, APlaylistIsNoVideoWhateverItsName) {
  make_clip("outside/s.ts");
  const std::string outside = "file://" + path("outside/s.ts");
  for (const char* name : {"live.mp4", "live.m3u8", "live.ts", "live"})
    for (const char* end : {"", kEnd}) {
      write(name, playlist(outside, end));
      const Outcome outcome = read_all(name);
      EXPECT_EQ(outcome.frames, 0);
      EXPECT_THAT(outcome.error, HasSubstr(name));
    }
  write("live.mp4", playlist(outside, kEnd));
  EXPECT_THAT(read_all("live.mp4").error, HasSubstr("live.mp4 is a playlist"));
}

TEST_F(FileAccess, APlaylistThatIsAllowedReadsItsFolderOnly) {
  make_clip("list/s.ts");
  make_clip("list/deep/s.ts");
  make_clip("outside/s.ts");
  fs::create_symlink("../outside/s.ts", folder_ / "list/link.ts");
  const Access allowed{true, {}};
  for (const char* segment : {"s.ts", "deep/s.ts", "./s.ts"}) {
    write("list/live.m3u8", playlist(segment, kEnd));
    const Outcome outcome = read_all("list/live.m3u8", allowed);
    EXPECT_EQ(outcome.frames, 5) << segment << outcome.error;
    EXPECT_EQ(outcome.error, "") << segment;
  }
  for (const std::string& segment :
       {std::string("../outside/s.ts"), "file://" + path("outside/s.ts"), path("outside/s.ts"),
        std::string("link.ts"), std::string("deep/../../outside/s.ts")}) {
    write("list/live.m3u8", playlist(segment, kEnd));
    const Outcome outcome = read_all("list/live.m3u8", allowed);
    EXPECT_EQ(outcome.frames, 0) << segment;
    EXPECT_THAT(outcome.error, HasSubstr("live.m3u8: it names ")) << segment;
  }
}

TEST_F(FileAccess, AMissingSegmentIsNoShorterClip) {
  make_clip("s.ts");
  write("live.m3u8", playlist("s.ts\n#EXTINF:1,\ngone.ts", kEnd));
  EXPECT_THAT(read_all("live.m3u8", {true, {}}).error, HasSubstr("gone.ts"));
}

TEST_F(FileAccess, APlaylistWithoutAnEndIsRefused) {
  make_clip("s.ts");
  write("live.m3u8", playlist("s.ts", ""));
  EXPECT_THAT(read_all("live.m3u8", {true, {}}).error, HasSubstr("has no #EXT-X-ENDLIST"));
  write("master.m3u8", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=100000\nlive.m3u8\n");
  EXPECT_THAT(read_all("master.m3u8", {true, {}}).error, HasSubstr("has no #EXT-X-ENDLIST"));
  write("live.m3u8", playlist("s.ts", kEnd));
  EXPECT_EQ(read_all("master.m3u8", {true, {}}).frames, 5);
  write("self.m3u8", playlist("self.m3u8", kEnd));
  EXPECT_EQ(read_all("self.m3u8", {true, {}}).frames, 0);
}

// They never end, and take every descriptor.
TEST_F(FileAccess, ScriptsThatNameEachOtherAreNoVideos) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit few = before;
  few.rlim_cur = 64;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  write("a.mp4", "ffconcat version 1.0\nfile b.mp4\n");
  write("b.mp4", "ffconcat version 1.0\nfile a.mp4\n");
  write("self.mp4", "ffconcat version 1.0\nfile self.mp4\n");
  for (const char* name : {"a.mp4", "self.mp4"})
    for (const bool allowed : {false, true}) {
      const Outcome outcome = read_all(name, {allowed, {}});
      EXPECT_EQ(outcome.frames, 0);
      EXPECT_THAT(outcome.error, HasSubstr("names further files")) << name;
    }
  setrlimit(RLIMIT_NOFILE, &before);
}

TEST_F(FileAccess, WhatIsNoVideoIsNamed) {
  write("session.mp4",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        "m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n");
  EXPECT_EQ(read_all("session.mp4").frames, 0);
  EXPECT_NE(read_all("session.mp4").error, "");
}

TEST_F(FileAccess, APlaylistIsNotTakenForRawSamples) {
  write("live", playlist("s.ts", kEnd));
  const auto reader = open_video(path("live"), RawFormat{4, 4, VMAF_PIX_FMT_YUV400P, 8}, 1);
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, EXDEV) << reader.error().message;
}

// A name is a name: neither a pattern nor a protocol.
TEST_F(FileAccess, NamesAreNoPatterns) {
  make_clip("s.ts");
  ASSERT_EQ(std::system(fmt::format("cd {} && ffmpeg -nostdin -loglevel error -i s.ts -frames:v 1 "
                                    "one.jpg && cp one.jpg image%03d.jpg && cp one.jpg 'a*b.jpg' "
                                    "&& cp s.ts 'http:x.ts' && cp one.jpg image001.jpg && cp "
                                    "one.jpg image002.jpg",
                                    folder_.string())
                            .c_str()),
            0);
  for (const char* name : {"one.jpg", "image%03d.jpg", "a*b.jpg"}) {
    const Outcome outcome = read_all(name);
    EXPECT_EQ(outcome.frames, 1) << name << outcome.error;
  }
  EXPECT_EQ(read_all("http:x.ts").frames, 5);
}

TEST_F(FileAccess, AWaitForAPipeIsStopped) {
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  std::stop_source source;
  const std::jthread user([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    source.request_stop();
  });
  EXPECT_NE(read_all("pipe", {false, source.get_token()}).error, "");
}

}  // namespace
}  // namespace visq::io
