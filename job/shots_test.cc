#include "job/shots.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/sha256.h"
#include "io/planar.h"
#include "job/pooled.h"
#include "job/run.h"
#include "job/specs.h"
#include "job/store.h"
#include "tests/support/shared.h"
#include "tests/support/temp_folder.h"

namespace visq::job {
namespace {

using Pairs = std::vector<std::pair<unsigned, unsigned>>;

Pairs pairs(const Shots& shots) {
  Pairs list;
  for (const auto& [first, last] : shots) list.emplace_back(first, last);
  return list;
}

constexpr unsigned kEnd = (1u << 26) - 1;

TEST(Shots, AreWhatTheOriginalMakesOfLogits) {
  const auto of = [](std::vector<float> logits) { return pairs(shots_of(logits)); };
  EXPECT_EQ(of({-1, -1, -1}), Pairs({{0, 2}}));
  EXPECT_EQ(of({-1, 1, -1, -1}), Pairs({{0, 1}, {2, 3}}));
  EXPECT_EQ(of({-1, 1, 1, 1, -1}), Pairs({{0, 1}, {4, 4}})) << "a run belongs by its first frame";
  EXPECT_EQ(of({-1, -1, 1}), Pairs({{0, 2}}));
  EXPECT_EQ(of({1, -1, -1}), Pairs({{1, 2}}));
  EXPECT_EQ(of({1, 1}), Pairs({{0, 1}}));
  EXPECT_EQ(of({0, 0}), Pairs({{0, 1}})) << "a half is not above a half";
  EXPECT_EQ(of({}), Pairs());
}

TEST(Shots, OfEqualLength) {
  EXPECT_EQ(pairs(equal_shots(4, 10)), Pairs({{0, 3}, {4, 7}, {8, 9}}));
  EXPECT_EQ(pairs(equal_shots(4, 8)), Pairs({{0, 3}, {4, 7}}));
  EXPECT_EQ(pairs(equal_shots(9, 0)), Pairs());
}

TEST(Shots, AreListedByTheirFirstFrames) {
  const auto of = [](const char* text, std::uint64_t skipped = 0) {
    const auto shots = parse_shots(text, skipped);
    EXPECT_TRUE(shots) << shots.error().message;
    return pairs(shots.value_or(Shots()));
  };
  EXPECT_EQ(of("0\n55\n110\n"), Pairs({{0, 54}, {55, 109}, {110, kEnd}}));
  EXPECT_EQ(of("55\r\n\r\n110"), Pairs({{0, 54}, {55, 109}, {110, kEnd}}));
  EXPECT_EQ(of("0\n55\n110\n", 60), Pairs({{0, 49}, {50, kEnd}})) << "skipped frames are gone";
  const char* const scenes =
      "Timecode List:,00:00:02.200,00:00:04.400\n"
      "Scene Number,Start Frame,Start Timecode,Start Time (seconds),End Frame\n"
      "1,1,00:00:00.000,0.000,55\n2,56,00:00:02.200,2.200,110\n";
  EXPECT_EQ(of(scenes), Pairs({{0, 54}, {55, kEnd}})) << "PySceneDetect counts from 1";
  EXPECT_EQ(of("Scene Number,Start Frame\n1,0\n2,55\n"), Pairs({{0, 54}, {55, kEnd}}))
      << "and did so from 0";
}

TEST(Shots, ListsAreChecked) {
  const auto sentence = [](const char* text) {
    const auto shots = parse_shots(text, 0);
    return shots ? "it is taken" : shots.error().message;
  };
  EXPECT_EQ(sentence(""), "it lists no first frame of a shot");
  for (const char* text : {"0\nten\n", "0\n-1\n", "0\n99999999999\n", "0\n0\n"})
    EXPECT_EQ(sentence(text).rfind("line 2: \"", 0), 0u) << text;
  EXPECT_EQ(sentence("Scene Number,Start Frame\n1\n").rfind("line 2: \"1\" is not", 0), 0u);
}

TEST(Shots, OptionTakesAWordANumberOrAFile) {
  const TextOption& option = *text_option("shots");
  Job job;
  ASSERT_TRUE(option.set(job, "detect"));
  EXPECT_EQ(job.shots.mode, CutInto::detected);
  job.features = {{"psnr", {}}};
  EXPECT_FALSE(check(job)) << "of no reference";
  ASSERT_TRUE(option.set(job, "250"));
  EXPECT_EQ(job.shots.mode, CutInto::equal);
  EXPECT_EQ(job.shots.frames, 250u);
  ASSERT_TRUE(option.set(job, "scenes.csv"));
  EXPECT_EQ(job.shots.mode, CutInto::listed);
  EXPECT_EQ(job.shots.file, "scenes.csv");
  for (const char* text : {"", "0", "99999999999"}) EXPECT_FALSE(option.set(job, text)) << text;
}

// ---- the network ----

// The clip of spec/transnet.md: cuts, a fade, a flash. Bytes R, G, B.
class Generated {
 public:
  static constexpr int kFrames = 260, kWidth = 48, kHeight = 27;

