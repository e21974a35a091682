// Sessions of ONNX Runtime.
#ifdef VISQ_HAVE_ONNXRUNTIME

#include "dnn/session.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>
#include <onnxruntime_cxx_api.h>

namespace visq {
namespace {

struct Provider {
  Device device;
  const char* name;       // for people
  const char* registered;  // as the runtime lists it
  const char* generic;     // for AppendExecutionProvider; nullptr: CUDA and ROCm have their own calls
  std::pair<const char*, const char*> option;
};

constexpr Provider kProviders[] = {
    {Device::cuda, "CUDA", "CUDAExecutionProvider", nullptr, {}},
    {Device::rocm, "ROCm", "ROCMExecutionProvider", nullptr, {}},
    {Device::openvino, "OpenVINO", "OpenVINOExecutionProvider", "OpenVINO", {}},
    {Device::openvino_npu, "OpenVINO:NPU", "OpenVINOExecutionProvider", "OpenVINO", {"device_type", "NPU"}},
    {Device::openvino_cpu, "OpenVINO:CPU", "OpenVINOExecutionProvider", "OpenVINO", {"device_type", "CPU"}},
    {Device::openvino_gpu, "OpenVINO:GPU", "OpenVINOExecutionProvider", "OpenVINO", {"device_type", "GPU"}},
    {Device::coreml, "CoreML", "CoreMLExecutionProvider", "CoreML", {}},
    {Device::coreml_ane, "CoreML:ANE", "CoreMLExecutionProvider", "CoreML", {"MLComputeUnits", "CPUAndNeuralEngine"}},
    {Device::coreml_gpu, "CoreML:GPU", "CoreMLExecutionProvider", "CoreML", {"MLComputeUnits", "CPUAndGPU"}},
    {Device::coreml_cpu, "CoreML:CPU", "CoreMLExecutionProvider", "CoreML", {"MLComputeUnits", "CPUOnly"}},
};

// What AUTO tries, best first.
constexpr Device kAutomatic[] = {Device::cuda, Device::rocm, Device::coreml};

// One environment a process, as the runtime wants it; its own messages come back in errors.
Ort::Env& environment() {
  static Ort::Env env(ORT_LOGGING_LEVEL_FATAL, "visq");
  return env;
}

bool is_present(const Provider& provider) {
  const std::vector<std::string> present = Ort::GetAvailableProviders();
  return std::find(present.begin(), present.end(), provider.registered) != present.end();
}

void append(Ort::SessionOptions& options, const Provider& provider, int index) {
  if (provider.generic != nullptr) {
    std::unordered_map<std::string, std::string> settings;
    if (provider.option.first != nullptr) settings.emplace(provider.option.first, provider.option.second);
    options.AppendExecutionProvider(provider.generic, settings);
  } else if (provider.device == Device::cuda) {
    OrtCUDAProviderOptions cuda{};
    cuda.device_id = index;
    options.AppendExecutionProvider_CUDA(cuda);
  } else {
    OrtROCMProviderOptions rocm{};
    rocm.device_id = index;
    options.AppendExecutionProvider_ROCM(rocm);
  }
}

const Provider& provider_of(Device device) {
  return *std::find_if(std::begin(kProviders), std::end(kProviders), [&](const Provider& p) { return p.device == device; });
}

// Appends the provider of the device and returns its name.
Result<std::string> attach(Ort::SessionOptions& options, const SessionConfig& config) {
  if (config.device == Device::cpu) return std::string("CPU");
  if (config.device == Device::automatic) {
    for (const Device device : kAutomatic) {
      const Provider& provider = provider_of(device);
      if (!is_present(provider)) continue;
      try {
        append(options, provider, config.device_index);
        return std::string(provider.name);
      } catch (const Ort::Exception&) {
        continue;  // listed, but its libraries or its device are missing
      }
    }
    return std::string("CPU");
  }
  const Provider& provider = provider_of(config.device);
  if (!is_present(provider)) return fail(ENODEV, fmt::format("device {} is not in this build of ONNX Runtime", provider.name));
  try {
    append(options, provider, config.device_index);
  } catch (const Ort::Exception& exception) {
    return fail(ENODEV, fmt::format("device {} is not there: {}", provider.name, exception.what()));
  }
  return std::string(provider.name);
}

void hand_over(Ort::SessionOptions& options, ModelFile& model) {
  std::vector<std::basic_string<ORTCHAR_T>> names;
  std::vector<char*> buffers;
  std::vector<std::size_t> sizes;
  for (auto& data : model.external_data) {
    names.push_back(data.name);
    buffers.push_back(data.bytes.data());
    sizes.push_back(data.bytes.size());
  }
  if (!names.empty()) options.AddExternalInitializersFromFilesInMemory(names, buffers, sizes);
}

std::size_t element_count(std::span<const std::int64_t> shape) {
  return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, [](std::size_t n, std::int64_t d) { return n * static_cast<std::size_t>(d); });
}

class OrtSession final : public Session {
 public:
  OrtSession(Ort::Session session, std::string path, std::string provider)
      : session_(std::move(session)), path_(std::move(path)), provider_(std::move(provider)) {}

