// DISTS, and LPIPS on AlexNet and VGG-16, with synthetic weights: what the originals give for them,
// in
// ../shared/golden.
#include <fstream>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/sha256.h"
#include "tests/support/sanitized.h"
#include "tests/support/score.h"
#include "tests/support/shared.h"
#include "tests/support/synthetic_network.h"
#include "tests/support/temp_folder.h"

namespace visq::test {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr double kTolerance = 2e-6;

Json read_json(const fs::path& path) {
  std::ifstream file(path);
  return Json::parse(file);
}

class SyntheticGolden : public InTempFolder {
 protected:
  // The file in a folder of its own, with a registry that lets it be as large as it is.
  std::string keep(const std::string& name, const std::string& bytes) const {
    const Json entry{{"id", "synthetic"},
                     {"kind", "fr"},
                     {"onnx", "network.onnx"},
                     {"sha256", sha256_hex(bytes)},
                     {"max_bytes", bytes.size()}};
    write(name + "/registry.json", Json{{"models", {entry}}}.dump());
    return write(name + "/network.onnx", bytes);
  }

  // The frame's score of that feature; `spec`: the metric with its options.
  static Result<double> score(const Json& image, const std::string& spec,
                              const std::string& feature) {
    const fs::path clips = shared_folder().value_or(fs::path()) / "clips";
    VISQ_ASSIGN(const auto next, open_pair((clips / image["ref"].get<std::string>()).string(),
                                           (clips / image["dis"].get<std::string>()).string()));
    VISQ_ASSIGN(const ClipScores scores, score_clip({"--no_prediction", "--feature", spec}, next));
    return scores.frames[0].at(feature);
  }

  static void compare_lpips(const std::string& net, const Json& document, const std::string& model);

  static bool is_small(const Json& image) {
    return image["width"].get<int>() * image["height"].get<int>() < 100 * 100;
  }
};

TEST_F(SyntheticGolden, Dists) {
  VISQ_NEED_SHARED();
  const Json weights = read_json(*shared_folder() / "models/dists/alpha_beta.json"),
             pairs = read_json(*shared_folder() / "golden/dists_synthetic.json")["pairs"],
             images = read_json(*shared_folder() / "golden/lpips_synthetic.json")["images"];
  const std::string model = keep("dists", synthetic_dists(weights["alpha"], weights["beta"]));
  for (const auto& [name, expected] : pairs.items()) {
    const bool resized = name.ends_with("|resized");
    const Json& image = images[name.substr(0, name.find('|'))];
    if (!image.contains("ref")) continue;  // made of a clip, not of pictures
    if (kSlow && (resized || !is_small(image))) continue;
    for (const std::string engine : {"stream", "onnxruntime"}) {
      if (engine == "onnxruntime" && !(vmaf_dnn_available() != 0 && is_small(image))) continue;
      const auto found = score(image,
                               fmt::format("dists=model_path={}:engine={}{}", model, engine,
                                           resized ? ":resize=256" : ""),
                               resized ? "dists_256" : "dists");
      ASSERT_TRUE(found) << name << ": " << found.error().message;
      EXPECT_NEAR(*found, expected["score"].get<double>(), kTolerance) << name << " " << engine;
    }
  }
}

TEST_F(SyntheticGolden, BothEnginesOfDistsAgreeOnAnySize) {
  VISQ_NEED(vmaf_dnn_available() != 0, "ONNX Runtime");
  std::mt19937 random(18);
  const auto clip = [&](const std::string& name, int width, int height) {
    std::string bytes = fmt::format("YUV4MPEG2 W{} H{} F25:1 Ip C444\nFRAME\n", width, height);
    for (int i = 0; i < 3 * width * height; ++i) bytes += static_cast<char>(16 + random() % 220);
    return write(name, bytes);
  };
  for (const bool half : {false, true}) {
    const std::string model = keep(half ? "f16" : "f32", small_dists(half));
    for (int i = 0; i < 12; ++i) {
      const auto side = [&] { return i < 3 ? i + 1 : 1 + static_cast<int>(random() % 120); };
      const int width = side(), height = side();
      const Json pair{{"ref", clip("ref.y4m", width, height)},
                      {"dis", clip("dis.y4m", width, height)}};
      const auto distance = [&](const char* engine) {
        return score(pair, fmt::format("dists=model_path={}:engine={}", model, engine), "dists");
      };
      const auto stream = distance("stream"), runtime = distance("onnxruntime");
      ASSERT_TRUE(stream) << stream.error().message;
      ASSERT_TRUE(runtime) << runtime.error().message;
      EXPECT_NEAR(*stream, *runtime, 2e-5) << width << "x" << height << (half ? ", float16" : "");
      EXPECT_GT(*stream, 1e-4);
    }
  }
}

void SyntheticGolden::compare_lpips(const std::string& net, const Json& document,
                                    const std::string& model) {
  const std::string feature = "lpips_" + net;
  for (const auto& [name, expected] : document[net].items()) {
    const Json& image = document["images"][name];
    if (!image.contains("ref")) continue;  // made of a clip, not of pictures
    if (kSlow && !is_small(image)) continue;
    const auto found = score(image, feature + "=engine=stream:model_path=" + model, feature);
    if (!expected.contains("score")) {
      ASSERT_FALSE(found) << net << " " << name;
      EXPECT_NE(found.error().message.find("needs pictures of at least"), std::string::npos)
          << found.error().message;
      continue;
    }
    ASSERT_TRUE(found) << net << " " << name << ": " << found.error().message;
    EXPECT_NEAR(*found, expected["score"].get<double>(), kTolerance) << net << " " << name;
  }
}

TEST_F(SyntheticGolden, LpipsOfAlexAndVgg) {
  VISQ_NEED_SHARED();
  const Json document = read_json(*shared_folder() / "golden/lpips_synthetic.json");
  for (const std::string net : {"alex", "vgg"}) {
    const Json heads = read_json(*shared_folder() / "models/lpips_heads" / (net + ".json"));
    const std::string model = keep(net, synthetic_lpips(net, heads["lins"]));
    compare_lpips(net, document, model);
  }
}

TEST_F(SyntheticGolden, IdenticalPicturesAreNotApart) {
  VISQ_NEED_SHARED();
  const Json weights = read_json(*shared_folder() / "models/dists/alpha_beta.json");
  const std::string model = keep("dists", synthetic_dists(weights["alpha"], weights["beta"]));
  const Json images = read_json(*shared_folder() / "golden/lpips_synthetic.json")["images"];
  for (const char* name : {"crop_5x3", "flat_48x40", "small_64x48"}) {
    Json same = images[name];
    same["dis"] = same["ref"];
    EXPECT_EQ(score(same, "dists=engine=stream:model_path=" + model, "dists").value(), 0) << name;
  }
}

}  // namespace
}  // namespace visq::test
