// Sessions of ONNX Runtime, which is loaded when something first asks for it: it is large, and most
// runs need none of it.
#ifdef VISQ_HAVE_ONNXRUNTIME

#include "dnn/run/session.h"

#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <map>
#include <numeric>

#include <fmt/format.h>
#define ORT_API_MANUAL_INIT
#include <onnxruntime_cxx_api.h>
#undef ORT_API_MANUAL_INIT

#include "base/machine.h"
#include "dnn/run/checked_session.h"
#include "dnn/run/providers.h"
#include "dnn/run/run_limits.h"

namespace visq {
namespace {

struct Runtime {
  std::string version, problem;
};

std::atomic<bool> in_use = false;

Runtime load() {
  void* const library = dlopen(VISQ_ONNXRUNTIME_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return {"", fmt::format("ONNX Runtime cannot be loaded: {}", dlerror())};
  const auto base_of = reinterpret_cast<decltype(&OrtGetApiBase)>(dlsym(library, "OrtGetApiBase"));
  const OrtApiBase* base = base_of == nullptr ? nullptr : base_of();
  const OrtApi* api = base == nullptr ? nullptr : base->GetApi(ORT_API_VERSION);
  if (api == nullptr)
    return {"", fmt::format("{} is older than the ONNX Runtime that this was built with, 1.{}",
                            VISQ_ONNXRUNTIME_LIBRARY, ORT_API_VERSION)};
  Ort::InitApi(api);
  in_use = true;
  return {base->GetVersionString(), ""};
}

// Loaded once, and never unloaded.
const Runtime& onnx_runtime() {
  static const Runtime loaded = load();
  return loaded;
}

// The memory of all sessions on the CPU, in the place of the runtime's own arenas: those have no
// limit, and keep what the largest run took.
struct Allocator : OrtAllocator {
  Allocator() : OrtAllocator{} {
    version = ORT_API_VERSION;
    Alloc = [](OrtAllocator* self, std::size_t size) { return of(self).memory.take(size); };
    Reserve = Alloc;
    Free = [](OrtAllocator* self, void* block) { of(self).memory.give(block); };
    Info = [](const OrtAllocator* self) -> const OrtMemoryInfo* {
      return static_cast<const Allocator*>(self)->info;
    };
  }
  static Allocator& of(OrtAllocator* self) { return *static_cast<Allocator*>(self); }

  RunMemory memory;
  Ort::MemoryInfo info = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault);
};

// Never destroyed, as the environment that uses it.
Allocator& allocator() {
  static auto* const instance = new Allocator;
  return *instance;
}

Ort::Env make_environment() {
  Ort::Env env(ORT_LOGGING_LEVEL_FATAL, "visq");
  Ort::ThrowOnError(Ort::GetApi().RegisterAllocator(env, &allocator()));
  return env;
}

// One environment a process, as the runtime wants it; its own messages come back in errors.
Ort::Env& environment() {
  static Ort::Env env = make_environment();
  return env;
}

bool is_present(const Provider& provider) {
  return is_registered(provider, Ort::GetAvailableProviders());
}

void append(Ort::SessionOptions& options, const Provider& provider, const Inference& settings) {
  if (provider.generic != nullptr) {
    const auto given = provider_options(provider, settings);
    options.AppendExecutionProvider(provider.generic, {given.begin(), given.end()});
  } else if (provider.device == Device::cuda) {
    OrtCUDAProviderOptions cuda{};
    cuda.device_id = settings.device_index;
    options.AppendExecutionProvider_CUDA(cuda);
  } else {
    OrtROCMProviderOptions rocm{};
    rocm.device_id = settings.device_index;
    options.AppendExecutionProvider_ROCM(rocm);
  }
}

constexpr const char* kCpu = "CPU";

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
  return std::accumulate(
      shape.begin(), shape.end(), std::size_t{1},
      [](std::size_t n, std::int64_t d) { return n * static_cast<std::size_t>(d); });
}

class OrtSession final : public Session {
 public:
  OrtSession(Ort::Session session, std::string path, const char* provider,
             const Inference& settings)
      : session_(std::move(session)),
        path_(std::move(path)),
        provider_(provider),
        half_allowed_(settings.half),
        limit_seconds_(settings.limit_seconds),
        limit_bytes_(settings.limit_bytes > 0 ? settings.limit_bytes : usable_memory() / 4 * 3) {}
  ~OrtSession() override {
    session_ = Ort::Session(nullptr);
    allocator().memory.drop_kept();
  }

  // `half`: the provider computes in float16.
  Status describe(bool half) {
    half_ = half;
    Ort::AllocatorWithDefaultOptions allocator;
    for (std::size_t i = 0; i < session_.GetInputCount(); ++i)
      VISQ_TRY(add(inputs_, session_.GetInputNameAllocated(i, allocator).get(),
                   session_.GetInputTypeInfo(i)));
    for (std::size_t i = 0; i < session_.GetOutputCount(); ++i)
      VISQ_TRY(add(outputs_, session_.GetOutputNameAllocated(i, allocator).get(),
                   session_.GetOutputTypeInfo(i)));
    return {};
  }

