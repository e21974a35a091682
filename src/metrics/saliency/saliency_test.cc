#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "dnn/onnx/writer.h"
#include "dnn/run/session.h"
#include "tests/support/one_frame.h"
#include "tests/support/shared.h"
#include "tests/support/temp_folder.h"

namespace visq {
namespace {

namespace fs = std::filesystem;
using namespace visq::test;

PicturePtr disc_on_gray(int width, int height) {
  return picture_of({PixelFormat::yuv420, 8, width, height}, [=](std::size_t plane, int x, int y) {
    const int dx = 2 * x - width, dy = 2 * y - height;
    const bool inside = plane == 0
                            ? dx * dx + dy * dy < height * height / 4
                            : 16 * (2 * x - width / 2) * (2 * x - width / 2) < height * height;
    return plane == 0 ? (inside ? 210 : 90) : 128 + (inside && plane == 2 ? 60 : 0);
  });
}

TEST(Saliency, NamesBothPlacesOfItsModel) {
  const auto metric = metric_with("saliency", {});
  ASSERT_FALSE(metric);
  EXPECT_EQ(metric.error().code, EINVAL);
  EXPECT_NE(metric.error().message.find("model_path"), std::string::npos);
  EXPECT_NE(metric.error().message.find("VMAF_SALIENCY_MODEL_PATH"), std::string::npos);
}

#ifdef VISQ_HAVE_ONNXRUNTIME

TEST(Saliency, IsTheMeanOfTheMapAndTheMapItself) {
  const TempFolder temp;
  const fs::path& folder = temp.path();
  // The mean of the three channels as a map: 1 for white, less for the rest.
  const std::string network = model(graph(
      {{node("ReduceMean", {"x"}, {"m"}, "",
             bytes_field(5, bytes_field(1, "axes") + number_field(8, 1) + number_field(20, 7))),
        node("Sigmoid", {"m"}, {"y"})},
       {},
       {float_tensor("x", {1, 3, -1, -1})},
       {float_tensor("y", {1, 1, -1, -1})}}));
  std::ofstream(folder / "mean.onnx", std::ios::binary) << network;
  const auto white = picture_of({PixelFormat::yuv420, 8, 21, 13},
                                [](std::size_t plane, int, int) { return plane == 0 ? 235 : 128; });
  const auto metric =
      metric_with("saliency", {{"model_path", (folder / "mean.onnx").string()}}, true);
  ASSERT_TRUE(metric) << metric.error().message;
  Scratch scratch;
  ScoreMap found;
  ASSERT_TRUE((*metric)->extract({3, white, white, {}, {}}, scratch, found));
  const double mean = ((1 - .485) / .229 + (1 - .456) / .224 + (1 - .406) / .225) / 3,
               expected = 1 / (1 + std::exp(-mean));
  EXPECT_NEAR(found.values.at(0), expected, 1e-5);
  ASSERT_EQ(found.maps.size(), 1u);
  const KeptMap& map = found.maps[0];
  EXPECT_EQ(map.file, "saliency_000003");
  EXPECT_EQ(map.files, MapFiles::png);
  EXPECT_EQ(std::pair(map.width, map.height), std::pair(21, 13)) << "cropped to the picture";
  const auto white_gray = static_cast<std::uint16_t>(std::lround(found.values.at(0) * 65535));
  EXPECT_EQ(map.gray, std::vector<std::uint16_t>(21 * 13, white_gray));
}

// Sizes that are no multiple of what the networks halve three times.
TEST(Saliency, BothStudentsScoreAnySize) {
  VISQ_NEED_SHARED();
  for (const char* name : {"saliency_student_v1.onnx", "saliency_student_v2.onnx"})
    for (const auto& [width, height] : {std::pair(64, 48), std::pair(97, 65), std::pair(1, 1)}) {
      const auto picture = disc_on_gray(width, height);
      const auto scores =
          score_pair("saliency", picture, picture,
                     {{"model_path", (*shared_folder() / "models/tiny" / name).string()}});
      EXPECT_GT(scores.at(0), 0) << name << width;
      EXPECT_LT(scores.at(0), 1) << name << width;
    }
}

TEST(Saliency, RefusesOtherNetworks) {
  VISQ_NEED_SHARED();
  for (const char* name : {"lpips_sq.onnx", "nr_metric_v1.onnx", "vmaf_tiny_v2.onnx"}) {
    const auto metric = metric_with(
        "saliency", {{"model_path", (*shared_folder() / "models/tiny" / name).string()}});
    ASSERT_FALSE(metric) << name;
    EXPECT_EQ(metric.error().code, ENOTSUP) << name;
  }
}

#endif

}  // namespace
}  // namespace visq