  static std::string frame(int t) {
    std::string bytes;
    for (int y = 0; y < kHeight; ++y)
      for (int x = 0; x < kWidth; ++x)
        for (int c = 0; c < 3; ++c) bytes += static_cast<char>(sample(t, x, y, c));
    return bytes;
  }

 private:
  static int sample(int t, int x, int y, int c) {
    if (t >= 160 && t <= 175) {
      const int a = t - 159;
      return (scene(2, t, x, y, c) * (17 - a) + scene(3, t, x, y, c) * a + 8) / 17;
    }
    const int k = t <= 54 ? 0 : t <= 109 ? 1 : t < 160 ? 2 : t <= 214 ? 3 : 4;
    const int value = scene(k, t, x, y, c);
    return t == 30 || t == 31 ? (value + 765) / 4 : value;
  }

  static int scene(int k, int t, int x, int y, int c) {
    constexpr int kAcross[5][3] = {{3, 2, 1}, {0, 1, 5}, {7, 4, 2}, {1, 6, 3}, {2, 0, 4}};
    constexpr int kDown[5][3] = {{1, 4, 2}, {6, 2, 0}, {2, 1, 5}, {8, 3, 1}, {3, 9, 2}};
    constexpr int kDrift[] = {1, 2, 1, 1, 2}, kSpeed[] = {1, -1, 2, 1, -2};
    constexpr int kStart[5][3] = {
        {20, 60, 130}, {300, 90, 210}, {420, 380, 60}, {100, 250, 330}, {210, 500, 380}};
    constexpr int kBox[5][3] = {
        {200, 40, 30}, {20, 180, 60}, {230, 220, 90}, {30, 30, 120}, {120, 20, 160}};
    const int place = ((x - kSpeed[k] * t - 7 * k) % kWidth + kWidth) % kWidth;
    if (place < 14 && y >= 6 && y < 18) return kBox[k][c] + ((x * y + c) & 15);
    const int v = (kAcross[k][c] * x + kDown[k][c] * y + kDrift[k] * t + kStart[k][c]) % 512;
    return v > 255 ? 511 - v : v;
  }
};

// R, G, B bytes as a picture of G, B and R.
VmafPicture picture_of(const std::string& rgb) {
  VmafPicture picture{};
  EXPECT_EQ(vmaf_picture_alloc_full_chroma(&picture, VMAF_PIX_FMT_YUV444P, 8, Generated::kWidth,
                                           Generated::kHeight),
            0);
  constexpr std::size_t kPlane[] = {1, 2, 0};
  for (int p = 0; p < 3; ++p)
    for (unsigned y = 0; y < picture.h[p]; ++y)
      for (unsigned x = 0; x < picture.w[p]; ++x)
        static_cast<char*>(
            picture.data[p])[static_cast<std::ptrdiff_t>(y) * picture.stride[p] + x] =
            rgb[std::size_t{3} * (y * picture.w[p] + x) + kPlane[p]];
  return picture;
}

// Shots of a clip's frames, found with so many threads.
Shots found_shots(const std::vector<std::string>& frames, unsigned threads) {
  Job job;
  job.threads = threads;
  io::StreamInfo info;
  info.pixel_format = VMAF_PIX_FMT_YUV444P;
  info.bits = 8;
  info.width = Generated::kWidth;
  info.height = Generated::kHeight;
  info.color.matrix = 0;
  const visq::context context(threads == 1 ? 0 : threads);
  auto detector = ShotDetector::open(job, info);
  EXPECT_TRUE(detector) << detector.error().message;
  if (!detector) return {};
  for (const std::string& frame : frames) {
    VmafPicture picture = picture_of(frame);
    EXPECT_TRUE((*detector)->add(context.get(), picture));
    vmaf_picture_unref(&picture);
  }
  const auto shots = (*detector)->finish(context.get());
  EXPECT_TRUE(shots) << shots.error().message;
  return shots.value_or(Shots());
}

class TransNet : public testing::Test {
 protected:
  void SetUp() override {
    VISQ_NEED(find_in_model_store("tiny/transnet_v2.onnx"),
              "the model that ./setup --with transnet makes");
  }
};

TEST_F(TransNet, FindsTheCutsThatTheOriginalFinds) {
  VISQ_NEED_SHARED();
  std::ifstream file(*test::shared_folder() / "golden/transnet.json");
  const auto golden = nlohmann::json::parse(file);
  std::vector<std::string> frames;
  std::string bytes;
  for (int t = 0; t < Generated::kFrames; ++t) bytes += frames.emplace_back(Generated::frame(t));
  ASSERT_EQ(sha256_hex(bytes), golden["synthetic"]["sha256"].get<std::string>());
  const auto expected = golden["synthetic"]["scenes"].get<Pairs>();
  for (const unsigned threads : {1u, 2u})
    EXPECT_EQ(pairs(found_shots(frames, threads)), expected) << threads << " threads";
  frames.resize(51);
  EXPECT_EQ(pairs(found_shots(frames, 1)), Pairs({{0, 50}}));
  frames.resize(1);
  EXPECT_EQ(pairs(found_shots(frames, 1)), Pairs({{0, 0}}));
}

// The same through everything that reads a file: shots of a clip, scored against itself.
Pairs shots_of_file(const std::string& path) {
  Job job;
  job.reference = path;
  job.distorted = {path};
  job.features = {{"psnr", {{"enable_chroma", "false"}}}};
  job.threads = 2;
  job.shots.mode = CutInto::detected;
  const auto done = run(job, {});
  EXPECT_TRUE(done) << done.error().message;
  if (!done) return {};
  EXPECT_TRUE(done->first_error()) << done->first_error().error().message;
  return pairs(done->shots);
}

// Cuts, a flash that is none and a fade, in the size of a video and as H.264 leaves them.
TEST_F(TransNet, FindsTheCutsOfAnEncodedClip) {
  const test::TempFolder folder;
  std::string bytes;
  for (int t = 0; t < Generated::kFrames; ++t) bytes += Generated::frame(t);
  std::ofstream(folder.path() / "clip.rgb", std::ios::binary) << bytes;
  ASSERT_EQ(std::system(fmt::format("cd {} && ffmpeg -nostdin -v error -f rawvideo -pix_fmt rgb24 "
                                    "-s 48x27 -r 25 -i clip.rgb -vf scale=384:216:flags=neighbor "
                                    "-pix_fmt yuv420p -c:v libx264 -crf 18 clip.mp4",
                                    folder.path().string())
                            .c_str()),
            0);
  EXPECT_EQ(shots_of_file((folder.path() / "clip.mp4").string()),
            Pairs({{0, 54}, {55, 109}, {110, 214}, {215, 259}}));
}

TEST_F(TransNet, FindsNoCutWhereTheOriginalFindsNone) {
  VISQ_NEED_SHARED();
  const std::filesystem::path shared = *test::shared_folder();
  std::ifstream file(shared / "golden/transnet.json");
  const auto golden = nlohmann::json::parse(file);
  EXPECT_EQ(shots_of_file((shared / "clips/seeking_720x480_ref.mp4").string()),
            golden["real"]["scenes"].get<Pairs>());
}

// A reference of black and white frames, and a copy that is gray here and there.
class ShotJobs : public test::InTempFolder {
 protected:
  std::string clip(const std::string& name, const std::vector<int>& levels) const {
    std::string content = "YUV4MPEG2 W64 H64 F25:1 Cmono\n";
    for (const int level : levels)
      content += "FRAME\n" + std::string(std::size_t{64} * 64, static_cast<char>(level));
    return write(name, content);
  }
};

TEST_F(ShotJobs, EachShotHasStatisticsOfItsOwn) {
  Job job;
  job.reference = clip("a.y4m", {50, 50, 50, 50, 50, 50, 50});
  job.distorted = {clip("b.y4m", {51, 52, 52, 54, 58, 51, 51}), clip("c.y4m", {51, 51, 51})};
  job.features = {{"psnr", {}}};
  job.threads = 1;
  job.shots = {CutInto::equal, "", 3};
  const auto done = run(job, {});
  ASSERT_TRUE(done) << done.error().message;
  const auto shots = pooled_by_shot(done->clips[0].session.context());
  ASSERT_EQ(shots.size(), 3u);
  // 20 log10(255 / d) of differences 1, 2, 2 | 4, 8, 1 | 1
  EXPECT_EQ(shots[1].frames.first, 3u);
  EXPECT_EQ(shots[1].frames.last, 5u);
  EXPECT_EQ(shots[2].frames.last, 6u);
  const VmafPooledScore& s = shots[1].pooled.at(0).score;
  EXPECT_NEAR(s.mean, (36.0896 + 30.0690 + 48.1308) / 3, 1e-3);
  EXPECT_NEAR(s.worst_1_percent_mean, 30.0690, 1e-3);
  EXPECT_EQ(s.worst_frame, 4u);
  EXPECT_NEAR(shots[0].pooled.at(0).score.mean, (48.1308 + 2 * 42.1102) / 3, 1e-3);
  EXPECT_EQ(worst_shot(shots, "psnr_y"), &shots[1]);
  EXPECT_EQ(worst_shot(shots, "none"), nullptr);
  const auto shorter = pooled_by_shot(done->clips[1].session.context());
  EXPECT_EQ(shorter.size(), 1u) << "a clip that ended has the shots that it has frames of";
}

TEST_F(ShotJobs, DetectSaysHowToGetTheModel) {
  Job job;
  job.reference = clip("a.y4m", {50, 50});
  job.distorted = {clip("b.y4m", {51, 52})};
  job.features = {{"psnr", {}}};
  job.shots.mode = CutInto::detected;
  setenv("VISQ_MODEL_STORE", folder_.c_str(), 1);
  const auto done = run(job, {});
  unsetenv("VISQ_MODEL_STORE");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message,
            "--shots detect needs TransNet V2, and the model store has no "
            "tiny/transnet_v2.onnx: run ./setup --with transnet");
}

TEST_F(ShotJobs, Int8IsTheQuantisedFileOrASentence) {
  Job job;
  job.reference = clip("a.y4m", {50, 50});
  job.distorted = {clip("b.y4m", {51, 52})};
  job.shots.mode = CutInto::detected;
  job.tiny.quant = "int8";
  write("tiny/transnet_v2.onnx", "");
  setenv("VISQ_MODEL_STORE", folder_.c_str(), 1);
  const auto absent = detection_cost(job);
  write("tiny/transnet_v2.int8.onnx", "no network");
  const auto broken = detection_cost(job);
  unsetenv("VISQ_MODEL_STORE");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().message,
            "--shots detect needs TransNet V2, and the model store has no "
            "tiny/transnet_v2.int8.onnx: run ai/quantize.py on tiny/transnet_v2.onnx");
  ASSERT_FALSE(broken) << "this file is read";
}

}  // namespace
}  // namespace visq::job
