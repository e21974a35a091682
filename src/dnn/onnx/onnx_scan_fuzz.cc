// Any bytes as an ONNX model: an error or a list of nodes, never a crash.
#include <cstddef>
#include <cstdint>

#include "dnn/store/model_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto model = visq::parse_onnx({reinterpret_cast<const char*>(data), size});
  if (!model) return 0;
  const auto info = visq::scan_onnx(**model);
  if (info) (void)visq::check_operators(*info);
  return 0;
}
