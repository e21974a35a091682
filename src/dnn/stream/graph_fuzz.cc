// Any bytes as a network: a graph that has a plan, or an error; never a crash.
#include <cstddef>
#include <cstdint>

#include "dnn/stream/plan.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  visq::ModelFile file;
  const auto model = visq::parse_onnx({reinterpret_cast<const char*>(data), size});
  if (!model) return 0;
  file.model = *model;
  const auto onnx = visq::read_onnx_graph(file);
  if (!onnx) return 0;
  const auto graph = visq::stream::recognise(*onnx);
  if (graph) (void)visq::stream::make_plan(*graph, 33, 21);
  return 0;
}