  const std::vector<TensorInfo>& inputs() const override { return inputs_; }
  const std::vector<TensorInfo>& outputs() const override { return outputs_; }
  const std::string& provider() const override { return provider_; }
  bool half() const override { return half_; }

  Result<std::vector<OutputTensor>> run(std::span<const InputTensor> inputs,
                                        std::span<const std::string> outputs,
                                        const std::stop_token& stop) const override {
    Ort::RunOptions options;
    const std::stop_callback terminate(stop, [&options] { options.SetTerminate(); });
    const Watchdog::Watch watch(watchdog_,
                                std::chrono::duration_cast<Watchdog::Clock::duration>(
                                    std::chrono::duration<double>(limit_seconds_)),
                                [&options] { options.SetTerminate(); });
    const RunMemory::Account account(limit_bytes_);
    try {
      return run_unguarded(options, inputs, outputs);
    } catch (const Ort::Exception& exception) {
      return why(exception, stop, watch, account);
    }
  }

 private:
  tl::unexpected<Error> why(const Ort::Exception& exception, const std::stop_token& stop,
                            const Watchdog::Watch& watch, const RunMemory::Account& account) const {
    if (stop.stop_requested())
      return fail(ECANCELED, fmt::format("model {}: its run was given up", path_));
    if (account.refused())
      return fail(
          ENOMEM,
          fmt::format("model {}: a run needs more than the {} MB of memory that it may have", path_,
                      limit_bytes_ >> 20),
          ErrorKind::model);
    if (watch.expired())
      return fail(ETIMEDOUT,
                  fmt::format("model {}: a run takes longer than the {} seconds that it may", path_,
                              limit_seconds_),
                  ErrorKind::model);
    return fail(EIO, fmt::format("model {}: ONNX Runtime failed: {}", path_, exception.what()));
  }

  Status add(std::vector<TensorInfo>& list, const char* name, const Ort::TypeInfo& type) {
    if (type.GetONNXType() != ONNX_TYPE_TENSOR)
      return fail(ENOTSUP, fmt::format("model {}: \"{}\" is not a tensor", path_, name));
    const auto element = type.GetTensorTypeAndShapeInfo().GetElementType();
    const bool is_half = element == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16;
    if (is_half && !half_allowed_)
      return fail(ENOTSUP, fmt::format("model {}: \"{}\" is a float16 tensor; ask for half "
                                       "precision (fp16_io, --tiny-fp16) to run it",
                                       path_, name));
    if (!is_half && element != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT)
      return fail(ENOTSUP, fmt::format("model {}: \"{}\" is not a float32 tensor", path_, name));
    list.push_back({name, type.GetTensorTypeAndShapeInfo().GetShape()});
    half_tensors_.emplace(name, is_half);
    half_ = half_ || is_half;
    return {};
  }

  // The value of an input; `halves` keeps the memory of those that are converted.
  Ort::Value value_of(const InputTensor& tensor,
                      std::vector<std::vector<Ort::Float16_t>>& halves) const {
    const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
    const std::size_t count = element_count(tensor.shape);
    const auto kind = half_tensors_.find(tensor.name);
    if (kind == half_tensors_.end() || !kind->second)
      return Ort::Value::CreateTensor<float>(memory, const_cast<float*>(tensor.data), count,
                                             tensor.shape.data(), tensor.shape.size());
    auto& half = halves.emplace_back();
    half.reserve(count);
    for (std::size_t i = 0; i < count; ++i) half.emplace_back(tensor.data[i]);
    return Ort::Value::CreateTensor<Ort::Float16_t>(memory, half.data(), count, tensor.shape.data(),
                                                    tensor.shape.size());
  }

  static OutputTensor result_of(const Ort::Value& value) {
    const auto info = value.GetTensorTypeAndShapeInfo();
    OutputTensor result{info.GetShape(), std::vector<float>(element_count(info.GetShape()))};
    if (info.GetElementType() == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16) {
      const auto* data = value.GetTensorData<Ort::Float16_t>();
      std::transform(data, data + result.data.size(), result.data.begin(),
                     [](Ort::Float16_t half) { return half.ToFloat(); });
    } else {
      std::copy_n(value.GetTensorData<float>(), result.data.size(), result.data.begin());
    }
    return result;
  }

