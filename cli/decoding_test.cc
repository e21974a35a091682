// What decoders make of clips, and which of their pictures are scored, as a user meets it.
#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/command_fixture.h"
#include "tests/support/shared.h"

namespace visq::cli {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class DecodingTest : public test::CommandTest {
 protected:
  bool ffmpeg(const std::string& arguments) const {
    return shell("ffmpeg -nostdin -v error -y " + arguments) == 0;
  }
  bool make(const std::string& name, const std::string& arguments, int frames = 8) const {
    return ffmpeg(fmt::format("-f lavfi -i testsrc2=size=96x64:rate=25 -frames:v {} {} {}", frames,
                              arguments, name));
  }
  Outcome run(const std::string& arguments) const {
    std::filesystem::remove(folder_ / "out.json");  // which a partial one does not replace
    return CommandTest::run(arguments + " -n --feature psnr -o out.json");
  }
  // Samples of frame 3 of a stream without a container are overwritten.
  void damage(const std::string& from, const std::string& to, std::size_t at) const {
    std::string bytes = read(from);
    for (std::size_t i = 0; i < 300; ++i) bytes[at + i] = static_cast<char>(0x35 + 41 * i);
    write(to, bytes);
  }
};

TEST_F(DecodingTest, DamagedFramesStopAreLeftOutOrScored) {
  ASSERT_TRUE(make("r.y4m", "-vf noise=alls=60:allf=t -pix_fmt yuv420p"));
  ASSERT_TRUE(ffmpeg("-i r.y4m -c:v libx264 -g 1 -crf 20 d.h264"));
  damage("d.h264", "bad.h264", read("d.h264").size() * 7 / 16);
  EXPECT_EQ(run("r.y4m d.h264").code, 0);
  const auto whole = report("out.json");
  const Outcome stop = run("r.y4m bad.h264");
  EXPECT_EQ(stop.code, 2);
  EXPECT_TRUE(has(stop.err, "frame 3 is damaged") && has(stop.err, "--damaged skip leaves such"))
      << stop.err;
  EXPECT_EQ(report("out.json")["frames"].size(), 3u) << "what was scored is kept";
  EXPECT_EQ(report("out.json")["partial"], true);
  const Outcome conceal = run("r.y4m bad.h264 --damaged conceal --report page.html");
  EXPECT_EQ(conceal.code, 0) << conceal.err;
  EXPECT_TRUE(has(conceal.out, "damaged: 1 frame, of which the first is 3")) << conceal.out;
  EXPECT_TRUE(has(read("page.html"), "\"damaged\":[3]"));
  const auto concealed = report("out.json");
  EXPECT_EQ(concealed["damaged_frames"], nlohmann::json::array({3}));
  EXPECT_EQ(concealed["frames"].size(), 8u);
  EXPECT_EQ(run("r.y4m bad.h264 --damaged skip").code, 0);
  const auto skipped = report("out.json");
  EXPECT_EQ(skipped["damaged_frames"], nlohmann::json::array({3}));
  double sum = 0;
  for (const auto& frame : whole["frames"])
    if (frame["frameNum"] != 3) sum += frame["metrics"]["psnr_y"].get<double>();
  EXPECT_NEAR(skipped["pooled_metrics"]["psnr_y"]["mean"].get<double>(), sum / 7, 1e-5);
  EXPECT_LT(concealed["pooled_metrics"]["psnr_y"]["mean"].get<double>(), sum / 7 - 0.1);
  EXPECT_EQ(run("bad.h264 r.y4m --damaged skip").code, 0) << "the reference may be it, too";
  EXPECT_EQ(report("out.json")["damaged_frames"], nlohmann::json::array({3}));
}

TEST_F(DecodingTest, ACutJpegIsDamaged) {
  ASSERT_TRUE(make("r.png", "", 1) && make("d.jpg", "-pix_fmt yuvj420p -q:v 2", 1));
  write("cut.jpg", read("d.jpg").substr(0, read("d.jpg").size() / 2));
  EXPECT_EQ(run("r.png d.jpg").code, 0);
  EXPECT_FALSE(report("out.json").contains("damaged_frames"));
  const Outcome stop = run("r.png cut.jpg");
  EXPECT_EQ(stop.code, 2);
  EXPECT_TRUE(has(stop.err, "cut.jpg: frame 0 is damaged")) << stop.err;
  EXPECT_EQ(run("r.png cut.jpg --damaged conceal").code, 0);
  EXPECT_EQ(report("out.json")["damaged_frames"], nlohmann::json::array({0}));
}

TEST_F(DecodingTest, TheFlagOfInterlaceCanBeWrong) {
  ASSERT_TRUE(make("r.y4m", "-pix_fmt yuv420p"));
  ASSERT_TRUE(ffmpeg("-i r.y4m -vf setfield=tff -c:v libx264 -qp 0 -flags +ilme+ildct d.mp4"));
  const Outcome refused = run("r.y4m d.mp4");
  EXPECT_EQ(refused.code, 2);
  EXPECT_TRUE(has(refused.err, "add --interlaced treat-as-progressive")) << refused.err;
  EXPECT_EQ(run("r.y4m d.mp4 --interlaced treat-as-progressive").code, 0);
  EXPECT_EQ(report("out.json")["pooled_metrics"]["psnr_y"]["min"], 60);
}

// Against what FFmpeg decodes with and without it.
TEST_F(DecodingTest, FilmGrainCanBeLeftOut) {
  ASSERT_TRUE(make("r.y4m", "-pix_fmt yuv420p", 3));
  const bool has_grain =
      ffmpeg("-i r.y4m -c:v libaom-av1 -cpu-used 8 -crf 40 -denoise-noise-level 25 d.mkv") &&
      ffmpeg("-i d.mkv grain.y4m") && ffmpeg("-export_side_data film_grain -i d.mkv plain.y4m") &&
      read("grain.y4m") != read("plain.y4m");
  VISQ_NEED(has_grain, "an ffmpeg that makes and decodes film grain");
  const auto equals = [&](const char* reference, const char* option) {
    EXPECT_EQ(run(fmt::format("{} d.mkv {}", reference, option)).code, 0) << read("err");
    return report("out.json")["pooled_metrics"]["psnr_y"]["min"] == 60;
  };
  EXPECT_TRUE(equals("grain.y4m", "") && equals("grain.y4m", "--film_grain on"));
  EXPECT_TRUE(equals("plain.y4m", "--film_grain off"));
  EXPECT_FALSE(equals("grain.y4m", "--film_grain off"));
}

TEST_F(DecodingTest, BarsAreCutOff) {
  ASSERT_TRUE(make("r.y4m", "-pix_fmt yuv420p"));
  ASSERT_TRUE(ffmpeg("-i r.y4m -vf pad=96:80:0:8 -c:v ffv1 bars.mkv"));
  const Outcome advice = run("bars.mkv r.y4m");
  EXPECT_EQ(advice.code, 2);
  EXPECT_TRUE(has(advice.err, "add --scale auto to convert, which stretches") &&
              has(advice.err, "--crop_ref 96:64:0:8 cuts them off"))
      << advice.err;
  EXPECT_EQ(run("bars.mkv r.y4m --crop_ref 96:64:0:8").code, 0) << read("err");
  EXPECT_EQ(report("out.json")["pooled_metrics"]["psnr_cb"]["min"], 60);
  EXPECT_EQ(run("r.y4m bars.mkv --crop_dist 96:64:0:8").code, 0) << read("err");
  EXPECT_EQ(report("out.json")["pooled_metrics"]["psnr_y"]["min"], 60);
  for (const auto& [crop, why] : {std::pair("96:64:0:18", "do not lie in its 96x80"),
                                  {"96:64:0:7", "even numbers are needed"}}) {
    const Outcome o = run(fmt::format("bars.mkv r.y4m --crop_ref {}", crop));
    EXPECT_EQ(o.code, 2) << crop;
    EXPECT_TRUE(has(o.err, why)) << o.err;
  }
  for (const char* crop : {"96:64", "96x64", "0:64:0:0", "96:64:-1:0", "a:b:c:d"})
    EXPECT_EQ(run(fmt::format("bars.mkv r.y4m --crop_ref {}", crop)).code, 1) << crop;
}

TEST_F(DecodingTest, AStreamIsChosen) {
  ASSERT_TRUE(make("one.y4m", "-pix_fmt yuv420p") &&
              make("two.y4m", "-vf negate -pix_fmt yuv420p"));
  ASSERT_TRUE(ffmpeg("-i one.y4m -i two.y4m -map 0 -map 1 -c:v ffv1 both.mkv"));
  for (const auto& [file, stream] : {std::pair("one.y4m", 0), {"two.y4m", 1}}) {
    EXPECT_EQ(run(fmt::format("{} both.mkv --stream_dist {}", file, stream)).code, 0);
    EXPECT_EQ(report("out.json")["pooled_metrics"]["psnr_y"]["min"], 60) << file;
    EXPECT_EQ(run(fmt::format("both.mkv {} --stream_ref {}", file, stream)).code, 0);
    EXPECT_EQ(report("out.json")["pooled_metrics"]["psnr_y"]["min"], 60) << file;
  }
  EXPECT_EQ(run("both.mkv both.mkv --stream_ref 0 --stream_dist 1").code, 0);
  EXPECT_LT(report("out.json")["pooled_metrics"]["psnr_y"]["min"], 20);
  EXPECT_TRUE(has(run("one.y4m both.mkv --stream_dist 2").err, "no video stream 2: it has 2"));
  EXPECT_EQ(run("one.y4m both.mkv --stream_dist -1").code, 1);
}

TEST_F(DecodingTest, CoverArtIsNoVideo) {
  ASSERT_TRUE(make("cover.jpg", "-pix_fmt yuvj420p", 1));
  ASSERT_TRUE(
      ffmpeg("-f lavfi -i sine=d=0.2 -i cover.jpg -map 0 -map 1 -c:a aac -c:v copy "
             "-disposition:v attached_pic song.m4a"));
  const Outcome o = run("cover.jpg song.m4a");
  EXPECT_EQ(o.code, 2);
  EXPECT_TRUE(has(o.err, "song.m4a has no video stream")) << o.err;
}

TEST_F(DecodingTest, NumberedImagesAreAClip) {
  std::filesystem::create_directory(folder_ / "stills");
  ASSERT_TRUE(make("r.mkv", "-c:v ffv1 -pix_fmt gbrp", 12));
  ASSERT_TRUE(ffmpeg("-i r.mkv -start_number 7 stills/f%d.png"));
  for (const char* name : {"stills", "stills/", "stills/f%d.png", "stills/f%01d.png"}) {
    EXPECT_EQ(run(fmt::format("r.mkv {}", name)).code, 0) << name << read("err");
    EXPECT_EQ(report("out.json")["frames"].size(), 12u);
    EXPECT_EQ(report("out.json")["pooled_metrics"]["psnr_y"]["min"], 60) << name;
  }
  setenv("ASAN_OPTIONS", "detect_leaks=0", 1);  // which traces the process: it is confined
  EXPECT_EQ(run("stills/f%d.png stills --confine").code, 0) << read("err");
  EXPECT_TRUE(has(run("r.mkv stills/f%03d.png").err, "none that it stands for")) << read("err");
  std::filesystem::remove(folder_ / "stills/f10.png");
  for (const char* name : {"stills", "stills/f%d.png"})
    EXPECT_TRUE(has(run(fmt::format("r.mkv {}", name)).err, "there is no file stills/f10.png"))
        << read("err");
  std::filesystem::remove(folder_ / "stills/f7.png");
  ASSERT_TRUE(make("stills/f10.png", "-vf scale=48:32", 1));
  const Outcome sizes = run("r.mkv stills --frame_skip_ref 1");
  EXPECT_EQ(sizes.code, 2);
  EXPECT_TRUE(has(sizes.err, "stills/f10.png is 48x32")) << sizes.err;
  std::filesystem::create_directory(folder_ / "none");
  EXPECT_TRUE(has(run("r.mkv none").err, "none is a folder, and no image is in it"));
}

}  // namespace
}  // namespace visq::cli
