#include "libvmaf/dnn.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "capi/dnn.h"
#include "capi/log.h"
#include "color/rgb.h"
#include "dnn/run/devices.h"
#include "dnn/run/loader.h"
#include "dnn/run/plane_filter.h"
#include "dnn/store/signature.h"
#include "libvmaf/visq.h"

struct VmafDnnSession {
  explicit VmafDnnSession(visq::LoadedModel opened)
      : model(std::move(opened)),
        inputs(describe(model.session->inputs())),
        outputs(describe(model.session->outputs())) {}

  static std::vector<VmafTensorInfo> describe(const std::vector<visq::TensorInfo>& tensors) {
    std::vector<VmafTensorInfo> list;
    list.reserve(tensors.size());
    for (const visq::TensorInfo& t : tensors)
      list.push_back({t.name.c_str(), t.shape.data(), t.shape.size()});
    return list;
  }

  visq::LoadedModel model;
  std::vector<VmafTensorInfo> inputs, outputs;
};

namespace visq::capi {

Error no_runtime() {
  return {ENOSYS, "DNN disabled: this build has no ONNX Runtime", ErrorKind::usage};
}

int disabled() { return report(no_runtime()); }

Status apply(const VmafDnnConfig& config, Inference& inference) {
  if (config.device < VMAF_DNN_DEVICE_AUTO || config.device > VMAF_DNN_DEVICE_OPENVINO_GPU)
    return fail(EINVAL, fmt::format("there is no device {}", static_cast<int>(config.device)),
                ErrorKind::usage);
  if (config.threads < 0 || config.threads > 1024 || config.device_index < 0)
    return fail(EINVAL, "a session has 0 to 1024 threads and a device index of 0 or more",
                ErrorKind::usage);
  inference.device = static_cast<Device>(config.device);
  inference.device_index = config.device_index;
  inference.threads = config.threads;
  inference.half = config.fp16_io;
  return {};
}

namespace {

Result<LoadedModel> open(const std::string& path, const VmafDnnConfig& config) {
  Inference inference;
  VISQ_TRY(apply(config, inference));
  return load_model(path, inference, make_log());
}

// The tensor of that name, or the one at that position.
Result<const TensorInfo*> find_tensor(const std::vector<TensorInfo>& tensors, const char* name,
                                      std::size_t position) {
  if (name == nullptr) return &tensors[position];
  for (const TensorInfo& tensor : tensors)
    if (tensor.name == name) return &tensor;
  return fail(EINVAL, fmt::format("the model has no tensor \"{}\"", name));
}

Status check_shape(const VmafDnnInput& input) {
  constexpr std::int64_t kMaxElements = std::int64_t{1} << 31;
  if (input.data == nullptr || input.shape == nullptr || input.rank == 0 || input.rank > 16)
    return fail(EINVAL, "an input tensor needs data, a shape and a rank of 1 to 16");
  std::int64_t elements = 1;
  for (std::size_t i = 0; i < input.rank; ++i) {
    if (input.shape[i] <= 0 || input.shape[i] > kMaxElements / elements)
      return fail(EINVAL,
                  fmt::format("dimension {} of an input tensor is {}, which is not possible", i,
                              input.shape[i]));
    elements *= input.shape[i];
  }
  return {};
}

Result<std::vector<InputTensor>> bind_inputs(const visq::Session& session,
                                             std::span<const VmafDnnInput> inputs) {
  if (inputs.size() != session.inputs().size())
    return fail(EINVAL, fmt::format("the model has {} inputs, and {} were given",
                                    session.inputs().size(), inputs.size()));
  std::vector<InputTensor> bound;
  for (const VmafDnnInput& input : inputs) {
    VISQ_TRY(check_shape(input));
    VISQ_ASSIGN(const TensorInfo* tensor, find_tensor(session.inputs(), input.name, bound.size()));
    const bool twice = std::any_of(bound.begin(), bound.end(), [&](const InputTensor& other) {
      return other.name == tensor->name;
    });
    if (twice) return fail(EINVAL, fmt::format("input \"{}\" was given twice", tensor->name));
    bound.push_back({tensor->name, input.data, {input.shape, input.shape + input.rank}});
  }
  return bound;
}

Result<std::vector<std::string>> bind_outputs(const visq::Session& session,
                                              std::span<const VmafDnnOutput> outputs) {
  if (outputs.empty() || outputs.size() > session.outputs().size())
    return fail(EINVAL, fmt::format("the model has {} outputs, and {} were asked for",
                                    session.outputs().size(), outputs.size()));
  std::vector<std::string> names;
  for (const VmafDnnOutput& output : outputs) {
    if (output.data == nullptr) return fail(EINVAL, "an output tensor has no memory");
    VISQ_ASSIGN(const TensorInfo* tensor,
                find_tensor(session.outputs(), output.name, names.size()));
    names.push_back(tensor->name);
  }
  return names;
}

Status deliver(const OutputTensor& tensor, VmafDnnOutput& output) {
  output.written = tensor.data.size();
  if (tensor.data.size() > output.capacity)
    return fail(ENOSPC, fmt::format("an output of {} elements does not fit into {}",
                                    tensor.data.size(), output.capacity));
  std::copy(tensor.data.begin(), tensor.data.end(), output.data);
  return {};
}

Status run(const visq::Session& session, std::span<const VmafDnnInput> inputs,
           std::span<VmafDnnOutput> outputs) {
  VISQ_ASSIGN(const auto bound, about(ErrorKind::usage, bind_inputs(session, inputs)));
  VISQ_ASSIGN(const auto names, about(ErrorKind::usage, bind_outputs(session, outputs)));
  VISQ_ASSIGN(const auto results, session.run(bound, names));
  Status status;
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (Status delivered = deliver(results[i], outputs[i]); !delivered)
      status = std::move(delivered);
  return status;
}

Status run_all(const VmafDnnSession& session, std::span<const VmafDnnInput> inputs,
               VmafTensorCallback callback, void* user) {
  VISQ_ASSIGN(const auto bound,
              about(ErrorKind::usage, bind_inputs(*session.model.session, inputs)));
  VISQ_ASSIGN(const auto results, session.model.session->run(bound, {}));
  for (std::size_t i = 0; i < results.size(); ++i) {
    const VmafTensorInfo info{session.outputs[i].name, results[i].shape.data(),
                              results[i].shape.size()};
    callback(user, &info, results[i].data.data());
  }
  return {};
}

const VmafTensorInfo* tensor_at(const std::vector<VmafTensorInfo>& tensors, std::size_t position) {
  return position < tensors.size() ? &tensors[position] : nullptr;
}

// A plane as a client hands it over, unchecked.
template <typename T>
struct ClientPlane {
  T* samples;
  std::size_t stride;  // in bytes
  int width, height;