  std::vector<OutputTensor> run_unguarded(const Ort::RunOptions& options,
                                          std::span<const InputTensor> inputs,
                                          std::span<const std::string> outputs) const {
    std::vector<const char*> input_names, output_names;
    std::vector<Ort::Value> values;
    std::vector<std::vector<Ort::Float16_t>> halves;
    for (const InputTensor& tensor : inputs) {
      input_names.push_back(tensor.name.c_str());
      values.push_back(value_of(tensor, halves));
    }
    for (const std::string& name : outputs) output_names.push_back(name.c_str());
    if (outputs.empty())
      for (const TensorInfo& info : outputs_) output_names.push_back(info.name.c_str());
    std::vector<Ort::Value> produced =
        session_.Run(options, input_names.data(), values.data(), values.size(), output_names.data(),
                     output_names.size());
    std::vector<OutputTensor> results;
    results.reserve(produced.size());
    for (const Ort::Value& value : produced) results.push_back(result_of(value));
    return results;
  }

  mutable Ort::Session session_;  // its Run is safe from several threads, and not const
  std::string path_, provider_;
  bool half_allowed_, half_ = false;
  const double limit_seconds_;
  const std::uint64_t limit_bytes_;
  mutable Watchdog watchdog_;
  std::vector<TensorInfo> inputs_, outputs_;
  std::map<std::string, bool, std::less<>> half_tensors_;
};

}  // namespace

bool Session::available() { return true; }

std::string Session::runtime() { return in_use ? "ONNX Runtime " + onnx_runtime().version : ""; }

bool Session::accelerated() {
  return onnx_runtime().problem.empty() && !automatic_order(Ort::GetAvailableProviders()).empty();
}

namespace {

// A session on that provider; nullptr: the CPU. Throws what the runtime throws.
Result<std::shared_ptr<const Session>> open_on(const Provider* provider, ModelFile& model,
                                               const Inference& settings) {
  Ort::Env& env = environment();  // before any provider: they log through it
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(std::max(1, settings.threads));
  options.SetInterOpNumThreads(1);
  options.SetGraphOptimizationLevel(ORT_ENABLE_ALL);
  // Sums of 8-bit products overflow in the runtime's fast kernels for x86 without VNNI: scores
  // would depend on the CPU, by up to 1 point.
  options.AddConfigEntry("session.x64quantprecision", "1");
  options.AddConfigEntry("session.use_env_allocators", "1");
  if (provider != nullptr) append(options, *provider, settings);
  hand_over(options, model);
  auto session = std::make_shared<OrtSession>(
      Ort::Session(env, model.bytes.data(), model.bytes.size(), options), model.path,
      provider == nullptr ? kCpu : provider->name, settings);
  VISQ_TRY(session->describe(provider != nullptr && computes_in_half(*provider, settings)));
  return session;
}

Result<std::shared_ptr<const Session>> open_on_cpu(ModelFile& model, const Inference& settings) {
  try {
    return open_on(nullptr, model, settings);
  } catch (const Ort::Exception& exception) {
    return fail(EIO,
                fmt::format("model {}: ONNX Runtime refuses it: {}", model.path, exception.what()));
  }
}

Result<std::shared_ptr<const Session>> open_on_device(const Provider& provider, ModelFile& model,
                                                      const Inference& settings) {
  VISQ_ASSIGN(auto device, open_on(&provider, model, settings));
  VISQ_ASSIGN(auto processor, open_on_cpu(model, settings));
  return checked(std::move(device), std::move(processor), model.path);
}

Result<std::shared_ptr<const Session>> open_on_best(ModelFile& model, const Inference& settings) {
  for (const Provider* provider : automatic_order(Ort::GetAvailableProviders())) {
    try {
      return open_on_device(*provider, model, settings);
    } catch (const Ort::Exception&) {
      continue;  // listed, but its libraries or its device are missing
    }
  }
  return open_on_cpu(model, settings);
}

Result<std::shared_ptr<const Session>> open_on_named(const Provider& provider, ModelFile& model,
                                                     const Inference& settings) {
  if (!is_present(provider))
    return fail(ENODEV,
                fmt::format("device {} is not in this build of ONNX Runtime", provider.name));
  try {
    return open_on_device(provider, model, settings);
  } catch (const Ort::Exception& exception) {
    VISQ_TRY(open_on_cpu(model, settings));  // else it is the model that is at fault
    return fail(ENODEV, fmt::format("device {} is not there: {}", provider.name, exception.what()));
  }
}

}  // namespace

Result<std::shared_ptr<const Session>> Session::open(ModelFile model, const Inference& settings) {
  VISQ_TRY(check_number(settings));
  model.model.reset();  // the runtime reads the bytes: one copy of the weights less
  if (!onnx_runtime().problem.empty())
    return fail(ENOSYS, fmt::format("model {}: {}", model.path, onnx_runtime().problem),
                ErrorKind::usage);
  if (settings.device == Device::cpu) return open_on_cpu(model, settings);
  if (settings.device == Device::automatic) return open_on_best(model, settings);
  return open_on_named(provider_of(settings.device), model, settings);
}

}  // namespace visq

#endif
