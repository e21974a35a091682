#include "dnn/run/devices.h"

#include "base/machine.h"

namespace visq {
namespace {

constexpr DeviceName kNames[] = {{Device::automatic, "auto"},
                                 {Device::cpu, "cpu"},
                                 {Device::cuda, "cuda"},
                                 {Device::rocm, "rocm"},
                                 {Device::openvino, "openvino"},
                                 {Device::openvino_cpu, "openvino-cpu"},
                                 {Device::openvino_gpu, "openvino-gpu"},
                                 {Device::openvino_npu, "openvino-npu"},
                                 {Device::coreml, "coreml"},
                                 {Device::coreml_cpu, "coreml-cpu"},
                                 {Device::coreml_gpu, "coreml-gpu"},
                                 {Device::coreml_ane, "coreml-ane"}};

// An ONNX model, y = Relu(x) over one float (IR 8, opset 17).
constexpr char kProbe[] =
    "\x08\x08\x3a\x33\x0a\x0c\x0a\x01\x78\x12\x01\x79\x22\x04\x52\x65\x6c\x75\x12\x01\x67\x5a\x0f"
    "\x0a"
    "\x01\x78\x12\x0a\x0a\x08\x08\x01\x12\x04\x0a\x02\x08\x01\x62\x0f\x0a\x01\x79\x12\x0a\x0a\x08"
    "\x08"
    "\x01\x12\x04\x0a\x02\x08\x01\x42\x04\x0a\x00\x10\x11";

DeviceState probe(const DeviceName& device) {
  ModelFile model;
  model.path = "of one node";
  model.bytes.assign(kProbe, sizeof kProbe - 1);
  const auto session = Session::open(std::move(model), {device.device, 0, 1});
  if (!session) return {device.device, device.name, "", session.error().message};
  const float x = 1;
  const InputTensor input{"x", &x, {1}};
  const auto result = (*session)->run({&input, 1}, {});
  if (!result) return {device.device, device.name, "", result.error().message};
  return {device.device, device.name, (*session)->provider(), ""};
}

}  // namespace

std::span<const DeviceName> device_names() { return kNames; }

std::vector<DeviceState> device_states() {
  std::vector<DeviceState> states;
  for (const DeviceName& device : kNames) states.push_back(probe(device));
  return states;
}

bool has_accelerator() {
  static const bool there = [] {
    // Asked of the system first: to load ONNX Runtime takes 20 MB.
    if (!shows_accelerator() || !Session::accelerated()) return false;
    const DeviceState best = probe(kNames[0]);
    return best.problem.empty() && best.provider != "CPU";
  }();
  return there;
}

}  // namespace visq