  bool is_valid() const {
    return samples != nullptr && width >= 1 && height >= 1 && width <= 32768 && height <= 32768 &&
           stride >= static_cast<std::size_t>(width) * sizeof(T) && stride % sizeof(T) == 0;
  }
  PlaneView<T> view() const {
    return {samples, static_cast<std::ptrdiff_t>(stride / sizeof(T)), width, height};
  }
};

template <typename T>
Status run_plane(VmafDnnSession* session, const ClientPlane<const T>& in, int bits,
                 const ClientPlane<T>& out) {
  if (session == nullptr || !in.is_valid() || !out.is_valid())
    return fail(EINVAL,
                "a plane to filter needs a session, samples, sides of 1 to 32768 and strides of at "
                "least a row",
                ErrorKind::usage);
  return filter_plane<T>(session->model, in.view(), bits, out.view());
}

}  // namespace
}  // namespace visq::capi

using namespace visq;
using namespace visq::capi;

extern "C" {

const char* vmaf_dnn_device_name(VmafDnnDevice device) {
  for (const DeviceName& known : device_names())
    if (known.device == static_cast<Device>(device)) return known.name;
  return nullptr;
}

int vmaf_dnn_available(void) { return visq::Session::available() ? 1 : 0; }

int vmaf_dnn_session_open(VmafDnnSession** out, const char* onnx_path, const VmafDnnConfig* cfg) {
  if (out != nullptr) *out = nullptr;
  if (!visq::Session::available()) return disabled();
  if (out == nullptr || onnx_path == nullptr)
    return report(EINVAL, "a session needs a place and the path of a model");
  return guarded([&] {
    auto model = open(onnx_path, cfg == nullptr ? VmafDnnConfig{} : *cfg);
    if (!model) return report(model.error());
    *out = new VmafDnnSession(*std::move(model));
    return 0;
  });
}

int vmaf_dnn_session_run(VmafDnnSession* sess, const VmafDnnInput* inputs, size_t n_inputs,
                         VmafDnnOutput* outputs, size_t n_outputs) {
  if (!visq::Session::available()) return disabled();
  if (sess == nullptr || inputs == nullptr || outputs == nullptr)
    return report(EINVAL, "a run needs a session, inputs and outputs");
  return guarded(
      [&] { return finish(run(*sess->model.session, {inputs, n_inputs}, {outputs, n_outputs})); });
}

const VmafTensorInfo* vmaf_dnn_session_input(VmafDnnSession* sess, size_t position) {
  return sess == nullptr ? nullptr : tensor_at(sess->inputs, position);
}

const VmafTensorInfo* vmaf_dnn_session_output(VmafDnnSession* sess, size_t position) {
  return sess == nullptr ? nullptr : tensor_at(sess->outputs, position);
}

int vmaf_dnn_session_run_all(VmafDnnSession* sess, const VmafDnnInput* inputs, size_t n_inputs,
                             VmafTensorCallback callback, void* user) {
  if (!visq::Session::available()) return disabled();
  if (sess == nullptr || inputs == nullptr || callback == nullptr)
    return report(EINVAL, "a run needs a session, inputs and a callback");
  return guarded([&] { return finish(run_all(*sess, {inputs, n_inputs}, callback, user)); });
}

// The C interface stays as it is, long as its lists of parameters are.
// NOLINTBEGIN(readability-function-size)
int vmaf_dnn_session_run_luma8(VmafDnnSession* sess, const uint8_t* in, size_t in_stride, int w,
                               int h, uint8_t* out, size_t out_stride) {
  if (!visq::Session::available()) return disabled();
  return guarded([&] {
    return finish(run_plane<uint8_t>(sess, {in, in_stride, w, h}, 8, {out, out_stride, w, h}));
  });
}

int vmaf_dnn_session_run_plane16(VmafDnnSession* sess, const uint16_t* in, size_t in_stride_bytes,
                                 int w, int h, int bpc, uint16_t* out, size_t out_stride_bytes) {
  if (!visq::Session::available()) return disabled();
  if (bpc < 9 || bpc > 16)
    return report(EINVAL, fmt::format("a plane of 16-bit samples has 9 to 16 bits, not {}", bpc));
  return guarded([&] {
    return finish(
        run_plane<uint16_t>(sess, {in, in_stride_bytes, w, h}, bpc, {out, out_stride_bytes, w, h}));
  });
}
// NOLINTEND(readability-function-size)

void vmaf_dnn_session_close(VmafDnnSession* sess) { delete sess; }

const char* vmaf_dnn_session_attached_ep(VmafDnnSession* sess) {
  return sess == nullptr ? nullptr : sess->model.session->provider().c_str();
}

int vmaf_dnn_verify_signature(const char* onnx_path, const char* registry_path) {
  if (!visq::Session::available()) return disabled();
  if (onnx_path == nullptr || registry_path == nullptr)
    return report(EINVAL, "a signature check needs a model and a registry");
  return guarded(
      [&] { return finish(about(ErrorKind::model, verify_signature(onnx_path, registry_path))); });
}

// NOLINTNEXTLINE(readability-function-size): the C interface, too
int vmaf_tensor_from_rgb_imagenet(const uint8_t* r, size_t stride_r, const uint8_t* g,
                                  size_t stride_g, const uint8_t* b, size_t stride_b, int w, int h,
                                  float* nchw) {
  if (!visq::Session::available()) return disabled();
  if (r == nullptr || g == nullptr || b == nullptr || nchw == nullptr || w < 1 || h < 1 ||
      w > 32768 || h > 32768)
    return report(EINVAL, "a tensor needs three planes, sides of 1 to 32768 and memory");
  const std::array<std::pair<const uint8_t*, size_t>, 3> planes{
      {{r, stride_r}, {g, stride_g}, {b, stride_b}}};
  for (std::size_t channel = 0; channel < 3; ++channel)
    for (int y = 0; y < h; ++y)
      for (int x = 0; x < w; ++x) {
        const auto [samples, stride] = planes[channel];
        const float value =
            static_cast<float>(
                samples[static_cast<std::size_t>(y) * stride + static_cast<std::size_t>(x)]) /
            255.0f;
        *nchw++ = (value - kImagenetMean[channel]) / kImagenetDeviation[channel];
      }
  return 0;
}

}  // extern "C"
