// Golden scores of lpips are in tests/; here is how it refuses.
#include <cstdlib>
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
  const auto metric = test::metric_with("lpips", {{"model_path", small_model()}}, true);
  ASSERT_TRUE(metric) << metric.error().message;
  EXPECT_EQ((*metric)->batch_limit(), 1u) << "a map is of one picture";
  Scratch scratch;
  test::ScoreMap found;
  ASSERT_TRUE((*metric)->extract({7, texture(2), texture(3), {}, {}}, scratch, found));
  ASSERT_EQ(found.maps.size(), 1u);
  const test::KeptMap& map = found.maps[0];
  EXPECT_EQ(map.file, "lpips_map_75x61_frame_7");
  EXPECT_EQ(map.files, MapFiles::png_and_values);
  ASSERT_EQ(map.values.size(), 75u * 61);
  const double score = found.values.at(0);
  EXPECT_NEAR(std::accumulate(map.values.begin(), map.values.end(), 0.0), score, 1e-6);
  const double gray = std::accumulate(map.gray.begin(), map.gray.end(), 0.0) / (65535.0 * 75 * 61);
  EXPECT_GT(gray, 0.01) << "white stands for a distance of 1";
  EXPECT_LE(gray, score + 1e-4);
}

TEST_F(Lpips, ItsTapsSumToTheScore) {
  const OptionStrings plain{{"model_path", small_model()}};
  OptionStrings taps = plain, runtime = plain;
  taps["enable_taps"] = runtime["enable_taps"] = "true";
  constexpr std::size_t kTaps = 4;  // of that network
  for (unsigned seed = 3; seed < 6; ++seed) {
    const auto found = test::score_pair("lpips", texture(2), texture(seed), taps);
    ASSERT_EQ(found.size(), 1 + kTaps);
    double sum = 0;
    for (std::size_t tap = 1; tap <= kTaps; ++tap) {
      EXPECT_GT(found.at(tap), 0) << tap;
      sum += found.at(tap);
    }
    EXPECT_EQ(sum, found.at(0));
    const auto alone = test::score_pair("lpips", texture(2), texture(seed), plain);
    EXPECT_EQ(alone, (std::map<std::size_t, double>{{0, sum}})) << "they are asked for";
  }
  runtime["engine"] = "onnxruntime";
  EXPECT_EQ(refusal(runtime).message, "metric lpips cannot report taps with engine=onnxruntime");
}

// What ONNX Runtime computes of a network that ends at its first tap.
TEST_F(Lpips, ATapIsTheDistanceOfANetworkThatEndsThere) {
  VISQ_NEED(Session::available(), "ONNX Runtime");
  const auto network = [&](const std::string& name, bool whole) {
    test::NetworkWriter net(1);
    const test::TestTensor t = net.conv(net.input(), 16, {3, 2, 0});
    net.tap(t, test::kEpsilon);
    if (whole) net.tap(net.conv(t, 24, {3, 1, 1}), test::kEpsilon);
    return write(name, net.file());
  };
  const auto first =
      test::score_pair("lpips", texture(2), texture(3),
                       {{"model_path", network("first.onnx", false)}, {"engine", "onnxruntime"}});
  const auto both =
      test::score_pair("lpips", texture(2), texture(3),
                       {{"model_path", network("both.onnx", true)}, {"enable_taps", "true"}});
  EXPECT_NEAR(both.at(1), first.at(0), 1e-6);
  EXPECT_GT(both.at(2), 1e-3);
}

TEST_F(Lpips, TapsDoNotDependOnThreads) {
  const Descriptor& lpips = *find_metric("lpips");
  const auto options = Options::parse("lpips", lpips.options,
                                      {{"model_path", small_model()}, {"enable_taps", "true"}});
  std::vector<std::map<std::size_t, double>> found;
  for (const int threads : {1, 2, 5}) {
    Environment environment;
    environment.threads = threads;
    const auto metric = make_metric(lpips, *options, environment);
    ASSERT_TRUE(metric);
    Scratch scratch;
    test::ScoreMap scores;
    ASSERT_TRUE((*metric)->extract({0, texture(2), texture(3), {}, {}}, scratch, scores));
    found.push_back(scores.values);
  }
  EXPECT_EQ(found[0], found[1]);
  EXPECT_EQ(found[0], found[2]);
}

TEST_F(Lpips, RefusesTapsThatItHasNoNameFor) {
  test::NetworkWriter net(1);
  test::TestTensor t = net.conv(net.input(), 8, {3, 2, 0});
  for (int tap = 0; tap < 8; ++tap) {
    t = net.conv(t, 8, {3, 1, 1});
    net.tap(t, test::kEpsilon);
  }
  const std::string path = write("eight.onnx", net.file());
  EXPECT_EQ(refusal({{"model_path", path}}).code, 0);
  EXPECT_EQ(refusal({{"model_path", path}, {"enable_taps", "true"}}).message,
            "metric lpips reports up to 7 taps, and its network has 8");
}

TEST_F(Lpips, MapsNeedWhoTakesThem) {
  const auto refused = [&](OptionStrings given, bool taken) {
    given["model_path"] = small_model();
    const auto metric = test::metric_with("lpips", given, taken);
    return metric ? Error{0, ""} : metric.error();
  };
  const std::string both =
      "metric lpips needs spatial=true and a folder map_path together to write its maps";
  EXPECT_EQ(refused({{"spatial", "true"}}, false).message, both);
  EXPECT_EQ(refused({{"map_path", "maps"}}, true).message, both);
  EXPECT_EQ(refused({{"map_path", "maps"}}, true).code, EINVAL);
  EXPECT_EQ(refused({{"spatial", "true"}, {"map_path", "maps"}}, true).code, 0);
  EXPECT_EQ(refused({{"spatial", "true"}}, true).code, 0) << "a client takes them";
  const Error runtime = refused({{"engine", "onnxruntime"}}, true);
  EXPECT_EQ(runtime.code, ENOTSUP);
  EXPECT_EQ(runtime.message, "metric lpips cannot write maps with engine=onnxruntime");
  EXPECT_EQ(runtime.kind, ErrorKind::usage);
}

TEST_F(Lpips, KnowsItsColours) {
  EXPECT_NE(refusal({{"colour_matrix", "bt999"}}).message.find("auto, bt601, bt709, bt2020"),
            std::string::npos);
  EXPECT_NE(refusal({{"chroma", "cubic"}}).message.find("nearest, bilinear"), std::string::npos);
}

}  // namespace
}  // namespace visq
