#include "dnn/run/loader.h"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "dnn/onnx/writer.h"
#include "dnn/run/picture_model.h"
#include "dnn/run/plane_filter.h"
#include "dnn/run/resize.h"
#include "tests/support/one_frame.h"
#include "tests/support/shared.h"
#include "tests/support/temp_folder.h"

namespace visq {
namespace {

namespace fs = std::filesystem;
using namespace visq::test;

TEST(Resize, ShrinksByAreaAndGrowsByLines) {
  const std::vector<float> row{0, 1, 2, 3, 4, 5};
  EXPECT_EQ(resized({row.data(), 6, 6, 1}, 3, 1), (std::vector<float>{0.5f, 2.5f, 4.5f}));
  EXPECT_EQ(resized({row.data(), 3, 3, 2}, 3, 1), (std::vector<float>{1.5f, 2.5f, 3.5f}));
  const std::vector<float> uneven = resized({row.data(), 3, 3, 1}, 2, 1);
  EXPECT_FLOAT_EQ(uneven[0], (0 + 0.5f * 1) / 1.5f);
  EXPECT_FLOAT_EQ(uneven[1], (0.5f * 1 + 2) / 1.5f);
  EXPECT_EQ(resized({row.data(), 2, 2, 1}, 4, 1), (std::vector<float>{0, 0.25f, 0.75f, 1}));
  EXPECT_EQ(resized({row.data() + 3, 1, 1, 1}, 2, 2), (std::vector<float>{3, 3, 3, 3}));
  EXPECT_EQ(resized({row.data(), 6, 6, 1}, 6, 1), row);
}

#ifdef VISQ_HAVE_ONNXRUNTIME

using Loader = InTempFolder;

std::string relu(const std::vector<std::int64_t>& shape = {1, 1, -1, -1}) {
  return unary_model("Relu", shape);
}

TEST_F(Loader, OneSessionForAllWhoUseAModelTheSameWay) {
  const std::string path = write("a.onnx", relu()), copy = write("b.onnx", relu()),
                    other = write("c.onnx", unary_model("Neg", {1, 1, -1, -1}));
  const Inference one{.threads = 1}, two{.threads = 2};
  const auto first = load_model(path, one, {}), again = load_model(path, one, {}),
             same_bytes = load_model(copy, one, {});
  EXPECT_EQ(first->session, again->session);
  EXPECT_EQ(first->session, same_bytes->session);
  EXPECT_NE(first->session, load_model(path, two, {})->session);
  EXPECT_NE(first->session, load_model(other, one, {})->session);
}

TEST_F(Loader, AnUnusedSessionIsClosed) {
  const std::string path = write("a.onnx", relu());
  std::weak_ptr<const Session> session = load_model(path, {}, {})->session;
  EXPECT_TRUE(session.expired());
}

// The bytes that were checked are those that run, whatever happens to the file meanwhile.
TEST_F(Loader, WhatWasCheckedRuns) {
  const std::string path = write("a.onnx", relu());
  auto file = open_model_for(path, {});
  ASSERT_TRUE(file);
  write("a.onnx", unary_model("Neg", {1, 1, -1, -1}));
  const auto model = load_model(*std::move(file), {}, {});
  ASSERT_TRUE(model) << model.error().message;
  const float value = 3;
  const InputTensor input{"x", &value, {1, 1, 1, 1}};
  EXPECT_EQ(model->session->run({&input, 1}, {})->at(0).data[0], 3) << "Relu, not Neg";
}

TEST_F(Loader, SaysWhatItWarnsOf) {
  std::vector<std::string> said;
  const Log log(LogLevel::info,
                [&](LogLevel, std::string_view sentence) { said.emplace_back(sentence); });
  ASSERT_TRUE(load_model(write("a.onnx", relu()), {.half = true}, log));
  ASSERT_EQ(said.size(), 2u);
  EXPECT_NE(said[0].find("it runs in float32"), std::string::npos);
  EXPECT_NE(said[1].find("runs on CPU"), std::string::npos);
}

TEST_F(Loader, ADeviceThatIsNotThereIsNamed) {
  const std::string path = write("a.onnx", relu());
  const std::pair<Device, const char*> devices[] = {{Device::openvino_npu, "OpenVINO:NPU"},
                                                    {Device::rocm, "ROCm"},
                                                    {Device::coreml_ane, "CoreML:ANE"}};
  for (const auto& [device, name] : devices) {
    const auto model = load_model(path, {.device = device}, {});
    ASSERT_FALSE(model);
    EXPECT_EQ(model.error().code, ENODEV);
    EXPECT_NE(model.error().message.find(name), std::string::npos);
  }
  EXPECT_EQ(load_model(path, {.device = Device::cpu}, {})->session->provider(), "CPU");
}

// Runs only where there is one.
TEST_F(Loader, AGpuGivesWhatTheCpuGives) {
  if (!Session::accelerated()) GTEST_SKIP() << "this runtime has no GPU provider";
  const std::string path = write("a.onnx", unary_model("Sigmoid", {1, 1, -1, -1}));
  const auto cpu = load_model(path, {.device = Device::cpu}, {}),
             gpu = load_model(path, {.device = Device::cuda}, {});
  if (!gpu && gpu.error().code == ENODEV) GTEST_SKIP() << gpu.error().message;
  ASSERT_TRUE(gpu) << gpu.error().message;
  EXPECT_EQ(gpu->session->provider(), "CUDA");
  EXPECT_EQ(load_model(path, {}, {})->session->provider(), "CUDA") << "which AUTO takes";
  std::vector<float> values(4096);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) / 512 - 4;
  const InputTensor input{"x", values.data(), {1, 1, 64, 64}};
  const auto expected = cpu->session->run({&input, 1}, {})->at(0).data,
             ours = gpu->session->run({&input, 1}, {})->at(0).data;
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(ours[i], expected[i], 1e-5);
}

PicturePtr ramp(int width, int height, int bits) {
  return picture_of({PixelFormat::yuv400, bits, width, height},
                    [=](std::size_t, int x, int y) { return (x + y * width) << (bits - 8); });
}

TEST_F(Loader, PicturesOfOneSizeAreResized) {
  const auto model = PictureModel::open(write("a.onnx", relu({1, 1, 1, 2})), {}, 4, {});
  ASSERT_TRUE(model) << model.error().message;
  const auto output = (*model)->run(*ramp(4, 2, 8), *ramp(4, 2, 8));
  ASSERT_TRUE(output);
  EXPECT_FLOAT_EQ(output->values[0], (0 + 1 + 4 + 5) / 4.0f / 255);
  EXPECT_FLOAT_EQ(output->values[1], (2 + 3 + 6 + 7) / 4.0f / 255);
}

TEST_F(Loader, AMapHasThePicturesSize) {
  const auto model = PictureModel::open(write("a.onnx", relu()), {}, 1, {});
  ASSERT_TRUE(model);
  const auto output = (*model)->run(*ramp(5, 3, 10), *ramp(5, 3, 10));
  ASSERT_TRUE(output);
  EXPECT_EQ(output->width, 5);
  EXPECT_EQ(output->height, 3);
  for (std::size_t i = 0; i < output->values.size(); ++i)
    EXPECT_FLOAT_EQ(output->values[i], static_cast<float>(i << 2) / 1023);
}

TEST_F(Loader, TwoPicturesAreTheReferenceAndTheDistorted) {
  const auto difference = [&](const char* file, const char* first, const char* second) {
    const std::string bytes =
        model(graph({{node("Sub", {"ref", "dist"}, {"d"}), node("ReduceMean", {"d"}, {"y"})},
                     {},
                     {float_tensor(first, {1, 1, -1, -1}), float_tensor(second, {1, 1, -1, -1})},
                     {float_tensor("y", {1, 1, 1, 1})}}));
    const auto opened = PictureModel::open(write(file, bytes), {}, 1, {});
    EXPECT_TRUE(opened);
    const auto dark =
        picture_of({PixelFormat::yuv400, 8, 8, 8}, [](std::size_t, int, int) { return 51; });
    const auto light =
        picture_of({PixelFormat::yuv400, 8, 8, 8}, [](std::size_t, int, int) { return 102; });
    return (*opened)->run(*light, *dark)->mean();
  };
  EXPECT_NEAR(difference("a.onnx", "ref", "dist"), 0.2, 1e-6);
  EXPECT_NEAR(difference("b.onnx", "dist", "ref"), 0.2, 1e-6);
}

// A sidecar's mean and deviation are in the domain of 0..1, and undone behind a filter.
TEST_F(Loader, ASidecarStandardisesPictures) {
  write("a.json", R"({"input_mean": [0.5], "input_std": [0.25]})");
  const std::string path = write("a.onnx", relu());
  const auto opened = PictureModel::open(path, {}, 1, {});
  ASSERT_TRUE(opened);
  const auto light =
      picture_of({PixelFormat::yuv400, 8, 8, 8}, [](std::size_t, int, int) { return 255; });
  EXPECT_NEAR((*opened)->run(*light, *light)->mean(), 2, 1e-6);
  const auto filter = load_model(path, {}, {});
  ASSERT_TRUE(filter);
  const std::vector<std::uint8_t> in{0, 100, 200};
  std::vector<std::uint8_t> out(3);
  ASSERT_TRUE(
      (filter_plane<std::uint8_t>(*filter, {in.data(), 3, 3, 1}, 8, {out.data(), 3, 3, 1})));
  EXPECT_EQ(out, (std::vector<std::uint8_t>{128, 128, 200})) << "Relu cuts at the mean";
}

// learned_filter_v1: its size is fixed, and it is the identity up to what it cleans.
TEST(LearnedFilter, FiltersPlanesOf8And10Bits) {
  VISQ_NEED_SHARED();
  for (const bool int8 : {false, true}) {
    const auto filter = load_model(
        (*shared_folder() / "models/tiny/learned_filter_v1.onnx").string(), {.int8 = int8}, {});
    ASSERT_TRUE(filter) << filter.error().message;
    std::vector<std::uint16_t> in(224 * 224), out(in.size());
    for (std::size_t i = 0; i < in.size(); ++i)
      in[i] = static_cast<std::uint16_t>(256 + 2 * (i % 224));
    ASSERT_TRUE((filter_plane<std::uint16_t>(*filter, {in.data(), 224, 224, 224}, 10,
                                             {out.data(), 224, 224, 224})));
    for (const std::size_t i : {112u * 224 + 112, 100u * 224 + 60})
      EXPECT_NEAR(out[i], in[i], 24) << int8;
    std::vector<std::uint8_t> small(64);
    EXPECT_EQ(
        (filter_plane<std::uint8_t>(*filter, {small.data(), 8, 8, 8}, 8, {small.data(), 8, 8, 8}))
            .error()
            .code,
        ERANGE);
  }
}

#endif

}  // namespace
}  // namespace visq
