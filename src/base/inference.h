// How learned models run: what a context says once, for every learned metric and tiny model in it.
#pragma once

#include <cstdint>
#include <string>

namespace visq {

// The values are those of VmafDnnDevice.
enum class Device {
  automatic,
  cpu,
  cuda,
  openvino,
  rocm,
  coreml,
  coreml_ane,
  coreml_gpu,
  coreml_cpu,
  openvino_npu,
  openvino_cpu,
  openvino_gpu
};

struct Inference {
  Device device = Device::automatic;
  int device_index = 0;
  int threads = 0;           // inside one run; 0: what the caller finds right
  bool half = false;         // float16 where the model or the device has it
  bool int8 = false;         // the quantised file beside the model, STEM.int8.onnx
  bool signed_only = false;  // a model that is not listed, or not signed, is an error

  // What one run in ONNX Runtime may take. 0 bytes: three quarters of what the process can have.
  double limit_seconds = kLimitSeconds;
  std::uint64_t limit_bytes = 0;
  static constexpr double kLimitSeconds = 600;
};

// A network that takes part, named by the file that runs: what is needed to reproduce a score.
struct NetworkFile {
  std::string path, sha256, device;
  friend bool operator==(const NetworkFile&, const NetworkFile&) = default;
};

}  // namespace visq
