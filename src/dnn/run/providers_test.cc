#include "dnn/run/providers.h"

#include <cerrno>

#include <gtest/gtest.h>

namespace visq {
namespace {

using Names = std::vector<std::string>;

Names automatic(const Names& registered) {
  Names names;
  for (const Provider* provider : automatic_order(registered)) names.emplace_back(provider->name);
  return names;
}

// What runtimes list, the CPU last.
TEST(Providers, AutoTriesTheBestThatTheRuntimeLists) {
  EXPECT_EQ(automatic({"CPUExecutionProvider"}), Names{});
  EXPECT_EQ(
      automatic({"TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"}),
      Names{"CUDA"});
  EXPECT_EQ(automatic({"OpenVINOExecutionProvider", "CPUExecutionProvider"}), Names{"OpenVINO:GPU"})
      << "its CPU and its NPU are asked for by name";
  EXPECT_EQ(automatic({"CoreMLExecutionProvider", "CPUExecutionProvider"}), Names{"CoreML"});
  EXPECT_EQ(automatic({"OpenVINOExecutionProvider", "CoreMLExecutionProvider",
                       "ROCMExecutionProvider", "CUDAExecutionProvider"}),
            (Names{"CUDA", "ROCm", "CoreML", "OpenVINO:GPU"}));
}

TEST(Providers, AreToldDeviceNumberAndPrecision) {
  using Options = std::map<std::string, std::string>;
  const auto options = [](const Inference& settings) {
    return provider_options(provider_of(settings.device), settings);
  };
  EXPECT_EQ(options({.device = Device::openvino}), Options{});
  EXPECT_EQ(options({.device = Device::openvino_cpu}), (Options{{"device_type", "CPU"}}));
  EXPECT_EQ(options({.device = Device::openvino_cpu, .half = true}),
            (Options{{"device_type", "CPU"}}))
      << "which refuses float16";
  EXPECT_EQ(options({.device = Device::openvino_npu}),
            (Options{{"device_type", "NPU"}, {"precision", "FP16"}}))
      << "which has nothing else";
  EXPECT_EQ(options({.device = Device::openvino_gpu}),
            (Options{{"device_type", "GPU"}, {"precision", "FP32"}}))
      << "whose own default is float16";
  EXPECT_EQ(options({.device = Device::openvino_gpu, .device_index = 2, .half = true}),
            (Options{{"device_type", "GPU.2"}, {"precision", "FP16"}}));
  EXPECT_TRUE(computes_in_half(provider_of(Device::openvino_npu), {}));
  EXPECT_FALSE(computes_in_half(provider_of(Device::openvino_gpu), {}));
  EXPECT_EQ(options({.device = Device::coreml_ane, .half = true}),
            (Options{{"MLComputeUnits", "CPUAndNeuralEngine"}}));
}

TEST(Providers, ANumberThatADeviceNeverHasIsAnError) {
  for (const Device device : {Device::cpu, Device::openvino_npu, Device::coreml}) {
    EXPECT_TRUE(check_number({.device = device}));
    const Status second = check_number({.device = device, .device_index = 1});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ENODEV);
  }
  for (const Device device : {Device::automatic, Device::cuda, Device::rocm, Device::openvino_gpu})
    EXPECT_TRUE(check_number({.device = device, .device_index = 1}));
}

}  // namespace
}  // namespace visq
