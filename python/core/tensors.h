// A learned model for Python.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/numpy.h>

#include "visq/visq.hpp"

namespace visq::python {

struct Tensor {
  std::string name;
  std::vector<std::int64_t> shape;
};

// Any number of threads may run one model.
class Model {
 public:
  // `device`: "auto", "cuda:1", ... as --tiny_device takes it.
  Model(const std::string& path, const std::string& device, int threads);

  std::vector<Tensor> inputs() const;
  std::vector<Tensor> outputs() const;
  std::string provider() const { return vmaf_dnn_session_attached_ep(session_.get()); }

  // Arrays are float32, row by row. All outputs, by name.
  using FloatArray = pybind11::array_t<float, pybind11::array::c_style>;
  pybind11::dict run(const std::vector<std::pair<std::string, FloatArray>>& inputs) const;

 private:
  owned<VmafDnnSession> session_;
};

}  // namespace visq::python