  Status describe() {
    Ort::AllocatorWithDefaultOptions allocator;
    for (std::size_t i = 0; i < session_.GetInputCount(); ++i)
      VISQ_TRY(add(inputs_, session_.GetInputNameAllocated(i, allocator).get(), session_.GetInputTypeInfo(i)));
    for (std::size_t i = 0; i < session_.GetOutputCount(); ++i)
      VISQ_TRY(add(outputs_, session_.GetOutputNameAllocated(i, allocator).get(), session_.GetOutputTypeInfo(i)));
    return {};
  }

  const std::vector<TensorInfo>& inputs() const override { return inputs_; }
  const std::vector<TensorInfo>& outputs() const override { return outputs_; }
  const std::string& provider() const override { return provider_; }

  Result<std::vector<OutputTensor>> run(std::span<const InputTensor> inputs, std::span<const std::string> outputs) const override {
    try {
      return run_unguarded(inputs, outputs);
    } catch (const Ort::Exception& exception) {
      return fail(EIO, fmt::format("model {}: ONNX Runtime failed: {}", path_, exception.what()));
    }
  }

 private:
  Status add(std::vector<TensorInfo>& list, const char* name, const Ort::TypeInfo& type) {
    if (type.GetONNXType() != ONNX_TYPE_TENSOR || type.GetTensorTypeAndShapeInfo().GetElementType() != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT)
      return fail(ENOTSUP, fmt::format("model {}: \"{}\" is not a float32 tensor", path_, name));
    list.push_back({name, type.GetTensorTypeAndShapeInfo().GetShape()});
    return {};
  }

  std::vector<OutputTensor> run_unguarded(std::span<const InputTensor> inputs, std::span<const std::string> outputs) const {
    const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
    std::vector<const char*> input_names, output_names;
    std::vector<Ort::Value> values;
    for (const InputTensor& tensor : inputs) {
      input_names.push_back(tensor.name.c_str());
      values.push_back(Ort::Value::CreateTensor<float>(memory, const_cast<float*>(tensor.data), element_count(tensor.shape),
                                                       tensor.shape.data(), tensor.shape.size()));
    }
    for (const std::string& name : outputs) output_names.push_back(name.c_str());
    if (outputs.empty())
      for (const TensorInfo& info : outputs_) output_names.push_back(info.name.c_str());
    std::vector<Ort::Value> produced = session_.Run(
        Ort::RunOptions{nullptr}, input_names.data(), values.data(), values.size(), output_names.data(), output_names.size());
    std::vector<OutputTensor> results;
    for (const Ort::Value& value : produced) {
      const auto shape = value.GetTensorTypeAndShapeInfo().GetShape();
      const float* data = value.GetTensorData<float>();
      results.push_back({shape, {data, data + element_count(shape)}});
    }
    return results;
  }

  mutable Ort::Session session_;  // its Run is safe from several threads, and not const
  std::string path_, provider_;
  std::vector<TensorInfo> inputs_, outputs_;
};

}  // namespace

bool Session::available() { return true; }

std::string Session::runtime() { return "ONNX Runtime " + Ort::GetVersionString(); }

Result<std::shared_ptr<const Session>> Session::open(ModelFile model, const SessionConfig& config) {
  try {
    Ort::SessionOptions options;
    options.SetIntraOpNumThreads(std::max(1, config.threads));
    options.SetInterOpNumThreads(1);
    options.SetGraphOptimizationLevel(ORT_ENABLE_ALL);
    VISQ_ASSIGN(std::string provider, attach(options, config));
    hand_over(options, model);
    auto session = std::make_shared<OrtSession>(Ort::Session(environment(), model.bytes.data(), model.bytes.size(), options),
                                                model.path, std::move(provider));
    VISQ_TRY(session->describe());
    return session;
  } catch (const Ort::Exception& exception) {
    return fail(EIO, fmt::format("model {}: ONNX Runtime refuses it: {}", model.path, exception.what()));
  }
}

}  // namespace visq

#endif
