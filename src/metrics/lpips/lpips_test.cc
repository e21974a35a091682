// Golden scores of lpips are in tests/; here is how it refuses.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>

#include <gtest/gtest.h>

#include "dnn/run/session.h"
#include "dnn/stream/test_networks.h"
#include "extract/metric.h"
#include "tests/support/one_frame.h"
#include "tests/support/shared.h"
#include "tests/support/temp_folder.h"

namespace visq {
namespace {

Error refusal(const OptionStrings& given) {
  const auto metric = test::metric_with("lpips", given);
  return metric ? Error{0, ""} : metric.error();
}

class Lpips : public test::InTempFolder {
 protected:
  // A model file that the stream engine does not know.
  std::string foreign_model() const {
    return write("foreign.onnx", test::unary_model("Relu", {1, 3, -1, -1}));
  }
  // A small network of LPIPS's kind with random weights.
  std::string small_model() const { return write("small_lpips.onnx", test::squeeze_network(1)); }
};

TEST_F(Lpips, NamesBothPlacesOfItsModel) {
  unsetenv("VMAF_LPIPS_MODEL_PATH");
  const Error error = refusal({});
  EXPECT_EQ(error.code, EINVAL);
  EXPECT_NE(error.message.find("model_path"), std::string::npos);
  EXPECT_NE(error.message.find("VMAF_LPIPS_MODEL_PATH"), std::string::npos);
  setenv("VMAF_LPIPS_MODEL_PATH", "nowhere.onnx", 1);
  EXPECT_EQ(refusal({}).code, ENOENT);
  EXPECT_EQ(refusal({{"model_path", "elsewhere.onnx"}}).message,
            "there is no model file elsewhere.onnx")
      << "the option wins";
  unsetenv("VMAF_LPIPS_MODEL_PATH");
}

TEST_F(Lpips, SaysWhyAnEngineCannotRunAModel) {
  const std::string path = foreign_model();
  const Error error = refusal({{"model_path", path}, {"engine", "stream"}});
  EXPECT_EQ(error.code, ENOTSUP);
  EXPECT_NE(error.message.find("stream engine cannot run model " + path), std::string::npos)
      << error.message;
  EXPECT_NE(refusal({{"engine", "warp"}}).message.find("auto, stream, onnxruntime"),
            std::string::npos);
}

TEST_F(Lpips, LeavesOtherNetworksToOnnxRuntime) {
  const Error error = refusal({{"model_path", foreign_model()}});
  if (Session::available())
    EXPECT_NE(error.message.find("is no LPIPS network"), std::string::npos) << error.message;
  else
    EXPECT_EQ(error.code, ENOSYS);
}

constexpr PictureFormat kFormat{PixelFormat::yuv420, 8, 75, 61};

PicturePtr texture(unsigned seed) {
  auto memory = allocate_picture(kFormat, ChromaRounding::up);
  for (const PlaneLayout& plane : memory->planes)
    for (int y = 0; y < plane.height; ++y)
      for (int x = 0; x < plane.width; ++x)
        plane.data[y * plane.stride + x] =
            static_cast<std::byte>(60 + (x * 3 + y * static_cast<int>(seed)) % 120);
  return std::make_shared<const Picture>(kFormat, PictureColor{}, memory->planes, memory->owner);
}

TEST_F(Lpips, BothEnginesAgree) {
  VISQ_NEED(Session::available(), "ONNX Runtime");
  const auto ref = texture(2), dist = texture(3);
  const OptionStrings model{{"model_path", small_model()}};
  OptionStrings streamed = model, runtime = model;
  streamed["engine"] = "stream";
  runtime["engine"] = "onnxruntime";
  const double expected = test::score_pair("lpips", ref, dist, runtime)[0];
  EXPECT_GT(expected, 0.01);
  EXPECT_NEAR(test::score_pair("lpips", ref, dist, streamed)[0], expected, 2e-5);
  EXPECT_EQ(test::score_pair("lpips", ref, dist, model),
            test::score_pair("lpips", ref, dist, streamed))
      << "auto takes stream";
}

TEST_F(Lpips, ClipsTogetherGetTheScoresOfEachAlone) {
  const OptionStrings options{{"model_path", small_model()}};
  const auto metric = test::metric_with("lpips", options);
  ASSERT_TRUE(metric);
  ASSERT_EQ((*metric)->batch_limit(), kBatchLimit);
  std::vector<Frame> frames;
  for (unsigned i = 0; i < kBatchLimit; ++i)
    frames.push_back({0, texture(2), texture(3 + i), {}, {}});
  test::ScoreMap found[kBatchLimit];
  std::vector<Scores*> scores;
  for (Scores& score : found) scores.push_back(&score);
  Scratch scratch;
  ASSERT_TRUE((*metric)->extract_batch(frames, scratch, scores));
  for (unsigned i = 0; i < kBatchLimit; ++i)
    EXPECT_EQ(found[i].values, test::score_pair("lpips", texture(2), texture(3 + i), options)) << i;
}

TEST_F(Lpips, ItsMapSumsToTheScore) {
  const std::string folder = (folder_ / "maps").string();
  const OptionStrings options{
      {"model_path", small_model()}, {"spatial", "true"}, {"map_path", folder}};
  EXPECT_EQ(test::metric_with("lpips", options).value()->batch_limit(), 1u)
      << "a map is of one picture";
  const double score = test::score_pair("lpips", texture(2), texture(3), options)[0];
  std::vector<float> map(75 * 61 + 1);
  std::ifstream file(folder + "/lpips_map_75x61_frame_0.f32", std::ios::binary);
  file.read(reinterpret_cast<char*>(map.data()),
            static_cast<std::streamsize>(map.size() * sizeof(float)));
  EXPECT_EQ(file.gcount(), static_cast<std::streamsize>(75 * 61 * sizeof(float)));
  EXPECT_NEAR(std::accumulate(map.begin(), map.end() - 1, 0.0), score, 1e-6);
  EXPECT_GT(std::filesystem::file_size(folder + "/lpips_map_75x61_frame_0.png"), 75u * 61 * 2);
}

TEST_F(Lpips, MapsNeedTheirFolder) {
  for (const OptionStrings& wrong : {OptionStrings{{"spatial", "true"}}, {{"map_path", "maps"}}}) {
    OptionStrings given = wrong;
    given["model_path"] = small_model();
    EXPECT_EQ(refusal(given).code, EINVAL);
  }
  EXPECT_EQ(refusal({{"model_path", small_model()},
                     {"spatial", "true"},
                     {"map_path", "maps"},
                     {"engine", "onnxruntime"}})
                .code,
            ENOTSUP);
  const Error error =
      refusal({{"model_path", small_model()}, {"spatial", "true"}, {"map_path", "/dev/null/maps"}});
  EXPECT_EQ(error.code, ENOTDIR);
  EXPECT_EQ(error.message.find("cannot make the folder for maps /dev/null/maps: "), 0u)
      << error.message;
}

TEST_F(Lpips, KnowsItsColours) {
  EXPECT_NE(refusal({{"colour_matrix", "bt999"}}).message.find("auto, bt601, bt709, bt2020"),
            std::string::npos);
  EXPECT_NE(refusal({{"chroma", "cubic"}}).message.find("nearest, bilinear"), std::string::npos);
}

}  // namespace
}  // namespace visq
