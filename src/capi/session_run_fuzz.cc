// Any arity, names, shapes and sizes as arguments of vmaf_dnn_session_run: an error or a result,
// never a crash.
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "dnn/onnx/writer.h"
#include "libvmaf/dnn.h"
#include "libvmaf/visq.h"
#include "tests/fuzz/bytes.h"

namespace {

using visq::test::Bytes;

// Two inputs and two outputs; dimensions are open, except one.
VmafDnnSession* open_session() {
  using namespace visq::test;
  const std::string bytes =
      model(graph({{node("Add", {"x", "y"}, {"sum"}), node("Relu", {"x"}, {"positive"})},
                   {},
                   {float_tensor("x", {-1, -1}), float_tensor("y", {-1, 2})},
                   {float_tensor("sum", {-1, -1}), float_tensor("positive", {-1, -1})}}));
  const std::string path = "/tmp/visq_session_run_fuzz_" + std::to_string(getpid()) + ".onnx";
  std::ofstream(path, std::ios::binary) << bytes;
  VmafDnnSession* session = nullptr;
  vmaf_dnn_session_open(&session, path.c_str(), nullptr);
  std::remove(path.c_str());
  return session;
}

constexpr const char* kNames[] = {nullptr, "x", "y", "sum", "positive", "", "nothing"};

const char* name_from(Bytes& bytes) {
  return kNames[bytes.take<std::uint8_t>() % std::size(kNames)];
}

// Mostly small, so that runs happen; at times anything.
std::int64_t dimension_from(Bytes& bytes) {
  const auto kind = bytes.take<std::uint8_t>();
  return kind < 230 ? kind % 5 : bytes.take<std::int64_t>();
}

struct Input {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

// As much memory as the shape asks for, where that is possible at all.
Input input_from(Bytes& bytes) {
  Input input;
  input.shape.resize(bytes.take<std::uint8_t>() % 5);
  std::int64_t elements = 1;
  for (auto& dimension : input.shape) {
    dimension = dimension_from(bytes);
    elements = dimension > 0 && dimension < 4096 && elements < 4096 ? elements * dimension : 0;
  }
  input.values.resize(static_cast<std::size_t>(elements), 1);
  return input;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static VmafDnnSession* const session = [] {
    vmaf_set_log_callback([](void*, VmafLogLevel, const char*) {}, nullptr);
    return open_session();
  }();
  Bytes bytes(data, size);
  const std::size_t n_inputs = bytes.take<std::uint8_t>() % 4,
                    n_outputs = bytes.take<std::uint8_t>() % 4;
  std::vector<Input> storage(n_inputs);
  std::vector<VmafDnnInput> inputs;
  for (Input& input : storage) {
    input = input_from(bytes);
    const float* values =
        input.values.empty() ? nullptr : input.values.data();  // a shape without memory has none
    inputs.push_back({name_from(bytes), values, input.shape.data(), input.shape.size()});
  }
  std::vector<std::vector<float>> places(n_outputs);
  std::vector<VmafDnnOutput> outputs;
  for (auto& place : places) {
    place.resize(bytes.take<std::uint8_t>() % 32);
    outputs.push_back({name_from(bytes), place.empty() ? nullptr : place.data(), place.size(), 0});
  }
  vmaf_dnn_session_run(session, inputs.data(), inputs.size(), outputs.data(), outputs.size());
  return 0;
}
