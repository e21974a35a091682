#include "dnn/run/providers.h"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

namespace visq {
namespace {

constexpr Provider kProviders[] = {
    {Device::cuda, "CUDA", "CUDAExecutionProvider", nullptr, {}, true, Provider::no},
    {Device::rocm, "ROCm", "ROCMExecutionProvider", nullptr, {}, true, Provider::no},
    {Device::openvino,
     "OpenVINO",
     "OpenVINOExecutionProvider",
     "OpenVINO",
     {},
     false,
     Provider::no},
    {Device::openvino_npu,
     "OpenVINO:NPU",
     "OpenVINOExecutionProvider",
     "OpenVINO",
     {"device_type", "NPU"},
     false,
     Provider::always},
    {Device::openvino_cpu,
     "OpenVINO:CPU",
     "OpenVINOExecutionProvider",
     "OpenVINO",
     {"device_type", "CPU"},
     false,
     Provider::no},
    {Device::openvino_gpu,
     "OpenVINO:GPU",
     "OpenVINOExecutionProvider",
     "OpenVINO",
     {"device_type", "GPU"},
     true,
     Provider::when_asked},
    {Device::coreml, "CoreML", "CoreMLExecutionProvider", "CoreML", {}, false, Provider::no},
    {Device::coreml_ane,
     "CoreML:ANE",
     "CoreMLExecutionProvider",
     "CoreML",
     {"MLComputeUnits", "CPUAndNeuralEngine"},
     false,
     Provider::no},
    {Device::coreml_gpu,
     "CoreML:GPU",
     "CoreMLExecutionProvider",
     "CoreML",
     {"MLComputeUnits", "CPUAndGPU"},
     false,
     Provider::no},
    {Device::coreml_cpu,
     "CoreML:CPU",
     "CoreMLExecutionProvider",
     "CoreML",
     {"MLComputeUnits", "CPUOnly"},
     false,
     Provider::no},
};

constexpr Device kAutomatic[] = {Device::cuda, Device::rocm, Device::coreml, Device::openvino_gpu};

}  // namespace

const Provider& provider_of(Device device) {
  return *std::find_if(std::begin(kProviders), std::end(kProviders),
                       [&](const Provider& p) { return p.device == device; });
}

bool is_registered(const Provider& provider, std::span<const std::string> registered) {
  return std::find(registered.begin(), registered.end(), provider.registered) != registered.end();
}

std::vector<const Provider*> automatic_order(std::span<const std::string> registered) {
  std::vector<const Provider*> order;
  for (const Device device : kAutomatic)
    if (const Provider& provider = provider_of(device); is_registered(provider, registered))
      order.push_back(&provider);
  return order;
}

std::map<std::string, std::string> provider_options(const Provider& provider,
                                                    const Inference& settings) {
  std::map<std::string, std::string> options;
  if (provider.option.first != nullptr)
    options.emplace(provider.option.first, provider.option.second);
  if (provider.generic != nullptr && provider.numbered && settings.device_index > 0)
    options[provider.option.first] += fmt::format(".{}", settings.device_index);
  if (provider.half != Provider::no)
    options.emplace("precision", computes_in_half(provider, settings) ? "FP16" : "FP32");
  return options;
}

bool computes_in_half(const Provider& provider, const Inference& settings) {
  return provider.half == Provider::always ||
         (provider.half == Provider::when_asked && settings.half);
}

Status check_number(const Inference& settings) {
  if (settings.device_index == 0 || settings.device == Device::automatic) return {};
  const bool numbered = settings.device != Device::cpu && provider_of(settings.device).numbered;
  if (numbered) return {};
  return fail(
      ENODEV,
      fmt::format("device {} is one device: there is no number {} of it",
                  settings.device == Device::cpu ? "CPU" : provider_of(settings.device).name,
                  settings.device_index));
}

}  // namespace visq
