// A model that runs. One session a model, shared by all threads that score with it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "dnn/model_file.h"

namespace visq {

// The values are those of VmafDnnDevice.
enum class Device { automatic, cpu, cuda, openvino, rocm, coreml, coreml_ane, coreml_gpu, coreml_cpu, openvino_npu, openvino_cpu, openvino_gpu };

struct SessionConfig {
  Device device = Device::automatic;
  int device_index = 0;
  int threads = 1;  // inside one run
};

// Dimensions that the graph leaves open are -1.
struct TensorInfo {
  std::string name;
  std::vector<std::int64_t> shape;
};

// float32, row by row. `name`: an input or output of the graph.
struct InputTensor {
  std::string name;
  const float* data;
  std::vector<std::int64_t> shape;
};
struct OutputTensor {
  std::vector<std::int64_t> shape;
  std::vector<float> data;
};

class Session {
 public:
  // -ENOSYS in a build without a runtime; -ENODEV for a device that is not there; -EIO when the
  // runtime refuses the model, with its reason.
  static Result<std::shared_ptr<const Session>> open(ModelFile model, const SessionConfig& config);
  static bool available();
  static std::string runtime();  // "ONNX Runtime 1.24.3"; "" in a build without one

  virtual ~Session() = default;
  virtual const std::vector<TensorInfo>& inputs() const = 0;
  virtual const std::vector<TensorInfo>& outputs() const = 0;
  virtual const std::string& provider() const = 0;  // "CPU", "CUDA", ...

  // All inputs once; the outputs with these names, or all of them when none is named. Any thread.
  virtual Result<std::vector<OutputTensor>> run(std::span<const InputTensor> inputs, std::span<const std::string> outputs) const = 0;
};

}  // namespace visq
