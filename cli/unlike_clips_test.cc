// Clips that do not match, as a user meets them.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/command_fixture.h"

namespace visq::cli {
namespace {

namespace fs = std::filesystem;

class UnlikeClips : public test::CommandTest {
 protected:
  // Frames `first` to `end` of one scene, in any format that ffmpeg makes.
  void make(const std::string& name, const std::string& arguments) const {
    ASSERT_EQ(shell(fmt::format("ffmpeg -nostdin -loglevel error -y -f lavfi -i "
                                "testsrc2=size=160x96:rate=25:duration=4 {} {}",
                                arguments, name)),
              0);
  }
  Outcome run(const std::string& arguments) const {
    return test::CommandTest::run(arguments + " -n --feature psnr");
  }
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(UnlikeClips, AModelGoesByTheSizeInWhichTheyAreCompared) {
  make("a.y4m", "-frames:v 1 -pix_fmt yuv420p");
  make("b.y4m", "-frames:v 1 -vf scale=80x48,noise=alls=30 -pix_fmt yuv420p");
  for (const auto& [size, version] :
       {std::pair("160x1439", "vmaf_v0.6.1"), {"160x1440", "vmaf_4k_v0.6.1"}}) {
    const std::string clips = fmt::format("-r a.y4m -d b.y4m --scale {} -q", size);
    ASSERT_EQ(CommandTest::run(clips + " --model auto -o auto.json").code, 0) << read("err");
    ASSERT_EQ(
        CommandTest::run(fmt::format("{} --model version={} -o one.json", clips, version)).code, 0)
        << read("err");
    const auto chosen = report("auto.json")["pooled_metrics"],
               named = report("one.json")["pooled_metrics"];
    EXPECT_FALSE(chosen.contains("vmaf")) << size;
    EXPECT_EQ(chosen[version]["mean"], named["vmaf"]["mean"]) << size;
  }
}

TEST_F(UnlikeClips, AreAnErrorThatSaysWhatHelps) {
  make("a.y4m", "-frames:v 5 -pix_fmt yuv420p");
  make("b.y4m", "-frames:v 5 -vf scale=80x48 -pix_fmt yuv444p10 -strict -1");
  const Outcome refused = run("-r a.y4m -d b.y4m");
  EXPECT_EQ(refused.code, 2);
  EXPECT_TRUE(has(
      refused.err,
      "a.y4m is 160x96 4:2:0 8-bit and b.y4m is 80x48 4:4:4 10-bit: size, chroma format and depth "
      "must be the same; add --scale auto --to_pixel_format auto --to_bitdepth auto to convert"))
      << refused.err;
  for (const char* scale : {"auto", "reference", "distorted", "100x60"})
    for (const char* scaler : {"bicubic", "lanczos", "bilinear"}) {
      const Outcome o = run(fmt::format(
          "-r a.y4m -d b.y4m --scale {} --scaler {} --to_pixel_format auto --to_bitdepth auto",
          scale, scaler));
      EXPECT_EQ(o.code, 0) << o.err;
      const char* size = std::string(scale) == "distorted" ? "80x48"
                         : std::string(scale) == "100x60"  ? "100x60"
                                                           : "160x96";
      EXPECT_TRUE(
          has(o.out,
              fmt::format("reference  a.y4m ({} 4:2:0 10-bit, converted from 160x96 4:2:0 8-bit)\n",
                          size)))
          << o.out;
      EXPECT_TRUE(has(o.out, "distorted  b.y4m (converted from 80x48 4:4:4 10-bit)\n")) << o.out;
    }
  EXPECT_TRUE(has(run("-r a.y4m -d b.y4m --scale auto --to_bitdepth auto").err,
                  "b.y4m is 80x48 4:4:4 10-bit: size, chroma format and depth must be the same; "
                  "add --to_pixel_format auto to"))
      << read("err");
  EXPECT_EQ(run("-r a.y4m -d b.y4m --scale huge").code, 1);
  EXPECT_EQ(run("-r a.y4m -d b.y4m --scaler lanczos").code, 1);
}

TEST_F(UnlikeClips, OfRgbAndOfYCbCrAreBroughtTogether) {
  make("a.png", "-frames:v 1");
  make("a.jpg", "-frames:v 1 -pix_fmt yuvj420p -q:v 2");
  for (const char* clips : {"-r a.png -d a.jpg", "a.png a.jpg"}) {
    const Outcome o = run(fmt::format("{} -o s.json", clips));
    EXPECT_EQ(o.code, 0) << o.err;
    EXPECT_EQ(o.err, "");
    EXPECT_TRUE(has(o.out,
                    "reference  a.png (160x96 4:2:0 8-bit BT.601 full range, converted from 160x96 "
                    "4:4:4 RGB 8-bit)\ndistorted  a.jpg\n"))
        << o.out;
    EXPECT_TRUE(has(read("s.json"),
                    "\"conversions\": [\n    \"a.png: 160x96 4:4:4 RGB 8-bit to 160x96 4:2:0 8-bit "
                    "BT.601 full range\"\n  ]"))
        << read("s.json");
  }
  EXPECT_TRUE(
      has(run("a.jpg a.png --dry_run").out, "\nconverted  a.png: 160x96 4:4:4 RGB 8-bit to "))
      << read("out");
  EXPECT_TRUE(has(run("a.png a.jpg --strict").err, "which --strict refuses")) << read("err");
  for (const char* wrong : {"a.png", "a.png a.jpg a.jpg", "a.png -d a.jpg", "a.png -r a.png"})
    EXPECT_EQ(run(wrong).code, 1) << wrong;
}

// Each as if it were compared by itself.
TEST_F(UnlikeClips, OneRgbPictureIsComparedWithManyFormats) {
  make("a.png", "-frames:v 1");
  make("a.jpg", "-frames:v 1 -pix_fmt yuvj420p -q:v 2");
  make("b.jpg", "-frames:v 1 -pix_fmt yuvj444p -q:v 5");
  make("b.png", "-frames:v 1 -vf hue=s=0.5");
  const auto mean = [&](const std::string& arguments, std::size_t clip) {
    const Outcome o = run(arguments + " --feature ssimulacra2 -q -o s.json --precision max");
    EXPECT_EQ(o.code, 0) << o.err;
    const auto all = report("s.json");
    return (all.contains("clips") ? all["clips"][clip] : all)["pooled_metrics"];
  };
  const std::string clips[] = {"a.jpg", "b.jpg", "b.png"};
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(mean("-r a.png -d a.jpg -d b.jpg -d b.png", i), mean("a.png " + clips[i], 0));
  EXPECT_EQ(run("-r a.png -d a.jpg -d b.jpg -q --report page.html").code, 0) << read("err");
}

// A clip of another range begins where the other does, and its frames are alike.
TEST_F(UnlikeClips, OfUnlikeRangesAreSynchronised) {
  make("a.mp4", "-frames:v 40 -c:v libx264 -crf 10 -pix_fmt yuv420p -color_range tv");
  make("late.mov",
       "-vf trim=start_frame=7:end_frame=30,setpts=PTS-STARTPTS -c:v mjpeg -q:v 2 -pix_fmt "
       "yuvj420p");
  const Outcome o = run("-r a.mp4 -d late.mov --sync auto");
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(o.err, "vmaf: note: late.mov begins with frame 7 of a.mp4\n");
  EXPECT_TRUE(has(o.out, "late.mov (converted from 160x96 4:2:0 8-bit full range)")) << o.out;
}

TEST_F(UnlikeClips, AreWhatTheUserSays) {
  make("a.y4m", "-frames:v 2 -pix_fmt yuv420p -vf setparams=range=unknown");
  make("b.mp4", "-frames:v 2 -c:v libx264 -qp 0 -pix_fmt yuv420p -color_range pc");
  EXPECT_FALSE(has(run("a.y4m b.mp4").out, "converted")) << "what a.y4m does not say b.mp4 says";
  EXPECT_TRUE(has(run("a.y4m b.mp4 --colour_ref limited,bt709").out, "converted from"));
  EXPECT_FALSE(has(run("a.y4m b.mp4 --colour_ref limited --colour_dist limited").out, "converted"));
  for (const char* words : {"", "huge", "full,limited", "bt601,bt709", "full,"})
    EXPECT_EQ(run(fmt::format("a.y4m b.mp4 --colour_ref '{}'", words)).code, 1) << words;
}

// Two streams, one after the other in one file.
TEST_F(UnlikeClips, MeaningsDoNotChangeWithinAClip) {
  make("tv.h264", "-frames:v 3 -c:v libx264 -pix_fmt yuv420p -color_range tv -colorspace bt709");
  make("pc.h264", "-frames:v 3 -c:v libx264 -pix_fmt yuv420p -color_range tv -colorspace bt470bg");
  ASSERT_EQ(std::system(
                fmt::format("cd {} && cat tv.h264 pc.h264 > both.h264", folder_.string()).c_str()),
            0);
  make("a.y4m", "-frames:v 6 -pix_fmt yuv420p");
  const Outcome o = run("a.y4m both.h264");
  EXPECT_EQ(o.code, 2);
  EXPECT_TRUE(has(o.err,
                  "both.h264: frame 3 is BT.601, limited range, transfer 2, and the frames before "
                  "it are BT.709, limited range, transfer 2: what samples mean cannot change"))
      << o.err;
}

TEST_F(UnlikeClips, ThatBeginApartAreBroughtTogether) {
  make("a.y4m", "-frames:v 60 -pix_fmt yuv420p");
  make("late.y4m", "-vf trim=start_frame=7:end_frame=50,setpts=PTS-STARTPTS -pix_fmt yuv420p");
  const Outcome apart = run("-r a.y4m -d late.y4m");
  EXPECT_EQ(apart.code, 2);
  const Outcome together = run("-r a.y4m -d late.y4m --sync auto");
  EXPECT_EQ(together.code, 0) << together.err;
  EXPECT_TRUE(has(together.err, "note: late.y4m begins with frame 7 of a.y4m")) << together.err;
  EXPECT_TRUE(has(together.out, "frames     43 ")) << together.out;
  const Outcome both = run("-r late.y4m -d a.y4m -d late.y4m --sync auto");
  EXPECT_EQ(both.code, 0) << both.err;
  EXPECT_TRUE(has(both.err, "note: late.y4m begins with frame 7 of a.y4m")) << both.err;
}

// As many frames as the run scores; of long clips only the beginnings are looked at.
TEST_F(UnlikeClips, ADryRunSaysWhatSyncFinds) {
  make("a.y4m", "-frames:v 60 -pix_fmt yuv420p");
  make("late.y4m", "-vf trim=start_frame=7:end_frame=50,setpts=PTS-STARTPTS -pix_fmt yuv420p");
  const Outcome dry = run("-r a.y4m -d late.y4m -d a.y4m --sync auto --dry_run");
  EXPECT_EQ(dry.code, 0) << dry.err;
  EXPECT_EQ(dry.err, "");
  EXPECT_TRUE(has(dry.out, "\nsync       late.y4m begins with frame 7 of a.y4m\n")) << dry.out;
  EXPECT_TRUE(has(dry.out, " for 96 frames; ") && has(dry.out, "--sync reads the clips in about "))
      << dry.out;
  EXPECT_TRUE(has(run("-r a.y4m -d a.y4m --sync auto --dry_run").out,
                  "\nsync       all clips begin with the same frame\n"))
      << read("out");
  ASSERT_EQ(shell("ffmpeg -nostdin -loglevel error -y -f lavfi -i testsrc2=size=32x32:rate=25 "
                  "-frames:v 310 -pix_fmt yuv420p long.y4m"),
            0);
  EXPECT_TRUE(has(run("-r long.y4m -d long.y4m --sync auto --dry_run").out,
                  "same frame (by the first 300 frames of each; the run looks at all)\n"))
      << read("out");
}

// One frame whose planes are flat: chroma in the middle.
std::string flat_y4m(const char* header, unsigned width, unsigned height, unsigned bits,
                     unsigned luma) {
  std::string samples;
  for (unsigned i = 0; i < width * height * 3 / 2; ++i) {
    const unsigned value = i < width * height ? luma : 1u << (bits - 1);
    samples += static_cast<char>(value & 255);
    if (bits > 8) samples += static_cast<char>(value >> 8);
  }
  return fmt::format("YUV4MPEG2 W{} H{} F25:1 {}\nFRAME\n", width, height, header) + samples;
}

// 200 of full range is 187.76 of limited range, 188; code by code they are 26 dB apart.
TEST_F(UnlikeClips, AreScaledAndDeepenedOnTheirMeaning) {
  write("limited.y4m", flat_y4m("C420jpeg XCOLORRANGE=LIMITED", 64, 48, 8, 188));
  write("full.y4m", flat_y4m("C420jpeg XCOLORRANGE=FULL", 32, 24, 8, 200));
  write("full10.y4m", flat_y4m("C420p10 XYSCSS=420P10 XCOLORRANGE=FULL", 32, 24, 10, 802));
  for (const char* arguments :
       {"-r limited.y4m -d full.y4m --scale auto", "-r full.y4m -d limited.y4m --scale 50x30",
        "-r limited.y4m -d full10.y4m --scale auto --to_bitdepth auto",
        "-r limited.y4m -d full10.y4m --scale auto --to_bitdepth 8",
        "-r limited.y4m -d full.y4m --scale auto --to_pixel_format 444"}) {
    const Outcome o = run(fmt::format("{} -n --feature psnr -o out.json -q", arguments));
    ASSERT_EQ(o.code, 0) << arguments << o.err;
    const auto scores = report("out.json")["frames"][0]["metrics"];
    EXPECT_GT(scores["psnr_y"].get<double>(), 55) << arguments;
    EXPECT_GT(scores["psnr_cb"].get<double>(), 55) << arguments;
  }
}

TEST_F(UnlikeClips, LostAndRepeatedFramesAreTold) {
  make("a.y4m", "-frames:v 90 -pix_fmt yuv420p");
  make("lost.mp4",
       "-frames:v 80 -vf select='gte(n\\,4)*not(between(n\\,40\\,42))',setpts='N/(25*TB)' -c:v "
       "libx264 "
       "-crf 30 -pix_fmt yuv420p");
  make("frozen.mp4",
       "-frames:v 80 -vf loop=loop=2:size=1:start=50,setpts='N/(25*TB)' -c:v libx264 -crf 30 "
       "-pix_fmt "
       "yuv420p");
  const Outcome lost = run("-r a.y4m -d lost.mp4 --sync auto");
  EXPECT_TRUE(has(lost.err, "note: lost.mp4 begins with frame 4 of a.y4m")) << lost.err;
  EXPECT_TRUE(has(lost.err, "warning: lost.mp4 lacks 3 frames of a.y4m before its frame 36"))
      << lost.err;
  const Outcome frozen = run("-r a.y4m -d frozen.mp4 --sync auto");
  EXPECT_TRUE(has(frozen.err, " of frozen.mp4 repeats the one before it")) << frozen.err;
  EXPECT_FALSE(has(frozen.err, "lacks")) << frozen.err;
  for (const Outcome& same : {lost, frozen})
    EXPECT_FALSE(has(same.err, "hardly looks like")) << same.err;
  make("other.mp4", "-frames:v 80 -vf negate -c:v libx264 -crf 30 -pix_fmt yuv420p");
  EXPECT_TRUE(has(
      run("-r a.y4m -d other.mp4 --sync auto").err,
      "warning: other.mp4 hardly looks like a.y4m: where they fit best, their luma differs by "))
      << read("err");
}

TEST_F(UnlikeClips, FrameRatesAndHdrAreTold) {
  make("a.mp4", "-frames:v 5 -c:v libx264 -pix_fmt yuv420p");
  make("b.mp4", "-frames:v 5 -c:v libx264 -pix_fmt yuv420p -vf setpts=PTS/2 -r 50");
  make("pq.mp4",
       "-frames:v 5 -c:v libx264 -vf format=yuv420p,setparams=color_trc=smpte2084:colorspace="
       "bt2020nc:color_primaries=bt2020");
  EXPECT_TRUE(has(run("-r a.mp4 -d b.mp4 --shortest").err,
                  "warning: a.mp4 has 25 frames a second and b.mp4 has 50"))
      << read("err");
  EXPECT_TRUE(has(run("-r a.mp4 -d a.mp4 --frame_rate 30000/1001").err,
                  "warning: a.mp4 has 25 frames a second, and --frame_rate says 29.97"))
      << read("err");
  EXPECT_EQ(run("-r a.mp4 -d a.mp4 --frame_rate 25").err, "");
  for (const char* bad : {"0", "x", "25/0", "1e3", "25/", "/25", "25/x", "-25", "99999"})
    EXPECT_EQ(run(fmt::format("-r a.mp4 -d a.mp4 --frame_rate {}", bad)).code, 1) << bad;
  const Outcome hdr = run("-r pq.mp4 -d a.mp4");
  EXPECT_TRUE(has(hdr.err, "pq.mp4 is HDR (PQ)")) << hdr.err;
  EXPECT_TRUE(has(hdr.out, "8-bit PQ")) << hdr.out;
  const Outcome sdr = run("-r pq.mp4 -d a.mp4 --colour_dist sdr");
  EXPECT_EQ(sdr.code, 2);
  EXPECT_TRUE(has(sdr.err, "pq.mp4 is PQ and a.mp4 is SDR: no number says")) << sdr.err;
}

// Puts a chunk iCCP with a profile of this description behind a PNG's header.
constexpr char kPutProfile[] = R"(
import struct, sys, zlib
source, out, description = sys.argv[1:]
png = open(source, 'rb').read()
body = b'iCCP' + b'profile\0\0' + zlib.compress(bytes(128) + description.encode('utf-16-be'))
chunk = struct.pack('>I', len(body) - 4) + body + struct.pack('>I', zlib.crc32(body))
open(out, 'wb').write(png[:33] + chunk + png[33:])
)";

TEST_F(UnlikeClips, WhatPicturesLoseIsTold) {
  make("half.png", "-frames:v 1 -vf format=rgba,colorchannelmixer=aa=0.5");
  make("opaque.png", "-frames:v 1 -vf format=rgba");
  write("profile.py", kPutProfile);
  for (const char* name : {"sRGB", "Display P3"})
    ASSERT_EQ(std::system(fmt::format("cd {} && python3 profile.py opaque.png '{}.png' '{}'",
                                      folder_.string(), name, name)
                              .c_str()),
              0);
  EXPECT_EQ(run("-r opaque.png -d sRGB.png -n --feature ssimulacra2").err, "");
  const Outcome o = run("-r 'Display P3.png' -d half.png -n --feature ssimulacra2");
  EXPECT_EQ(o.code, 0);
  EXPECT_TRUE(has(o.err, "warning: half.png is transparent in places")) << o.err;
  EXPECT_TRUE(has(o.err, "warning: Display P3.png has a colour profile")) << o.err;
}

TEST_F(UnlikeClips, InterlacedOnesAreRefusedWithAdvice) {
  make("a.mp4", "-frames:v 5 -c:v libx264 -pix_fmt yuv420p");
  make("i.mp4", "-frames:v 10 -vf tinterlace=4 -c:v libx264 -flags +ilme+ildct -pix_fmt yuv420p");
  const Outcome o = run("-r a.mp4 -d i.mp4 --shortest");
  EXPECT_EQ(o.code, 2);
  EXPECT_TRUE(has(o.err, "i.mp4 is interlaced") && has(o.err, "bwdif")) << o.err;
}

}  // namespace
}  // namespace visq::cli
