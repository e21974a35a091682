// Any bytes as a network: a graph that has a plan, or an error; never a crash.
#include <cstddef>
#include <cstdint>

#include "dnn/stream/formats.h"
#include "dnn/stream/plan.h"
#include "metrics/lpips/head.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  visq::ModelFile file;
  const auto model = visq::parse_onnx({reinterpret_cast<const char*>(data), size});
  if (!model) return 0;
  file.model = *model;
  const auto onnx = visq::read_onnx_graph(file);
  if (!onnx) return 0;
  visq::lpips::Head head;
  auto graph = visq::stream::recognise(*onnx, head);
  if (!graph) return 0;
  const auto storages = visq::stream::storages(*graph, visq::stream::Precision::fp32);
  const auto operators =
      visq::stream::make_operators(*graph, storages, visq::stream::Precision::fp32);
  (void)visq::stream::make_plan(*graph, operators, storages, 33, 21);
  return 0;
}
