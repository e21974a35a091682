// A model that runs. One session a model, shared by all threads that score with it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/inference.h"
#include "base/result.h"
#include "dnn/store/model_file.h"

namespace visq {

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
  // Of `settings`: device, threads (0 is one), half, and the limits. -ENOSYS in a build without a
  // runtime; -ENODEV for a device that is not there; -ENOTSUP for tensors that are not float32 (or
  // float16, with half); -EIO when the runtime refuses the model, with its reason.
  static Result<std::shared_ptr<const Session>> open(ModelFile model, const Inference& settings);
  static bool available();
  static std::string runtime();  // "ONNX Runtime 1.24.3"; "" where nothing has asked for one yet
  static bool accelerated();     // the runtime has more for Device::automatic than the CPU

  virtual ~Session() = default;
  virtual const std::vector<TensorInfo>& inputs() const = 0;
  virtual const std::vector<TensorInfo>& outputs() const = 0;
  virtual const std::string& provider() const = 0;  // "CPU", "CUDA", ...
  virtual bool half() const = 0;                    // float16 takes part

  // All inputs once; the outputs with these names, or all of them when none is named. Any thread. A
  // run whose `stop` is requested ends before the next node of its graph, with -ECANCELED; one
  // whose time is over likewise, with -ETIMEDOUT. -ENOMEM for one that wants too much memory.
  virtual Result<std::vector<OutputTensor>> run(std::span<const InputTensor> inputs,
                                                std::span<const std::string> outputs,
                                                const std::stop_token& stop = {}) const = 0;
};

}  // namespace visq
