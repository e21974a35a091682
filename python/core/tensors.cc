#include "python/core/tensors.h"

#include "job/tiny_models.h"
#include "python/core/failure.h"

namespace py = pybind11;

namespace visq::python {
namespace {

struct Output {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> data;
};

void receive(void* user, const VmafTensorInfo* info, const float* data) {
  std::size_t size = 1;
  for (std::size_t i = 0; i < info->rank; ++i) size *= static_cast<std::size_t>(info->shape[i]);
  static_cast<std::vector<Output>*>(user)->push_back(
      {info->name, {info->shape, info->shape + info->rank}, {data, data + size}});
}

// The array takes over the memory.
py::array_t<float> array_of(Output output) {
  auto* const kept = new std::vector<float>(std::move(output.data));
  const py::capsule owner(kept, [](void* p) { delete static_cast<std::vector<float>*>(p); });
  return py::array_t<float>(std::vector<py::ssize_t>(output.shape.begin(), output.shape.end()),
                            kept->data(), owner);
}

Tensor tensor_of(const VmafTensorInfo& info) {
  return {info.name, {info.shape, info.shape + info.rank}};
}

}  // namespace

Model::Model(const std::string& path, const std::string& device, int threads) {
  const py::gil_scoped_release unlocked;
  job::TinySettings settings;
  settings.device = device;
  settings.threads = threads;
  const VmafDnnConfig config = value_of(job::dnn_config(settings));
  VmafDnnSession* session = nullptr;
  check(vmaf_dnn_session_open(&session, path.c_str(), &config));
  session_.reset(session);
}

std::vector<Tensor> Model::inputs() const {
  std::vector<Tensor> list;
  while (const VmafTensorInfo* info = vmaf_dnn_session_input(session_.get(), list.size()))
    list.push_back(tensor_of(*info));
  return list;
}

std::vector<Tensor> Model::outputs() const {
  std::vector<Tensor> list;
  while (const VmafTensorInfo* info = vmaf_dnn_session_output(session_.get(), list.size()))
    list.push_back(tensor_of(*info));
  return list;
}

py::dict Model::run(const std::vector<std::pair<std::string, FloatArray>>& inputs) const {
  std::vector<std::vector<std::int64_t>> shapes;
  shapes.reserve(inputs.size());
  std::vector<VmafDnnInput> list;
  list.reserve(inputs.size() +
               1);  // no inputs are refused with a sentence of their own, a null pointer is not
  for (const auto& [name, array] : inputs)
    shapes.emplace_back(array.shape(), array.shape() + array.ndim());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    list.push_back(
        {inputs[i].first.c_str(), inputs[i].second.data(), shapes[i].data(), shapes[i].size()});
  std::vector<Output> outputs;
  {
    const py::gil_scoped_release unlocked;
    check(vmaf_dnn_session_run_all(session_.get(), list.data(), list.size(), receive, &outputs));
  }
  py::dict result;
  for (Output& output : outputs) {
    const std::string name = output.name;
    result[py::str(name)] = array_of(std::move(output));
  }
  return result;
}

}  // namespace visq::python
