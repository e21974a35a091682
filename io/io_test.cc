// Files of every kind are made here: by hand where they are broken, by the installed ffmpeg
// where they are real.
#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "io/convert.h"
#include "io/planar.h"
#include "io/reader.h"
#include "tests/support/shared.h"
#include "tests/support/temp_folder.h"
#include "tests/support/turned_movie.h"

namespace visq::io {
namespace {

namespace fs = std::filesystem;

class Io : public test::InTempFolder {
 protected:
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string content(const std::string& name) const { return read(name); }
  bool ffmpeg(const std::string& arguments) const {
    return std::system(fmt::format("cd {} && ffmpeg -nostdin -loglevel error -y {}",
                                   folder_.string(), arguments)
                           .c_str()) == 0;
  }
};

enum class Reading { whole, luma_only, nothing };

// A clip of one frame whose planes are flat.
std::string flat_y4m(const std::string& header, std::size_t luma, std::size_t chroma,
                     const std::string& values) {
  return header + "\nFRAME\n" + std::string(luma, values[0]) + std::string(chroma, values[1]) +
         std::string(chroma, values[2]);
}

std::string error_of(const std::string& path, const std::optional<RawFormat>& raw = std::nullopt,
                     Reading reading = Reading::whole) {
  auto reader = open_video(path, raw, 1);
  if (!reader) return reader.error().message;
  if (reading == Reading::luma_only) (*reader)->read_luma_only();
  for (int i = 0; i < 100; ++i) {
    VmafPicture picture{};
    const auto more = reading == Reading::nothing ? (*reader)->skip() : (*reader)->read(&picture);
    if (!more) return more.error().message;
    if (!*more) return "";
    if (reading != Reading::nothing) vmaf_picture_unref(&picture);
  }
  return "endless";
}

std::string samples_of(const VmafPicture& picture, int planes = 3) {
  std::string all;
  for (int p = 0; p < planes; ++p)
    for (unsigned y = 0; y < picture.h[p]; ++y)
      all.append(static_cast<const char*>(picture.data[p]) +
                     static_cast<std::ptrdiff_t>(y) * picture.stride[p],
                 picture.w[p] * (picture.bpc > 8 ? 2u : 1u));
  return all;
}

// Samples of the planes of all frames that are left, as raw files have them.
std::string samples_of(VideoReader& reader, int planes = 3) {
  std::string all;
  for (;;) {
    VmafPicture picture{};
    const auto more = reader.read(&picture);
    EXPECT_TRUE(more) << more.error().message;
    if (!more || !*more) return all;
    all += samples_of(picture, planes);
    vmaf_picture_unref(&picture);
  }
}

std::string samples_of(const std::string& path,
                       const std::optional<RawFormat>& raw = std::nullopt) {
  auto reader = open_video(path, raw, 2);
  EXPECT_TRUE(reader) << reader.error().message;
  return reader ? samples_of(**reader) : "";
}

TEST_F(Io, Y4mFramesOfOddSizesAndWithAlpha) {
  std::string frame(9 + 2 * 4, 'a');  // 3x3 and two planes of 2x2
  frame[16] = 'z';
  EXPECT_EQ(
      samples_of(write("odd.y4m", "YUV4MPEG2 W3 H3 C420\nFRAME\n" + frame + "FRAME Ip\n" + frame)),
      frame + frame);
  EXPECT_EQ(
      samples_of(write("alpha.y4m", "YUV4MPEG2 W2 H1 C444alpha\nFRAME\naabbccXXFRAME\nddeeffYY")),
      "aabbccddeeff");
  EXPECT_EQ(samples_of(write("mono.y4m", "YUV4MPEG2 W2 H1 Cmono\nFRAME\nab")), "ab");
  EXPECT_EQ(samples_of(write("none.y4m", "YUV4MPEG2 W2 H1 Cmono\n")), "");
}

// Of limited range, as files without a word of it are.
std::unique_ptr<VideoReader> deepened(const std::string& path, unsigned bits) {
  auto reader = *open_video(path, std::nullopt, 1);
  SampleFormat to = format_of(reader->info());
  to.bits = bits;
  auto converted = convert(std::move(reader), to, Originals::dropped);
  EXPECT_TRUE(converted) << converted.error().message;
  return *std::move(converted);
}

TEST_F(Io, DeepenedCodesAreShifted) {
  write("a.y4m", std::string("YUV4MPEG2 W3 H1 F25:1 C420\nFRAME\n") + "\x01\x02\xff" + "abcd");
  auto reader = deepened(path("a.y4m"), 10);
  EXPECT_EQ(reader->info().bits, 10u);
  VmafPicture picture{};
  ASSERT_TRUE(*reader->read(&picture));
  EXPECT_EQ(picture.bpc, 10u);
  const auto* luma = static_cast<const std::uint16_t*>(picture.data[0]);
  EXPECT_EQ(luma[0], 4);
  EXPECT_EQ(luma[2], 1020);
  EXPECT_EQ(static_cast<const std::uint16_t*>(picture.data[2])[1], 'd' << 2);
  vmaf_picture_unref(&picture);
  EXPECT_FALSE(*reader->read(&picture));
}

TEST_F(Io, BrokenFilesAreNamedWithThePlace) {
  const std::pair<std::string, const char*> kCases[] = {
      {write("short.y4m", "YUV4MPEG2 W4 H4 Cmono\nFRAME\n0123456789"),
       "frame 0 is truncated: 10 of 16 bytes"},
      {write("second.y4m", "YUV4MPEG2 W2 H2 Cmono\nFRAME\n0123FRAM"), "frame 1"},
      {write("noframe.y4m", "YUV4MPEG2 W2 H2 Cmono\n0123456789\n"), "does not begin with FRAME"},
      {write("endless.y4m", "YUV4MPEG2 " + std::string(5000, 'X')), "no end within"},
      {write("cut.y4m", "YUV4MPEG2 W2"), "ends within a header"},
      {write("empty.mp4", ""), "is empty"},
      {write("text.mp4", "this is no video at all, only text"), "not a video"},
      {path("nowhere.mp4"), "there is no file"},
      {folder_.string(), "is a folder"}};
  for (const auto& [file, part] : kCases) {
    const std::string error = error_of(file);
    EXPECT_NE(error.find(part), std::string::npos) << file << ": " << error;
    EXPECT_NE(error.find(fs::path(file).filename().string()), std::string::npos) << error;
  }
}

TEST_F(Io, RawSamples) {
  const RawFormat odd{3, 3, VMAF_PIX_FMT_YUV420P, 10};
  const std::string frame(2 * (9 + 2 * 4), '\x01');
  EXPECT_EQ(samples_of(write("a.yuv", frame + frame), odd), frame + frame);
  EXPECT_NE(
      error_of(write("b.yuv", frame + "abc"), odd).find("frame 1 is truncated: 3 of 34 bytes"),
      std::string::npos);
  EXPECT_NE(error_of(path("a.yuv"), RawFormat{0, 3, VMAF_PIX_FMT_YUV420P, 8}).find("not possible"),
            std::string::npos);
  EXPECT_NE(error_of(path("a.yuv"), RawFormat{3, 3, VMAF_PIX_FMT_YUV420P, 7}).find("8 to 16 bits"),
            std::string::npos);
  EXPECT_NE(error_of(write("c.yuv", ""), odd).find("is empty"), std::string::npos);
  EXPECT_EQ(open_video(path("a.yuv"), odd, 1).value()->info().frames, 2u);
}

// The samples that luma-only reading gives are those of the first planes, and nothing else; where
// libav decodes, chroma comes along.
void expect_luma(const std::string& path, const std::optional<RawFormat>& raw = std::nullopt,
                 int planes = 3) {
  auto whole = open_video(path, raw, 1), luma = open_video(path, raw, 1);
  ASSERT_TRUE(whole && luma) << path;
  (*luma)->read_luma_only();
  const std::string expected = samples_of(**whole, 1);
  EXPECT_FALSE(expected.empty()) << path;
  EXPECT_TRUE(samples_of(**luma, planes) == expected) << path;
}

TEST_F(Io, LumaIsReadAloneFromPlanarFiles) {
  std::string frame(9 + 2 * 4, 'c');
  for (std::size_t i = 0; i < 9; ++i) frame[i] = static_cast<char>('1' + i);
  expect_luma(write("odd.y4m", "YUV4MPEG2 W3 H3 C420\nFRAME\n" + frame + "FRAME Ip\n" + frame));
  expect_luma(write("alpha.y4m", "YUV4MPEG2 W2 H1 C444alpha\nFRAME\naabbccXXFRAME\nddeeffYY"));
  expect_luma(write("mono.y4m", "YUV4MPEG2 W2 H1 Cmono\nFRAME\nab"));
  expect_luma(write("a.yuv", frame + frame + frame), RawFormat{3, 3, VMAF_PIX_FMT_YUV420P, 8});
  ASSERT_TRUE(
      ffmpeg("-f lavfi -i testsrc2=s=320x200:r=5:d=1 -vf "
             "format=yuv420p10le,crop=286:163:0:0:exact=1 -frames:v 4 -strict -1 large.y4m"));
  ASSERT_TRUE(ffmpeg("-i large.y4m -f rawvideo large.yuv"));
  expect_luma(path("large.y4m"));
  expect_luma(path("large.yuv"), RawFormat{286, 163, VMAF_PIX_FMT_YUV420P, 10});
}

TEST_F(Io, LumaIsReadAloneFromWhatLibavDecodes) {
  ASSERT_TRUE(
      ffmpeg("-f lavfi -i testsrc2=s=86x54:r=5:d=1 -frames:v 3 -c:v mpeg4 -q:v 3 flat.mp4"));
  write("turned.mp4", test::turned(content("flat.mp4"), 90));
  ASSERT_TRUE(ffmpeg("-i flat.mp4 -c:v rawvideo -pix_fmt nv12 semi.nut"));
  ASSERT_TRUE(ffmpeg("-i flat.mp4 -c:v ffv1 -pix_fmt yuv444p16le deep.mkv"));
  for (const char* name : {"flat.mp4", "turned.mp4", "semi.nut", "deep.mkv"})
    expect_luma(path(name), std::nullopt, 1);
  ASSERT_TRUE(ffmpeg("-i flat.mp4 -frames:v 1 -pix_fmt rgb24 rgb.png"));
  auto rgb = open_video(path("rgb.png"), std::nullopt, 1);
  (*rgb)->read_luma_only();
  EXPECT_TRUE(samples_of(**rgb) == samples_of(path("rgb.png"))) << "luma is made of all planes";
}

// Pictures hold a share of the decoder's memory, which it must not use for other frames meanwhile.
TEST_F(Io, DecodedPicturesOutliveTheirReader) {
  ASSERT_TRUE(
      ffmpeg("-f lavfi -i testsrc2=s=90x54:r=25:d=1 -c:v libx264 -bf 3 -pix_fmt yuv420p kept.mp4"));
  const std::string expected = samples_of(path("kept.mp4"));
  std::vector<VmafPicture> kept;
  {
    auto reader = open_video(path("kept.mp4"), std::nullopt, 2);
    ASSERT_TRUE(reader);
    for (VmafPicture picture{}; *(*reader)->read(&picture);) kept.push_back(picture);
  }
  ASSERT_EQ(kept.size(), 25u);
  std::string samples;
  for (VmafPicture& picture : kept) {
    samples += samples_of(picture);
    vmaf_picture_unref(&picture);
  }
  EXPECT_TRUE(samples == expected);
}

// A pipe cannot be passed over: chroma is read and dropped.
TEST_F(Io, LumaIsReadAloneFromPipes) {
  ASSERT_TRUE(
      ffmpeg("-f lavfi -i testsrc2=s=320x200:r=5:d=1 -frames:v 4 -pix_fmt yuv444p file.y4m"));
  ASSERT_EQ(
      std::system(
          fmt::format(
              "cd {} && mkfifo pipe cut && (cat file.y4m > pipe & head -c -20 file.y4m > cut &)",
              folder_.string())
              .c_str()),
      0);
  auto whole = open_video(path("file.y4m"), std::nullopt, 1),
       pipe = open_video(path("pipe"), std::nullopt, 1);
  ASSERT_TRUE(whole && pipe);
  (*pipe)->read_luma_only();
  EXPECT_TRUE(samples_of(**pipe) == samples_of(**whole, 1));
  const std::string error = error_of(path("cut"), std::nullopt, Reading::luma_only);
  EXPECT_NE(error.find("cut: frame 3 is truncated: 191980 of 192000 bytes"), std::string::npos)
      << error;
}

TEST_F(Io, LumaAloneMayBeginLaterAndBeDeepened) {
  write("a.y4m", "YUV4MPEG2 W3 H1 C420\nFRAME\n012aabbFRAME\n345ccddFRAME\n678eeff");
  auto reader = open_video(path("a.y4m"), std::nullopt, 1);
  VmafPicture first{}, second{};
  ASSERT_TRUE(*(*reader)->read(&first));
  (*reader)->read_luma_only();
  ASSERT_TRUE(*(*reader)->read(&second));
  EXPECT_EQ(first.w[1], 2u);
  EXPECT_EQ(second.w[1], 0u);
  EXPECT_EQ(second.pix_fmt, VMAF_PIX_FMT_YUV420P);
  EXPECT_EQ(static_cast<char*>(second.data[0])[2], '5');
  vmaf_picture_unref(&first);
  vmaf_picture_unref(&second);
  EXPECT_EQ(samples_of(**reader), "678");
  ASSERT_TRUE(ffmpeg("-i a.y4m -c:v ffv1 a.mkv"));  // whose pictures have chroma all the same
  for (const char* name : {"a.y4m", "a.mkv"}) {
    const auto deep = deepened(path(name), 16);
    deep->read_luma_only();
    ASSERT_TRUE(*deep->read(&first));
    EXPECT_EQ(first.h[2], 0u);
    EXPECT_EQ(static_cast<std::uint16_t*>(first.data[0])[1], '1' << 8);
    vmaf_picture_unref(&first);
  }
}

// What is left after the first frame was passed over is all but that frame.
void expect_second(const std::string& path, const std::optional<RawFormat>& raw = std::nullopt) {
  auto whole = open_video(path, raw, 1), rest = open_video(path, raw, 1);
  ASSERT_TRUE(whole && rest) << path;
  VmafPicture first{};
  ASSERT_TRUE((*whole)->read(&first).value_or(false)) << path;
  vmaf_picture_unref(&first);
  ASSERT_TRUE((*rest)->skip().value_or(false)) << path;
  const std::string expected = samples_of(**whole);
  EXPECT_FALSE(expected.empty()) << path;
  EXPECT_TRUE(samples_of(**rest) == expected) << path;
  EXPECT_FALSE((*rest)->skip().value_or(true)) << path << ": the end";
}

TEST_F(Io, FramesArePassedOver) {
  expect_second(write("a.y4m", "YUV4MPEG2 W2 H1 C420\nFRAME\n01abFRAME Ip\n23cdFRAME\n45ef"));
  expect_second(write("alpha.y4m", "YUV4MPEG2 W2 H1 C444alpha\nFRAME\naabbccXXFRAME\nddeeffYY"));
  expect_second(write("a.yuv", "01ab23cd"), RawFormat{2, 1, VMAF_PIX_FMT_YUV420P, 8});
  ASSERT_TRUE(
      ffmpeg("-f lavfi -i testsrc2=s=86x54:r=5:d=1 -frames:v 3 -c:v mpeg4 -q:v 3 flat.mp4"));
  expect_second(path("flat.mp4"));
  const auto deep = deepened(path("a.y4m"), 16);
  EXPECT_TRUE(*deep->skip());
  EXPECT_EQ(samples_of(*deep).size(), 16u);
}

TEST_F(Io, MissingChromaIsAnErrorAlsoOfWhomReadsLuma) {
  const RawFormat raw{2, 2, VMAF_PIX_FMT_YUV420P, 8};
  const std::pair<std::string, std::optional<RawFormat>> kCut[] = {
      {write("v.y4m",
             "YUV4MPEG2 W2 H2 C420\nFRAME\n0123ab"
             "FRAME\n0123a"),
       std::nullopt},
      {write("u.y4m", "YUV4MPEG2 W2 H2 C420\nFRAME\n0123"), std::nullopt},
      {write("luma.y4m", "YUV4MPEG2 W2 H2 C420\nFRAME\n012"), std::nullopt},
      {write("alpha.y4m", "YUV4MPEG2 W2 H1 C444alpha\nFRAME\naabbccX"), std::nullopt},
      {write("a.yuv", "0123ab0123a"), raw}};
  for (const auto& [file, format] : kCut) {
    const std::string error = error_of(file, format, Reading::luma_only);
    EXPECT_NE(error.find("truncated"), std::string::npos) << file << ": " << error;
    EXPECT_EQ(error, error_of(file, format)) << "the sentence is the same";
    EXPECT_EQ(error, error_of(file, format, Reading::nothing))
        << "and of who passes over the frame";
  }
}

// What libav decodes must be what ffmpeg itself writes as raw samples.
class IoFfmpeg : public Io, public testing::WithParamInterface<std::array<const char*, 4>> {};

TEST_P(IoFfmpeg, SamplesEqualThoseOfFfmpeg) {
  const auto [file, options, raw_format, filter] = GetParam();
  ASSERT_TRUE(
      ffmpeg(fmt::format("-f lavfi -i testsrc2=s=86x54:r=5:d=1 -frames:v 3 {} {}", options, file)));
  ASSERT_TRUE(
      ffmpeg(fmt::format("-i {} {} -f rawvideo -pix_fmt {} out.raw", file, filter, raw_format)));
  const std::string ours = samples_of(path(file)), theirs = content("out.raw");
  ASSERT_FALSE(theirs.empty());
  EXPECT_TRUE(ours == theirs) << ours.size() << " " << theirs.size();
}

std::string safe_name(const testing::TestParamInfo<std::array<const char*, 4>>& info) {
  std::string name = info.param[0];
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(
    Formats, IoFfmpeg,
    testing::Values(
        std::array<const char*, 4>{"a.mkv", "-c:v ffv1 -pix_fmt yuv420p", "yuv420p", ""},
        std::array<const char*, 4>{
            "odd.mkv", "-vf crop=85:53:0:0:exact=1 -c:v ffv1 -pix_fmt yuv420p", "yuv420p", ""},
        std::array<const char*, 4>{"ten.mkv", "-c:v ffv1 -pix_fmt yuv422p10le", "yuv422p10le", ""},
        std::array<const char*, 4>{"sixteen.mkv", "-c:v ffv1 -pix_fmt yuv444p16le", "yuv444p16le",
                                   ""},
        std::array<const char*, 4>{"gray.mkv", "-c:v ffv1 -pix_fmt gray", "gray", ""},
        std::array<const char*, 4>{"gray12.mkv", "-c:v ffv1 -pix_fmt gray12le", "gray12le", ""},
        std::array<const char*, 4>{"semi.nut", "-c:v rawvideo -pix_fmt nv12", "yuv420p", ""},
        std::array<const char*, 4>{"packed.mov", "-c:v rawvideo -pix_fmt uyvy422", "yuv422p", ""},
        std::array<const char*, 4>{"rgb.png", "-frames:v 1 -pix_fmt rgb24", "gbrp", ""},
        std::array<const char*, 4>{"rgb48.png", "-frames:v 1 -pix_fmt rgb48be", "gbrp16le", ""},
        std::array<const char*, 4>{"alpha.png", "-frames:v 1 -pix_fmt rgba", "gbrp", ""},
        std::array<const char*, 4>{
            "palette.png",
            "-frames:v 1 -filter_complex 'split[a][b];[a]palettegen[p];[b][p]paletteuse'", "gbrp",
            "-vf format=rgb24"},
        std::array<const char*, 4>{"photo.jpg", "-frames:v 1 -pix_fmt yuvj420p", "yuvj420p", ""},
        std::array<const char*, 4>{"b.mp4", "-c:v mpeg4 -q:v 3", "yuv420p", ""}),
    safe_name);

TEST_F(Io, TurnsPicturesAsAPlayerDoes) {
  for (const int degrees : {0, 90, 180, 270}) {
    ASSERT_TRUE(
        ffmpeg("-f lavfi -i testsrc2=s=86x54:r=5:d=1 -frames:v 2 -c:v mpeg4 -q:v 3 flat.mp4"));
    write("turned.mp4", test::turned(content("flat.mp4"), degrees));
    ASSERT_TRUE(ffmpeg("-i turned.mp4 -f rawvideo -pix_fmt yuv420p out.raw"));
    EXPECT_TRUE(samples_of(path("turned.mp4")) == content("out.raw")) << degrees;
    const auto reader = open_video(path("turned.mp4"), std::nullopt, 1);
    EXPECT_EQ((*reader)->info().width, degrees % 180 == 0 ? 86u : 54u) << degrees;
  }
}

TEST_F(Io, ColourOfTheStreamIsCarriedAlong) {
  ASSERT_TRUE(
      ffmpeg("-f lavfi -i testsrc2=s=86x54:r=5:d=1 -c:v ffv1 -vf format=yuv420p10le,"
             "setparams=range=tv:colorspace=bt2020nc:color_trc=smpte2084 hdr.mkv"));
  const auto hdr = open_video(path("hdr.mkv"), std::nullopt, 1);
  ASSERT_TRUE(hdr);
  EXPECT_EQ((*hdr)->info().color.matrix, 9);
  EXPECT_EQ((*hdr)->info().color.transfer, 16);
  EXPECT_EQ((*hdr)->info().color.range, VMAF_COLOR_RANGE_LIMITED);
  ASSERT_TRUE(ffmpeg("-f lavfi -i testsrc2=s=86x54:r=5:d=1 -frames:v 1 -pix_fmt rgb24 rgb.png"));
  EXPECT_EQ(open_video(path("rgb.png"), std::nullopt, 1).value()->info().color.matrix, 0);
  ASSERT_TRUE(ffmpeg("-f lavfi -i testsrc2=s=86x54:r=5:d=1 -frames:v 1 photo.jpg"));
  EXPECT_EQ(open_video(path("photo.jpg"), std::nullopt, 1).value()->info().color.range,
            VMAF_COLOR_RANGE_FULL);
}

// MPEG-2 has a byte for each, and its decoder passes on what is there.
TEST_F(Io, ColoursThatNoStandardNumbersAreCarriedAlong) {
  ASSERT_TRUE(
      ffmpeg("-f lavfi -i testsrc2=s=86x54:r=5:d=1 -c:v mpeg2video -r 25 -bsf:v "
             "mpeg2_metadata=matrix_coefficients=40:transfer_characteristics=200 odd.mpg"));
  const auto odd = open_video(path("odd.mpg"), std::nullopt, 1);
  ASSERT_TRUE(odd);
  EXPECT_EQ((*odd)->info().color.matrix, 40);
  EXPECT_EQ((*odd)->info().color.transfer, 200);
}

TEST_F(Io, WhatHasNoVideoOrIsCutSaysSo) {
  ASSERT_TRUE(ffmpeg("-f lavfi -i sine=d=1 -c:a aac sound.mp4"));
  EXPECT_NE(error_of(path("sound.mp4")).find("no video stream"), std::string::npos);
  ASSERT_TRUE(
      ffmpeg("-f lavfi -i testsrc2=s=320x240:r=25:d=2 -c:v mpeg4 -movflags +faststart whole.mp4"));
  const std::string whole = content("whole.mp4");
  write("cut.mp4", whole.substr(0, whole.size() * 2 / 3));
  EXPECT_NE(error_of(path("cut.mp4")), "");
  EXPECT_EQ(error_of(path("whole.mp4")), "");
}

TEST(IoShared, SeekingClipsHaveTheirFrames) {
  VISQ_NEED_SHARED();
  for (const char* name : {"seeking_720x480_ref.mp4", "seeking_720x480_crf36.mp4"}) {
    const auto reader =
        open_video((*test::shared_folder() / "clips" / name).string(), std::nullopt, 2);
    ASSERT_TRUE(reader) << reader.error().message;
    unsigned frames = 0;
    for (VmafPicture picture{}; (*reader)->read(&picture).value(); vmaf_picture_unref(&picture))
      ++frames;
    EXPECT_EQ(frames, (*reader)->info().frames);
  }
}

TEST_F(Io, ConvertsSizeChromaAndDepth) {
  const auto path =
      write("flat.y4m", flat_y4m("YUV4MPEG2 W32 H16 F25:1 C420", 512, 128, "\x40\x80\xa0"));
  for (const Scaler scaler : {Scaler::bicubic, Scaler::lanczos, Scaler::bilinear}) {
    auto scaled = scale(*open_video(path, std::nullopt, 1), {48, 20}, scaler);
    ASSERT_TRUE(scaled) << scaled.error().message;
    auto converted = convert(*std::move(scaled), {VMAF_PIX_FMT_YUV444P, 10}, Originals::dropped);
    ASSERT_TRUE(converted) << converted.error().message;
    EXPECT_EQ(describe((*converted)->info()), "48x20 4:4:4 10-bit");
    EXPECT_EQ((*converted)->info().converted_from, "32x16 4:2:0 8-bit") << "of the file";
    VmafPicture picture{};
    ASSERT_TRUE(*(*converted)->read(&picture));
    EXPECT_EQ(picture.w[1], 48u);
    EXPECT_NEAR(static_cast<std::uint16_t*>(picture.data[0])[100], 0x40 * 4, 1);
    EXPECT_NEAR(static_cast<std::uint16_t*>(picture.data[2])[100], 0xa0 * 4, 1);
    vmaf_picture_unref(&picture);
    EXPECT_FALSE(*(*converted)->read(&picture));
  }
}

TEST_F(Io, DepthsThatLibswscaleLacksAreNotScaled) {
  const auto path =
      write("odd.y4m", "YUV4MPEG2 W16 H16 F25:1 C420p11\nFRAME\n" + std::string(768, '\0'));
  const auto impossible = scale(*open_video(path, std::nullopt, 1), {32, 16}, Scaler::bicubic);
  ASSERT_FALSE(impossible);
  EXPECT_NE(impossible.error().message.find("11 bits"), std::string::npos);
}

TEST_F(Io, ConvertedLumaIsTheSameAlone) {
  std::string noise(512, '\0');
  for (std::size_t i = 0; i < noise.size(); ++i) noise[i] = static_cast<char>(i * i * 37 % 219);
  const auto path = write(
      "noise.y4m", "YUV4MPEG2 W32 H16 F25:1 C420\nFRAME\n" + noise + std::string(256, '\x70'));
  for (const unsigned bits : {8u, 10u}) {
    const auto scaled = [&] {
      return *convert(*scale(*open_video(path, std::nullopt, 1), {50, 30}, Scaler::lanczos),
                      {VMAF_PIX_FMT_YUV420P, bits}, Originals::dropped);
    };
    auto whole = scaled(), alone = scaled();
    alone->read_luma_only();
    VmafPicture a{}, b{};
    ASSERT_TRUE(*whole->read(&a) && *alone->read(&b));
    for (unsigned y = 0; y < 30; ++y)
      EXPECT_EQ(
          std::memcmp(static_cast<char*>(a.data[0]) + y * a.stride[0],
                      static_cast<char*>(b.data[0]) + y * b.stride[0], 50 * (bits > 8 ? 2 : 1)),
          0);
    vmaf_picture_unref(&a);
    vmaf_picture_unref(&b);
  }
}

// BT.709 limited: Y 63, Cb 102, Cr 240 is red; BT.601: another colour.
TEST_F(Io, DrawsWithTheMatrixAndRangeOfThePicture) {
  auto reader = *open_video(
      write("red.y4m", flat_y4m("YUV4MPEG2 W64 H16 F25:1 C444", 1024, 1024, "\x3f\x66\xf0")),
      std::nullopt, 1);
  VmafPicture picture{};
  ASSERT_TRUE(*reader->read(&picture));
  const auto image = to_rgb(picture, {1, 1, VMAF_COLOR_RANGE_LIMITED}, 32),
             other = to_rgb(picture, {6, 1, VMAF_COLOR_RANGE_LIMITED}, 32);
  vmaf_picture_unref(&picture);
  ASSERT_TRUE(image && other);
  EXPECT_EQ(image->width, 32u);
  EXPECT_EQ(image->height, 8u);
  EXPECT_NEAR(image->samples[0], 255, 3);
  EXPECT_NEAR(image->samples[1], 0, 3);
  EXPECT_NEAR(image->samples[2], 0, 3);
  EXPECT_NEAR(other->samples[0], 233, 3) << "BT.601";
  const auto jpeg = to_jpeg(*image);
  ASSERT_TRUE(jpeg);
  EXPECT_EQ(jpeg->substr(0, 3), "\xff\xd8\xff");
}

}  // namespace
}  // namespace visq::io
